package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Lease is the right to write on behalf of one name, as a rule a product
// line (invariant 12). It holds until it is released, or until its time is
// over and another process acquires it: then Fence is no longer the number
// that the ledger knows, and everything this holder still tries is refused.
//
// Time only decides when others may take over. A wrong clock can take a lease
// away too soon, but never let two holders write.
type Lease struct {
	Name   string
	Holder string
	Fence  int64 // 1 for the first holder of the name, then 2, 3 ...
	TTL    time.Duration
}

// leaseRow is a lease as the ledger keeps it.
type leaseRow struct {
	Name    string `db:"name"`
	Holder  string `db:"holder"`
	Fence   int64  `db:"fence"`
	Since   stamp  `db:"since"`
	Expires stamp  `db:"expires"`
}

// held reports whether the lease is in the hands of the holder with the fence.
func (r *leaseRow) held(fence int64) bool { return r.Holder != "" && r.Fence == fence }

// Acquire takes the lease of a name, for holder to write until ttl after the
// last Renew. While somebody has it who is not known to be gone, the error is
// a *HeldError. Runs that an earlier holder left open end as Interrupted.
func (l *Ledger) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	name, holder = clean(name), clean(holder)
	if name == "" || holder == "" || ttl <= 0 {
		return nil, errors.New("ledger: a lease needs a name, a holder and a time to live")
	}
	lease := &Lease{Name: name, Holder: holder, TTL: ttl}
	err := l.update(ctx, "acquire", func(t *tx) error {
		err := t.exec(ctx, `INSERT INTO ledger_leases (name, holder, fence, since, expires) VALUES (?, '', 0, '', '')
			ON CONFLICT (name) DO NOTHING`, name)
		if err != nil {
			return err
		}
		row, err := t.lockLease(ctx, name)
		if err != nil {
			return err
		}
		now := l.now()
		if row.Holder != "" && row.Expires.After(now.Time) && (l.gone == nil || !l.gone(row.Holder)) {
			return &HeldError{Name: name, Holder: row.Holder, Since: row.Since.Time, Until: row.Expires.Time}
		}
		lease.Fence = row.Fence + 1
		err = t.exec(ctx, "UPDATE ledger_leases SET holder = ?, fence = ?, since = ?, expires = ? WHERE name = ?",
			holder, lease.Fence, now, stamp{now.Add(ttl)}, name)
		if err != nil {
			return err
		}
		return t.interrupt(ctx, now, name, "it stopped without an end; "+holder+" took over "+name)
	})
	if err != nil {
		return nil, err
	}
	return lease, nil
}

const leaseQuery = "SELECT name, holder, fence, since, expires FROM ledger_leases WHERE name = "

// lockLease keeps the lease from changing hands before the transaction ends.
func (t *tx) lockLease(ctx context.Context, name string) (leaseRow, error) {
	var row leaseRow
	err := t.get(ctx, &row, leaseQuery+"?"+t.dialect.lockRow, name)
	return row, err
}

// interrupt ends the runs that are open under a lease.
func (t *tx) interrupt(ctx context.Context, now stamp, lease, message string) error {
	var open []string
	err := t.list(ctx, &open, "SELECT id FROM ledger_runs WHERE lease = ? AND verdict = 'running' ORDER BY begin_entry", lease)
	if err != nil {
		return err
	}
	for _, id := range open {
		run, err := t.lockRun(ctx, id)
		if err != nil {
			return err
		}
		if _, err := t.end(ctx, now, run, End{Verdict: Interrupted, Message: message}); err != nil {
			return err
		}
	}
	return nil
}

// Renew makes the lease hold for another TTL. It also succeeds after that
// time is over, as long as nobody else has acquired the lease.
func (l *Ledger) Renew(ctx context.Context, lease *Lease) error {
	return l.holding(ctx, "renew", lease, func(t *tx) error {
		return t.exec(ctx, "UPDATE ledger_leases SET expires = ? WHERE name = ?", stamp{l.now().Add(lease.TTL)}, lease.Name)
	})
}

// Release gives the lease back. A run of it that is still open can write no
// more, and ends as Interrupted.
func (l *Ledger) Release(ctx context.Context, lease *Lease) error {
	return l.holding(ctx, "release", lease, func(t *tx) error {
		err := t.exec(ctx, "UPDATE ledger_leases SET holder = '', expires = '' WHERE name = ?", lease.Name)
		if err != nil {
			return err
		}
		return t.interrupt(ctx, l.now(), lease.Name, "it stopped without an end; "+lease.Holder+" gave "+lease.Name+" back")
	})
}

// Check returns ErrFenced if the lease was lost. Ask before a write that the
// ledger does not see, such as one to the target.
func (l *Ledger) Check(ctx context.Context, lease *Lease) error {
	return l.snapshot(ctx, "check "+lease.Name, func(t *tx) error {
		var row leaseRow
		return fenced(lease, &row, t.get(ctx, &row, leaseQuery+"?", lease.Name))
	})
}

// holding runs do while the lease cannot change hands.
func (l *Ledger) holding(ctx context.Context, op string, lease *Lease, do func(*tx) error) error {
	return l.update(ctx, op+" "+lease.Name, func(t *tx) error {
		row, err := t.lockLease(ctx, lease.Name)
		if err := fenced(lease, &row, err); err != nil {
			return err
		}
		return do(t)
	})
}

// fenced returns ErrFenced unless the row says that the lease is still held.
func fenced(lease *Lease, row *leaseRow, err error) error {
	if errors.Is(err, sql.ErrNoRows) || err == nil && !row.held(lease.Fence) {
		return ErrFenced
	}
	return err
}

// writable locks a run and returns it, if it is open and its lease holds. The
// lease is locked too: it cannot change hands before the transaction ends.
func (t *tx) writable(ctx context.Context, id string) (*runRow, error) {
	var lease leaseRow
	err := t.get(ctx, &lease, leaseQuery+"(SELECT lease FROM ledger_runs WHERE id = ?)"+t.dialect.lockRow, id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	run, err := t.lockRun(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case run.Lease != "" && !lease.held(run.Fence):
		return nil, ErrFenced
	case run.Verdict != Running:
		return nil, ErrEnded
	}
	return run, nil
}
