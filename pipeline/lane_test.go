package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

const branches = `
mapping: branches
source: {system: crm, table: branch}
target: companies
key: [id]
fields: {name: name}
`

// tappedWorld is a world of two mappings that fill one table from one system,
// of n rows each, and a third that refers to the first.
func tappedWorld(t failer, n int) (w *world, source, target *tap) {
	w = newWorld(t, threeTables(), companies, branches, licensesQuarantined)
	crm := w.system("crm", table("company", "id", "name"), table("branch", "id", "name"), table("license", "id", "company", "reseller"))
	for i := range n {
		load(t, crm, "company", row(fmt.Sprint("c", i), "Acme"))
		load(t, crm, "branch", row(fmt.Sprint("b", i), "Acme"))
		load(t, crm, "license", row(fmt.Sprint("l", i), fmt.Sprint("c", i), nil))
	}
	source, target = &tap{Source: crm, batch: 3}, &tap{Source: w.target, batch: 3}
	w.job.Systems["crm"], w.job.Target = source, target
	return w, source, target
}

func (s *tap) mustBeClosed(t failer) {
	t.Helper()
	if s.opened == 0 || s.opened != s.closed {
		t.Fatalf("%d readers opened, %d closed", s.opened, s.closed)
	}
}

func TestASystemIsNeverAskedForMoreReadersThanItTakes(t *testing.T) {
	for _, parallel := range []int{1, 2, 3, 100} {
		for _, readers := range []int{0, 1, 4} {
			t.Run(fmt.Sprintf("it takes %d, %d are wanted", parallel, readers), func(t *testing.T) {
				w, source, target := tappedWorld(t, 10)
				source.parallel, target.parallel, w.job.Readers = parallel, parallel, readers
				w.migrate()
				if n := len(w.rows("companies", "id")) + len(w.rows("licenses", "id")); n != 30 {
					t.Errorf("%d rows", n)
				}
				w.edit("companies", "c3", "name", record.Text("other"))
				w.reconcile()
				if diff := cmp.Diff([]string{"companies changed c3"}, w.recorder.found()); diff != "" {
					t.Error(diff)
				}
				if source.most > max(1, min(parallel, readers)) {
					t.Errorf("%d readers at once", source.most)
				}
				source.mustBeClosed(t)
				target.mustBeClosed(t)
			})
		}
	}
}

func TestReadersAreOpenedOnlyWhenTheirTurnComes(t *testing.T) {
	w, source, _ := tappedWorld(t, 10)
	source.parallel, w.job.Readers = 1, 4
	var order []string
	source.read = func(_ context.Context, table string, _ int) error {
		if len(order) == 0 || order[len(order)-1] != table {
			order = append(order, table)
		}
		return nil
	}
	w.reconcile()
	if diff := cmp.Diff([]string{"company", "branch", "license"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestAReadErrorAnywhereEndsTheRunAndIsToldAsItIs(t *testing.T) {
	w, source, target := tappedWorld(t, 10)
	w.migrate()
	w.edit("companies", "c3", "name", record.Text("other")) // so that all is read twice
	source.batches, target.batches = 0, 0
	w.reconcile()
	batches := map[*tap]int{source: source.batches, target: target.batches}
	for name, side := range map[string]*tap{"source": source, "target": target} {
		for batch := range batches[side] {
			side.batches = 0
			side.read = func(_ context.Context, _ string, n int) error {
				if n == batch {
					return errTorn
				}
				return nil
			}
			s := &sketch{}
			if _, err := w.flows().Plan(t.Context(), s); !errors.Is(err, errTorn) {
				t.Errorf("%s, batch %d: got %v", name, batch, err)
			}
			for _, c := range s.changes {
				if strings.Contains(c, "delete") {
					t.Errorf("%s, batch %d: planned to %s", name, batch, c)
				}
			}
			side.read = nil
			source.mustBeClosed(t)
			target.mustBeClosed(t)
		}
	}
}

func TestAReadErrorWhileParentsAreCollectedEndsTheRun(t *testing.T) {
	w := groupWorld(t, "quarantine", row("a", "A", nil), row("b", "B", "a"))
	for _, at := range []int{0, 1, 2, 3, 4} {
		source := &tap{Source: w.job.Systems["crm"], batch: 1, read: func(_ context.Context, _ string, n int) error {
			if n == at {
				return errTorn
			}
			return nil
		}}
		job := w.job
		w.job.Systems["crm"] = source
		if _, err := w.flows().Reconcile(t.Context()); !errors.Is(err, errTorn) {
			t.Errorf("batch %d: got %v", at, err)
		}
		source.mustBeClosed(t)
		w.job = job
		w.job.Systems["crm"] = source.Source
	}
}

// The bubble of synctest does not end well while a goroutine is left in it.
func TestACanceledRunEndsWithoutAResultOrAGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, source, target := tappedWorld(t, 10)
		w.job.Readers = 4
		w.migrate()
		source.batches = 0
		w.reconcile()
		batches := source.batches
		for batch := range batches {
			ctx, cancel := context.WithCancel(t.Context())
			source.batches = 0
			source.read = func(ctx context.Context, _ string, n int) error {
				if n == batch {
					cancel()
				}
				return ctx.Err()
			}
			if r, err := w.flows().Reconcile(ctx); !errors.Is(err, context.Canceled) || r != nil {
				t.Errorf("batch %d: got %v, %v", batch, r, err)
			}
			cancel()
			source.mustBeClosed(t)
			target.mustBeClosed(t)
		}
	})
}

func TestAnErrorOfTheSinkOrTheRecorderEndsTheRun(t *testing.T) {
	w, source, target := tappedWorld(t, 10)
	if _, err := w.flows().Plan(t.Context(), brokenSink{}); !errors.Is(err, errTorn) {
		t.Errorf("sink: %v", err)
	}
	w.job.Record = brokenRecorder{}
	load(t, w.target, "companies", row("x", "Extra", "crm", "company", "x"))
	if _, err := w.flows().Reconcile(t.Context()); !errors.Is(err, errTorn) {
		t.Errorf("recorder: %v", err)
	}
	source.mustBeClosed(t)
	target.mustBeClosed(t)
}

type brokenSink struct{}

func (brokenSink) Section(context.Context, reconcile.Section) error { return nil }
func (brokenSink) Change(context.Context, *reconcile.Change) error  { return errTorn }

type brokenRecorder struct{}

func (brokenRecorder) SetAside(context.Context, []reconcile.Aside) error      { return errTorn }
func (brokenRecorder) Findings(context.Context, []reconcile.Difference) error { return errTorn }

var _ pipeline.Recorder = brokenRecorder{}
