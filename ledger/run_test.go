package ledger_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/ledger"
)

func TestRunIsKeptFromBeginToEnd(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		begun := must[*ledger.Run](t)(f.Begin(ctx, ledger.Run{
			Kind: "reconcile", Line: "Fleet Manager", Target: "crm", Tool: "1.0", Mapping: "m1", Scope: "s1", Plan: "p1", Operator: "ann",
		}, nil))
		want := &ledger.Run{
			ID: "20261121T193000Z-fleet_manager-reconcile-01", Kind: "reconcile", Line: "Fleet Manager", Target: "crm", Tool: "1.0",
			Mapping: "m1", Scope: "s1", Plan: "p1", Operator: "ann", Started: evening, Verdict: ledger.Running, Head: begun.Head,
		}
		if diff := cmp.Diff(want, begun); diff != "" {
			t.Errorf("begun (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, must[*ledger.Run](t)(f.Run(ctx, "last"))); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}

		f.advance(90 * time.Second)
		counts := []ledger.Counts{
			{Entity: "users", Source: "legacy.persons", Read: 5, Created: 3, Excluded: 2},
			{Entity: "orders", Source: "legacy.orders", Read: 10, Created: 1, Updated: 1, Unchanged: 1, Merged: 1, Archived: 1, Excluded: 1,
				Quarantined: 1, Rejected: 1, Stale: 1, Unsure: 1, Deleted: 7, Missing: 6, Extra: 5, Changed: 4},
		}
		ended := f.finish(t, begun, ledger.End{Verdict: ledger.Drift, Message: "two differ", Counts: counts, Report: []byte("<html>\x00")})
		want.Finished, want.Verdict, want.Message = evening.Add(90*time.Second), ledger.Drift, "two differ"
		want.Head, want.ReportSHA256 = ended.Head, ended.ReportSHA256
		if diff := cmp.Diff(want, ended); diff != "" {
			t.Errorf("ended (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, must[*ledger.Run](t)(f.Run(ctx, begun.ID))); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		if got := must[string](t)(f.Head(ctx)); got != ended.Head || got == begun.Head {
			t.Errorf("head %s after the end, run has %s", got, ended.Head)
		}
		if got := must[[]byte](t)(f.Report(ctx, begun.ID)); string(got) != "<html>\x00" {
			t.Errorf("report %q", got)
		}
		counts[0], counts[1] = counts[1], counts[0]
		if diff := cmp.Diff(counts, must[[]ledger.Counts](t)(f.Counts(ctx, begun.ID))); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
}

func TestRunsAreFoundByFilterPrefixAndLast(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		var ids []string
		for _, r := range []ledger.Run{
			{Kind: "plan", Line: "fleet", Plan: "p1"}, {Kind: "plan", Line: "fleet"}, {Kind: "apply", Line: "dock", Plan: "p1"},
		} {
			ids = append(ids, must[*ledger.Run](t)(f.Begin(ctx, r, nil)).ID)
		}
		_, err := f.Finish(ctx, ids[1], ledger.End{Verdict: ledger.Refused})
		ok(t, err)
		for _, test := range []struct {
			filter ledger.RunFilter
			want   []string
		}{
			{ledger.RunFilter{}, []string{ids[2], ids[1], ids[0]}},
			{ledger.RunFilter{Limit: 2}, []string{ids[2], ids[1]}},
			{ledger.RunFilter{Kind: "plan"}, []string{ids[1], ids[0]}},
			{ledger.RunFilter{Line: "dock"}, []string{ids[2]}},
			{ledger.RunFilter{Plan: "p1", Kind: "plan"}, []string{ids[0]}},
			{ledger.RunFilter{Verdict: ledger.Refused}, []string{ids[1]}},
			{ledger.RunFilter{Line: "none"}, nil},
		} {
			var got []string
			for _, r := range must[[]*ledger.Run](t)(f.Runs(ctx, test.filter)) {
				got = append(got, r.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", test.filter, diff)
			}
		}
		if got := must[*ledger.Run](t)(f.Run(ctx, "20261121T193000Z-d")); got.ID != ids[2] {
			t.Errorf("prefix found %s", got.ID)
		}
		if _, err := f.Run(ctx, "2026"); err == nil || !strings.Contains(err.Error(), ids[0]) {
			t.Errorf("an ambiguous prefix gives %v", err)
		}
		for _, id := range []string{"2027", "20261121t193000z-fleet-plan-01", "%", "_"} {
			if _, err := f.Run(ctx, id); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("run %q gives %v", id, err)
			}
		}
	})
}

func TestEndedRunTakesNothingMore(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		run := must[*ledger.Run](t)(f.Begin(ctx, ledger.Run{Kind: "apply", Plan: "p"}, nil))
		f.finish(t, run, ledger.End{Verdict: ledger.Pass})
		_, again := f.Finish(ctx, run.ID, ledger.End{Verdict: ledger.Pass})
		for what, err := range map[string]error{
			"finish":     again,
			"set aside":  f.SetAside(ctx, run.ID, []ledger.SetAside{{Key: "1"}}),
			"findings":   f.RecordFindings(ctx, run.ID, []ledger.Finding{{Key: "1"}}),
			"checkpoint": f.Checkpoint(ctx, run.ID, ledger.Part{}),
		} {
			if !errors.Is(err, ledger.ErrEnded) {
				t.Errorf("%s after the end gives %v", what, err)
			}
		}
		if err := f.SetAside(ctx, "no-such-run", nil); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("an unknown run gives %v", err)
		}
	})
}

func TestRunThatDoesNotAddUpIsIncomplete(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		lost := []ledger.Counts{{Entity: "users", Source: "legacy.persons", Read: 5, Created: 4}}
		for verdict, want := range map[ledger.Verdict]ledger.Verdict{
			ledger.Pass: ledger.Incomplete, ledger.Drift: ledger.Incomplete, ledger.Failed: ledger.Failed,
		} {
			got := f.finish(t, f.begin(t, "apply"), ledger.End{Verdict: verdict, Counts: lost})
			if got.Verdict != want {
				t.Errorf("%s became %s, not %s", verdict, got.Verdict, want)
			}
			if got.Verdict == ledger.Incomplete && got.Message != "users from legacy.persons does not add up: 5 rows read, 4 accounted for" {
				t.Errorf("message %q", got.Message)
			}
		}
	})
}

func TestManyWriteToOneRunAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		lease := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "ann", time.Minute))
		run := must[*ledger.Run](t)(f.Begin(ctx, applyRun, lease))
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() {
				for i := range 5 {
					p := part(5*worker + i)
					if err := errors.Join(
						f.Checkpoint(ctx, run.ID, p),
						f.SetAside(ctx, run.ID, p.SetAside),
						f.RecordFindings(ctx, run.ID, []ledger.Finding{{Entity: "users", Key: p.SetAside[0].Key}}),
						f.Renew(ctx, lease),
					); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		got := f.finish(t, run, ledger.End{Verdict: ledger.Pass})
		if got.SetAside != 40 || got.Findings != 20 || len(must[[]ledger.Part](t)(f.Checkpoints(ctx, run.ID))) != 20 {
			t.Errorf("%d rows set aside, %d findings", got.SetAside, got.Findings)
		}
		_, _, err := f.Verify(ctx)
		ok(t, err)
	})
}
