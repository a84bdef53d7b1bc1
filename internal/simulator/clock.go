package simulator

import (
	"sync/atomic"
	"time"
)

// clock is the time of the org, which may be ahead of the clients' clocks or
// behind them.
type clock struct {
	now   func() time.Time
	shift time.Duration
	back  atomic.Int64 // how long ago the transaction that begins now began
}

// Now is the time that clients are told.
func (c *clock) Now() time.Time { return c.now().Add(c.shift).UTC() }

// orgNow is the time that the org works with.
func (c *clock) orgNow() time.Time { return c.Now().Add(-time.Duration(c.back.Load())) }
