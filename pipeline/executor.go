package pipeline

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Executor runs the parts of a stage. It is the seam at which a durable engine
// can take the place of this process: a part is only a number, so neither rows
// nor keys nor credentials pass through an engine; what was done is told by
// the target and the ledger, never by the engine.
//
// Each calls part for 0 to n-1, several at once if it likes, and returns when
// all calls have returned. Once a part fails, the context of the others ends
// and parts that have not begun may be left out; the error is that of the
// first part that failed. A part may be called again after a crash of the
// engine: parts read, or write idempotently.
type Executor interface {
	Each(ctx context.Context, n int, part func(ctx context.Context, i int) error) error
}

// LocalPool is the Executor of one process.
type LocalPool struct {
	Workers int // parts at once; all of them if 0
}

// Each implements Executor.
func (p LocalPool) Each(ctx context.Context, n int, part func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	if p.Workers > 0 {
		group.SetLimit(p.Workers)
	}
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return part(ctx, i)
		})
	}
	return group.Wait()
}

// each runs parts on an executor and insists that every part came to its end:
// rows of a part left out would look like rows that the source has deleted.
func each(e Executor) func(ctx context.Context, n int, part func(ctx context.Context, i int) error) error {
	return func(ctx context.Context, n int, part func(ctx context.Context, i int) error) error {
		ended := make([]atomic.Bool, n)
		err := e.Each(ctx, n, func(ctx context.Context, i int) error {
			err := part(ctx, i)
			ended[i].Store(err == nil)
			return err
		})
		for i := range ended {
			if err == nil && !ended[i].Load() {
				err = fmt.Errorf("the executor returned without an error, but part %d of %d did not come to its end", i+1, n)
			}
		}
		return err
	}
}
