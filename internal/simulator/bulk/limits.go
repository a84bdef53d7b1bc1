package bulk

import "time"

// Limit is one entry of the limits resource.
type Limit struct{ Max, Remaining int }

// Limits are the daily allocations of Bulk API 2.0 by the names that the
// limits resource gives them.
func (j *Jobs) Limits() map[string]Limit {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.opts.Now()
	return map[string]Limit{
		"DailyBulkApiBatches":           j.batches.limit(now),
		"DailyBulkV2QueryJobs":          j.queries.limit(now),
		"DailyBulkV2QueryFileStorageMB": j.storage.limit(now),
	}
}

// An allowance is a number that may be used up within 24 hours.
type allowance struct {
	max   int
	used  int
	since time.Time // when the first of used was taken
}

// take uses n of what is left, or tells that there is not enough.
func (a *allowance) take(now time.Time, n int) bool {
	a.roll(now)
	if a.used+n > a.max {
		return false
	}
	if a.used == 0 {
		a.since = now
	}
	a.used += n
	return true
}

func (a *allowance) limit(now time.Time) Limit {
	a.roll(now)
	return Limit{Max: a.max, Remaining: a.max - a.used}
}

func (a *allowance) roll(now time.Time) {
	if now.Sub(a.since) >= 24*time.Hour {
		a.used = 0
	}
}
