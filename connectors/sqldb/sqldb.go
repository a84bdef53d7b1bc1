// Package sqldb reads SQL databases: SQLite, PostgreSQL, MySQL and MariaDB,
// SQL Server, and, in builds with the tag oracle, Oracle. It never writes.
//
//	connectors.Query ──statement──▶ SELECT … FROM table or (query)
//	                                   │ one connection, streaming
//	     record.Batch ◀──decoders── driver.Rows
//
// What differs between the systems stands in one dialect each: how to
// connect, what the catalog says, and for each column how it is selected,
// compared, ordered and decoded. Everything else is written once.
//
// Rows go straight from the driver into a record.Batch, without the
// conversions of database/sql, and are never all in memory.
//
// Order and equality are those of package record, never those of a collation.
// What a server cannot order in that way is refused with
// errors.ErrUnsupported, and the caller sorts; what it cannot compare so, the
// reader compares.
//
// A value that is none of its column's type is handed over as it is, for a
// mapping to judge: MySQL's 0000-00-00 and PostgreSQL's infinity as texts, a
// text in an integer column of SQLite as a text.
package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/jmoiron/sqlx"
)

var (
	_ connectors.Source      = (*Source)(nil)
	_ connectors.Partitioner = (*Source)(nil)
	_ connectors.Lookup      = (*Source)(nil)
	_ connectors.Snapshotter = (*Source)(nil)
)

// Source is an open database. It is safe for concurrent use; Traits tells how
// many connections it is meant to use.
type Source struct {
	view
	db *sqlx.DB
}

// SQLite opens a database file. A file that does not exist is an error.
func SQLite(ctx context.Context, c Config) (*Source, error) { return open(ctx, sqlite(), c) }

// Postgres opens a PostgreSQL database.
func Postgres(ctx context.Context, c Config) (*Source, error) { return open(ctx, postgres(), c) }

// MySQL opens a MySQL or MariaDB database.
func MySQL(ctx context.Context, c Config) (*Source, error) { return open(ctx, mysqlDialect(), c) }

// SQLServer opens a Microsoft SQL Server database. Text keys are not ordered
// by the server, whose comparisons ignore blanks at the end.
func SQLServer(ctx context.Context, c Config) (*Source, error) { return open(ctx, sqlserver(), c) }

// Open opens a database of the dialect sqlite, postgres, mysql or sqlserver.
func Open(ctx context.Context, dialect string, c Config) (*Source, error) {
	switch dialect {
	case "sqlite":
		return SQLite(ctx, c)
	case "postgres":
		return Postgres(ctx, c)
	case "mysql", "mariadb":
		return MySQL(ctx, c)
	case "sqlserver":
		return SQLServer(ctx, c)
	}
	return nil, connectors.Errorf(connectors.Invalid, "open", dialect, "no such SQL dialect; there are sqlite, postgres, mysql and sqlserver")
}

// open connects once, so that a wrong password is found here and not in the
// middle of a run.
func open(ctx context.Context, d *dialect, c Config) (*Source, error) {
	if err := c.Validate(); err != nil {
		return nil, connectors.Errorf(connectors.Invalid, "open", d.name, "%w", err)
	}
	server, err := d.connect(c)
	if err != nil {
		return nil, err
	}
	db := sqlx.NewDb(sql.OpenDB(server.connector), d.driver)
	db.SetMaxIdleConns(c.parallel())
	s := &Source{db: db, view: view{
		dialect: d, config: c, place: server.place, secrets: server.secrets,
		db: db, lender: pool{db}, cache: &cache{},
	}}
	if err := d.ping(ctx, db); err != nil {
		db.Close()
		return nil, s.fail("connect to", "", err)
	}
	return s, nil
}

// Traits implements connectors.Source.
func (s *Source) Traits() connectors.Traits { return s.traits(s.config.parallel()) }

// Snapshot implements connectors.Snapshotter. On PostgreSQL several
// connections share the snapshot; elsewhere it reads through one connection,
// and on MySQL and SQL Server one table at a time.
func (s *Source) Snapshot(ctx context.Context) (connectors.Source, error) {
	lender, err := s.dialect.snapshot(ctx, s.db)
	if err != nil {
		return nil, s.fail("take a snapshot of", "", err)
	}
	frozen := &frozen{view: s.view, parallel: 1}
	frozen.lender = lender
	if _, one := lender.(*pinned); !one {
		frozen.parallel = s.config.parallel()
	}
	return frozen, nil
}

// Close implements connectors.Source. Readers and snapshots are closed before.
func (s *Source) Close() error {
	if err := s.db.Close(); err != nil {
		return s.fail("close", "", err)
	}
	return nil
}

// frozen is a database as it was at one moment.
type frozen struct {
	view
	parallel int
}

func (f *frozen) Traits() connectors.Traits { return f.traits(f.parallel) }

func (f *frozen) Close() error {
	f.lender.(closer).close()
	return nil
}

// server is where a database is and how to get in.
type server struct {
	connector driver.Connector
	place     string   // for messages
	secrets   []string // never in messages
}

// view is a database seen through the connections of a lender: the database
// as it is now, or as it was when a snapshot was taken.
type view struct {
	dialect *dialect
	config  Config
	place   string
	secrets []string
	db      *sqlx.DB // for the catalog
	lender  lender   // for rows
	cache   *cache
}

func (v *view) traits(parallel int) connectors.Traits {
	return connectors.Traits{
		TimePrecision: time.Microsecond,
		EmptyIsNull:   v.dialect.emptyIsNull,
		EndDates:      cmp.Or(v.config.EndDates, connectors.EndInclusive),
		Parallel:      parallel,
	}
}

// Tables implements connectors.Source: tables and views, those outside the
// default schema with its name and a dot before them.
func (v *view) Tables(ctx context.Context) ([]string, error) {
	objects, err := v.objects(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.label
	}
	slices.Sort(names)
	return names, nil
}

// Describe implements connectors.Source. The key of a table is its primary
// key, or else a unique index without nulls; views and queries have none.
func (v *view) Describe(ctx context.Context, name string) (*record.Schema, error) {
	t, err := v.describe(ctx, name)
	if err != nil {
		return nil, err
	}
	return t.schema, nil
}
