// Package memory is the reference connector: tables in memory that keep every
// promise of package connectors in the simplest way. Tests of everything
// above the connectors use it, and the conformance suite is measured by it.
//
//	DB ──holds──▶ view ──▶ table: rows in key order, never changed in place
//	 │              ▲
//	 └─Write, Load: build new tables, then swap in a new view
//
// A view never changes, so a Reader or a snapshot is nothing but a hold on
// the view of its moment. That makes a DB safe for any number of goroutines.
package memory

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"crosswalk/connectors"
	"crosswalk/record"
)

var (
	_ connectors.Target      = (*DB)(nil)
	_ connectors.Partitioner = (*DB)(nil)
	_ connectors.Lookup      = (*DB)(nil)
	_ connectors.Snapshotter = (*DB)(nil)
	_ connectors.Digester    = (*DB)(nil)
	_ connectors.Feed        = (*DB)(nil)
	_ connectors.DeleteLog   = (*DB)(nil)
	_ connectors.Noter       = (*DB)(nil)
)

// DB is a set of tables in memory. It offers every ability.
type DB struct {
	reads
	mu     sync.Mutex
	now    view
	notes  map[string][]connectors.Answer
	closed bool
}

// New makes a DB with one empty table for each schema.
func New(schemas ...*record.Schema) *DB {
	db := &DB{now: view{}, notes: map[string][]connectors.Answer{}}
	db.reads = db.view
	for _, s := range schemas {
		db.now[s.Table] = &table{schema: s}
	}
	return db
}

// Load adds copies of rows, whose values stand in the order of the table's
// schema. A row that the table cannot hold is an error, and then none is
// added. Unlike Write, Load takes rows that share a key, as long as the
// schema does not call its key unique.
func (db *DB) Load(name string, rows ...record.Row) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.usable(context.Background(), "load"); err != nil {
		return err
	}
	t, err := db.now.table("load", name)
	if err != nil {
		return err
	}
	t = t.clone()
	for i, row := range rows {
		if reason := t.refuses(row); reason != "" {
			return connectors.Errorf(connectors.Invalid, "load", name, "row %d: %s", i, reason)
		}
		t.rows = append(t.rows, t.stamp(row))
	}
	slices.SortStableFunc(t.rows, t.compare)
	for i := 1; t.schema.Unique && i < len(t.rows); i++ {
		if t.compareKeys(t.rows[i-1].row, t.rows[i].row) == 0 {
			return connectors.Errorf(connectors.Invalid, "load", name, "two rows have the key %v", t.schema.KeyOf(t.rows[i].row))
		}
	}
	db.swap(t)
	return nil
}

// swap shows t to all later calls. The caller holds db.mu.
func (db *DB) swap(t *table) {
	db.now = maps.Clone(db.now)
	db.now[t.schema.Table] = t
}

// view returns the tables as they are at this moment.
func (db *DB) view(ctx context.Context, op string) (view, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.now, db.usable(ctx, op)
}

// usable tells why an operation cannot begin. The caller holds db.mu.
func (db *DB) usable(ctx context.Context, op string) error {
	if db.closed {
		return closedError(op)
	}
	return canceled(ctx, op)
}

// Snapshot returns all tables as they are now, and costs nothing. It can be
// cut, looked up and summed as the DB can.
func (db *DB) Snapshot(ctx context.Context) (connectors.Source, error) {
	v, err := db.view(ctx, "take a snapshot of")
	if err != nil {
		return nil, err
	}
	s := &snapshot{tables: v}
	s.reads = s.view
	return s, nil
}

// Close lets go of the tables. Readers and snapshots that are open stay so.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.now, db.closed = nil, true
	return nil
}

// snapshot shows one view until it is closed.
type snapshot struct {
	reads
	tables view
	closed atomic.Bool
}

func (s *snapshot) view(ctx context.Context, op string) (view, error) {
	if s.closed.Load() {
		return nil, closedError(op)
	}
	return s.tables, canceled(ctx, op)
}

func (s *snapshot) Close() error {
	s.closed.Store(true)
	return nil
}

func closedError(op string) error {
	return connectors.Errorf(connectors.Unknown, op, "memory", "it is closed: open it again")
}

func canceled(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return connectors.Errorf(connectors.Unknown, op, "memory", "%w", err)
	}
	return nil
}

// view is all tables at one moment.
type view map[string]*table

func (v view) names() []string { return slices.Sorted(maps.Keys(v)) }

func (v view) table(op, name string) (*table, error) {
	if t, ok := v[name]; ok {
		return t, nil
	}
	return nil, connectors.Errorf(connectors.Missing, op, name, "there is no such table; there are: %s", strings.Join(v.names(), ", "))
}
