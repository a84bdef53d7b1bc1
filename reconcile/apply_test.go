package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/record"
)

func TestApplyCreatesUpdatesAndDeletesAndDoesNothingTwice(t *testing.T) {
	null, compared := record.Null(), []int{1, 2}
	same, old, extra := seat("a", 1, null), seat("b", 2, null), seat("c", 3, null)
	plan := list{
		{Section: section(seats(), false), Changes: []Change{create(seat("d", 4, record.Text(""))), change(old, seat("b", 20, null), compared)}},
		{Section: section(seats(), true), Changes: []Change{remove(extra, compared)}},
	}
	plan[0].Changes[0].Origin = 1
	g := newTarget(t, seats(), same, old, extra)
	first, err := applyAll(t.Context(), g, plan, ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "1 null", "b": "20 null", "d": `4 ""`}
	if diff := cmp.Diff(want, content(t, g, "seats")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]Answers{
		AnswerKey("seats", "first.yaml"): {Updated: 1}, AnswerKey("seats", "second.yaml"): {Created: 1}, AnswerKey("seats", ""): {Deleted: 1},
	}, first); diff != "" {
		t.Error(diff)
	}
	second, err := applyAll(t.Context(), g, plan, ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Answers{
		AnswerKey("seats", "first.yaml"): {Unchanged: 1}, AnswerKey("seats", "second.yaml"): {Unchanged: 1}, AnswerKey("seats", ""): {Unchanged: 1},
	}, second); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, content(t, g, "seats")); diff != "" {
		t.Error(diff)
	}
}

func TestRowsThatMovedSinceThePlanAreNamedAndLeftAlone(t *testing.T) {
	null, compared := record.Null(), []int{1, 2}
	plan := list{
		{Section: section(seats(), false), Changes: []Change{
			change(seat("a", 1, null), seat("a", 10, null), compared), create(seat("b", 2, null)), change(seat("c", 3, null), seat("c", 30, null), compared),
		}},
		{Section: section(seats(), true), Changes: []Change{remove(seat("d", 4, null), compared)}},
	}
	moved := []record.Row{seat("a", 7, null), seat("b", 7, null), seat("d", 7, null)} // and c is gone
	g := newTarget(t, seats(), moved...)
	var refused []string
	answers, err := applyAll(t.Context(), g, plan, ApplyOptions{
		Refused: func(s Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error {
			refused = append(refused, fmt.Sprintf("%s %s of %s from %q: %s", op, key[0], s.Schema.Table, origin, answer.Outcome))
			if answer.Reason == "" {
				t.Errorf("%s is refused without a reason", key[0])
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		`update a of seats from "first.yaml": stale`, `create b of seats from "first.yaml": stale`,
		`update c of seats from "first.yaml": stale`, `delete d of seats from "": stale`,
	}, refused); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "7 null", "b": "7 null", "d": "7 null"}, content(t, g, "seats")); diff != "" {
		t.Error(diff)
	}
	total := answers[AnswerKey("seats", "first.yaml")].Plus(answers[AnswerKey("seats", "")])
	if diff := cmp.Diff(Answers{Stale: 4}, total); diff != "" || total.Complete() {
		t.Errorf("complete: %v, %s", total.Complete(), diff)
	}
}

func TestChunksEndWithTheirSectionAndNeverExceedTheTarget(t *testing.T) {
	var plan list
	for _, letter := range "ab" {
		p := planned{Section: section(seats(), false)}
		for i := range 5 {
			p.Changes = append(p.Changes, create(seat(fmt.Sprintf("%c%d", letter, i), 1, record.Null())))
		}
		plan = append(plan, p)
	}
	for _, test := range []struct {
		chunk, maxBatch int
		want            []string
	}{
		{0, 0, []string{"a0 a1 a2 a3 a4", "b0 b1 b2 b3 b4"}},
		{2, 0, []string{"a0 a1", "a2 a3", "a4", "b0 b1", "b2 b3", "b4"}},
		{4, 3, []string{"a0 a1 a2", "a3 a4", "b0 b1 b2", "b3 b4"}},
		{0, 5, []string{"a0 a1 a2 a3 a4", "b0 b1 b2 b3 b4"}},
	} {
		g := newTarget(t, seats())
		g.traits.MaxBatch = test.maxBatch
		wrote, marks := 0, checkpoints{}
		_, err := applyAll(t.Context(), g, plan, ApplyOptions{Chunk: test.chunk, Wrote: func(n int) { wrote += n }, Checkpoint: marks.set})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, g.writes); diff != "" {
			t.Error(diff)
		}
		if wrote != 10 || len(marks.answers) != len(test.want) {
			t.Errorf("%d rows and %d chunks are reported", wrote, len(marks.answers))
		}
	}
}

