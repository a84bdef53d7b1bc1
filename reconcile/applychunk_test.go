package reconcile

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
)

func TestATargetThatAsksForLargeChunksGetsThemOneAtATime(t *testing.T) {
	g := newTarget(t, seats())
	g.traits.Parallel, g.traits.Chunk = 8, 3
	a := NewApplier(g, ApplyOptions{Workers: 8})
	changes, written := 0, 0
	g.before = func(_ context.Context, c *connectors.Changes) error {
		if written += c.Rows.Len(); written < 4 && changes != written {
			t.Errorf("%d rows were taken while %d were being written", changes, written)
		}
		return nil
	}
	for _, p := range eightCreates()[:1] { // of four rows
		if err := a.Section(t.Context(), p.Section); err != nil {
			t.Fatal(err)
		}
		for i := range p.Changes {
			changes++
			if err := a.Change(t.Context(), &p.Changes[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := a.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a0 a1 a2", "a3"}, g.writes); diff != "" {
		t.Error(diff)
	}
}
