package spill

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRepeatsFindsEveryFurtherOccurrence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOf(rapid.Uint64Range(0, 50)).Draw(t, "numbers")
		r := &Repeats{limit: rapid.IntRange(1, 60).Draw(t, "limit")}
		defer r.Close()
		seen := map[uint64]bool{}
		var want []uint64
		for _, n := range numbers {
			if seen[n] {
				want = append(want, n)
			}
			seen[n] = true
			if err := r.Add([]uint64{n}); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		var got []uint64
		if err := r.Each(func(n uint64) { got = append(got, n) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(want, got) {
			t.Fatalf("%v repeats %v, not %v", numbers, want, got)
		}
	})
}

func TestRepeatsNeedsATemporaryFolderOnlyWhenItSpills(t *testing.T) {
	r := &Repeats{dir: "/nowhere", limit: 2}
	if err := r.Add([]uint64{1}); err != nil {
		t.Errorf("a number that fits in memory: %v", err)
	}
	if err := r.Add([]uint64{1}); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
