package memory

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"
)

// reads is everything that can be asked of a view, whichever view the
// function returns: the present one of a DB, or always that of a snapshot.
type reads func(ctx context.Context, op string) (view, error)

func (at reads) table(ctx context.Context, op, name string) (*table, error) {
	v, err := at(ctx, op)
	if err != nil {
		return nil, err
	}
	return v.table(op, name)
}

// Tables names the tables, sorted.
func (at reads) Tables(ctx context.Context) ([]string, error) {
	v, err := at(ctx, "list tables")
	if err != nil {
		return nil, err
	}
	return v.names(), nil
}

// Describe returns the schema that was given to New.
func (at reads) Describe(ctx context.Context, name string) (*record.Schema, error) {
	t, err := at.table(ctx, "describe", name)
	if err != nil {
		return nil, err
	}
	return t.schema, nil
}

// Traits are those of package record: nothing is lost, and calls may overlap.
func (reads) Traits() connectors.Traits {
	return connectors.Traits{
		TimePrecision: time.Microsecond,
		EndDates:      connectors.EndInclusive,
		Parallel:      64,
	}
}

// Read starts reading a table as it is now: later writes do not show. Rows
// come in key order whether q asks for that or not.
func (at reads) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	t, err := at.table(ctx, "read", q.Table)
	if err != nil {
		return nil, err
	}
	if len(t.schema.Key) == 0 && (q.Sorted || q.Range.From != nil || q.Range.To != nil) {
		return nil, connectors.Errorf(connectors.Invalid, "read", q.Table, "the table has no key to sort or cut by: %w", errors.ErrUnsupported)
	}
	r, err := t.reader(q.Fields, t.within(q.Range))
	if err != nil {
		return nil, err
	}
	r.cursor = t.position
	if r.keep, err = t.matches(q.Match); err != nil {
		return nil, err
	}
	if q.After != "" {
		if r.rows, err = t.behind(r.rows, q.After); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// reader makes a reader of some rows of the table.
func (t *table) reader(fields []string, rows []entry) (*reader, error) {
	schema, columns, err := t.columns(fields)
	return &reader{schema: schema, columns: columns, rows: rows}, err
}

// columns finds the named columns; nil stands for all.
func (t *table) columns(fields []string) (*record.Schema, []int, error) {
	if fields == nil {
		fields = t.schema.Names()
	}
	schema, columns, err := t.schema.Select(fields)
	if err != nil {
		return nil, nil, connectors.Errorf(connectors.Missing, "read", t.schema.Table, "%w", err)
	}
	return schema, columns, nil
}

// matches returns the test that a row must pass.
func (t *table) matches(all []connectors.Match) (func(record.Row) bool, error) {
	fields := make([]int, len(all))
	for i, m := range all {
		if fields[i] = t.schema.Index(m.Field); fields[i] < 0 {
			return nil, connectors.Errorf(connectors.Missing, "read", t.schema.Table, "there is no column %q to match", m.Field)
		}
	}
	return func(row record.Row) bool {
		for i, m := range all {
			if !slices.Contains(m.In, row[fields[i]]) {
				return false
			}
		}
		return true
	}, nil
}

// position is the cursor just after e: its key and id. It still stands at
// the right place when rows around it, or e itself, have come or gone.
func (t *table) position(e entry) record.Cursor {
	at := record.AppendRow(nil, t.schema.KeyOf(e.row))
	return record.Cursor(hex.EncodeToString(record.Append(at, record.Int(e.id))))
}

// behind returns those of rows that follow a position.
func (t *table) behind(rows []entry, after record.Cursor) ([]entry, error) {
	at := make(record.Row, len(t.schema.Key)+1)
	encoded, err := hex.DecodeString(string(after))
	if err == nil {
		_, err = record.DecodeRow(encoded, at, &record.Arena{})
	}
	if err != nil {
		return nil, connectors.Errorf(connectors.Invalid, "read", t.schema.Table, "not a cursor of this table: %w", err)
	}
	key, id := at[:len(t.schema.Key)], at[len(t.schema.Key)].AsInt()
	n, _ := slices.BinarySearchFunc(rows, id, func(e entry, id int64) int {
		if c := t.compareTo(e.row, key); c != 0 {
			return c
		}
		return cmp.Compare(e.id, id+1)
	})
	return rows[n:], nil
}

// reader yields rows that no one changes.
type reader struct {
	schema  *record.Schema
	columns []int // where each field of schema stands in a row of the table
	rows    []entry
	keep    func(record.Row) bool // nil keeps all
	cursor  func(entry) record.Cursor
	closed  bool
}

func (r *reader) Schema() *record.Schema { return r.schema }

func (r *reader) Read(ctx context.Context, b *record.Batch) error {
	b.Reset(r.schema)
	if r.closed {
		return closedError("read")
	}
	if err := canceled(ctx, "read"); err != nil {
		return err
	}
	var last entry
	for len(r.rows) > 0 && !b.Full() {
		e := r.rows[0]
		r.rows = r.rows[1:]
		if r.keep != nil && !r.keep(e.row) {
			continue
		}
		row := b.Add()
		for i, c := range r.columns {
			row[i] = e.row[c]
		}
		last = e
	}
	if b.Len() == 0 {
		return io.EOF
	}
	if r.cursor != nil {
		b.Cursor = r.cursor(last)
	}
	return nil
}

func (r *reader) Close() error {
	r.rows, r.closed = nil, true
	return nil
}
