package pipeline

import (
	"sync"

	"crosswalk/mapping"
)

// account counts what a mapping's readers saw in one pass over the source.
type account struct {
	mu       sync.Mutex
	read     int64
	carried  int64
	outcomes map[mapping.Outcome]int64
	reasons  map[reason]int64
	unkeyed  int64 // rows set aside without a key: nobody can say which they are
}

// reason is why rows were set aside, for the summary of a report.
type reason struct {
	Outcome mapping.Outcome
	Rule    string
}

func newAccount() *account {
	return &account{outcomes: map[mapping.Outcome]int64{}, reasons: map[reason]int64{}}
}

// add adds what one reader counted.
func (a *account) add(b *account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.read += b.read
	a.carried += b.carried
	a.unkeyed += b.unkeyed
	for o, n := range b.outcomes {
		a.outcomes[o] += n
	}
	for r, n := range b.reasons {
		a.reasons[r] += n
	}
}

func (a *account) setAside(o mapping.Outcome, rule string) {
	a.outcomes[o]++
	a.reasons[reason{o, rule}]++
}

// same reports whether two passes over a source saw the same rows.
func (a *account) same(b *account) bool {
	if a.read != b.read || a.carried != b.carried || len(a.outcomes) != len(b.outcomes) {
		return false
	}
	for o, n := range a.outcomes {
		if b.outcomes[o] != n {
			return false
		}
	}
	return true
}
