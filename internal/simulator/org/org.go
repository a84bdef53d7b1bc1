package org

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options of Open.
type Options struct {
	Path string           // of the SQLite file, which one Org at a time can have open; "" keeps the rows in a temporary file that Close removes
	Now  func() time.Time // the clock of the org; nil is time.Now
	Seed uint64           // orgs with other seeds give other ids; a file keeps its first one
}

// An Org holds the objects and rows.
type Org struct {
	now       func() time.Time
	temporary string // the folder to remove
	claim     *claim // on a file that is kept
	readers   *sql.DB
	writing   *sql.DB
	catalog   atomic.Pointer[catalog]

	id, user string // of the Organization and of the User who writes
	pod      string // the fourth and fifth character of ids
	first    uint64 // the number of the first id

	write sync.Mutex // held for a transaction; guards w
	w     *writer

	late lates
}

// Open opens the org of a file, or creates it.
func Open(ctx context.Context, options Options) (*Org, error) {
	o := &Org{now: options.Now}
	if o.now == nil {
		o.now = time.Now
	}
	path := options.Path
	if path == "" {
		folder, err := os.MkdirTemp("", "org-")
		if err != nil {
			return nil, err
		}
		o.temporary, path = folder, folder+"/org.db"
	}
	if err := o.open(ctx, path, options.Seed); err != nil {
		return nil, errors.Join(fmt.Errorf("open the org in %s: %w", path, err), o.Close())
	}
	return o, nil
}

func (o *Org) open(ctx context.Context, path string, seed uint64) error {
	driver, err := newDriver()
	if err != nil {
		return err
	}
	d := driven{driver}
	if o.temporary == "" {
		if err := d.inspect(ctx, path); err != nil {
			return err
		}
		if o.claim, err = d.claim(ctx, path); err != nil {
			return err
		}
	}
	o.readers, o.writing = d.openFile(path, o.temporary != "")
	conn, err := o.writing.Conn(ctx)
	if err != nil {
		return err
	}
	o.w = &writer{conn: conn, statements: map[string]*sql.Stmt{}, found: map[*entity]map[place][]string{}}
	return o.transact(ctx, func(t *tx) error {
		if err := t.prepare(seed); err != nil {
			return err
		}
		o.id, o.user, o.pod, o.first = t.org, t.user, t.pod, t.first
		return nil
	})
}

// Close releases the file. Results that are still open end with an error.
func (o *Org) Close() error {
	o.write.Lock()
	defer o.write.Unlock()
	var errs []error
	if o.w != nil {
		errs = append(errs, o.w.close())
	}
	for _, db := range []*sql.DB{o.readers, o.writing} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if o.claim != nil {
		errs = append(errs, o.claim.release())
	}
	if o.temporary != "" {
		errs = append(errs, os.RemoveAll(o.temporary))
	}
	return errors.Join(errs...)
}

// ID is the id of the Organization row.
func (o *Org) ID() string { return o.id }

// User is the id of the user in whose name every row is written.
func (o *Org) User() string { return o.user }

// Objects are those that are enabled, by name.
func (o *Org) Objects() []*Object { return o.catalog.Load().seen }

// Object finds an enabled object by its name in any case.
func (o *Org) Object(name string) (*Object, bool) {
	e, ok := o.catalog.Load().entity(name)
	if !ok {
		return nil, false
	}
	return &e.Object, true
}

// require finds an enabled object, or says that there is none.
func (c *catalog) require(name string) (*entity, error) {
	e, ok := c.entity(name)
	if !ok {
		return nil, &Error{Code: "INVALID_TYPE", Message: unsupported(name)}
	}
	return e, nil
}

func unsupported(object string) string {
	return fmt.Sprintf("sObject type '%s' is not supported. If you are attempting to use a custom object, be sure to append the '__c' "+
		"after the entity name. Please reference your WSDL or the describe call for the appropriate names.", object)
}
