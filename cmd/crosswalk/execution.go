package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"crosswalk/ledger"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// leaseTime is how long a line stays locked after its holder died.
const leaseTime = time.Minute

// execution is one run, from its first to its last entry in the ledger.
type execution struct {
	session *session
	route   route
	run     *ledger.Run
	lease   *ledger.Lease
	report  *reconcile.Report
	stop    func() // ends the renewing of the lease
}

// begin enters a run into the ledger. A run that writes holds the lease of its
// route, so that no second instance can write it (invariant 12); the context
// that begin returns ends when the lease is lost.
func (s *session) begin(ctx context.Context, kind string, r route, bindings reconcile.Plan, planHash string, writes bool) (_ *execution, _ context.Context, err error) {
	e := &execution{session: s, route: r, stop: func() {}}
	line := r.line
	if writes {
		lease, err := s.ledger.Acquire(ctx, r.name(), s.app.holder(), leaseTime)
		if err != nil {
			return nil, nil, err
		}
		e.lease = lease
		ctx, e.stop = s.ledger.Keep(ctx, lease)
		defer func() {
			if err != nil {
				err = errors.Join(err, e.release(ctx))
			}
		}()
	}
	head, err := s.ledger.Head(ctx)
	if err != nil {
		return nil, nil, err
	}
	e.run, err = s.ledger.Begin(ctx, ledger.Run{
		Kind: kind, Line: line.Code, Target: r.to, Tool: version(), Mapping: bindings.Mapping, Scope: bindings.Scope, Plan: planHash, Operator: s.app.operator(),
	}, e.lease)
	if err != nil {
		return nil, nil, err
	}
	e.report = &reconcile.Report{
		Format: reconcile.ReportFormat, Run: e.run.ID, Kind: kind, Line: line.Code, LineName: line.Name, Target: r.to, Tool: version(),
		Encoding: record.EncodingVersion, Mapping: bindings.Mapping, Scope: bindings.Scope, Plan: planHash, Head: head,
		Started: e.run.Started.UTC().Format(time.RFC3339),
	}
	return e, ctx, nil
}

// allowed reports whether this run may still write.
func (e *execution) allowed(ctx context.Context) error {
	if e.lease == nil {
		return nil
	}
	return e.session.ledger.Check(ctx, e.lease)
}

// finish ends the run and returns its report.
func (e *execution) finish(ctx context.Context, verdict ledger.Verdict, message string, compared []string) (*reconcile.Report, error) {
	if err := e.end(ctx, verdict, message, compared); err != nil {
		return nil, err
	}
	return e.report, e.release(ctx)
}

// end enters the end of the run, and its report, into the ledger.
func (e *execution) end(ctx context.Context, verdict ledger.Verdict, message string, compared []string) error {
	e.report.Verdict, e.report.Message, e.report.Calls = string(verdict), message, e.session.calls()
	e.report.Finished = e.session.app.now().UTC().Format(time.RFC3339)
	var document bytes.Buffer
	if err := reconcile.WriteJSON(&document, e.report); err != nil {
		return err
	}
	end := ledger.End{Verdict: verdict, Message: message, Report: document.Bytes(), Counts: e.ledgerCounts(), Compared: compared}
	_, err := e.session.ledger.Finish(ctx, e.run.ID, end)
	return err
}

// fail ends the run because of an error, which it returns. It works after ctx
// is canceled, too.
func (e *execution) fail(ctx context.Context, cause error) error {
	if lost := context.Cause(ctx); lost != nil && errors.Is(cause, context.Canceled) {
		cause = lost
	}
	ctx = context.WithoutCancel(ctx)
	verdict := ledger.Failed
	switch {
	case passing(cause) && e.report.RefusedCount > 0:
		verdict = ledger.Incomplete // the next run tries the refused rows again
	case passing(cause), errors.Is(cause, context.Canceled):
		verdict = ledger.Interrupted // the next run goes on from here
	}
	_, err := e.session.ledger.Finish(ctx, e.run.ID, ledger.End{Verdict: verdict, Message: cause.Error()})
	if err != nil && !errors.Is(err, ledger.ErrFenced) && !errors.Is(err, ledger.ErrEnded) {
		cause = fmt.Errorf("%w (and the ledger could not be told: %w)", cause, err)
	}
	// A lease that cannot be given back runs out by itself.
	_ = e.release(ctx)
	return cause
}

func (e *execution) release(ctx context.Context) error {
	e.stop()
	ctx = context.WithoutCancel(ctx)
	if e.lease == nil {
		return nil
	}
	return e.session.ledger.Release(ctx, e.lease)
}

// ledgerCounts gives the ledger the counts of the report. It keeps one account
// for each entity and mapping, in which rows that a comparison finds missing
// or changed are those that an apply would create or update.
func (e *execution) ledgerCounts() []ledger.Counts {
	r := e.report
	var all []ledger.Counts
	for _, c := range r.Counts {
		n := ledger.Counts{Entity: e.route.entity(c.Entity), Source: c.Mapping, Read: c.Read, Created: c.Created, Updated: c.Updated, Deleted: c.Deleted,
			Unchanged: c.Unchanged, Merged: c.Merged, Archived: c.Archived, Excluded: c.Excluded, Quarantined: c.Quarantined, Rejected: c.Rejected,
			Stale: c.Stale, Unsure: c.Unsure, Missing: c.Missing, Extra: c.Extra, Changed: c.Changed}
		if n.Source == "" {
			n.Source = c.Source
		}
		if r.Kind == "plan" || r.Kind == "reconcile" {
			n.Created, n.Updated = c.Missing, c.Changed
		}
		all = append(all, n)
	}
	return all
}
