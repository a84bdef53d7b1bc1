package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/ledger"
)

func TestRowsSetAsideAreKeptInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		run := f.begin(t, "plan")
		var want []ledger.SetAside
		for _, batch := range []int{1, 99, 100, 101, 250} { // around the size of one INSERT
			rows := make([]ledger.SetAside, batch)
			for i := range rows {
				rows[i] = ledger.SetAside{
					Entity: "users", Source: "legacy.persons", Key: fmt.Sprint(len(want) + i), Outcome: "excluded",
					Rule: "inactive", Reason: "since 1999", Input: "ä\t\"'\n",
				}
			}
			ok(t, f.SetAside(ctx, run.ID, rows))
			want = append(want, rows...)
		}
		got := collect(t, func(visit func(ledger.SetAside) error) error {
			return f.SetAsideRows(ctx, run.ID, ledger.AsideFilter{}, visit)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		stop := errors.New("stop")
		visits := 0
		err := f.SetAsideRows(ctx, run.ID, ledger.AsideFilter{}, func(ledger.SetAside) error { visits++; return stop })
		if !errors.Is(err, stop) || visits != 1 {
			t.Errorf("%d visits, error %v", visits, err)
		}
	})
}

func TestDirtyInputIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		run := f.begin(t, "plan")
		ok(t, f.SetAside(t.Context(), run.ID, []ledger.SetAside{{Key: "a\x00b", Input: "M\xfcller, \xf0\x9f"}}))
		got := collect(t, func(visit func(ledger.SetAside) error) error {
			return f.SetAsideRows(t.Context(), run.ID, ledger.AsideFilter{}, visit)
		})
		if diff := cmp.Diff([]ledger.SetAside{{Key: `a\x00b`, Input: `M\xfcller, \xf0\x9f`}}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		f.finish(t, run, ledger.End{Verdict: ledger.Incomplete, Message: "row \xff\x00"})
		_, _, err := f.Verify(t.Context())
		ok(t, err)
	})
}

func TestSummaryFoldsReasonsThatDifferInValues(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		run := f.begin(t, "plan")
		aside := func(entity, outcome, rule, reason string) ledger.SetAside {
			return ledger.SetAside{Entity: entity, Source: "legacy." + entity, Outcome: outcome, Rule: rule, Reason: reason}
		}
		ok(t, f.SetAside(ctx, run.ID, []ledger.SetAside{
			aside("users", "rejected", "email", `"a@b" is no address`),
			aside("users", "rejected", "email", `"c \"d\" @" is no address`),
			aside("users", "excluded", "inactive", "inactive"),
			aside("orders", "rejected", "dates", "ends 2020-01-31 before it starts 2021-02-01"),
			aside("orders", "rejected", "dates", "ends 2020-01-30 before it starts 2021-02-11"),
			aside("orders", "rejected", "dates", `an "open quote`),
		}))
		want := []ledger.AsideGroup{
			{"orders", "legacy.orders", "rejected", "dates", `an "open quote`, 1},
			{"orders", "legacy.orders", "rejected", "dates", "ends …-…-… before it starts …-…-…", 2},
			{"users", "legacy.users", "excluded", "inactive", "inactive", 1},
			{"users", "legacy.users", "rejected", "email", "… is no address", 2},
		}
		if diff := cmp.Diff(want, must[[]ledger.AsideGroup](t)(f.SetAsideSummary(ctx, run.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for filter, want := range map[ledger.AsideFilter]int{
			{}: 6, {Entity: "users"}: 3, {Source: "legacy.orders"}: 3, {Outcome: "excluded"}: 1, {Rule: "email"}: 2, {Entity: "users", Rule: "dates"}: 0,
		} {
			got := collect(t, func(visit func(ledger.SetAside) error) error { return f.SetAsideRows(ctx, run.ID, filter, visit) })
			if len(got) != want {
				t.Errorf("%+v: %d rows, want %d", filter, len(got), want)
			}
		}
	})
}

func BenchmarkSetAside(b *testing.B) {
	rows := make([]ledger.SetAside, 5000)
	for i := range rows {
		rows[i] = ledger.SetAside{
			Entity: "entitlements", Source: "legacy.licenses", Key: fmt.Sprint(i), Outcome: "rejected", Rule: "dates",
			Reason: "ends 2020-01-31 before it starts 2021-02-01", Input: `{"id":"12345","product":"FLEET-PRO","seats":"25","ends":"2020-01-31"}`,
		}
	}
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			f := newFixture(b, d.config(b))
			run, err := f.Begin(b.Context(), ledger.Run{Kind: "plan"}, nil)
			b.ReportAllocs()
			for b.Loop() {
				if err == nil {
					err = f.SetAside(b.Context(), run.ID, rows)
				}
			}
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
