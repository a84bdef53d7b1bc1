package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/ledger"
)

// night reconciles the line "fleet" on the next evening: it finds users by
// their keys, and compares the given entities in full. It returns where each
// difference stands, as "key state runs".
func (f *fixture) night(t *testing.T, keys []string, compared ...string) []string {
	t.Helper()
	ctx := t.Context()
	run := f.begin(t, "reconcile")
	var findings []ledger.Finding
	for _, k := range keys {
		findings = append(findings, ledger.Finding{Entity: "users", Key: k, Kind: "missing"})
	}
	ok(t, f.RecordFindings(ctx, run.ID, findings))
	foretold := collect(t, func(visit func(ledger.DriftItem) error) error { return f.Standing(ctx, run.ID, compared, visit) })
	f.finish(t, run, ledger.End{Verdict: ledger.Drift, Compared: compared})

	all := collect(t, func(visit func(ledger.DriftItem) error) error { return f.DriftRows(ctx, ledger.DriftFilter{}, visit) })
	var shown []string
	for _, d := range all {
		shown = append(shown, fmt.Sprintf("%s %s %d", d.Key, d.State, d.RunsSeen))
	}
	touched := slices.DeleteFunc(all, func(d ledger.DriftItem) bool { return d.LastRun != run.ID && d.ResolvedRun != run.ID })
	byKey := func(a, b ledger.DriftItem) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(foretold, byKey)
	if diff := cmp.Diff(touched, foretold); diff != "" {
		t.Errorf("what Standing foretold is not what came (-came +foretold):\n%s", diff)
	}
	f.advance(24 * time.Hour)
	return shown
}

func TestDifferenceLivesFromNightToNight(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		for i, night := range []struct {
			found    []string
			compared []string
			want     []string
		}{
			{[]string{"ann", "bob"}, []string{"users"}, []string{"ann new 1", "bob new 1"}},
			{[]string{"bob", "cid"}, []string{"users"}, []string{"ann resolved 1", "bob persisting 2", "cid new 1"}},
			{[]string{"ann"}, []string{"orders"}, []string{"ann regressed 2", "bob persisting 2", "cid new 1"}}, // users were not compared in full
			{[]string{"ann", "ann"}, nil, []string{"ann persisting 3", "bob persisting 2", "cid new 1"}},        // found twice in one night
			{nil, []string{"orders", "users"}, []string{"ann resolved 3", "bob resolved 2", "cid resolved 1"}},
		} {
			if diff := cmp.Diff(night.want, f.night(t, night.found, night.compared...)); diff != "" {
				t.Errorf("night %d (-want +got):\n%s", i+1, diff)
			}
		}
		got := collect(t, func(visit func(ledger.DriftItem) error) error {
			return f.DriftRows(t.Context(), ledger.DriftFilter{Line: "fleet", Entity: "users", Kind: "missing", State: ledger.Resolved}, visit)
		})
		day := 24 * time.Hour
		want := ledger.DriftItem{
			Finding: ledger.Finding{Entity: "users", Key: "bob", Kind: "missing", Fields: []ledger.FieldDiff{}},
			Line:    "fleet", State: ledger.Resolved, FirstSeen: evening, LastSeen: evening.Add(day),
			FirstRun: "20261121T193000Z-fleet-reconcile-01", LastRun: "20261122T193000Z-fleet-reconcile-01", RunsSeen: 2,
			Resolved: evening.Add(4 * day), ResolvedRun: "20261125T193000Z-fleet-reconcile-01",
		}
		want.ID = ledger.FindingID("fleet", &want.Finding)
		if diff := cmp.Diff(want, got[1]); diff != "" || len(got) != 3 {
			t.Errorf("%d items, the second (-want +got):\n%s", len(got), diff)
		}
	})
}

func TestDriftOfAnotherLineStays(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.night(t, []string{"ann"}, "users")
		dock := must[*ledger.Run](t)(f.Begin(t.Context(), ledger.Run{Kind: "reconcile", Line: "dock"}, nil))
		f.finish(t, dock, ledger.End{Verdict: ledger.Pass, Compared: []string{"users"}})
		if diff := cmp.Diff([]string{"ann persisting 2"}, f.night(t, []string{"ann"})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestDriftIsNotResolvedByARunThatLostRows(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.night(t, []string{"ann"}, "users")
		lost := []ledger.Counts{{Entity: "users", Source: "legacy.persons", Read: 5, Unchanged: 4}}
		f.finish(t, f.begin(t, "reconcile"), ledger.End{Verdict: ledger.Pass, Counts: lost, Compared: []string{"users"}})
		if diff := cmp.Diff([]string{"ann persisting 2"}, f.night(t, []string{"ann"})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestFindingsAreReadBackInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		run := f.begin(t, "reconcile")
		changed := ledger.Finding{Entity: "users", Key: "b", Kind: "changed", Fields: []ledger.FieldDiff{
			{Name: "name", Want: "Ann <ä>", Have: "Ann\x00\xff"}, {Name: "email", Want: "masked:12", Have: "masked:34"},
		}}
		missing := ledger.Finding{Entity: "users", Key: "a", Kind: "missing"}
		ok(t, f.RecordFindings(t.Context(), run.ID, []ledger.Finding{changed, missing}))
		changed.ID, missing.ID = ledger.FindingID("fleet", &changed), ledger.FindingID("fleet", &missing)
		changed.Fields[0].Have, missing.Fields = `Ann\x00\xff`, []ledger.FieldDiff{}
		for _, test := range []struct {
			filter ledger.FindingFilter
			want   []ledger.Finding
		}{
			{ledger.FindingFilter{}, []ledger.Finding{missing, changed}},
			{ledger.FindingFilter{Kind: "changed"}, []ledger.Finding{changed}},
			{ledger.FindingFilter{ID: missing.ID, Entity: "users"}, []ledger.Finding{missing}},
			{ledger.FindingFilter{Entity: "orders"}, nil},
		} {
			got := collect(t, func(visit func(ledger.Finding) error) error {
				return f.FindingRows(t.Context(), run.ID, test.filter, visit)
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", test.filter, diff)
			}
		}
	})
}

func TestFindingIDNamesTheDifferenceNotItsValues(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab|")), 0, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		type identity struct{ Line, Entity, Key, Kind, Field string }
		draw := func(label string) (identity, string) {
			i := identity{text.Draw(t, label+" line"), text.Draw(t, label+" entity"), text.Draw(t, label+" key"),
				text.Draw(t, label+" kind"), text.Draw(t, label+" field")}
			f := ledger.Finding{Entity: i.Entity, Key: i.Key, Kind: i.Kind, Fields: []ledger.FieldDiff{
				{Name: i.Field, Want: text.Draw(t, label+" want"), Have: text.Draw(t, label+" have")}}}
			return i, ledger.FindingID(i.Line, &f)
		}
		a, idA := draw("a")
		b, idB := draw("b")
		if (a == b) != (idA == idB) {
			t.Fatalf("%+v has %s, %+v has %s", a, idA, b, idB)
		}
	})
}
