package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"crosswalk/pipeline"
	"crosswalk/record"
)

// executorConforms checks what pipeline.Executor promises. An engine that is
// to take the place of LocalPool must pass.
func executorConforms(ctx context.Context, e pipeline.Executor) error {
	for _, check := range []struct {
		name string
		run  func(context.Context, pipeline.Executor) error
	}{
		{"every part runs once", everyPartRuns},
		{"Each returns after the last part", eachWaits},
		{"the error of the first part that fails is told", errorIsTold},
		{"a failure ends the context of the others", failureCancels},
		{"a canceled context is an error", cancelIsTold},
	} {
		if err := check.run(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", check.name, err)
		}
	}
	return nil
}

func everyPartRuns(ctx context.Context, e pipeline.Executor) error {
	for _, n := range []int{0, 1, 2, 7, 100} {
		ran := make([]atomic.Int32, n)
		err := e.Each(ctx, n, func(_ context.Context, i int) error {
			ran[i].Add(1)
			return nil
		})
		if err != nil {
			return err
		}
		for i := range ran {
			if times := ran[i].Load(); times != 1 {
				return fmt.Errorf("part %d of %d ran %d times", i, n, times)
			}
		}
	}
	return nil
}

func eachWaits(ctx context.Context, e pipeline.Executor) error {
	var running atomic.Int32
	err := e.Each(ctx, 20, func(context.Context, int) error {
		running.Add(1)
		defer running.Add(-1)
		return nil
	})
	if n := running.Load(); n != 0 {
		return fmt.Errorf("%d parts are still running", n)
	}
	return err
}

func errorIsTold(ctx context.Context, e pipeline.Executor) error {
	for failing := range 5 {
		err := e.Each(ctx, 5, func(ctx context.Context, i int) error {
			if i == failing {
				return errTorn
			}
			return ctx.Err()
		})
		if !errors.Is(err, errTorn) {
			return fmt.Errorf("part %d failed, and Each returned %v", failing, err)
		}
	}
	return nil
}

// failureCancels lets the first part fail, after which the others wait for
// their context to end; they would wait for ever if it did not.
func failureCancels(ctx context.Context, e pipeline.Executor) error {
	var failed atomic.Bool
	err := e.Each(ctx, 10, func(ctx context.Context, i int) error {
		if i == 0 {
			failed.Store(true)
			return errTorn
		}
		if failed.Load() {
			<-ctx.Done()
		}
		return ctx.Err()
	})
	if !errors.Is(err, errTorn) {
		return fmt.Errorf("Each returned %v", err)
	}
	return nil
}

func cancelIsTold(ctx context.Context, e pipeline.Executor) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := e.Each(ctx, 3, func(ctx context.Context, _ int) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Each returned %v", err)
	}
	return nil
}

func TestLocalPoolKeepsTheContractOfAnExecutor(t *testing.T) {
	for _, workers := range []int{1, 2, 0} {
		if err := executorConforms(t.Context(), pipeline.LocalPool{Workers: workers}); err != nil {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}

func TestLocalPoolRunsNoMorePartsAtOnceThanItHasWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 3} {
		var now, most atomic.Int32
		err := pipeline.LocalPool{Workers: workers}.Each(t.Context(), 50, func(context.Context, int) error {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			return nil
		})
		if err != nil || int(most.Load()) > workers {
			t.Errorf("%d at once with %d workers; %v", most.Load(), workers, err)
		}
	}
}

// liar calls Each as told, and then something goes wrong.
type liar func(ctx context.Context, n int, part func(context.Context, int) error) error

func (l liar) Each(ctx context.Context, n int, part func(context.Context, int) error) error {
	return l(ctx, n, part)
}

// liars break the contract, each in one way.
var liars = map[string]liar{
	"one that leaves a part out": func(ctx context.Context, n int, part func(context.Context, int) error) error {
		return pipeline.LocalPool{}.Each(ctx, max(0, n-1), part)
	},
	"one that swallows errors": func(ctx context.Context, n int, part func(context.Context, int) error) error {
		return pipeline.LocalPool{}.Each(ctx, n, func(ctx context.Context, i int) error {
			_ = part(ctx, i)
			return nil
		})
	},
	"one that stops at a failure and says nothing": func(ctx context.Context, n int, part func(context.Context, int) error) error {
		_ = pipeline.LocalPool{Workers: 1}.Each(ctx, n, part)
		return nil
	},
}

func TestExecutorsThatBreakTheContractAreFound(t *testing.T) {
	for name, l := range liars {
		if err := executorConforms(t.Context(), l); err == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestARunOnAnExecutorThatLiesEndsWithAnError(t *testing.T) {
	for name, l := range liars {
		w, source, target := tappedWorld(t, 10)
		w.migrate()
		w.job.Executor = l
		if name != "one that leaves a part out" {
			source.read = func(_ context.Context, table string, _ int) error {
				if table == "branch" {
					return errTorn
				}
				return nil
			}
		}
		s := &sketch{}
		if _, err := w.flows().Plan(t.Context(), s); err == nil || len(s.changes) > 0 {
			t.Errorf("%s: %v, and planned %v", name, err, s.changes)
		}
		source.mustBeClosed(t)
		target.mustBeClosed(t)
	}
}

func TestTheResultIsTheSameOnEveryPool(t *testing.T) {
	for _, workers := range []int{1, 2, 0} {
		w, _, _ := tappedWorld(t, 30)
		w.job.Executor, w.job.Readers = pipeline.LocalPool{Workers: workers}, 3
		w.migrate()
		w.edit("companies", "c7", "name", record.Text("other"))
		r := w.reconcile()
		if c := counted(t, r, "companies"); r.Findings != 1 || c.Changed != 1 || c.Unchanged != 29 {
			t.Errorf("%d workers: %+v", workers, c)
		}
	}
}
