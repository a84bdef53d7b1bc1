package ledger_test

import (
	"testing"

	"crosswalk/ledger"
)

func TestRunsAreFoundByTheirTarget(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		for _, target := range []string{"hub", "crm", ""} {
			run := must[*ledger.Run](t)(f.Begin(t.Context(), ledger.Run{Kind: "plan", Line: "fleet", Target: target}, nil))
			f.finish(t, run, ledger.End{Verdict: ledger.Pass})
		}
		found := must[[]*ledger.Run](t)(f.Runs(t.Context(), ledger.RunFilter{Line: "fleet", Target: "crm"}))
		if len(found) != 1 || found[0].Target != "crm" {
			t.Errorf("found %+v", found)
		}
		if all := must[[]*ledger.Run](t)(f.Runs(t.Context(), ledger.RunFilter{})); len(all) != 3 {
			t.Errorf("found %d runs without a filter", len(all))
		}
		if _, _, err := f.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
