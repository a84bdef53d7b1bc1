package filesource

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"crosswalk/connectors"
	"crosswalk/record"
)

// A Table is one table of a Catalog.
type Table interface {
	// Describe reads the headers of its parts.
	Describe() (*record.Schema, error)

	// Parts returns what opens each part for reading. The schema is one that
	// Describe has returned.
	Parts(schema *record.Schema, s *Selection) []func(context.Context) (Part, error)
}

// A Catalog holds the tables of a source and does all that a
// connectors.Source does save for telling its Traits. It is safe for
// concurrent use if its tables are.
type Catalog struct {
	tables  map[string]Table
	release func() error
	closed  atomic.Bool
}

// NewCatalog makes a Catalog of tables by name. The map is its own from then
// on. Close calls release, which may be nil, once.
func NewCatalog(tables map[string]Table, release func() error) *Catalog {
	return &Catalog{tables: tables, release: release}
}

// Tables names the tables, sorted.
func (c *Catalog) Tables(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(c.tables)), nil
}

// Describe reads the headers of a table's parts. Where they differ, the table
// has the columns of all of them, and a cell of a column that a part lacks is
// absent.
func (c *Catalog) Describe(_ context.Context, name string) (*record.Schema, error) {
	t, err := c.table("describe", name)
	if err != nil {
		return nil, err
	}
	return t.Describe()
}

// Read starts reading a table. Its parts are read one after another.
func (c *Catalog) Read(_ context.Context, q connectors.Query) (record.Reader, error) {
	t, err := c.table("read", q.Table)
	if err != nil {
		return nil, err
	}
	schema, err := t.Describe()
	if err != nil {
		return nil, err
	}
	selection, err := Select(schema, q)
	if err != nil {
		return nil, err
	}
	return NewReader(selection.Schema, t.Parts(schema, selection)), nil
}

// Close ends the use of the Catalog. Closing twice does no harm.
func (c *Catalog) Close() error {
	if c.closed.Swap(true) || c.release == nil {
		return nil
	}
	return c.release()
}

func (c *Catalog) table(op, name string) (Table, error) {
	if c.closed.Load() {
		return nil, connectors.Errorf(connectors.Unknown, op, name, "the source is closed")
	}
	t, ok := c.tables[name]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(c.tables)), ", ")
		return nil, connectors.Errorf(connectors.Missing, op, name, "there is no such table; there are %s", known)
	}
	return t, nil
}
