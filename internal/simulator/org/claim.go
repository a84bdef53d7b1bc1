package org

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// A claim keeps other simulators from the file of an org: what one of them
// remembers of it, another would change. It is a lock on a file beside it, which the
// end of the process releases, however it ends.
type claim struct {
	path string
	db   *sql.DB
	conn *sql.Conn
}

func (d driven) claim(ctx context.Context, path string) (*claim, error) {
	c := &claim{path: path + ".lock"}
	c.db = d.open(c.path, url.Values{"_pragma": {"journal_mode(OFF)"}})
	var err error
	if c.conn, err = c.db.Conn(ctx); err == nil {
		_, err = c.conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("another simulator serves it: end that one first (%w)", err), c.db.Close())
	}
	return c, nil
}

// release removes the file while it is still locked, so that nobody else has it.
func (c *claim) release() error {
	_ = os.Remove(c.path) // where open files cannot be removed it stays, and claims nothing
	return errors.Join(c.conn.Close(), c.db.Close())
}

// inspect refuses a file that holds something else than an org, before it is changed.
func (d driven) inspect(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil //nolint:nilerr // it will be created, or opening it tells why not
	}
	db := d.open(path, url.Values{"mode": {"ro"}})
	var tables, ours int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*), COUNT(CASE name WHEN '_definition' THEN 1 END) FROM sqlite_master").Scan(&tables, &ours)
	if err == nil && tables > 0 && ours == 0 {
		err = errors.New("it is a database, but not that of a simulated org")
	}
	return errors.Join(err, db.Close())
}
