package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"crosswalk/connectors"
	"crosswalk/internal/workspace"
	"crosswalk/ledger"
	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

func (a *app) applyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "apply PLAN",
		Short: "Write exactly the approved rows",
		Long: `Writes the rows of a plan to its target, the hub or another system: those and
no others. Each row is compared with what the plan saw of it. A row that moved
since is left alone and reported as stale, and the command exits with 3.

An apply that was killed goes on where it stopped when it is run again.`,
		Example: "  crosswalk plan fleet\n  crosswalk apply fleet.plan",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.apply(cmd.Context(), args[0]) },
	}
}

func (a *app) apply(ctx context.Context, path string) error {
	report, err := a.applyFile(ctx, a.absolute(path))
	if err != nil {
		return err
	}
	done := route{workspace.Line{Code: report.Line}, report.Target}
	if err := a.printReport(report, "Next: crosswalk reconcile "+done.args()); err != nil {
		return err
	}
	return verdictExit(report)
}

// applyFile writes the rows of a plan file and returns the report.
func (a *app) applyFile(ctx context.Context, path string) (*reconcile.Report, error) {
	plan, err := reconcile.OpenPlan(path)
	if err != nil {
		return nil, err
	}
	s, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r, err := s.route(plan.Line, plan.Target)
	if err != nil {
		return nil, err
	}
	flows, err := s.flows(ctx, r, a.progress(), nil, s.ws.Deletes)
	if err != nil {
		return nil, err
	}
	bindings := s.bindings(r, flows)
	if err := plan.Check(bindings); err != nil {
		return nil, &exit{code: exitRefused, err: err}
	}
	e, ctx, err := s.begin(ctx, "apply", r, bindings, plan.Hash, true)
	if err != nil {
		return nil, err
	}
	report, err := s.applyPlan(ctx, e, plan)
	if err != nil {
		return nil, e.fail(ctx, err)
	}
	a.endProgress()
	return report, nil
}

// applyPlan writes the plan and ends the run.
func (s *session) applyPlan(ctx context.Context, e *execution, plan *reconcile.PlanFile) (*reconcile.Report, error) {
	target, err := s.target(ctx, e.route.to)
	if err != nil {
		return nil, err
	}
	answers, err := s.applyRows(ctx, e, plan, target)
	if err != nil {
		return nil, err
	}
	total := reconcile.Answers{}
	for key, n := range answers {
		e.report.Counts = append(e.report.Counts, countsOfAnswers(key, n))
		total = total.Plus(n)
	}
	sortCounts(e.report.Counts)
	verdict, message := applyVerdict(plan, total)
	if err := e.end(ctx, verdict, message, nil); err != nil {
		return nil, err
	}
	if err := forgetNotes(context.WithoutCancel(ctx), target, plan.Hash); err != nil {
		return nil, err
	}
	return e.report, e.release(ctx)
}

// applyRows writes the rows of a plan that no earlier, interrupted run has
// written, and returns the answers to all. A target that can keeps the answers
// until the end of the run stands in the ledger.
func (s *session) applyRows(ctx context.Context, e *execution, plan *reconcile.PlanFile, target connectors.Target) (map[string]reconcile.Answers, error) {
	application, err := s.ledger.Application(ctx, e.run.ID)
	if err != nil {
		return nil, err
	}
	done, err := s.ledger.Checkpoints(ctx, e.run.ID)
	if err != nil {
		return nil, err
	}
	recorder := newRecorder()
	recorder.execution = e
	options := e.applyOptions(ctx, recorder)
	options.Notes = plan.Hash + "/" + application
	options.Done = finished(done)
	options.Checkpoint = func(ctx context.Context, chunk int, answers map[string]reconcile.Answers) error {
		return s.ledger.Checkpoint(ctx, e.run.ID, partOf(chunk, answers))
	}
	s.app.progress().Stage("apply", plan.Changes)
	applier := reconcile.NewApplier(target, options)
	if err := plan.Each(ctx, applier); err != nil {
		applier.Stop() // part of a chunk must not stand for the whole of it
		return nil, err
	}
	return applier.Finish(ctx)
}

