package simulator

import (
	"fmt"
	"maps"
	"sync"
	"time"
)

// budget counts API calls: in all, by kind, and those of the last 24 hours
// against the daily limit.
type budget struct {
	now   func() time.Time
	limit int

	mu    sync.Mutex
	hours [24]hour
	total int
	kinds map[string]int
}

// hour is how many calls were made in one hour since the epoch.
type hour struct {
	at    int64
	calls int
}

// take counts calls. It refuses all of them if they would pass the limit.
func (b *budget) take(kind string, calls int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used()+calls > b.limit {
		return errLimit
	}
	at := b.hour()
	slot := &b.hours[at%int64(len(b.hours))]
	if slot.at != at {
		*slot = hour{at: at}
	}
	slot.calls += calls
	b.total += calls
	b.kinds[kind] += calls
	return nil
}

func (b *budget) hour() int64 { return b.now().Unix() / int64(time.Hour/time.Second) }

// used is the number of calls that the limit counts now.
func (b *budget) used() int {
	used, at := 0, b.hour()
	for _, h := range b.hours {
		if h.at > at-int64(len(b.hours)) {
			used += h.calls
		}
	}
	return used
}

// remaining is what is left of the limit.
func (b *budget) remaining() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit - b.used()
}

// header is the value of Sforce-Limit-Info; exhausted claims that nothing is
// left.
func (b *budget) header(exhausted bool) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	used := b.used()
	if exhausted {
		used = b.limit
	}
	return fmt.Sprintf("api-usage=%d/%d", used, b.limit)
}

func (b *budget) counts() (map[string]int, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.kinds), b.total
}
