package org

import (
	"context"
	"errors"
	"io"
	"time"
)

var errStub = errors.New("not there yet")

// Options of Open.
type Options struct {
	Path string           // of the SQLite file; "" keeps the rows in a temporary file that Close removes
	Now  func() time.Time // the clock of the org; nil is time.Now
	Seed uint64           // orgs with other seeds give other ids
}

// An Org holds the objects and rows.
type Org struct{}

// Open opens or creates the org of a file.
func Open(ctx context.Context, o Options) (*Org, error) { return nil, errStub }

// Close releases the file. Rows that are still open end with an error.
func (o *Org) Close() error { return nil }

// ID is the id of the Organization row; User that of the user who writes.
func (o *Org) ID() string   { return "" }
func (o *Org) User() string { return "" }

// Objects are those that are enabled, by name.
func (o *Org) Objects() []*Object { return nil }

// Object finds an enabled object by its name in any case.
func (o *Org) Object(name string) (*Object, bool) { return nil, false }

// Define adds custom fields to an object, or a custom object (its name ends in
// __c) with fields.
func (o *Org) Define(ctx context.Context, object string, fields ...Field) error { return errStub }

// Disable makes an object unknown, as in orgs without its feature.
func (o *Org) Disable(object string) {}

// Apply writes changes in one transaction.
func (o *Org) Apply(ctx context.Context, changes []Change, allOrNone bool) ([]Result, error) {
	return nil, errStub
}

// A Late is a transaction that takes long: its rows are stamped with the time of
// Begin, and visible after Apply.
type Late struct{}

// BeginLate begins a transaction that will write later.
func (o *Org) BeginLate() *Late { return nil }

// Apply writes as Org.Apply does, stamped with the begin, and ends l.
func (l *Late) Apply(ctx context.Context, changes []Change, allOrNone bool) ([]Result, error) {
	return nil, errStub
}

// Abandon ends l without a write. After Apply it does nothing.
func (l *Late) Abandon() {}

// LatestCovered is the instant up to which every change is visible: now, or the
// begin of the oldest Late that is open.
func (o *Org) LatestCovered(now time.Time) time.Time { return now }

// Query runs a SOQL query; all shows rows of the recycle bin too. What the
// platform refuses is an *Error.
func (o *Org) Query(ctx context.Context, soql string, all bool) (*Rows, error) { return nil, errStub }

// Count is the number of rows of a query: its totalSize.
func (o *Org) Count(ctx context.Context, soql string, all bool) (int, error) { return 0, errStub }

// Get reads fields of one row; no fields are all.
func (o *Org) Get(ctx context.Context, object, id string, fields []string) (map[string]Cell, error) {
	return nil, errStub
}

// FindExternal finds rows by the value of an external id: none, one or several.
func (o *Org) FindExternal(ctx context.Context, object, field, value string) ([]string, error) {
	return nil, errStub
}

// Updated lists the rows that were created or changed from one minute to
// another, both included; seconds are cut off.
func (o *Org) Updated(ctx context.Context, object string, from, to time.Time) ([]string, error) {
	return nil, errStub
}

// A Deletion is one row of the recycle bin.
type Deletion struct {
	ID   string
	Date time.Time
}

// Deleted lists the rows deleted from one minute to another.
func (o *Org) Deleted(ctx context.Context, object string, from, to time.Time) ([]Deletion, error) {
	return nil, errStub
}

// Load reads definitions and rows as lines of JSON.
func (o *Org) Load(ctx context.Context, r io.Reader) (int, error) { return 0, errStub }

// ID18 is the id of 18 characters for one of 15 or 18.
func ID18(id string) (string, bool) { return "", false }
