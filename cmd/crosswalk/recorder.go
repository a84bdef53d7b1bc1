package main

import (
	"context"
	"sync"

	"crosswalk/ledger"
	"crosswalk/reconcile"
)

// recorder keeps what a run sets aside and finds: all of it in the ledger, the
// first of it in the report.
type recorder struct {
	execution *execution
	quiet     bool // the rows were recorded before: this is a second look
	mu        sync.Mutex
	perRule   map[[3]string]int
}

// examples is how many rows of one reason a report shows.
const examples = 5

// newRecorder makes a recorder; its execution is set once the run has begun.
func newRecorder() *recorder { return &recorder{perRule: map[[3]string]int{}} }

// SetAside implements pipeline.Recorder.
func (r *recorder) SetAside(ctx context.Context, rows []reconcile.Aside) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.quiet {
		return nil
	}
	kept := make([]ledger.SetAside, len(rows))
	for i, row := range rows {
		kept[i] = ledger.SetAside{Entity: r.execution.route.entity(row.Entity), Source: row.Mapping, Key: row.Key, Outcome: row.Outcome, Rule: row.Rule, Reason: row.Reason, Input: row.Input}
		rule := [3]string{row.Mapping, row.Outcome, row.Rule}
		if r.perRule[rule] < examples {
			r.perRule[rule]++
			r.execution.report.SetAside = append(r.execution.report.SetAside, row)
		}
	}
	return r.execution.session.ledger.SetAside(ctx, r.execution.run.ID, kept)
}

// Findings implements pipeline.Recorder.
func (r *recorder) Findings(ctx context.Context, findings []reconcile.Difference) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := r.execution.report
	report.FindingCount += int64(len(findings))
	if room := reconcile.MaxListed - len(report.Findings); room > 0 {
		report.Findings = append(report.Findings, findings[:min(room, len(findings))]...)
	}
	kept := make([]ledger.Finding, len(findings))
	for i, f := range findings {
		kept[i] = ledger.Finding{Entity: r.execution.route.entity(f.Entity), Key: f.Key, Kind: f.Kind}
		for _, c := range f.Fields {
			kept[i].Fields = append(kept[i].Fields, ledger.FieldDiff{Name: c.Name, Want: orNull(c.Want), Have: orNull(c.Have)})
		}
	}
	return r.execution.session.ledger.RecordFindings(ctx, r.execution.run.ID, kept)
}

// refused notes a planned change that was not carried out.
func (r *recorder) refused(ctx context.Context, row reconcile.Refused, mapping string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := r.execution.report
	report.RefusedCount++
	if len(report.Refused) < reconcile.MaxListed {
		report.Refused = append(report.Refused, row)
	}
	return r.execution.session.ledger.SetAside(ctx, r.execution.run.ID, []ledger.SetAside{{
		Entity: r.execution.route.entity(row.Entity), Source: mapping, Key: row.Key, Outcome: row.Outcome, Rule: row.Op, Reason: row.Reason,
	}})
}

func orNull(s *string) string {
	if s == nil {
		return "(null)"
	}
	return *s
}
