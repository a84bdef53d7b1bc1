package org

import (
	"sync"
	"time"
)

// lates are the transactions that have begun and not ended.
type lates struct {
	mu   sync.Mutex
	open map[*Late]bool
}

// A Late is a transaction that takes long: its rows are stamped with the time of
// its begin, but nobody sees them before Apply. This is how a row can appear behind a
// cursor that has already passed it.
type Late struct {
	org   *Org
	begin time.Time
}

// BeginLate begins a transaction that will write later. Others write meanwhile.
func (o *Org) BeginLate() *Late { return o.BeginAt(o.now()) }

// BeginAt is BeginLate as if it had been called at a time in the past.
func (o *Org) BeginAt(begin time.Time) *Late {
	l := &Late{o, begin}
	o.late.mu.Lock()
	defer o.late.mu.Unlock()
	if o.late.open == nil {
		o.late.open = map[*Late]bool{}
	}
	o.late.open[l] = true
	return l
}

// Abandon ends l without a write. After Apply it does nothing.
func (l *Late) Abandon() {
	l.org.late.mu.Lock()
	defer l.org.late.mu.Unlock()
	delete(l.org.late.open, l)
}

// LatestCovered is the instant up to which every change is visible: now, or the
// begin of the oldest Late that is open, in whole seconds.
func (o *Org) LatestCovered(now time.Time) time.Time {
	o.late.mu.Lock()
	defer o.late.mu.Unlock()
	for l := range o.late.open {
		if l.begin.Before(now) {
			now = l.begin
		}
	}
	return now.UTC().Truncate(time.Second)
}
