package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/ledger"
)

// numbers lists the parts that are done.
func numbers(t *testing.T, f *fixture, run *ledger.Run) []int {
	t.Helper()
	var n []int
	for _, p := range must[[]ledger.Part](t)(f.Checkpoints(t.Context(), run.ID)) {
		n = append(n, p.Number)
	}
	return n
}

func TestKillBetweenDataAndCheckpointRepeatsThatPartOnly(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		victim := f.worker(t, "victim")
		for _, order := range []string{"acquire", "begin", "part 2", "part 1"} {
			victim.must(order)
		}
		// Part 3 is in the target by now, but not in the ledger.
		victim.kill()
		f.advance(time.Minute)

		lease := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "heir", time.Minute))
		run := must[*ledger.Run](t)(f.Begin(ctx, applyRun, lease))
		if diff := cmp.Diff([]int{1, 2}, numbers(t, f, run)); diff != "" {
			t.Fatalf("done before the kill (-want +got):\n%s", diff)
		}
		ok(t, f.Checkpoint(ctx, run.ID, part(3)))
		got := must[[]ledger.Part](t)(f.Checkpoints(ctx, run.ID))
		want := part(3)
		want.Run, want.SetAside, want.Counts.Entity = run.ID, nil, "users"
		if diff := cmp.Diff(want, got[2]); diff != "" || len(got) != 3 {
			t.Errorf("%d parts, the last (-want +got):\n%s", len(got), diff)
		}
		// Over both runs each rejected row stands once.
		var keys []string
		for _, r := range must[[]*ledger.Run](t)(f.Runs(ctx, ledger.RunFilter{Plan: "p"})) {
			for _, row := range collect(t, func(visit func(ledger.SetAside) error) error {
				return f.SetAsideRows(ctx, r.ID, ledger.AsideFilter{}, visit)
			}) {
				keys = append(keys, row.Key)
			}
		}
		if diff := cmp.Diff([]string{"3", "2", "1"}, keys); diff != "" {
			t.Errorf("set aside (-want +got):\n%s", diff)
		}
	})
}

func TestCheckpointTwiceIsTheSameAsOnce(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		run := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
		ok(t, f.Checkpoint(ctx, run.ID, part(1)))
		head := must[string](t)(f.Head(ctx))
		ok(t, f.Checkpoint(ctx, run.ID, part(1)))
		if again := must[string](t)(f.Head(ctx)); again != head {
			t.Error("the second checkpoint was written")
		}
		if got := must[*ledger.Run](t)(f.Run(ctx, run.ID)); got.SetAside != 1 {
			t.Errorf("%d rows set aside", got.SetAside)
		}
		other := part(1)
		other.Counts.Read = 11
		if err := f.Checkpoint(ctx, run.ID, other); err == nil || !strings.Contains(err.Error(), "other counts: 10 rows read, now 11") {
			t.Errorf("other counts for the same part give %v", err)
		}
	})
}

func TestFailedVerificationVoidsTheCheckpoints(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		first := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
		ok(t, f.Checkpoint(ctx, first.ID, part(1)))
		f.finish(t, first, ledger.End{Verdict: ledger.Drift})

		second := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
		if got := numbers(t, f, second); got != nil {
			t.Errorf("parts %v still count", got)
		}
		ok(t, f.Checkpoint(ctx, second.ID, part(1)))
		f.finish(t, second, ledger.End{Verdict: ledger.Failed})
		third := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
		if diff := cmp.Diff([]int{1}, numbers(t, f, third)); diff != "" {
			t.Errorf("done after the failure (-want +got):\n%s", diff)
		}
	})
}

func TestAnApplicationLastsUntilARunHasNothingLeftToDo(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		began := ""
		for i, last := range []ledger.Verdict{
			ledger.Interrupted, ledger.Failed, ledger.Refused, ledger.Pass, ledger.Interrupted, ledger.Incomplete, ledger.Drift, ledger.Running, ledger.Pass,
		} {
			run := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
			if began == "" {
				began = run.ID
			}
			if got := must[string](t)(f.Application(ctx, run.ID)); got != began {
				t.Errorf("run %d belongs to %s, want %s", i, got, began)
			}
			if parts := numbers(t, f, run); began == run.ID && parts != nil {
				t.Errorf("run %d begins anew and knows parts %v", i, parts)
			}
			ok(t, f.Checkpoint(ctx, run.ID, part(i+1)))
			if last != ledger.Running { // or the process is killed
				f.finish(t, run, ledger.End{Verdict: last})
			}
			if last == ledger.Pass || last == ledger.Incomplete || last == ledger.Drift {
				began = ""
			}
		}
	})
}

func TestRunsWithoutAPlanAreNoApplication(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		r := applyRun
		r.Plan = ""
		for range 2 {
			run := must[*ledger.Run](t)(f.Begin(t.Context(), r, nil))
			if got := must[string](t)(f.Application(t.Context(), run.ID)); got != run.ID {
				t.Errorf("%s belongs to %s", run.ID, got)
			}
		}
		if _, err := f.Application(t.Context(), "none"); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("a run that is not there: %v", err)
		}
	})
}

func TestProgressIsBoundToWhatMadeIt(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		run := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
		ok(t, f.Checkpoint(ctx, run.ID, part(1)))
		for what, change := range map[string]func(*ledger.Run){
			"another version of the program (1.0, now 2.0)": func(r *ledger.Run) { r.Tool = "2.0" },
			"another mapping (m, now m2)":                   func(r *ledger.Run) { r.Mapping = "m2" },
			"another scope (s, now s2)":                     func(r *ledger.Run) { r.Scope = "s2" },
		} {
			r := applyRun
			change(&r)
			other := must[*ledger.Run](t)(f.Begin(ctx, r, nil))
			_, err := f.Checkpoints(ctx, other.ID)
			if !errors.Is(err, ledger.ErrPlan) || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: %v", what, err)
			}
		}
		r := applyRun
		r.Plan = "p2"
		if got := numbers(t, f, must[*ledger.Run](t)(f.Begin(ctx, r, nil))); got != nil {
			t.Errorf("another plan has parts %v", got)
		}
		r.Plan = ""
		none := must[*ledger.Run](t)(f.Begin(ctx, r, nil))
		if err := f.Checkpoint(ctx, none.ID, part(1)); !errors.Is(err, ledger.ErrPlan) {
			t.Errorf("a checkpoint without a plan gives %v", err)
		}
	})
}
