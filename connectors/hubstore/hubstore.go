// Package hubstore makes the hub a system like any other, one that can be
// read and written.
//
// A table of the hub shows its own columns and, from xref, the key of the
// source's row that it stands for:
//
//	id  org_no  name ... source │ source_entity  source_key
//	└────── organizations ────┘   └── its primary xref ───┘
//
// So a lost or wrong link is a difference like any other, and writing the row
// mends it. A Write is one transaction: rows, links, guards and note together.
package hubstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"crosswalk/connectors"
	"crosswalk/hub"
)

// Config says where the hub is.
type Config = hub.Config

// Store is the hub as a connectors.Target. It is safe for concurrent use.
// In SQLite, writers wait for each other.
type Store struct {
	source
	hub      *hub.Hub
	location string
	lockWait time.Duration // most time to wait for another writer in PostgreSQL
}

var (
	_ connectors.Target      = (*Store)(nil)
	_ connectors.Partitioner = (*Store)(nil)
	_ connectors.Lookup      = (*Store)(nil)
	_ connectors.Snapshotter = (*Store)(nil)
	_ connectors.Noter       = (*Store)(nil)
	_ connectors.Located     = (*Store)(nil)
)

// Open opens the hub, and makes it or brings its schema up to date if need be.
func Open(ctx context.Context, c Config) (*Store, error) {
	h, err := hub.Open(ctx, c)
	if err != nil {
		return nil, connectors.Errorf(classOf(err), "open", "hub", "%w", err)
	}
	s := &Store{hub: h, location: c.Location(), lockWait: 30 * time.Second}
	s.dialect = dialect(sqliteSQL{})
	if h.Dialect() == hub.Postgres {
		s.dialect = postgresSQL{}
	}
	s.tables = newTables(s.dialect)
	s.connect = func(ctx context.Context) (*sql.Conn, func() error, error) {
		conn, err := h.Reader().Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		return conn, conn.Close, nil
	}
	return s, nil
}

// Hub returns the hub itself, for its invariants.
func (s *Store) Hub() *hub.Hub { return s.hub }

// Location implements connectors.Located.
func (s *Store) Location() string { return s.location }

// Close releases everything. Closing twice does no harm.
func (s *Store) Close() error { return s.hub.Close() }

// source is what can be read, now or at the moment of a snapshot.
type source struct {
	tables  map[string]*table
	dialect dialect
	connect func(ctx context.Context) (conn *sql.Conn, release func() error, err error)
}

// Traits are those of the hub's schema: nothing is lost.
func (s *source) Traits() connectors.Traits {
	return connectors.Traits{
		TimePrecision: time.Microsecond,
		EndDates:      connectors.EndInclusive,
		MaxBatch:      20_000,
		Parallel:      2,
	}
}

// fail makes the error of a method. What the caller has canceled is reported
// as canceled, whatever the driver calls it.
func fail(ctx context.Context, op, where string, err error) error {
	var ours *connectors.Error
	switch {
	case ctx.Err() != nil:
		return connectors.Errorf(connectors.Unknown, op, where, "%w", ctx.Err())
	case errors.As(err, &ours):
		return err
	}
	return connectors.Errorf(classOf(err), op, where, "%w", explained(err))
}
