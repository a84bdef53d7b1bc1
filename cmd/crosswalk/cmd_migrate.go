package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosswalk/ledger"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
)

func (a *app) migrateCommand() *cobra.Command {
	o := migrateOptions{}
	cmd := &cobra.Command{
		Use:   "migrate LINE",
		Short: "Plan, apply and reconcile in one go, for rehearsals",
		Long: `Compares the line, writes the difference to the hub, or with --to to another
system, and reconciles. There is no plan file to review, so use it for
rehearsals; for the real move use plan and apply. Running it again writes
nothing. If it was killed, run it again.`,
		Example: "  crosswalk migrate fleet\n  crosswalk migrate fleet --json\n  crosswalk migrate fleet --to crm",
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
	a.toFlag(cmd, &o.to)
	cmd.Flags().IntVar(&o.maxDeletes, "max-deletes", -1, "most rows of a table to delete (default: the cap of crosswalk.yaml)")
	cmd.Flags().BoolVar(&o.unproven, "no-reconcile", false, "leave the comparison at the end out; the run is then incomplete (exit 3)")
	return cmd
}

type migrateOptions struct {
	to         string
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
	r, err := s.route(code, o.to)
	if err != nil {
		return nil, err
	}
	recorder := newRecorder()
	flows, err := s.flows(ctx, r, a.progress(), recorder, deleteCap(s.ws.Deletes, o.maxDeletes))
	if err != nil {
		return nil, err
	}
	e, ctx, err := s.begin(ctx, "migrate", r, s.bindings(r, flows), "", true)
	if err != nil {
		return nil, err
	}
	recorder.execution = e
	report, err := s.carry(ctx, e, flows, recorder, o.unproven)
	if err != nil {
		return nil, e.fail(ctx, err)
	}
	a.endProgress()
	return report, nil
}

// carry writes the difference, compares once more and ends the run.
func (s *session) carry(ctx context.Context, e *execution, flows *pipeline.Flows, r *recorder, unproven bool) (*reconcile.Report, error) {
	options := e.applyOptions(ctx, r)
	options.MaskKey = s.ws.MaskKey
	options.Wrote = nil // the stage counts the rows that are compared
	target, err := s.target(ctx, e.route.to)
	if err != nil {
		return nil, err
	}
	applier := reconcile.NewApplier(target, options)
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
		e.report.NotChecked = append(e.report.NotChecked, "whether "+e.route.target()+" now holds what the mappings want: run reconcile")
		return e.finish(ctx, ledger.Incomplete, "written, and not compared afterwards", nil)
	}
	r.quiet = true
	after, err := s.prove(ctx, flows, e)
	if err != nil {
		return nil, err
	}
	e.report.Counts = migrated(planned.Counts, answers, after.Counts)
	verdict, message := migrateVerdict(e.report, e.route)
	return e.finish(ctx, verdict, message, e.route.tables())
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
		c.Missing, c.Changed, c.Shifted, c.Extra = left[key].Missing, left[key].Changed, left[key].Shifted, left[key].Extra
		if _, seen := deleted[c.Entity]; !seen && c.Mapping != "" {
			c.Deleted = answers[reconcile.AnswerKey(c.Entity, "")].Deleted
			deleted[c.Entity] = c.Deleted
		}
		c.Settle(true)
		all = append(all, c)
	}
	return all
}

func migrateVerdict(r *reconcile.Report, to route) (ledger.Verdict, string) {
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
	return ledger.Pass, fmt.Sprintf("%s created, %s updated, %s deleted; %s holds what the mappings want",
		reconcile.Thousands(t.Created), reconcile.Thousands(t.Updated), reconcile.Thousands(t.Deleted), to.target())
}
