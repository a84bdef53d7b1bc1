package pipeline

import (
	"context"

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
