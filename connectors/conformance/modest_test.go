package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// modest is a Source that can do no more than it must, and reads everything
// as text, as a file does. Null it cannot tell from the empty text.
type modest struct{ db *memory.DB }

func (m modest) Tables(ctx context.Context) ([]string, error) { return m.db.Tables(ctx) }
func (m modest) Close() error                                 { return m.db.Close() }

func (m modest) Describe(ctx context.Context, table string) (*record.Schema, error) {
	return m.db.Describe(ctx, table)
}

func (m modest) Traits() connectors.Traits {
	return connectors.Traits{TextOnly: true, EndDates: connectors.EndInclusive, Parallel: 1}
}

func (m modest) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	if q.Match != nil || q.Sorted || q.After != "" || q.Range.From != nil || q.Range.To != nil {
		return nil, connectors.Errorf(connectors.Invalid, "read", q.Table, "only in file order: %w", errors.ErrUnsupported)
	}
	r, err := m.db.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	plain := lying(r)
	plain.read = func(ctx context.Context, b *record.Batch) error {
		err := r.Read(ctx, b)
		b.Cursor = ""
		return err
	}
	return plain, nil
}

func asText(_ record.Field, v record.Value) record.Value { return record.Text(v.String()) }

func openModest(_ context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
	texts := &record.Schema{Table: s.Table, Fields: []record.Field{{Name: "line number", Type: record.Type{Kind: record.KindInt}, Nullable: true}}}
	for _, f := range s.Fields {
		texts.Fields = append(texts.Fields, record.Field{Name: f.Name, Type: record.Type{Kind: record.KindText}})
	}
	db := memory.New(texts)
	for _, row := range rows {
		text := record.Row{record.Null()}
		for i, v := range row {
			text = append(text, asText(s.Fields[i], v))
		}
		if err := db.Load(s.Table, text); err != nil {
			return nil, err
		}
	}
	return modest{db}, nil
}

func TestModestSourceConforms(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Open:        openModest,
		As:          asText,
		Unsupported: []conformance.Part{conformance.Match, conformance.Range, conformance.Sorted, conformance.After},
		Adds:        []string{"line number"},
		Cannot:      []string{"null"},
		Secret:      "hunter2",
		Refused:     func(context.Context) error { return errors.New("connect: wrong password") },
	})
}

// A system with tables of its own: a numeric key, and a column of few values.
func TestFixedTableConforms(t *testing.T) {
	text, number := record.Type{Kind: record.KindText, Size: 80}, record.Type{Kind: record.KindInt}
	conformance.Run(t, conformance.Harness{
		Open:   openMemory,
		Offers: every,
		Fixture: &conformance.Fixture{
			Schema: &record.Schema{
				Table:  "activations",
				Fields: []record.Field{{Name: "id", Type: number}, {Name: "state", Type: text}, {Name: "host", Type: text, Nullable: true}, {Name: "seats", Type: number}},
				Key:    []int{0},
			},
			Row: func(i int) record.Row {
				return record.Row{record.Int(int64(i * 7919 % 100_003)), record.Text("active"), record.Text(fmt.Sprint("host ", i)), record.Int(int64(i))}
			},
			Free: []string{"host", "seats"},
		},
		Spoil: func(row record.Row) { row[3] = record.Text("many") }})
}

// watched is a Source that others change: it can be followed, not written.
type watched struct{ followed }

type followed interface {
	connectors.Source
	connectors.Snapshotter
	connectors.Feed
	connectors.DeleteLog
}

func TestWatchedSourceConforms(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Open: func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			src, err := openMemory(ctx, s, rows)
			return watched{src.(followed)}, err
		},
		Offers: []connectors.Ability{connectors.CanSnapshot, connectors.CanFeed, connectors.CanDeleteLog},
		Change: func(ctx context.Context, src connectors.Source, op connectors.Op, rows []record.Row) error {
			return force(ctx, src.(watched).followed.(*memory.DB), op, rows)
		},
	})
}

// force changes rows whatever they were before.
func force(ctx context.Context, db *memory.DB, op connectors.Op, rows []record.Row) error {
	schema := conformance.Standard().Schema
	c := &connectors.Changes{Rows: &record.Batch{}}
	c.Rows.Reset(schema)
	for i, row := range rows {
		copy(c.Rows.Add(), row)
		c.Ops = append(c.Ops, op)
		c.Compared = schema.Key
		c.Before = append(c.Before, record.Digest{})
		if op != connectors.Create {
			c.Before[i] = record.DigestOf(record.AppendFields(nil, row, schema.Key))
		}
	}
	_, err := db.Write(ctx, c)
	return err
}
