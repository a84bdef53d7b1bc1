package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Verdict is how a run stands.
type Verdict string

// Verdicts of a run.
const (
	Running     Verdict = "running"
	Pass        Verdict = "pass"        // complete, and nothing differs
	Drift       Verdict = "drift"       // complete, and something differs
	Incomplete  Verdict = "incomplete"  // something was not checked or not applied
	Failed      Verdict = "error"       // it could not go on
	Refused     Verdict = "refused"     // a gate did not let it start
	Interrupted Verdict = "interrupted" // it was stopped, or its process is gone
)

// Run is one execution of a command that reads or writes systems. What
// identifies its inputs are hashes.
type Run struct {
	ID       string // sortable: 20261121T193000Z-fleet-plan-01
	Kind     string // plan, apply, migrate, reconcile
	Line     string // product line; may be empty
	Target   string // the system compared or written; may be empty
	Tool     string // version of the program
	Mapping  string
	Scope    string
	Plan     string
	Operator string // who started it

	Started  time.Time
	Finished time.Time // zero while it runs
	Verdict  Verdict
	Message  string // why the verdict is what it is, for people
	Fence    int64  // of its lease; 0 if it has none

	ReportSHA256 string // empty without a report
	SetAside     int64  // rows set aside
	Findings     int64
	Head         string // hash of the run's last entry in the chain
}

// Begin starts a run. Of r it takes Kind, Line, Target, the hashes and Operator.
// It returns the run with its ID and start.
//
// A run with a lease can write as long as the lease holds. A run that changes
// no system may do without one, so that a plan can be made while another
// process works on the line; pass nil. When such a run is still open after a
// day, it is shown as Interrupted.
func (l *Ledger) Begin(ctx context.Context, r Run, lease *Lease) (*Run, error) {
	if r.Kind == "" {
		return nil, errors.New("ledger: a run needs a kind")
	}
	row := runRow{
		Kind: clean(r.Kind), Line: clean(r.Line), Target: clean(r.Target), Started: l.now(), Verdict: Running, Tool: clean(r.Tool),
		Mapping: clean(r.Mapping), Scope: clean(r.Scope), Plan: clean(r.Plan), Operator: clean(r.Operator),
	}
	var holder string
	if lease != nil {
		row.Lease, row.Fence, holder = lease.Name, lease.Fence, lease.Holder
	}
	err := l.update(ctx, "begin "+r.Kind, func(t *tx) error {
		if lease != nil {
			held, err := t.lockLease(ctx, lease.Name)
			if err := fenced(lease, &held, err); err != nil {
				return err
			}
		}
		return t.begin(ctx, &row, holder)
	})
	if err != nil {
		return nil, err
	}
	return row.run(), nil
}

// begin completes row and keeps it.
func (t *tx) begin(ctx context.Context, row *runRow, holder string) error {
	last, err := t.lockChain(ctx)
	if err != nil {
		return err
	}
	prefix := row.Started.Format("20060102T150405Z") + "-" + slug(row.Line) + "-" + slug(row.Kind) + "-"
	var before int
	if err := t.get(ctx, &before, "SELECT COUNT(*) FROM ledger_runs WHERE id >= ? AND id < ?", prefix, prefix+"~"); err != nil {
		return err
	}
	row.ID = fmt.Sprintf("%s%02d", prefix, before+1)
	row.BeginEntry = last.N + 1
	row.Head, err = t.append(ctx, last, entry{At: row.Started.String(), Run: row.ID, Begin: row.beginEntry(holder)})
	if err != nil {
		return err
	}
	_, err = t.NamedExecContext(ctx, `INSERT INTO ledger_runs
		(id, begin_entry, kind, line, target, started, verdict, tool, mapping, scope, plan, operator, lease, fence) VALUES
		(:id, :begin_entry, :kind, :line, :target, :started, :verdict, :tool, :mapping, :scope, :plan, :operator, :lease, :fence)`, row)
	return err
}

// slug makes a product line fit to stand in an ID and on a command line.
func slug(line string) string {
	words := strings.FieldsFunc(strings.ToLower(line), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if len(words) == 0 {
		return "all"
	}
	return strings.Join(words, "_")
}