func TestAPlanWithoutChangesWritesNothing(t *testing.T) {
	g := newTarget(t, seats())
	answers, err := applyAll(t.Context(), g, list{{Section: section(seats(), false)}, {Section: section(seats(), true)}}, ApplyOptions{})
	if err != nil || len(answers) > 0 || len(g.writes) > 0 {
		t.Errorf("%v written, answers %v, %v", g.writes, answers, err)
	}
}

// Every Write waits for another one, so one worker alone would never end.
func TestTwoWorkersWriteAtOnceButNotAcrossSections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTarget(t, seats())
		var mu sync.Mutex
		running, most := map[byte]int{}, 0
		pair := make(chan struct{})
		g.before = func(_ context.Context, c *connectors.Changes) error {
			letter := keysOf(c)[0]
			mu.Lock()
			running[letter]++
			most = max(most, running['a']+running['b'])
			if running['a'] > 0 && running['b'] > 0 {
				t.Error("the second section began before the first had ended")
			}
			mu.Unlock()
			select {
			case pair <- struct{}{}:
			case <-pair:
			}
			mu.Lock()
			defer mu.Unlock()
			running[letter]--
			return nil
		}
		if _, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Workers: 2, Chunk: 1}); err != nil {
			t.Fatal(err)
		}
		if most != 2 || len(content(t, g, "seats")) != 8 {
			t.Errorf("at most %d at once, %d rows written", most, len(content(t, g, "seats")))
		}
	})
}

func eightCreates() list {
	var plan list
	for _, letter := range "ab" {
		p := planned{Section: section(seats(), false)}
		for i := range 4 {
			p.Changes = append(p.Changes, create(seat(fmt.Sprintf("%c%d", letter, i), 1, record.Null())))
		}
		plan = append(plan, p)
	}
	return plan
}

func TestATargetThatAllowsOneCallAtOnceGetsOne(t *testing.T) {
	g := newTarget(t, seats())
	g.traits.Parallel = 1
	running := 0 // unguarded: the race detector is the test
	g.before = func(context.Context, *connectors.Changes) error {
		running++
		return nil
	}
	if _, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Workers: 8, Chunk: 1}); err != nil || running != 8 {
		t.Errorf("%d writes, %v", running, err)
	}
}

func TestATransientFailureIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTarget(t, seats())
		calls, allowed := 0, 0
		g.before = func(context.Context, *connectors.Changes) error {
			if calls++; calls <= 2 {
				return connectors.Errorf(connectors.Transient, "write", "seats", "deadlock")
			}
			return nil
		}
		answers, err := applyAll(t.Context(), g, list{{Section: section(seats(), false), Changes: []Change{create(seat("a", 1, record.Null()))}}}, ApplyOptions{
			Allow: func(context.Context) error { allowed++; return nil },
		})
		if err != nil || calls != 3 || allowed != 3 || answers[AnswerKey("seats", "first.yaml")].Created != 1 {
			t.Errorf("%d calls, allowed %d times, answers %v, %v", calls, allowed, answers, err)
		}
	})
}

func TestAFailureThatLastsStopsEverything(t *testing.T) {
	for _, class := range []connectors.Class{connectors.Transient, connectors.Denied, connectors.Unknown} {
		synctest.Test(t, func(t *testing.T) { // it ends only when all goroutines have
			g := newTarget(t, seats())
			broken := errors.New("disk full")
			g.before = func(_ context.Context, c *connectors.Changes) error {
				if keysOf(c) == "a1" {
					return connectors.Errorf(class, "write", "seats", "%w", broken)
				}
				return nil
			}
			a := NewApplier(g, ApplyOptions{Workers: 2, Chunk: 1})
			err := eightCreates().pass(t.Context(), a)
			if !errors.Is(err, broken) {
				t.Errorf("%s: got %v, want the error of the target", class, err)
			}
			synctest.Wait()
			written := len(g.writes)
			answers, again := a.Finish(t.Context())
			if !errors.Is(again, broken) || len(g.writes) != written || answers[AnswerKey("seats", "first.yaml")].Created != int64(written) {
				t.Errorf("%s: Finish gives %v, %v; %d writes before it, %d after", class, answers, again, written, len(g.writes))
			}
			if err := a.Section(t.Context(), section(seats(), false)); !errors.Is(err, broken) {
				t.Errorf("%s: a new section gives %v", class, err)
			}
			for key := range content(t, g, "seats") {
				if strings.HasPrefix(key, "b") {
					t.Errorf("%s: %s of the next section was written", class, key)
				}
			}
		})
	}
}

