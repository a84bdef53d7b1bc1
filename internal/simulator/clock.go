package simulator

import "time"

// clock is the time of the org, which may be ahead of the clients' clocks or
// behind them.
type clock struct {
	now   func() time.Time
	shift time.Duration
}

// Now is the time of the org, and what clients are told.
func (c *clock) Now() time.Time { return c.now().Add(c.shift).UTC() }
