package hubstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// session is a connection at the level of its driver, for use within
// sql.Conn.Raw.
type session struct{ conn driver.Conn }

func (s session) exec(ctx context.Context, query string, args ...driver.Value) (int64, error) {
	c, ok := s.conn.(driver.ExecerContext)
	if !ok {
		return 0, errors.New("the driver cannot execute")
	}
	result, err := c.ExecContext(ctx, query, named(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s session) query(ctx context.Context, query string, args ...driver.Value) (driver.Rows, error) {
	c, ok := s.conn.(driver.QueryerContext)
	if !ok {
		return nil, errors.New("the driver cannot query")
	}
	return c.QueryContext(ctx, query, named(args))
}

// each calls visit with each row of a query.
func (s session) each(ctx context.Context, visit func(row []driver.Value) error, query string, args ...driver.Value) error {
	rows, err := s.query(ctx, query, args...)
	if err != nil {
		return err
	}
	return errors.Join(visitRows(rows, visit), rows.Close())
}

func visitRows(rows driver.Rows, visit func(row []driver.Value) error) error {
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}

func named(args []driver.Value) []driver.NamedValue {
	all := make([]driver.NamedValue, len(args))
	for i, v := range args {
		all[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return all
}
