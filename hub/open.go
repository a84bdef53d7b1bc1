package hub

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/lib/pq"
)

// poolSize bounds the connections to one database: a few readers that last as
// long as a table takes, and the writers.
const poolSize = 8

// openSQLite opens one connection that writes and several that read, which in
// WAL mode do not wait for each other.
//
// synchronous=FULL costs one sync of the disk for each commit of thousands of
// rows. With NORMAL a power cut could take back the last commits, on which
// checkpoints elsewhere already rest.
func openSQLite(c Config) (*Hub, error) {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("the folder of %s: %w", c.Path, err)
	}
	// What SQLite sorts goes to files, and the cache is small where rows are
	// only streamed, so that memory does not grow with the rows.
	pragmas := url.Values{"_pragma": {
		"busy_timeout(30000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(FILE)",
	}}
	dsn := func() string { return (&url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}).String() }

	read := dsn()
	pragmas.Set("_txlock", "immediate") // a writer that starts as a reader could find its place taken
	write, err := sql.Open("sqlite", dsn()+"&_pragma=cache_size(-32000)")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", read+"&_pragma=query_only(ON)&_pragma=cache_size(-4000)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	reader.SetMaxOpenConns(poolSize)
	return &Hub{SQLite, reader, write}, nil
}

func openPostgres(c Config) (*Hub, error) {
	connector, err := pq.NewConnector(c.DSN)
	if err != nil {
		// The driver's message may hold the password.
		return nil, errors.New("dsn: not a PostgreSQL address such as postgres://user:password@host:5432/database?sslmode=require")
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolSize)
	return &Hub{Postgres, db, db}, nil
}
