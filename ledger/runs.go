package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// runRow is a run as the ledger keeps it.
type runRow struct {
	ID           string  `db:"id"`
	BeginEntry   int64   `db:"begin_entry"`
	EndEntry     int64   `db:"end_entry"`
	Kind         string  `db:"kind"`
	Line         string  `db:"line"`
	Target       string  `db:"target"`
	Started      stamp   `db:"started"`
	Finished     stamp   `db:"finished"`
	Verdict      Verdict `db:"verdict"`
	Tool         string  `db:"tool"`
	Mapping      string  `db:"mapping"`
	Scope        string  `db:"scope"`
	Plan         string  `db:"plan"`
	Operator     string  `db:"operator"`
	Lease        string  `db:"lease"`
	Fence        int64   `db:"fence"`
	Message      string  `db:"message"`
	ReportSHA256 string  `db:"report_sha256"`
	AsideRows    int64   `db:"aside_rows"`
	AsideSeal    string  `db:"aside_seal"`
	FindingRows  int64   `db:"finding_rows"`
	FindingSeal  string  `db:"finding_seal"`

	Head string `db:"head"` // from ledger_chain
}

func (r *runRow) run() *Run {
	return &Run{
		ID: r.ID, Kind: r.Kind, Line: r.Line, Target: r.Target, Tool: r.Tool, Mapping: r.Mapping, Scope: r.Scope, Plan: r.Plan,
		Operator: r.Operator, Started: r.Started.Time, Finished: r.Finished.Time, Verdict: r.Verdict,
		Message: r.Message, Fence: r.Fence, ReportSHA256: r.ReportSHA256, SetAside: r.AsideRows,
		Findings: r.FindingRows, Head: r.Head,
	}
}

// beginEntry is what the chain says of the start. The holder of the lease
// stands in the chain only, for the lease itself passes on.
func (r *runRow) beginEntry(holder string) *beginEntry {
	return &beginEntry{
		Kind: r.Kind, Line: r.Line, Target: r.Target, Tool: r.Tool, Mapping: r.Mapping, Scope: r.Scope, Plan: r.Plan,
		Operator: r.Operator, Lease: r.Lease, Holder: holder, Fence: r.Fence,
	}
}

// endEntry is what the chain says of the end.
func (r *runRow) endEntry(counts []Counts) *endEntry {
	return &endEntry{
		Verdict: r.Verdict, Message: r.Message, ReportSHA256: r.ReportSHA256, Counts: counts,
		AsideRows: r.AsideRows, AsideSeal: r.AsideSeal, FindingRows: r.FindingRows, FindingSeal: r.FindingSeal,
	}
}

// lockRun keeps others from changing a run before the transaction ends.
func (t *tx) lockRun(ctx context.Context, id string) (*runRow, error) {
	var row runRow
	err := t.get(ctx, &row, "SELECT * FROM ledger_runs WHERE id = ?"+t.dialect.lockRow, id)
	return &row, notFound(err)
}

// notFound turns the lack of a row into the lack of a run.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// unleased is how long an open run without a lease is thought to be alive.
const unleased = 24 * time.Hour

// runsQuery shows the runs, those whose process is gone as interrupted. Its
// parameters are now, and now less unleased.
const runsQuery = `SELECT * FROM (
	SELECT r.id, r.begin_entry, r.end_entry, r.kind, r.line, r.target, r.started, r.finished, r.tool, r.mapping, r.scope, r.plan,
		r.operator, r.lease, r.fence, r.message, r.report_sha256, r.aside_rows, r.aside_seal, r.finding_rows,
		r.finding_seal, c.hash AS head,
		CASE WHEN r.verdict <> 'running' THEN r.verdict
			WHEN r.lease <> '' AND r.fence = l.fence AND l.holder <> '' AND l.expires > ? THEN r.verdict
			WHEN r.lease = '' AND r.started > ? THEN r.verdict
			ELSE 'interrupted' END AS verdict
	FROM ledger_runs r
	JOIN ledger_chain c ON c.n = CASE WHEN r.end_entry > 0 THEN r.end_entry ELSE r.begin_entry END
	LEFT JOIN ledger_leases l ON l.name = r.lease) shown WHERE `

// runs reads the runs for which the condition holds, newest first.
func (t *tx) runs(ctx context.Context, now stamp, condition string, args ...any) ([]*Run, error) {
	var rows []runRow
	args = append([]any{now, stamp{now.Add(-unleased)}}, args...)
	if err := t.list(ctx, &rows, runsQuery+condition, args...); err != nil {
		return nil, err
	}
	runs := make([]*Run, len(rows))
	for i := range rows {
		runs[i] = rows[i].run()
	}
	return runs, nil
}

// RunFilter selects runs. A field that is empty selects all.
type RunFilter struct {
	Kind    string
	Line    string
	Target  string
	Plan    string
	Verdict Verdict
	Limit   int
}

// Runs returns the runs that a filter selects, newest first.
func (l *Ledger) Runs(ctx context.Context, f RunFilter) (runs []*Run, err error) {
	var w where
	w.equal("kind", f.Kind)
	w.equal("line", f.Line)
	w.equal("target", f.Target)
	w.equal("plan", f.Plan)
	w.equal("verdict", string(f.Verdict))
	condition := w.String() + " ORDER BY begin_entry DESC"
	if f.Limit > 0 {
		condition += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	err = l.snapshot(ctx, "list runs", func(t *tx) error {
		runs, err = t.runs(ctx, l.now(), condition, w.args...)
		return err
	})
	return runs, err
}

// Run returns the run with the given ID, or the only one whose ID begins so,
// or the one that began last if id is "last".
func (l *Ledger) Run(ctx context.Context, id string) (run *Run, err error) {
	condition, args := "substr(id, 1, ?) = ? ORDER BY id LIMIT 3", []any{utf8.RuneCountInString(id), id}
	if id == "last" {
		condition, args = "1 = 1 ORDER BY begin_entry DESC LIMIT 1", nil
	}
	err = l.snapshot(ctx, "run "+id, func(t *tx) error {
		found, err := t.runs(ctx, l.now(), condition, args...)
		if err != nil {
			return err
		}
		run, err = only(found, id)
		return err
	})
	return run, err
}

// only returns the run that id means.
func only(found []*Run, id string) (*Run, error) {
	names := make([]string, len(found))
	for i, r := range found {
		if r.ID == id {
			return r, nil
		}
		names[i] = r.ID
	}
	switch len(found) {
	case 0:
		return nil, ErrNotFound
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("more than one run begins with it, such as %s: give more of the ID", strings.Join(names, ", "))
}

// Report returns the report of a run, byte for byte; nil if it has none.
func (l *Ledger) Report(ctx context.Context, run string) (report []byte, err error) {
	err = l.snapshot(ctx, "report of "+run, func(t *tx) error {
		if _, err := t.runNumber(ctx, run); err != nil {
			return err
		}
		err := t.get(ctx, &report, "SELECT content FROM ledger_reports WHERE run = ?", run)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return report, err
}

// runNumber returns the number under which the rows of a run are kept.
func (t *tx) runNumber(ctx context.Context, run string) (n int64, err error) {
	err = t.get(ctx, &n, "SELECT begin_entry FROM ledger_runs WHERE id = ?", run)
	return n, notFound(err)
}
