package hubstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"crosswalk/connectors"
	"crosswalk/hub"
)

// snapshot is the hub as it was at one moment.
type snapshot struct {
	source
	end func() error
}

var (
	_ connectors.Partitioner = (*snapshot)(nil)
	_ connectors.Lookup      = (*snapshot)(nil)
)

func (s *snapshot) Close() error { return s.end() }

// Snapshot shows the hub as it is now, until it is closed. In SQLite, the
// file that takes up what is written meanwhile cannot shrink so long.
func (s *Store) Snapshot(ctx context.Context) (connectors.Source, error) {
	conn, err := s.hub.Reader().Conn(ctx)
	if err != nil {
		return nil, fail(ctx, "take a snapshot of", "hub", err)
	}
	begin, look := "BEGIN", "SELECT CAST(count(*) AS TEXT) FROM sqlite_schema" // SQLite takes its snapshot at the first look
	if s.hub.Dialect() == hub.Postgres {
		begin, look = beginRepeatable, "SELECT pg_export_snapshot()"
	}
	var id string
	_, err = conn.ExecContext(ctx, begin)
	if err == nil {
		err = conn.QueryRowContext(ctx, look).Scan(&id)
	}
	if err != nil {
		return nil, fail(ctx, "take a snapshot of", "hub", errors.Join(err, rollback(conn)))
	}
	out := &snapshot{source: s.source, end: sync.OnceValue(func() error { return rollback(conn) })}
	out.connect = func(context.Context) (*sql.Conn, func() error, error) {
		return conn, func() error { return nil }, nil
	}
	if s.hub.Dialect() == hub.Postgres {
		out.connect = func(ctx context.Context) (*sql.Conn, func() error, error) { return s.rejoin(ctx, id) }
	}
	return out, nil
}

const beginRepeatable = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

// joinWhole makes PostgreSQL join a table with its links in one go. Before the
// server has counted freshly loaded rows, it takes both for tiny and would
// search the links anew for each row, which takes hours instead of seconds.
const joinWhole = "; SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"

// rejoin opens another connection that sees the snapshot, since PostgreSQL
// can run one query at a time on each.
func (s *Store) rejoin(ctx context.Context, snapshot string) (*sql.Conn, func() error, error) {
	conn, err := s.hub.Reader().Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	// The id comes from the server and has only digits and dashes.
	if _, err := conn.ExecContext(ctx, beginRepeatable+"; SET TRANSACTION SNAPSHOT '"+snapshot+"'"+joinWhole); err != nil {
		return nil, nil, errors.Join(err, rollback(conn))
	}
	return conn, func() error { return rollback(conn) }, nil
}

// rollback ends a transaction that has changed nothing. A connection that can
// no longer do even that is not used again.
func rollback(conn *sql.Conn) error {
	_, err := conn.ExecContext(context.Background(), "ROLLBACK")
	return errors.Join(ignoreUndone(err), conn.Close())
}
