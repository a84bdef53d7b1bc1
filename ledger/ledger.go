// Package ledger keeps what happened: runs, what became of every row, what
// differed, who held which product line, and the proof that none of it was
// changed afterwards.
//
// A run begins, writes, and ends. Its lease lets it write; the chain
// remembers it:
//
//	Acquire ─▶ lease, fence 7 ──┐ every write asks: is 7 still the fence?
//	                            ▼
//	Begin ─▶ run ─┬─ SetAside          rows not carried over, each with its reason
//	              ├─ RecordFindings    differences, followed from run to run
//	              ├─ Checkpoint        parts of a plan that are durable
//	              └─ Finish            verdict, counts, report
//	                   │
//	      chain:  … ◀─ begin ◀─ part ◀─ part ◀─ end     entry n holds for all before it
//
// Each entry of the chain is hashed together with the hash before it, and the
// end of a run seals its counts, its report, its set-aside rows and its
// findings. So the last hash, the head, stands for the whole ledger: keep it
// elsewhere, and Verify tells later whether anything was changed.
//
// A ledger is a SQLite file or lives in a PostgreSQL database, in tables whose
// names begin with ledger_. It stores texts as they are given. Callers hand
// over neither credentials nor values of masked fields, but record.Keyed
// digests of them.
package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Config says where a ledger is.
type Config struct {
	Driver string           // "sqlite" or "postgres"
	DSN    string           // path of a SQLite file, or postgres:// URL
	Now    func() time.Time // the clock; time.Now if nil

	// Gone reports whether the holder of a lease is known to have ended, so
	// that its lease need not run out. If nil, nothing is known of holders.
	Gone func(holder string) bool
}

// Ledger is an open ledger. It is safe for use by any number of goroutines,
// and by any number of processes at once.
type Ledger struct {
	db      *sqlx.DB
	dialect dialect
	where   string // for messages, without a credential
	clock   func() time.Time
	gone    func(holder string) bool
}

// Open opens a ledger and brings its tables up to date. A SQLite file that is
// not there is created. A ledger that a newer program has written is refused
// with ErrNewer.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	d, err := dialectOf(c.Driver)
	if err != nil {
		return nil, err
	}
	dsn, where, err := d.locate(c.DSN)
	if err != nil {
		return nil, err
	}
	db, err := sqlx.Open(d.driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("ledger %s: its connection string cannot be read", where)
	}
	l := &Ledger{db: db, dialect: d, where: where, clock: c.Now, gone: c.Gone}
	if l.clock == nil {
		l.clock = time.Now
	}
	if err = db.PingContext(ctx); err == nil {
		err = l.migrate(ctx)
	}
	if err != nil {
		db.Close()
		return nil, l.explain("open", err)
	}
	return l, nil
}

// Close releases the ledger. Closing twice does no harm.
func (l *Ledger) Close() error { return l.db.Close() }

// now is the time as the ledger keeps it, in microseconds.
func (l *Ledger) now() stamp { return stamp{l.clock().UTC().Truncate(time.Microsecond)} }
