package hubstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Read starts reading one table, or a query in brackets. It sees the rows as
// they were at that moment. A sorted Read can be resumed.
func (s *source) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	t, err := s.readable("read", q.Table)
	if err != nil {
		return nil, err
	}
	sel, err := t.query(s.dialect, q)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, sel)
}

// Lookup fetches single rows by their keys.
func (s *source) Lookup(ctx context.Context, name string, fields []string, keys []record.Row) (record.Reader, error) {
	t, err := s.table("look up", name)
	if err != nil {
		return nil, err
	}
	sel, exprs, err := t.selectFrom(s.dialect, fields)
	if err != nil {
		return nil, err
	}
	var possible []record.Row
	for _, key := range keys {
		if t.canBeKey(key) {
			possible = append(possible, key)
		}
	}
	sel.text = "SELECT " + joined(exprs) + " FROM " + t.from + " WHERE " + s.dialect.keyIn(&sel.statement, t.keyNames(), possible)
	return s.open(ctx, sel)
}

// Partition cuts a table by the keys of its rows.
func (s *source) Partition(ctx context.Context, name string, n int) ([]record.Range, error) {
	t, err := s.table("partition", name)
	if err != nil {
		return nil, err
	}
	sel, exprs, err := t.selectFrom(s.dialect, t.schema.KeyNames())
	if err != nil {
		return nil, err
	}
	key := joined(t.keyNames())
	parts := max(n, 1)
	sel.text = fmt.Sprintf(`SELECT %s FROM (SELECT %s, row_number() OVER (ORDER BY %s) AS n, count(*) OVER () AS rows FROM %s t) t
		WHERE n > 1 AND (n - 1) * %d / rows <> (n - 2) * %[5]d / rows ORDER BY %[3]s`, joined(exprs), key, key, name, parts)
	r, err := s.open(ctx, sel)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	ranges := []record.Range{{}}
	var b record.Batch
	for {
		err := r.Read(ctx, &b)
		if err == io.EOF {
			return ranges, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			cut := append(record.Row(nil), b.Row(i)...)
			ranges[len(ranges)-1].To = cut
			ranges = append(ranges, record.Range{From: cut})
		}
	}
}

// open runs a selection. The rows are fetched through the driver's own
// interface: database/sql would convert and box each value once more.
func (s *source) open(ctx context.Context, sel *selection) (record.Reader, error) {
	where := sel.schema.Table
	if ctx.Err() != nil {
		return nil, fail(ctx, "read", where, ctx.Err())
	}
	conn, release, err := s.connect(ctx)
	if err != nil {
		return nil, fail(ctx, "read", where, err)
	}
	r := &reader{selection: sel, conn: conn, free: release, row: make([]driver.Value, len(sel.kinds))}
	// The rows live longer than this call, and end with the reader.
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	err = conn.Raw(func(c any) (err error) {
		r.rows, err = session{c.(driver.Conn)}.query(life, sel.text, sel.args...)
		return err
	})
	if err != nil {
		cancel()
		return nil, fail(ctx, "read", where, errors.Join(err, release()))
	}
	return r, nil
}

// reader streams the rows of a selection.
type reader struct {
	*selection
	conn   *sql.Conn
	rows   driver.Rows
	row    []driver.Value
	cancel context.CancelFunc
	free   func() error
	err    error // why there are no more rows: io.EOF or a failure
}

func (r *reader) Schema() *record.Schema { return r.schema }

func (r *reader) Read(ctx context.Context, b *record.Batch) error {
	b.Reset(r.schema)
	if r.err != nil {
		return r.err
	}
	if ctx.Err() != nil {
		return fail(ctx, "read", r.schema.Table, ctx.Err())
	}
	stop := context.AfterFunc(ctx, r.cancel)
	err := r.conn.Raw(func(any) error { return r.fill(ctx, b) })
	stop()
	if err == nil || err == io.EOF && b.Len() > 0 {
		r.setCursor(b)
	}
	if err == nil {
		return nil
	}
	if err != io.EOF {
		b.Reset(r.schema)
		err = fail(ctx, "read", r.schema.Table, err)
	}
	r.err = err
	if closing := r.release(); closing != nil && err == io.EOF {
		r.err = fail(ctx, "read", r.schema.Table, closing)
	}
	if b.Len() > 0 {
		return nil
	}
	return r.err
}

// fill adds rows until the batch is full or err is io.EOF.
func (r *reader) fill(ctx context.Context, b *record.Batch) error {
	for n := 1; !b.Full(); n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.rows.Next(r.row); err != nil {
			return err
		}
		out := b.Add()
		for i := range out {
			v, err := decode(b, r.kinds[i], r.row[i])
			if err != nil {
				return fmt.Errorf("column %s: %w", r.schema.Fields[i].Name, err)
			}
			out[i] = v
		}
	}
	return nil
}

// setCursor remembers the key of the last row.
func (r *reader) setCursor(b *record.Batch) {
	if r.cursor == nil {
		return
	}
	key := make(record.Row, len(r.cursor))
	for i, at := range r.cursor {
		if at < len(r.schema.Fields) {
			key[i] = b.Row(b.Len() - 1)[at]
		} else {
			key[i], _ = decode(b, r.kinds[at], r.row[at])
		}
	}
	b.Cursor = cursorOf(key)
}

func (r *reader) Close() error {
	if r.err == nil {
		r.err = connectors.Errorf(connectors.Unknown, "read", r.schema.Table, "the reader is closed")
	}
	return r.release()
}

// release ends the query, at once if rows are left, and frees the connection.
func (r *reader) release() error {
	if r.conn == nil {
		return nil
	}
	if r.err != io.EOF {
		r.cancel()
	}
	err := r.conn.Raw(func(any) error { return r.rows.Close() })
	r.cancel()
	r.conn = nil
	if r.err != io.EOF {
		err = nil // a query that was cut short may complain
	}
	return errors.Join(err, r.free())
}

var epoch = record.Date(1970, 1, 1)

// decode makes a value of what a driver returns.
func decode(b *record.Batch, kind record.Kind, v driver.Value) (record.Value, error) {
	switch v := v.(type) {
	case nil:
		return record.Null(), nil
	case string:
		return decodeText(kind, v)
	case []byte:
		if kind == record.KindBytes {
			return b.Bytes(v), nil
		}
		return b.Text(v), nil
	case int64:
		switch kind {
		case record.KindBool:
			return record.Bool(v != 0), nil
		case record.KindDate:
			return epoch.AddDays(int(v)), nil
		}
		return record.Int(v), nil
	case bool:
		return record.Bool(v), nil
	case time.Time:
		return record.Instant(v), nil
	}
	return record.Value{}, fmt.Errorf("the driver returned a %T", v)
}

func decodeText(kind record.Kind, s string) (record.Value, error) {
	switch kind {
	case record.KindDate:
		return record.ParseDate(s)
	case record.KindInstant:
		return record.ParseInstant(s)
	}
	return record.Text(s), nil
}
