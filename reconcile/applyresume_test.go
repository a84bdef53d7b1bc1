package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/record"
)

// outcome is all that an application tells.
type outcome struct {
	Answers map[string]Answers
	Refused []string
	Content map[string]string
}

// told applies a plan and returns what it tells.
func told(ctx context.Context, t rapid.TB, g connectors.Target, plan list, o ApplyOptions) (outcome, error) {
	var all outcome
	o.Refused = func(_ Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error {
		all.Refused = append(all.Refused, fmt.Sprint(op, " ", key[0], " of ", origin, ": ", answer.Outcome, ", ", answer.Reason))
		return nil
	}
	var err error
	if all.Answers, err = applyAll(ctx, g, plan, o); err == nil {
		all.Content = content(t, g, plan[0].Section.Schema.Table)
	}
	return all, err
}

// outage lets the power go at one moment of an application.
type outage struct {
	mu     sync.Mutex
	place  string // before or after a write or its checkpoint
	passes int    // how often it is passed before
}

var places = []string{"before the write", "after the write", "before the checkpoint", "after the checkpoint"}

func (o *outage) at(place string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if place != o.place {
		return nil
	}
	if o.passes--; o.passes >= 0 {
		return nil
	}
	return errPower
}

// strike has the outage befall a target and its ledger.
func (o *outage) strike(f family, marks *checkpoints, options ApplyOptions) ApplyOptions {
	f.before = func(context.Context, *connectors.Changes) error { return o.at(places[0]) }
	f.lose = func(*connectors.Changes) error { return o.at(places[1]) }
	options.Done = marks.done
	options.Checkpoint = func(ctx context.Context, chunk int, answers map[string]Answers) error {
		if err := o.at(places[2]); err != nil {
			return err
		}
		return errors.Join(marks.set(ctx, chunk, answers), o.at(places[3]))
	}
	return options
}

// The power goes again and again, wherever it may. In the end the target, the
// answers, the refused rows and the checkpoints are as if it never had.
func TestAnApplyWithNotesIsResumedAsIfNothingHadHappened(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		g, ctx := drawGenealogy(t), context.Background()
		o := ApplyOptions{Chunk: rapid.IntRange(1, 4).Draw(t, "chunk"), Workers: rapid.IntRange(1, 2).Draw(t, "workers"), TempDir: dir, Notes: "plan"}
		var once, marks checkpoints // which refuse a second one for any chunk
		o.Checkpoint = once.set
		want, err := told(ctx, t, g.target(t), g.plan, o)
		if err != nil {
			t.Fatal(err)
		}
		f := g.target(t)
		for kills := rapid.IntRange(1, 8).Draw(t, "kills"); ; kills-- {
			power := &outage{}
			if kills > 0 {
				power.place = rapid.SampledFrom(places).Draw(t, "place")
				power.passes = rapid.IntRange(0, 8).Draw(t, "passes")
			}
			have, err := told(ctx, t, f, g.plan, power.strike(f, &marks, o))
			if errors.Is(err, errPower) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Fatalf("resumed (-undisturbed +resumed):\n%s", diff)
			}
			if diff := cmp.Diff(once.answers, marks.answers); diff != "" {
				t.Fatalf("checkpoints (-undisturbed +resumed):\n%s", diff)
			}
			return
		}
	})
}

func TestALostReplyIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTarget(t, seats())
		lost := 0
		g.lose = func(*connectors.Changes) error {
			if lost++; lost <= 2 {
				return connectors.Errorf(connectors.Transient, "write", "seats", "the connection was lost at the commit")
			}
			return nil
		}
		answers, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Notes: "plan"})
		if err != nil || answers[AnswerKey("seats", "first.yaml")] != (Answers{Created: 8}) {
			t.Errorf("%v, %v", answers, err)
		}
	})
}

// A ledger may know more than a target that was restored from a backup.
func TestACheckpointIsNotBelievedWithoutTheNote(t *testing.T) {
	g, marks := newTarget(t, seats()), checkpoints{}
	if _, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Chunk: 3, Notes: "plan", Checkpoint: marks.set}); err != nil {
		t.Fatal(err)
	}
	restored := newTarget(t, seats(), seat("a1", 1, record.Null()))
	again := checkpoints{}
	answers, err := applyAll(t.Context(), restored, eightCreates(), ApplyOptions{Chunk: 3, Notes: "plan", Done: marks.done, Checkpoint: again.set})
	if err != nil || answers[AnswerKey("seats", "first.yaml")] != (Answers{Created: 7, Unchanged: 1}) || len(content(t, restored, "seats")) != 8 {
		t.Errorf("%v, %v", answers, err)
	}
	if diff := cmp.Diff(map[int]map[string]Answers{0: {AnswerKey("seats", "first.yaml"): {Created: 2, Unchanged: 1}}}, again.answers); diff != "" {
		t.Error(diff)
	}
}

func TestATargetThatKeepsNoNotesGetsNone(t *testing.T) {
	g := newTarget(t, seats())
	var notes []string
	g.before = func(_ context.Context, c *connectors.Changes) error {
		notes = append(notes, c.Note)
		return nil
	}
	for _, options := range []ApplyOptions{{}, {Notes: "plan"}} {
		if _, err := applyAll(t.Context(), struct{ connectors.Target }{g}, eightCreates(), options); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := applyAll(t.Context(), g, eightCreates(), ApplyOptions{Notes: "plan"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "", "", "", "", "", "plan/0", "plan/1"}, notes); diff != "" {
		t.Error(diff)
	}
}

// The first chunk is written last.
func TestChunksTellInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTarget(t, seats(), seat("a0", 9, record.Null()), seat("a1", 9, record.Null()))
		second := make(chan struct{})
		g.after = func(c *connectors.Changes, answers []connectors.Answer) []connectors.Answer {
			if keysOf(c) == "a1" {
				close(second)
			}
			return answers
		}
		g.before = func(_ context.Context, c *connectors.Changes) error {
			if keysOf(c) == "a0" {
				<-second
				synctest.Wait() // the second chunk has its answers, and waits
			}
			return nil
		}
		var order []int
		all, err := told(t.Context(), t, g, eightCreates()[:1], ApplyOptions{Workers: 2, Chunk: 1, Checkpoint: func(_ context.Context, chunk int, _ map[string]Answers) error {
			order = append(order, chunk)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		const exists = " of first.yaml: stale, a row with this key exists, with other values"
		if diff := cmp.Diff([]string{"create a0" + exists, "create a1" + exists}, all.Refused); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int{0, 1, 2, 3}, order); diff != "" {
			t.Error(diff)
		}
	})
}
