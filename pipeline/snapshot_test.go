package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

func TestEachSystemIsSeenInOneSnapshotForAWalk(t *testing.T) {
	w, source, target := tappedWorld(t, 10)
	systems := &shots{tap: source}
	hub := &shots{tap: target}
	w.job.Systems["crm"], w.job.Target = systems, hub
	w.job.Systems["idle"] = memory.New()
	flows := w.flows()
	for n := 1; n <= 3; n++ {
		if _, err := flows.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		if systems.taken != n || systems.closed != n || hub.taken != n || hub.closed != n {
			t.Errorf("walk %d: %d and %d snapshots taken, %d and %d closed", n, systems.taken, hub.taken, systems.closed, hub.closed)
		}
	}
	source.read = func(context.Context, string, int) error { return errTorn }
	if _, err := flows.Reconcile(t.Context()); !errors.Is(err, errTorn) {
		t.Error(err)
	}
	if systems.taken != 4 || systems.closed != 4 || hub.closed != 4 {
		t.Errorf("after an error %d and %d of %d snapshots are closed", systems.closed, hub.closed, systems.taken)
	}
}

func TestASystemThatCannotTakeASnapshotIsReadAsItIs(t *testing.T) {
	w, source, target := tappedWorld(t, 10)
	unable := fmt.Errorf("this server takes none: %w", errors.ErrUnsupported)
	w.job.Systems["crm"], w.job.Target = &shots{tap: source, err: unable}, &shots{tap: target, err: unable}
	w.reconcile()
	source.mustBeClosed(t)
	target.mustBeClosed(t)
}

func TestASnapshotThatFailsEndsTheRunAndClosesTheOthers(t *testing.T) {
	w, source, target := tappedWorld(t, 10)
	good, bad, hub := &shots{tap: source}, &shots{tap: &tap{Source: memory.New()}, err: errTorn}, &shots{tap: target}
	w.job.Systems["crm"], w.job.Systems["bad"], w.job.Target = good, bad, hub
	if _, err := w.flows().Reconcile(t.Context()); !errors.Is(err, errTorn) {
		t.Error(err)
	}
	delete(w.job.Systems, "bad")
	hub.err = errTorn
	if _, err := w.flows().Reconcile(t.Context()); !errors.Is(err, errTorn) {
		t.Error(err)
	}
	if good.taken != good.closed {
		t.Errorf("%d snapshots taken, %d closed", good.taken, good.closed)
	}
}

func TestASourceThatMovesWhileItIsComparedIsNoticed(t *testing.T) {
	for name, test := range map[string]struct {
		moved   record.Row
		noticed bool
	}{
		"a row more":                      {row("c99", "Acme"), true},
		"a row more that is not carried":  {row("c99", "gone"), true},
		"nothing":                         {nil, false},
		"a row more that nobody can name": {row(nil, "Acme"), true},
	} {
		t.Run(name, func(t *testing.T) {
			w, source, _ := tappedWorld(t, 10)
			w.migrate()
			w.edit("companies", "c3", "name", record.Text("other"))
			readings := 0
			w.job.Systems["crm"] = opener{source, func(table string) error {
				if table != "company" {
					return nil
				}
				if readings++; readings == 2 && test.moved != nil {
					return source.Source.(*memory.DB).Load("company", test.moved)
				}
				return nil
			}}
			_, err := w.flows().Reconcile(t.Context())
			if errors.Is(err, reconcile.ErrMoved) != test.noticed || !test.noticed && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParentsThatMoveWhileTheyAreCollectedAreNoticed(t *testing.T) {
	w := groupWorld(t, "quarantine", row("a", "A", nil), row("b", "B", "a"))
	db := w.job.Systems["crm"].(*memory.DB)
	source := &tap{Source: db}
	readings := 0
	w.job.Systems["crm"] = opener{source, func(string) error {
		if readings++; readings == 3 { // twice to collect, then to count
			return db.Load("company", row("c", "C", "z"))
		}
		return nil
	}}
	if _, err := w.flows().Reconcile(t.Context()); !errors.Is(err, reconcile.ErrMoved) {
		t.Errorf("got %v after %d readings", err, readings)
	}
}

// opener is told of each reading before it begins.
type opener struct {
	*tap
	opening func(table string) error
}

func (o opener) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	if err := o.opening(q.Table); err != nil {
		return nil, err
	}
	return o.tap.Read(ctx, q)
}

var _ pipeline.Progress = silence{}

// A view of the target that outlives the reading of a table would keep the
// target from tidying up what is written.
func TestWhileRowsAreCarriedNoViewOfTheTargetIsOpen(t *testing.T) {
	w, _, target := tappedWorld(t, 10)
	hub := &shots{tap: target}
	w.job.Target = hub
	sink := &watcher{}
	sink.change = func() {
		if hub.taken == 0 || hub.taken != hub.closed {
			t.Errorf("a row is written while %d of %d views are closed", hub.closed, hub.taken)
		}
	}
	if _, err := w.flows().Carry(t.Context(), sink); err != nil {
		t.Fatal(err)
	}
	if sink.changes == 0 {
		t.Error("no row was carried")
	}
}

// watcher is a Sink that calls change for each change.
type watcher struct {
	change  func()
	changes int
}

func (w *watcher) Section(context.Context, reconcile.Section) error { return nil }

func (w *watcher) Change(context.Context, *reconcile.Change) error {
	w.changes++
	w.change()
	return nil
}