// forgetNotes drops what a target has kept of a plan, also of runs that were
// killed after their end.
func forgetNotes(ctx context.Context, target connectors.Target, plan string) error {
	if noter, ok := target.(connectors.Noter); ok {
		return noter.ForgetNotes(ctx, plan+"/")
	}
	return nil
}

func applyVerdict(plan *reconcile.PlanFile, total reconcile.Answers) (ledger.Verdict, string) {
	written := total.Created + total.Updated + total.Deleted
	if !total.Complete() {
		return ledger.Incomplete, fmt.Sprintf("%s of %s written; %d stale, %d rejected, %d unsure: make a new plan for what is left",
			reconcile.Thousands(written), rowCount(plan.Changes), total.Stale, total.Rejected, total.Unsure)
	}
	if total.Unchanged > 0 {
		return ledger.Pass, fmt.Sprintf("%s written, %s were so already", rowCount(written), rowCount(total.Unchanged))
	}
	return ledger.Pass, rowCount(written) + " written"
}

// applyOptions wire an Applier to the run.
func (e *execution) applyOptions(ctx context.Context, r *recorder) reconcile.ApplyOptions {
	progress := e.session.app.progress()
	return reconcile.ApplyOptions{
		Workers: 2, Allow: e.allowed, Wrote: progress.Rows, MaskKey: e.session.ws.MaskKey,
		Refused: func(section reconcile.Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error {
			return r.refused(ctx, reconcile.Refused{Entity: section.Schema.Table, Key: mapping.SourceKey(key...), Op: op.String(), Outcome: answer.Outcome.String(), Reason: answer.Reason}, origin)
		},
	}
}

// finished tells an Applier which chunks an interrupted run has written.
func finished(parts []ledger.Part) func(chunk int) (map[string]reconcile.Answers, bool) {
	byChunk := map[int]map[string]reconcile.Answers{}
	for _, p := range parts {
		byChunk[p.Number] = map[string]reconcile.Answers{reconcile.AnswerKey(p.Entity, p.Counts.Source): {
			Created: p.Counts.Created, Updated: p.Counts.Updated, Deleted: p.Counts.Deleted, Unchanged: p.Counts.Unchanged,
			Stale: p.Counts.Stale, Rejected: p.Counts.Rejected, Unsure: p.Counts.Unsure,
		}}
	}
	return func(chunk int) (map[string]reconcile.Answers, bool) {
		answers, ok := byChunk[chunk]
		return answers, ok
	}
}

// partOf is what the ledger keeps of a chunk, which is of one table and mapping.
func partOf(chunk int, answers map[string]reconcile.Answers) ledger.Part {
	part := ledger.Part{Number: chunk}
	total := reconcile.Answers{}
	for key, n := range answers {
		part.Entity, part.Counts.Source = splitAnswerKey(key)
		total = total.Plus(n)
	}
	part.Counts = ledger.Counts{Entity: part.Entity, Source: part.Counts.Source, Created: total.Created, Updated: total.Updated, Deleted: total.Deleted,
		Unchanged: total.Unchanged, Stale: total.Stale, Rejected: total.Rejected, Unsure: total.Unsure}
	part.Counts.Read = part.Counts.Accounted()
	return part
}

func countsOfAnswers(key string, n reconcile.Answers) reconcile.Counts {
	entity, mapping := splitAnswerKey(key)
	c := reconcile.Counts{Entity: entity, Mapping: mapping, Created: n.Created, Updated: n.Updated, Deleted: n.Deleted,
		Unchanged: n.Unchanged, Stale: n.Stale, Rejected: n.Rejected, Unsure: n.Unsure}
	c.Read = n.Created + n.Updated + n.Unchanged + n.Stale + n.Rejected + n.Unsure
	c.Settle(true)
	return c
}
