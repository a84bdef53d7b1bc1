package ledger

import (
	"context"
	"errors"
	"fmt"
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
	third := max(lease.TTL/3, time.Millisecond)
	tick := time.NewTicker(third)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		// A process that slept for longer than its lease may try as well.
		tried := time.Now()
		err := l.renewWithin(ctx, lease, max(third, lease.TTL-tried.Sub(renewed)))
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

// renewWithin renews a lease, or gives up in time even if the database does
// not: one that hangs must not make the lease seem held.
func (l *Ledger) renewWithin(ctx context.Context, lease *Lease, limit time.Duration) error {
	ctx, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("ledger %s: renew %s: no answer", l.where, lease.Name))
	defer stop()
	answer := make(chan error, 1)
	go func() { answer <- l.Renew(ctx, lease) }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
