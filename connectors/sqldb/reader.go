package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"crosswalk/record"
)

// reader streams the rows of one statement.
//
// The query lives in a context of its own, which a canceled Read or an early
// Close cancels: the context that came with the call which started the query
// may end before the rows do.
type reader struct {
	*statement
	view *view
	name string
	loan *loan
	stmt driver.Stmt
	rows driver.Rows

	ctx    context.Context
	cancel context.CancelFunc

	cells []driver.Value
	extra record.Row // what is selected beyond the schema
	last  record.Row // the key of the last row
	err   error      // the end, or the failure after which nothing works
}

// start runs a statement. Its errors are those of the connection, of the
// statement, and, where the server sorts first, of reading.
func (v *view) start(ctx context.Context, name string, st *statement) (*reader, error) {
	loan, err := v.lender.lend(ctx)
	if err != nil {
		return nil, v.fail("read", name, err)
	}
	r := &reader{
		statement: st, view: v, name: name, loan: loan,
		cells: make([]driver.Value, max(len(st.columns), 1)),
		extra: make(record.Row, len(st.columns)-len(st.schema.Fields)),
		last:  make(record.Row, len(st.key)),
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	err = r.raw(r.query)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		r.end(ctx, err)
		return nil, r.err
	}
	return r, nil
}

// raw calls f with the driver's connection.
func (r *reader) raw(f func(conn any) error) error {
	var err error
	if rawErr := r.loan.conn.Raw(func(conn any) error { err = f(conn); return nil }); rawErr != nil {
		return rawErr
	}
	return err
}

// query prepares the statement, for speed (MySQL then sends numbers as
// numbers) and because a prepared text is a single statement.
func (r *reader) query(conn any) (err error) {
	preparer, ok := conn.(driver.ConnPrepareContext)
	if !ok {
		return fmt.Errorf("driver %T cannot prepare", conn)
	}
	if r.stmt, err = preparer.PrepareContext(r.ctx, r.text); err != nil {
		return err
	}
	querier, ok := r.stmt.(driver.StmtQueryContext)
	if !ok {
		return fmt.Errorf("driver %T cannot query", r.stmt)
	}
	r.rows, err = querier.QueryContext(r.ctx, r.args)
	return err
}

// Schema implements record.Reader.
func (r *reader) Schema() *record.Schema { return r.schema }

// Read implements record.Reader.
func (r *reader) Read(ctx context.Context, b *record.Batch) error {
	b.Reset(r.schema)
	if r.err != nil {
		return r.err
	}
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	err := r.raw(func(any) error { return r.fill(ctx, b) })
	if err == nil {
		err = ctx.Err()
	}
	if err == io.EOF && b.Len() > 0 {
		r.end(ctx, err)
		err = nil
	}
	if err != nil {
		b.Reset(r.schema)
		r.end(ctx, err)
		return r.err
	}
	if r.key != nil {
		b.Cursor = makeCursor(r.last)
	}
	return nil
}

func (r *reader) fill(ctx context.Context, b *record.Batch) error {
	for n := 0; !b.Full(); n++ {
		if n%256 == 255 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.rows.Next(r.cells); err != nil {
			return err
		}
		if err := r.row(b); err != nil {
			return err
		}
	}
	return nil
}

// row decodes the cells of one row, which the next row will overwrite.
func (r *reader) row(b *record.Batch) error {
	row := b.Add()
	for i := range r.columns {
		var v record.Value
		if r.cells[i] != nil {
			var err error
			if v, err = r.columns[i].value(b, r.cells[i]); err != nil {
				return fmt.Errorf("column %d: %w", i+1, err)
			}
		}
		if i < len(row) {
			row[i] = v
		} else {
			r.extra[i-len(row)] = v
		}
	}
	for _, f := range r.filters {
		if !f.in[r.cell(row, f.at)] {
			b.Drop()
			return nil
		}
	}
	for i, at := range r.key {
		r.last[i] = r.cell(row, at)
	}
	return nil
}

func (r *reader) cell(row record.Row, at int) record.Value {
	if at < len(row) {
		return row[at]
	}
	return r.extra[at-len(row)]
}

// end gives the connection back and remembers why there are no more rows.
func (r *reader) end(ctx context.Context, err error) {
	if r.err != nil {
		return
	}
	r.err = io.EOF
	if err != io.EOF {
		if ctx.Err() != nil {
			err = ctx.Err() // what the driver says of a canceled query is of no use
		}
		r.err = r.view.fail("read", r.name, err)
	}
	r.release(err == io.EOF)
}

// release closes the rows. A result that was not read to its end is stopped
// on the server and costs the connection, unless that must be kept.
func (r *reader) release(complete bool) {
	if !complete && !r.loan.keep {
		r.cancel()
	}
	// An error says that the connection is gone, and rows and statement with it.
	_ = r.raw(func(any) error {
		if r.rows != nil {
			r.rows.Close()
		}
		if r.stmt != nil {
			r.stmt.Close()
		}
		return nil
	})
	r.cancel()
	r.loan.back(!complete)
}

var errClosed = errors.New("the reader is closed")

// Close implements record.Reader.
func (r *reader) Close() error {
	if r.err == nil {
		r.err = r.view.fail("read", r.name, errClosed)
		r.release(false)
	}
	return nil
}
