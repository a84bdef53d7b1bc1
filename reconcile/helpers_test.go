package reconcile

import (
	"context"
	"io"
	"testing"

	"crosswalk/record"
)

// rows is a Side over a fixed list; readers of it yield two rows at a time.
func rows(s *record.Schema, list ...record.Row) Side {
	return Side{Open: func(context.Context) ([]record.Reader, error) {
		return []record.Reader{&listReader{schema: s, rows: list}}, nil
	}}
}

type listReader struct {
	schema *record.Schema
	rows   []record.Row
}

func (r *listReader) Schema() *record.Schema { return r.schema }
func (r *listReader) Close() error           { return nil }
func (r *listReader) Read(_ context.Context, b *record.Batch) error {
	// A row of the wanted side may carry origin and rank as well.
	schema := *r.schema
	if len(r.rows) > 0 && len(r.rows[0]) == len(r.schema.Fields)+2 {
		schema.Fields = append(append([]record.Field{}, r.schema.Fields...), record.Field{Name: "origin"}, record.Field{Name: "rank"})
	}
	b.Reset(&schema)
	for len(r.rows) > 0 && b.Len() < 2 {
		copy(b.Add(), r.rows[0])
		r.rows = r.rows[1:]
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// seats is the schema of the tests: who has how many seats.
func seats() *record.Schema {
	return &record.Schema{Table: "seats", Unique: true, Key: []int{0}, Fields: []record.Field{
		{Name: "id", Type: record.Type{Kind: record.KindText}},
		{Name: "qty", Type: record.Type{Kind: record.KindInt}},
		{Name: "note", Type: record.Type{Kind: record.KindText}, Nullable: true},
	}}
}

func seat(id string, qty int64, note record.Value) record.Row {
	return record.Row{record.Text(id), record.Int(qty), note}
}

// ranked adds an origin and a rank.
func ranked(row record.Row, origin, rank int64) record.Row {
	return append(row, record.Int(origin), record.Int(rank))
}

// compareAll returns the findings as a diff: "* b qty".
func compareAll(t *testing.T, want, have Side, spec Spec) ([]string, Tally) {
	t.Helper()
	spec.TempDir = t.TempDir()
	var lines []string
	tally, err := Compare(t.Context(), want, have, spec, func(f *Finding) error {
		row := f.Want
		if row == nil {
			row = f.Have
		}
		line := string(f.Kind) + " " + row[0].AsText()
		for _, i := range f.Fields {
			line += " " + spec.Schema.Fields[i].Name
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, tally
}