func TestWhoeverMayNotWriteDoesNot(t *testing.T) {
	g := newTarget(t, seats())
	lost := errors.New("the lease is lost")
	asked := 0
	allow := func(context.Context) error {
		if asked++; asked > 2 {
			return lost
		}
		return nil
	}
	if _, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Chunk: 1, Allow: allow}); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"a0", "a1"}, g.writes); diff != "" {
		t.Error(diff)
	}
}

func TestStopDropsHalfAChunk(t *testing.T) {
	g := newTarget(t, seats())
	marks := checkpoints{}
	a := NewApplier(g, ApplyOptions{Chunk: 3, Checkpoint: marks.set})
	if err := eightCreates()[:1].pass(t.Context(), a); err != nil { // four rows
		t.Fatal(err)
	}
	a.Stop()
	a.Stop()
	if diff := cmp.Diff([]string{"a0 a1 a2"}, g.writes); diff != "" || len(marks.answers) != 1 {
		t.Errorf("%d checkpoints, %s", len(marks.answers), diff)
	}
	if answers, err := a.Finish(t.Context()); err == nil || answers[AnswerKey("seats", "first.yaml")].Created != 3 {
		t.Errorf("after Stop, Finish gives %v, %v", answers, err)
	}
	if err := a.Change(t.Context(), &Change{}); err == nil {
		t.Error("after Stop, a change is taken")
	}
}

func TestACanceledApplyIsAnErrorAndWritesNoMore(t *testing.T) {
	g := newTarget(t, seats())
	ctx, cancel := context.WithCancel(t.Context())
	g.before = func(_ context.Context, c *connectors.Changes) error {
		if keysOf(c) == "a1" {
			cancel()
		}
		return nil
	}
	if _, err := applyAll(ctx, g, eightCreates(), ApplyOptions{Chunk: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(g.writes) > 1 {
		t.Errorf("written after the cancel: %v", g.writes)
	}
}

// One chunk fails while another one is being written: what was written is
// remembered, or its rows would count as unchanged when the run is resumed.
func TestWhatWasWrittenGetsItsCheckpointThoughTheRestFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTarget(t, seats())
		broken := errors.New("disk full")
		failed := make(chan struct{})
		g.before = func(ctx context.Context, c *connectors.Changes) error {
			if keysOf(c) == "a0" {
				close(failed)
				return broken
			}
			<-failed
			return nil
		}
		g.after = func(_ *connectors.Changes, answers []connectors.Answer) []connectors.Answer {
			synctest.Wait() // until the failure has canceled everything
			return answers
		}
		var marked []int
		_, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Workers: 2, Chunk: 1, Checkpoint: func(ctx context.Context, chunk int, _ map[string]Answers) error {
			marked = append(marked, chunk)
			return ctx.Err()
		}})
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want the first error", err)
		}
		if len(marked) != len(g.writes) {
			t.Errorf("checkpoints %v for the writes %v", marked, g.writes)
		}
	})
}

func TestARowWithoutAnAnswerIsAnError(t *testing.T) {
	g := newTarget(t, seats())
	g.after = func(_ *connectors.Changes, answers []connectors.Answer) []connectors.Answer { return answers[1:] }
	_, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{})
	if err == nil || !strings.Contains(err.Error(), "3 of 4 rows") {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerThatSaysNothingIsUnsure(t *testing.T) {
	g := newTarget(t, seats())
	g.after = func(c *connectors.Changes, answers []connectors.Answer) []connectors.Answer {
		return make([]connectors.Answer, len(answers))
	}
	refused := 0
	answers, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Refused: func(Section, string, record.Row, connectors.Op, connectors.Answer) error { refused++; return nil }})
	if err != nil || refused != 8 || answers[AnswerKey("seats", "first.yaml")] != (Answers{Unsure: 8}) {
		t.Errorf("%d refused, %v, %v", refused, answers, err)
	}
}

func TestAnErrorOfACallbackEndsTheApply(t *testing.T) {
	full := errors.New("the ledger is full")
	for name, o := range map[string]ApplyOptions{
		"Checkpoint": {Checkpoint: func(context.Context, int, map[string]Answers) error { return full }},
		"Refused":    {Refused: func(Section, string, record.Row, connectors.Op, connectors.Answer) error { return full }},
	} {
		o.Chunk = 1
		g := newTarget(t, seats(), seat("a0", 9, record.Null()))
		if _, err := applyAll(t.Context(), g, eightCreates(), o); !errors.Is(err, full) {
			t.Errorf("%s: got %v", name, err)
		}
		if len(content(t, g, "seats")) > 2 {
			t.Errorf("%s: writing went on: %v", name, g.writes)
		}
	}
}
