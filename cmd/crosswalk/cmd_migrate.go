package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosswalk/internal/workspace"
	"crosswalk/ledger"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
)

func (a *app) migrateCommand() *cobra.Command {
	o := migrateOptions{}
	cmd := &cobra.Command{
		Use:   "migrate LINE",
		Short: "Plan, apply and reconcile in one go, for rehearsals",
		Long: `Compares the line, writes the difference to the hub and reconciles. There is no
plan file to review, so use it for rehearsals; for the real move use plan and
apply. Running it again writes nothing. If it was killed, run it again.`,
		Example: "  crosswalk migrate fleet\n  crosswalk migrate fleet --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := a.migrate(cmd.Context(), args[0], o)
			if err != nil {
				return err
			}
			if err := a.printReport(report, "Next: crosswalk report "+report.Run+" --format html -o report.html"); err != nil {
				return err
			}
			return verdictExit(report)
		},
	}
	cmd.ValidArgsFunction = a.completeLines
	cmd.Flags().IntVar(&o.maxDeletes, "max-deletes", -1, "most rows of a table to delete (default: the cap of crosswalk.yaml)")
	cmd.Flags().BoolVar(&o.unproven, "no-reconcile", false, "leave the comparison at the end out; the run is then incomplete (exit 3)")
	return cmd
}

type migrateOptions struct {
	maxDeletes int
	unproven   bool
}

// migrate carries one line and returns the report.
func (a *app) migrate(ctx context.Context, code string, o migrateOptions) (*reconcile.Report, error) {
	s, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	line, err := s.ws.Line(code)
	if err != nil {
		return nil, err
	}
	recorder := newRecorder()
	flows, err := s.flows(ctx, line, a.progress(), recorder, deleteCap(s.ws.Deletes, o.maxDeletes))
	if err != nil {
		return nil, err
	}
	e, ctx, err := s.begin(ctx, "migrate", line, s.bindings(line, flows), "", true)
	if err != nil {
		return nil, err
	}
	recorder.execution = e
	report, err := s.carry(ctx, e, flows, line, recorder, o.unproven)
	if err != nil {
		return nil, e.fail(ctx, err)
	}
	a.endProgress()
	return report, nil
}

// carry writes the difference, compares once more and ends the run.
func (s *session) carry(ctx context.Context, e *execution, flows *pipeline.Flows, line workspace.Line, r *recorder, unproven bool) (*reconcile.Report, error) {
	options := e.applyOptions(ctx, r)
	options.Wrote = nil // the stage counts the rows that are compared
	applier := reconcile.NewApplier(s.store, options)
	planned, err := flows.Carry(ctx, applier)
	if err != nil {
		applier.Stop()
		return nil, err
	}
	answers, err := applier.Finish(ctx)
	if err != nil {
		return nil, err
	}
	e.take(planned)
	if unproven {
		e.report.Counts = migrated(planned.Counts, answers, nil)
		e.report.NotChecked = append(e.report.NotChecked, "whether the hub now holds what the mappings want: run reconcile")
		return e.finish(ctx, ledger.Incomplete, "written, and not compared afterwards", nil)
	}
	r.quiet = true
	after, err := s.prove(ctx, flows, e.report)
	if err != nil {
		return nil, err
	}
	e.report.Counts = migrated(planned.Counts, answers, after.Counts)
	verdict, message := migrateVerdict(e.report)
	return e.finish(ctx, verdict, message, tables(line))
}

// migrated joins what was planned, what became of it, and what a comparison
// afterwards still finds.
func migrated(planned []reconcile.Counts, answers map[string]reconcile.Answers, after []reconcile.Counts) []reconcile.Counts {
	left := map[[3]string]reconcile.Counts{}
	for _, c := range after {
		left[[3]string{c.Entity, c.Source, c.Mapping}] = c
	}
	deleted := map[string]int64{}
	var all []reconcile.Counts
	for _, c := range planned {
		key := [3]string{c.Entity, c.Source, c.Mapping}
		n := answers[reconcile.AnswerKey(c.Entity, c.Mapping)]
		c.Created, c.Updated, c.Stale, c.Unsure = n.Created, n.Updated, n.Stale, n.Unsure
		c.Unchanged += n.Unchanged
		c.Rejected += n.Rejected
		c.Missing, c.Changed, c.Extra = left[key].Missing, left[key].Changed, left[key].Extra
		if _, seen := deleted[c.Entity]; !seen && c.Mapping != "" {
			c.Deleted = answers[reconcile.AnswerKey(c.Entity, "")].Deleted
			deleted[c.Entity] = c.Deleted
		}
		c.Settle(true)
		all = append(all, c)
	}
	return all
}

func migrateVerdict(r *reconcile.Report) (ledger.Verdict, string) {
	t := r.Total()
	switch {
	case !t.Adds:
		return ledger.Incomplete, "the counts do not add up: rows were lost on the way"
	case r.RefusedCount > 0:
		return ledger.Incomplete, fmt.Sprintf("%s not written; run migrate again, or look at the reasons", rowCount(r.RefusedCount))
	case gated(r.Withheld) > 0:
		return ledger.Refused, fmt.Sprintf("%s deletes are more than the cap allows and were left out", reconcile.Thousands(gated(r.Withheld)))
	case t.Missing+t.Changed+t.Extra > 0:
		return ledger.Drift, differences(t)
	}
	return ledger.Pass, fmt.Sprintf("%s created, %s updated, %s deleted; the hub holds what the mappings want",
		reconcile.Thousands(t.Created), reconcile.Thousands(t.Updated), reconcile.Thousands(t.Deleted))
}

// tables are the target tables of a line, each once.
func tables(line workspace.Line) []string {
	var all []string
	seen := map[string]bool{}
	for _, m := range line.Mappings {
		if !seen[m.Target] {
			seen[m.Target] = true
			all = append(all, m.Target)
		}
	}
	return all
}
