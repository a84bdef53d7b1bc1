package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"crosswalk/ledger"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
)

func (a *app) reconcileCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "reconcile [LINE...]",
		Short: "The nightly proof: compare the hub with its sources",
		Long: `Compares, in full, what the mappings of each product line want with what the
hub holds, or with --to what another system holds. Nothing is changed. Every
difference is named down to the field and kept in the ledger, which knows since
when it has been there.

Without LINE, all lines that go there are compared. With --json, one LINE prints
its report, several print a list. The exit code is that of the worst line. If one
of several lines cannot be compared, the others are compared all the same.`,
		Example: "  crosswalk reconcile\n  crosswalk reconcile fleet --json\n  crosswalk reconcile --to crm",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.reconcileLines(cmd.Context(), args, to) },
	}
	cmd.ValidArgsFunction = a.completeLines
	a.toFlag(cmd, &to)
	cmd.Flags().BoolVar(&a.noInvariants, "no-invariants", false, "leave the hub's named checks out, and only compare")
	return cmd
}

func (a *app) reconcileLines(ctx context.Context, codes []string, to string) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	routes, err := s.named(codes, to)
	if err != nil {
		return err
	}
	reports := []*reconcile.Report{}
	var failed []error
	for _, r := range routes {
		report, err := s.reconcileLine(ctx, r)
		if err != nil && (len(routes) == 1 || ctx.Err() != nil) {
			return err
		}
		if err != nil {
			// A night in which one source is away must still tell of the other lines.
			a.endProgress()
			err = fmt.Errorf("line %s was not compared: %w", r.line.Code, err)
			a.printError(err)
			failed = append(failed, err)
			continue
		}
		reports = append(reports, report)
		a.endProgress()
		if !a.json {
			if err := a.printReport(report, "Next: crosswalk report "+report.Run+" --format html -o report.html"); err != nil {
				return err
			}
		}
	}
	if a.json {
		if err := a.printReports(reports, len(routes) == 1 && len(codes) == 1); err != nil {
			return err
		}
	}
	return worst(reports, failed)
}

// named finds the routes of the named lines to a target, or of all lines.
func (s *session) named(codes []string, to string) ([]route, error) {
	if len(codes) == 0 {
		return s.routes(to)
	}
	var all []route
	for _, code := range codes {
		r, err := s.route(code, to)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// printReports prints JSON: one report, or a list of them.
func (a *app) printReports(reports []*reconcile.Report, one bool) error {
	if one {
		return reconcile.WriteJSON(a.stdout, reports[0])
	}
	return a.printJSON(reports)
}

// reconcileLine compares one line with its target and ends the run.
func (s *session) reconcileLine(ctx context.Context, r route) (*reconcile.Report, error) {
	recorder := newRecorder()
	flows, err := s.flows(ctx, r, s.app.progress(), recorder, s.ws.Deletes)
	if err != nil {
		return nil, err
	}
	e, ctx, err := s.begin(ctx, "reconcile", r, s.bindings(r, flows), "", false)
	if err != nil {
		return nil, err
	}
	recorder.execution = e
	result, err := s.prove(ctx, flows, e)
	if err != nil {
		return nil, e.fail(ctx, err)
	}
	e.take(result)
	if s.app.noInvariants && r.inHub() {
		e.report.NotChecked = append(e.report.NotChecked, "the hub's invariants: run check, or reconcile without --no-invariants")
	}
	verdict, message := reconcileVerdict(e.report)
	return e.finish(ctx, verdict, message, r.tables())
}

func reconcileVerdict(r *reconcile.Report) (ledger.Verdict, string) {
	t := r.Total()
	switch {
	case !t.Adds:
		return ledger.Incomplete, "the counts do not add up: rows were lost on the way"
	case t.Missing+t.Changed+t.Extra > 0:
		return ledger.Drift, differences(t)
	}
	return ledger.Pass, fmt.Sprintf("%s compared, no difference", rowCount(t.Unchanged))
}

func differences(t reconcile.Counts) string {
	shifted := ""
	if t.Shifted > 0 {
		shifted = fmt.Sprintf(" (%s by one day)", reconcile.Thousands(t.Shifted))
	}
	return fmt.Sprintf("%s missing, %s changed%s, %s extra", reconcile.Thousands(t.Missing), reconcile.Thousands(t.Changed), shifted, reconcile.Thousands(t.Extra))
}

// prove compares the line and, if the hub is its target, runs the hub's named
// checks at the same time, which go into the report.
func (s *session) prove(ctx context.Context, flows *pipeline.Flows, e *execution) (*pipeline.Result, error) {
	group, ctx := errgroup.WithContext(ctx)
	if e.route.inHub() && !s.app.noInvariants {
		group.Go(func() (err error) {
			e.report.Invariants, err = s.invariants(ctx)
			return err
		})
	}
	var result *pipeline.Result
	group.Go(func() (err error) {
		result, err = flows.Reconcile(ctx)
		return err
	})
	return result, group.Wait()
}

// worst is the exit code of the most serious report, or of what kept a line
// from having one.
func worst(reports []*reconcile.Report, failed []error) error {
	rank := map[int]int{exitClean: 0, exitDifference: 1, exitIncomplete: 2, exitRefused: 3, exitError: 4}
	code := exitClean
	for _, r := range reports {
		var e *exit
		if errors.As(verdictExit(r), &e) && rank[e.code] > rank[code] {
			code = e.code
		}
	}
	for _, err := range failed {
		if c := exitCode(err); rank[c] > rank[code] {
			code = c
		}
	}
	if code == exitClean {
		return nil
	}
	return &exit{code: code}
}
