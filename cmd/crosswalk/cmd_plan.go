package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"crosswalk/internal/workspace"
	"crosswalk/ledger"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

type planOptions struct {
	to         string
	out        string
	maxDeletes int
}

func (a *app) planCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan LINE",
		Short: "Write the difference to a file for review",
		Long: `Compares everything that the mappings of a product line want with what the
hub holds, or with --to what another system holds, and writes the changes to a
plan file. Nothing is changed.

The file holds the rows themselves, so only its owner may read it; masked
columns are shown masked everywhere else. It is sealed by a hash and bound to
mapping, scope and version: apply refuses it once any of them has changed.`,
		Example: "  crosswalk plan fleet\n  crosswalk plan fleet -o fleet.plan --json\n  crosswalk plan fleet --to crm",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.plan(cmd.Context(), args[0], o)
		},
	}
	cmd.ValidArgsFunction = a.completeLines
	a.toFlag(cmd, &o.to)
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "plan file to write (default: LINE.plan in the workspace, or LINE.SYSTEM.plan)")
	cmd.Flags().IntVar(&o.maxDeletes, "max-deletes", -1, "most rows of a table to delete (default: the cap of crosswalk.yaml)")
	return cmd
}

func (a *app) plan(ctx context.Context, code string, o planOptions) error {
	if o.out = a.absolute(o.out); o.out == "" {
		o.out = route{workspace.Line{Code: code}, o.to}.name() + ".plan"
	}
	report, err := a.makePlan(ctx, code, o)
	if err != nil {
		return err
	}
	file := relative(a.cwd, o.out)
	next := fmt.Sprintf("Plan: %s (%s)", o.out, short(report.Plan))
	if report.Verdict == string(ledger.Drift) {
		next += fmt.Sprintf("\nNext: crosswalk show %s, then crosswalk apply %s", file, file)
	}
	if err := a.printReport(report, next); err != nil {
		return err
	}
	return verdictExit(report)
}

// makePlan compares a line, writes the plan file and returns the report.
func (a *app) makePlan(ctx context.Context, code string, o planOptions) (*reconcile.Report, error) {
	s, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r, err := s.route(code, o.to)
	if err != nil {
		return nil, err
	}
	recorder := newRecorder()
	flows, err := s.flows(ctx, r, a.progress(), recorder, deleteCap(s.ws.Deletes, o.maxDeletes))
	if err != nil {
		return nil, err
	}
	bindings := s.bindings(r, flows)
	e, ctx, err := s.begin(ctx, "plan", r, bindings, "", false)
	if err != nil {
		return nil, err
	}
	recorder.execution = e
	report, err := s.writePlan(ctx, e, flows, bindings, o.out)
	if err != nil {
		return nil, e.fail(ctx, err)
	}
	a.endProgress()
	return report, nil
}

// writePlan writes the plan file and ends the run.
func (s *session) writePlan(ctx context.Context, e *execution, flows *pipeline.Flows, bindings reconcile.Plan, out string) (*reconcile.Report, error) {
	bindings.Run, bindings.Created = e.run.ID, e.report.Started
	w, err := reconcile.CreatePlan(out, bindings)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	result, err := flows.Plan(ctx, w)
	if err != nil {
		return nil, err
	}
	e.take(result)
	changes := w.Changes()
	verdict, message := planVerdict(result, changes, e.route)
	e.report.Verdict, e.report.Message = string(verdict), message
	if e.report.Plan, err = w.Close(e.report); err != nil {
		return nil, err
	}
	return e.finish(ctx, verdict, message, nil)
}

func planVerdict(result *pipeline.Result, changes int64, r route) (ledger.Verdict, string) {
	switch {
	case !adds(result.Counts):
		return ledger.Incomplete, "the counts do not add up: rows were lost on the way; do not apply this plan"
	case gated(result.Withheld) > 0:
		return ledger.Refused, fmt.Sprintf("%s deletes are more than the cap allows and are not in the plan", reconcile.Thousands(gated(result.Withheld)))
	case changes > 0:
		return ledger.Drift, fmt.Sprintf("%s to write", rowCount(changes))
	case result.Findings > 0:
		return ledger.Drift, fmt.Sprintf("%s differ, and none of it may be written", rowCount(result.Findings))
	}
	return ledger.Pass, "nothing to write: " + r.target() + " holds what the mappings want"
}

// bindings are what a plan is bound to.
func (s *session) bindings(r route, flows *pipeline.Flows) reconcile.Plan {
	return reconcile.Plan{
		Format: reconcile.PlanFormat, Line: r.line.Code, Target: r.to, Tool: version(), Encoding: record.EncodingVersion, Mapping: flows.Fingerprint(),
		Scope: flows.Scope(), MaskKey: record.Keyed(s.ws.MaskKey, record.Text("mask key")),
	}
}

// take puts the result of a walk into the report.
func (e *execution) take(result *pipeline.Result) {
	e.report.Counts, e.report.Reasons, e.report.Soft, e.report.Withheld = result.Counts, result.Reasons, result.Soft, result.Withheld
	e.report.NotChecked = result.NotChecked
}

func deleteCap(c workspace.DeleteCap, flag int) workspace.DeleteCap {
	if flag >= 0 {
		return workspace.DeleteCap{Rows: flag}
	}
	return c
}

func gated(all []reconcile.Withheld) (rows int64) {
	for _, w := range all {
		if w.Gate {
			rows += w.Rows
		}
	}
	return rows
}

func adds(counts []reconcile.Counts) bool {
	for _, c := range counts {
		if !c.Adds {
			return false
		}
	}
	return true
}

// verdictExit is the exit code of a run that has been reported.
func verdictExit(r *reconcile.Report) error {
	switch ledger.Verdict(r.Verdict) {
	case ledger.Pass:
		return nil
	case ledger.Drift:
		return &exit{code: exitDifference}
	case ledger.Refused:
		return &exit{code: exitRefused}
	case ledger.Incomplete, ledger.Interrupted:
		return &exit{code: exitIncomplete}
	}
	return &exit{code: exitError}
}

// relative shortens a path for people.
func relative(base, path string) string {
	if r, err := filepath.Rel(base, path); err == nil && filepath.IsAbs(path) && len(r) < len(path) {
		return r
	}
	return path
}

func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}

func rowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return reconcile.Thousands(n) + " rows"
}
