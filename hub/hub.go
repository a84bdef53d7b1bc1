// Package hub is the new entitlement store: the canonical model, the schema
// that keeps it in SQLite or PostgreSQL, and the invariants it must uphold.
//
//	          catalog       product_lines  products  part_numbers ...
//	Tables()  parties       organizations  users  memberships ...        ┐
//	   │      commerce      orders  order_lines  entitlements            ├── id ── xref ── source, source_entity, source_key
//	   │      rights        line_items  activations  maintenance ...     ┘
//	   │
//	   ├─ one statement of names, types, references and rules: a test holds the migrations of both dialects against it
//	   └─ rules of one row are constraints; rules of many rows are Invariants, which Check runs
//
// Two runs of a migration leave the same bytes: no clock, run id or random
// value enters the hub.
package hub

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// Dialect is the SQL that a hub speaks.
type Dialect string

// The dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Config says where the hub is kept.
type Config struct {
	Driver Dialect `yaml:"driver"`         // sqlite or postgres
	Path   string  `yaml:"path,omitempty"` // sqlite: the file, made if it is not there
	DSN    string  `yaml:"dsn,omitempty"`  // postgres: postgres://user:password@host:5432/database
}

// Validate names the setting at fault and what is expected.
func (c Config) Validate() error {
	switch {
	case c.Driver != SQLite && c.Driver != Postgres:
		return fmt.Errorf("driver: %q is not known; it is sqlite or postgres", c.Driver)
	case c.Driver == SQLite && (c.Path == "" || c.DSN != ""):
		return errors.New("path: a hub in SQLite needs the path of its file, and no dsn")
	case c.Driver == Postgres && (c.DSN == "" || c.Path != ""):
		return errors.New("dsn: a hub in PostgreSQL needs a dsn such as postgres://user:password@host:5432/database, and no path")
	}
	return nil
}

// Location names the database, without credentials.
func (c Config) Location() string {
	if c.Driver == SQLite {
		return "sqlite " + c.Path
	}
	u, err := url.Parse(c.DSN)
	if err != nil {
		return "postgres"
	}
	return "postgres " + u.Host + u.Path
}

// Hub is an open hub. It is safe for concurrent use.
type Hub struct {
	dialect       Dialect
	reader, write *sql.DB // the same pool in PostgreSQL
}

// Open opens the hub, makes it if need be, and brings its schema up to date.
// Any number of instances may do so at once. A hub whose schema is newer than
// this program is refused.
func Open(ctx context.Context, c Config) (*Hub, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	open := openSQLite
	if c.Driver == Postgres {
		open = openPostgres
	}
	h, err := open(c)
	if err != nil {
		return nil, err
	}
	if err := h.migrate(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Dialect returns the SQL that the hub speaks.
func (h *Hub) Dialect() Dialect { return h.dialect }

// Reader returns the connections to read with. In SQLite they cannot write.
func (h *Hub) Reader() *sql.DB { return h.reader }

// Writer returns the connections to write with. In SQLite it is one, so
// writers wait for each other.
func (h *Hub) Writer() *sql.DB { return h.write }

// Close closes all connections. Closing twice does no harm.
func (h *Hub) Close() error {
	return errors.Join(h.reader.Close(), h.write.Close())
}
