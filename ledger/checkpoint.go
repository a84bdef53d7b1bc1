package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Part is a part of a plan that is durable in the target.
type Part struct {
	Entity string // the target table
	Number int    // of the part within the entity, as the plan numbers them
	Counts Counts // what became of its rows

	// SetAside are the rows of the part that were not carried over. They are
	// kept together with the part, so that a part that is done again after a
	// crash does not set its rows aside twice.
	SetAside []SetAside

	Run string // that did it; set by the ledger
}

// partRow is a part as the ledger keeps it.
type partRow struct {
	N    int64  `db:"n"`
	Run  string `db:"run"`
	Part int    `db:"part"`
	Counts
}

// Checkpoint records that a part of the run's plan is durable. Call it after
// the target has committed, never before: progress does not run ahead of data
// (invariant 7). If the reply to a Checkpoint was lost, the same call again
// does no harm.
func (l *Ledger) Checkpoint(ctx context.Context, run string, p Part) error {
	row := partRow{Run: run, Part: p.Number, Counts: p.Counts}
	row.Entity, row.Source = clean(p.Entity), clean(p.Counts.Source)
	return l.update(ctx, fmt.Sprintf("checkpoint %s part %d of %s", p.Entity, p.Number, run), func(t *tx) error {
		r, err := t.writable(ctx, run)
		if err != nil {
			return err
		}
		if r.Plan == "" {
			return fmt.Errorf("the run has no plan: %w", ErrPlan)
		}
		if known, err := t.knownPart(ctx, &row); known || err != nil {
			return err
		}
		if err := t.setAside(ctx, r, p.SetAside); err != nil {
			return err
		}
		return t.keepPart(ctx, l.now(), &row)
	})
}

const partsQuery = "SELECT n, run, part, " + countColumns + " FROM ledger_parts "

// knownPart reports whether the run has recorded the part already. A second
// record that says something else is an error.
func (t *tx) knownPart(ctx context.Context, p *partRow) (bool, error) {
	var known []partRow
	err := t.list(ctx, &known, partsQuery+"WHERE run = ? AND entity = ? AND part = ?", p.Run, p.Entity, p.Part)
	if err != nil || len(known) == 0 {
		return false, err
	}
	if known[0].Counts != p.Counts {
		return true, fmt.Errorf("it was recorded before with other counts: %d rows read, now %d", known[0].Read, p.Read)
	}
	return true, nil
}

func (t *tx) keepPart(ctx context.Context, now stamp, p *partRow) error {
	last, err := t.lockChain(ctx)
	if err != nil {
		return err
	}
	p.N = last.N + 1
	if _, err := t.append(ctx, last, entry{At: now.String(), Run: p.Run, Part: &partEntry{p.Part, p.Counts}}); err != nil {
		return err
	}
	_, err = t.NamedExecContext(ctx, "INSERT INTO ledger_parts (n, run, part, "+countColumns+") VALUES (:n, :run, :part, "+countValues+")", p)
	return err
}

// A plan is applied by one run or, if that is interrupted, by several: they are
// one application. It is over when a run ends with Pass, Drift or Incomplete,
// which say that nothing was left to do. The next run of the plan begins
// another, and looks at every row again.

// Application names the application of its plan that a run belongs to: after
// the run that began it.
func (l *Ledger) Application(ctx context.Context, run string) (first string, err error) {
	err = l.snapshot(ctx, "application of "+run, func(t *tx) error {
		var r runRow
		if err := t.get(ctx, &r, "SELECT * FROM ledger_runs WHERE id = ?", run); err != nil {
			return notFound(err)
		}
		if first = run; r.Plan == "" {
			return nil
		}
		return t.get(ctx, &first, "SELECT id FROM ledger_runs WHERE plan = ? AND begin_entry > ("+lastEnd+") ORDER BY begin_entry LIMIT 1", r.Plan, r.Plan, r.BeginEntry)
	})
	return first, err
}

// lastEnd is the entry with which the application of a plan ended that was the
// last before a run began.
const lastEnd = "SELECT COALESCE(MAX(end_entry), 0) FROM ledger_runs WHERE plan = ? AND end_entry < ? AND verdict IN ('pass', 'drift', 'incomplete')"

// Checkpoints returns the parts of the run's application that are durable
// already, sorted by entity and number, so that a resumed run goes on behind
// them.
//
// Progress is bound to what made it (invariant 8): if the plan was begun under
// another tool, mapping or scope, the error is ErrPlan. And a plan whose run
// ended with Drift has failed its verification: its parts no longer count, and
// all of it is done again.
func (l *Ledger) Checkpoints(ctx context.Context, run string) (parts []Part, err error) {
	err = l.snapshot(ctx, "checkpoints for "+run, func(t *tx) error {
		var r runRow
		if err := t.get(ctx, &r, "SELECT * FROM ledger_runs WHERE id = ?", run); err != nil {
			return notFound(err)
		}
		if err := t.resumable(ctx, &r); err != nil {
			return err
		}
		parts, err = t.parts(ctx, &r)
		return err
	})
	return parts, err
}

// resumable returns ErrPlan if an earlier run worked on the plan under other conditions.
func (t *tx) resumable(ctx context.Context, r *runRow) error {
	var foreign []runRow
	err := t.list(ctx, &foreign, `SELECT * FROM ledger_runs WHERE plan = ? AND (tool <> ? OR mapping <> ? OR scope <> ?)
		AND id IN (SELECT run FROM ledger_parts) ORDER BY begin_entry LIMIT 1`, r.Plan, r.Tool, r.Mapping, r.Scope)
	if err != nil || len(foreign) == 0 {
		return err
	}
	f := &foreign[0]
	for _, c := range []struct{ what, was, is string }{
		{"version of the program", f.Tool, r.Tool}, {"mapping", f.Mapping, r.Mapping}, {"scope", f.Scope, r.Scope},
	} {
		if c.was != c.is {
			return fmt.Errorf("run %s began it with another %s (%s, now %s): %w", f.ID, c.what, c.was, c.is, ErrPlan)
		}
	}
	return nil
}

// parts returns the parts of the application that a run belongs to.
func (t *tx) parts(ctx context.Context, r *runRow) ([]Part, error) {
	if r.Plan == "" {
		return nil, nil
	}
	var rows []partRow
	err := t.list(ctx, &rows, partsQuery+`WHERE run IN (SELECT id FROM ledger_runs WHERE plan = ?)
		AND n > (`+lastEnd+`) ORDER BY n`, r.Plan, r.Plan, r.BeginEntry)
	if err != nil {
		return nil, err
	}
	type place struct {
		entity string
		number int
	}
	at := map[place]int{}
	var parts []Part
	for _, r := range rows {
		p := Part{Entity: r.Entity, Number: r.Part, Counts: r.Counts, Run: r.Run}
		if i, twice := at[place{p.Entity, p.Number}]; twice {
			parts[i] = p
			continue
		}
		at[place{p.Entity, p.Number}] = len(parts)
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Number, b.Number))
	})
	return parts, nil
}
