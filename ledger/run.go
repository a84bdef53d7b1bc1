package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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

// Begin starts a run. Of r it takes Kind, Line, the hashes and Operator.
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
		Kind: clean(r.Kind), Line: clean(r.Line), Started: l.now(), Verdict: Running, Tool: clean(r.Tool),
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
		(id, begin_entry, kind, line, started, verdict, tool, mapping, scope, plan, operator, lease, fence) VALUES
		(:id, :begin_entry, :kind, :line, :started, :verdict, :tool, :mapping, :scope, :plan, :operator, :lease, :fence)`, row)
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

// End is how a run ends.
type End struct {
	Verdict  Verdict
	Message  string
	Counts   []Counts // one for each entity and source
	Report   []byte
	Compared []string // entities compared in full: drift of these that was not found again is resolved
}

// Finish ends a run: verdict, counts, report, drift and chain change in one
// transaction. A run whose counts do not add up cannot end as Pass or Drift;
// its verdict becomes Incomplete. Finish returns the run as it ended.
func (l *Ledger) Finish(ctx context.Context, run string, end End) (*Run, error) {
	switch end.Verdict {
	case Pass, Drift, Incomplete, Failed, Refused, Interrupted:
	default:
		return nil, fmt.Errorf("ledger: %q is not a verdict that ends a run", end.Verdict)
	}
	end.settle()
	var row *runRow
	err := l.update(ctx, "finish "+run, func(t *tx) (err error) {
		if row, err = t.writable(ctx, run); err != nil {
			return err
		}
		now := l.now()
		if err := t.followDrift(ctx, now, row, end.Compared); err != nil {
			return err
		}
		row, err = t.end(ctx, now, row, end)
		return err
	})
	if err != nil {
		return nil, err
	}
	return row.run(), nil
}

// settle brings the counts into order and holds the verdict against them.
func (e *End) settle() {
	e.Counts = slices.Clone(e.Counts)
	slices.SortFunc(e.Counts, func(a, b Counts) int {
		return strings.Compare(a.Entity+"\x00"+a.Source, b.Entity+"\x00"+b.Source)
	})
	for i := range e.Counts {
		err := e.Counts[i].Adds()
		if err == nil || e.Verdict != Pass && e.Verdict != Drift {
			continue
		}
		e.Verdict = Incomplete
		e.Message = strings.TrimPrefix(e.Message+"; "+err.Error(), "; ")
	}
}

// end closes an open run, which the transaction has locked.
func (t *tx) end(ctx context.Context, now stamp, row *runRow, end End) (*runRow, error) {
	done := *row
	done.Finished, done.Verdict, done.Message = now, end.Verdict, clean(end.Message)
	if end.Report != nil {
		sum := sha256.Sum256(end.Report)
		done.ReportSHA256 = hex.EncodeToString(sum[:])
		if _, err := t.exec(ctx, "INSERT INTO ledger_reports (run, content) VALUES (?, ?)", row.ID, end.Report); err != nil {
			return nil, err
		}
	}
	if err := t.insertCounts(ctx, row.ID, end.Counts); err != nil {
		return nil, err
	}
	last, err := t.lockChain(ctx)
	if err != nil {
		return nil, err
	}
	done.EndEntry = last.N + 1
	done.Head, err = t.append(ctx, last, entry{At: now.String(), Run: row.ID, End: done.endEntry(end.Counts)})
	if err != nil {
		return nil, err
	}
	_, err = t.NamedExecContext(ctx, `UPDATE ledger_runs SET end_entry = :end_entry, finished = :finished, verdict = :verdict,
		message = :message, report_sha256 = :report_sha256 WHERE id = :id`, &done)
	return &done, err
}

// writable locks a run and returns it, if it is open and its lease holds. The
// lease is locked too: it cannot change hands before the transaction ends.
func (t *tx) writable(ctx context.Context, id string) (*runRow, error) {
	var lease leaseRow
	err := t.get(ctx, &lease, `SELECT name, holder, fence, since, expires FROM ledger_leases
		WHERE name = (SELECT lease FROM ledger_runs WHERE id = ?)`+t.dialect.lockRow, id)
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
