package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/record"
)

func TestCompareNamesEveryDifferenceOnce(t *testing.T) {
	null, text := record.Null(), record.Text
	spec := Spec{Schema: seats(), Compared: []int{1, 2}}
	for _, test := range []struct {
		name       string
		want, have []record.Row
		findings   []string
	}{
		{"both sides empty", nil, nil, nil},
		{"equal in another order", []record.Row{seat("a", 1, null), seat("b", 2, null), seat("c", 3, null)}, []record.Row{seat("c", 3, null), seat("a", 1, null), seat("b", 2, null)}, nil},
		{"an empty target lacks everything", []record.Row{seat("b", 1, null), seat("a", 1, null)}, nil, []string{"+ a", "+ b"}},
		{"nothing wanted leaves extras", nil, []record.Row{seat("b", 1, null), seat("a", 1, null)}, []string{"- a", "- b"}},
		{"null is not empty", []record.Row{seat("a", 1, null)}, []record.Row{seat("a", 1, text(""))}, []string{"* a note"}},
		{"null is not the word", []record.Row{seat("a", 1, null)}, []record.Row{seat("a", 1, text("NULL"))}, []string{"* a note"}},
		{"keys are bytes, not words", []record.Row{seat("a", 1, null)}, []record.Row{seat("A", 1, null)}, []string{"- A", "+ a"}},
		{"swapped values do not cancel", []record.Row{seat("a", 1, null), seat("b", 2, null)}, []record.Row{seat("a", 2, null), seat("b", 1, null)}, []string{"* a qty", "* b qty"}},
		{"a row twice on one side", []record.Row{seat("a", 1, null), seat("a", 1, null)}, []record.Row{seat("a", 1, null)}, []string{"! a"}},
		{"a row twice on both sides", []record.Row{seat("a", 1, null), seat("a", 1, null)}, []record.Row{seat("a", 1, null), seat("a", 1, null)}, []string{"! a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := compareAll(t, rows(seats(), test.want...), rows(seats(), test.have...), spec)
			if diff := cmp.Diff(test.findings, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPolicySettlesRowsThatShareAKey(t *testing.T) {
	null := record.Null()
	for _, test := range []struct {
		name     string
		policy   Policy
		want     []record.Row
		have     []record.Row
		findings []string
	}{
		{"identical rows are one", Fold, []record.Row{ranked(seat("a", 1, null), 0, 0), ranked(seat("a", 1, null), 1, 0)}, []record.Row{seat("a", 1, null)}, []string{"~ a"}},
		{"different rows are nobody's to choose", Fold, []record.Row{ranked(seat("a", 1, null), 0, 0), ranked(seat("a", 2, null), 0, 0)}, nil, []string{"? a", "? a"}},
		{"the highest rank wins", KeepMax, []record.Row{ranked(seat("a", 1, null), 0, 2019), ranked(seat("a", 9, null), 0, 2024)}, []record.Row{seat("a", 9, null)}, []string{"~ a"}},
		{"a tie of different rows is no win", KeepMax, []record.Row{ranked(seat("a", 1, null), 0, 5), ranked(seat("a", 2, null), 0, 5)}, nil, []string{"? a", "? a"}},
		{"a tie of equal rows is one row", KeepMax, []record.Row{ranked(seat("a", 1, null), 0, 5), ranked(seat("a", 1, null), 0, 5)}, nil, []string{"~ a", "+ a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := Spec{Schema: seats(), Compared: []int{1, 2}, Policy: test.policy}
			got, _ := compareAll(t, rows(seats(), test.want...), rows(seats(), test.have...), spec)
			if diff := cmp.Diff(test.findings, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLossyRulesAreCountedPerColumn(t *testing.T) {
	spec := Spec{Schema: seats(), Compared: []int{1, 2}, Soft: map[int]func(a, b record.Value) bool{
		2: func(a, b record.Value) bool { return strings.TrimSpace(a.AsText()) == strings.TrimSpace(b.AsText()) },
	}}
	want := []record.Row{seat("a", 1, record.Text("x ")), seat("b", 1, record.Text("x ")), seat("c", 1, record.Text("x"))}
	have := []record.Row{seat("a", 1, record.Text("x")), seat("b", 2, record.Text("x")), seat("c", 1, record.Text("x"))}
	got, tally := compareAll(t, rows(seats(), want...), rows(seats(), have...), spec)
	if diff := cmp.Diff([]string{"* b qty"}, got); diff != "" {
		t.Error(diff)
	}
	if tally.Same != 2 || tally.Soft[2] != 1 {
		t.Errorf("same %d, soft %v; want 2 rows the same, 1 of them by rule", tally.Same, tally.Soft)
	}
}

func TestASideThatMovesBetweenPassesIsAnError(t *testing.T) {
	opened := 0
	moving := Side{Open: func(context.Context) ([]record.Reader, error) {
		opened++
		return []record.Reader{&listReader{seats(), []record.Row{seat("a", int64(opened), record.Null())}}}, nil
	}}
	_, err := Compare(t.Context(), moving, rows(seats(), seat("a", 7, record.Null())), Spec{Schema: seats(), Compared: []int{1, 2}}, func(*Finding) error { return nil })
	if !errors.Is(err, ErrMoved) {
		t.Errorf("got %v, want ErrMoved", err)
	}
}

func TestAReadErrorIsNeverAnEmptyTable(t *testing.T) {
	broken := errors.New("connection lost")
	failing := Side{Open: func(context.Context) ([]record.Reader, error) {
		return []record.Reader{failingReader{&listReader{seats(), nil}, broken}}, nil
	}}
	full := rows(seats(), seat("a", 1, record.Null()))
	for name, sides := range map[string][2]Side{"want": {failing, full}, "have": {full, failing}} {
		_, err := Compare(t.Context(), sides[0], sides[1], Spec{Schema: seats(), Compared: []int{1, 2}}, func(*Finding) error { return nil })
		if !errors.Is(err, broken) {
			t.Errorf("%s side: got %v, want the read error", name, err)
		}
	}
}

type failingReader struct {
	record.Reader
	err error
}

func (r failingReader) Read(context.Context, *record.Batch) error { return r.err }

// Applying the findings to what is there gives what is wanted, whatever the
// rows and their order.
func TestFindingsAreExactlyTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.MapOfN(rapid.StringMatching(`[a-f]{1,3}`), rapid.Int64Range(0, 3), 0, 40)
		want, have := table.Draw(t, "want"), table.Draw(t, "have")
		got := map[string]int64{}
		for id, qty := range have {
			got[id] = qty
		}
		spec := Spec{Schema: seats(), Compared: []int{1, 2}}
		tally, err := Compare(context.Background(), rows(seats(), shuffled(want)...), rows(seats(), shuffled(have)...), spec, func(f *Finding) error {
			switch f.Kind {
			case Missing, Changed:
				got[f.Want[0].AsText()] = f.Want[1].AsInt()
			case Extra:
				delete(got, f.Have[0].AsText())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if tally.Same+tally.Missing+tally.Changed != int64(len(want)) || tally.Same+tally.Extra+tally.Changed != int64(len(have)) {
			t.Fatalf("counts do not add up: %+v for %d wanted, %d there", tally, len(want), len(have))
		}
	})
}

// shuffled gives the rows in the order of map iteration, which is none.
func shuffled(table map[string]int64) []record.Row {
	var list []record.Row
	for id, qty := range table {
		list = append(list, seat(id, qty, record.Null()))
	}
	return list
}

func TestCompareGivesFindingsInOrderOfKeyEvenWhenItSpills(t *testing.T) {
	var want []record.Row
	var expected []string
	for i := range 30_000 {
		id := fmt.Sprintf("%06d", (i*7919)%30_000)
		want = append(want, seat(id, 1, record.Text(strings.Repeat("x", 1000))))
		expected = append(expected, "+ "+id)
	}
	slices.Sort(expected)
	got, _ := compareAll(t, rows(seats(), want...), rows(seats()), Spec{Schema: seats(), Compared: []int{1, 2}})
	if !slices.Equal(expected, got) {
		t.Error("findings are not the wanted rows in order of key")
	}
}
