package ledger

import (
	"context"
	"errors"
	"time"
)

// Keep renews a lease three times in each TTL, until stop is called or ctx
// ends. The context that it returns ends with ctx, and as soon as the lease is
// lost or could not be renewed for a whole TTL; context.Cause tells why.
// After stop the lease is still held, and to be released.
func (l *Ledger) Keep(ctx context.Context, lease *Lease) (held context.Context, stop func()) {
	held, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := l.renewing(held, lease); err != nil {
			cancel(err)
		}
	}()
	return held, func() {
		cancel(context.Canceled)
		<-done
	}
}

// renewing returns nil when ctx ends, and otherwise why the lease does not hold any more.
func (l *Ledger) renewing(ctx context.Context, lease *Lease) error {
	tick := time.NewTicker(max(lease.TTL/3, time.Millisecond))
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		tried := time.Now()
		err := l.Renew(ctx, lease)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			renewed = tried
		case errors.Is(err, ErrFenced) || time.Since(renewed) >= lease.TTL:
			return err
		}
	}
}
