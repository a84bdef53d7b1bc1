package salesforce

import (
	"context"
	"io"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Read implements connectors.Source. It cannot sort, nor cut ranges, nor
// resume, for Salesforce compares texts without regard to case.
func (o *Org) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	t, err := o.table(ctx, "read", q.Table)
	if err != nil {
		return nil, err
	}
	switch {
	case q.Sorted:
		return nil, o.unsupported(q.Table, "Salesforce sorts texts without regard to case")
	case q.Range.From != nil || q.Range.To != nil:
		return nil, o.unsupported(q.Table, "Salesforce compares texts without regard to case, so there are no ranges of keys")
	case q.After != "":
		return nil, o.unsupported(q.Table, "a read cannot be resumed")
	case len(q.Match) > 0 && t.object == nil:
		return nil, o.unsupported(q.Table, "a query in brackets takes no further conditions")
	}
	s, err := o.choose("read", t, q.Fields)
	if err != nil {
		return nil, err
	}
	for _, m := range q.Match {
		at, err := o.find("read", t, []string{m.Field})
		if err != nil {
			return nil, err
		}
		s.match(at[0], m)
	}
	return o.open(ctx, "read", s), nil
}

// rows are the rows of one query, however they are fetched.
type rows interface {
	// next fills row, which holds nulls, with the values of the next row and
	// keeps their texts in b. It returns io.EOF after the last row.
	next(ctx context.Context, b *record.Batch, row record.Row) error
	close()
}

// reader yields the rows of a selection. The query begins with the first Read.
type reader struct {
	org    *Org
	op     string
	s      *selection
	rows   rows
	row    record.Row         // the selected columns of one row
	life   context.Context    // of the query
	end    context.CancelFunc // of life
	feed   *window            // of a feed: gives each batch its cursor; else nil
	ahead  bool               // row holds the next row already
	closed bool
	err    error // why there are no more rows: io.EOF or a failure
}

func (o *Org) open(ctx context.Context, op string, s *selection) *reader {
	r := &reader{org: o, op: op, s: s, row: make(record.Row, len(s.columns))}
	r.life, r.end = context.WithCancel(context.WithoutCancel(ctx))
	if s.nothing {
		r.err = io.EOF
	}
	return r
}

func (r *reader) Schema() *record.Schema { return r.s.schema }

func (r *reader) Read(ctx context.Context, b *record.Batch) error {
	b.Reset(r.s.schema)
	switch {
	case r.closed:
		return connectors.Errorf(connectors.Unknown, r.op, r.org.where(r.s.table.name), "the reader is closed")
	case r.err != nil:
		return r.err
	}
	if err := r.org.usable(ctx, r.op, r.s.table.name); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, r.end)
	err := r.fill(b)
	stop()
	if err != nil {
		r.err = err
		if err != io.EOF {
			b.Reset(r.s.schema)
			r.err = r.org.failed(ctx, r.op, r.s.table.name, err)
		}
		r.release()
	}
	if b.Len() == 0 {
		return r.err
	}
	if r.feed != nil {
		b.Cursor = r.feed.cursor(r.err == io.EOF)
	}
	return nil
}

// fill adds rows until the batch is full. A feed looks one row further, since
// its last batch has another cursor.
func (r *reader) fill(b *record.Batch) (err error) {
	if r.rows == nil {
		if r.rows, err = r.org.fetch(r.life, r.s); err != nil {
			return err
		}
	}
	for !b.Full() {
		if err := r.advance(b); err != nil {
			return err
		}
		r.ahead = false
		copy(b.Add(), r.row[:len(r.s.schema.Fields)])
	}
	if r.feed != nil {
		return r.advance(b)
	}
	return nil
}

// advance makes row the next row of the selection.
func (r *reader) advance(b *record.Batch) error {
	for !r.ahead {
		if err := r.life.Err(); err != nil {
			return err
		}
		clear(r.row)
		if err := r.rows.next(r.life, b, r.row); err != nil {
			return err
		}
		r.ahead = r.s.keep == nil || r.s.keep(r.row)
	}
	return nil
}

// Close implements record.Reader.
func (r *reader) Close() error {
	r.closed = true
	r.release()
	return nil
}

// release ends the query.
func (r *reader) release() {
	if r.rows != nil {
		r.rows.close()
		r.rows = nil
	}
	r.end()
}
