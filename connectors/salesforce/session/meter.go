package session

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Calls counts the API calls that this session made.
type Calls struct {
	Total  int            // sent, with repeats; logins do not count
	Kinds  map[string]int // by resource: query, sobjects, composite/sobjects, jobs/ingest, ...
	Logins int
	Used   int // calls of the last day by everybody, as the org last said; 0 if it did not
	Limit  int // how many may be made in a day; 0 if the org did not say
}

// meter counts calls and keeps them within the budget. What the org reports is
// the truth; calls that are on their way are added to it.
type meter struct {
	share float64

	mu    sync.Mutex
	calls Calls
	open  int       // on their way
	at    time.Time // of the last report
}

// reportAge is how long a report binds. The day of the limit is a rolling one,
// so after that time a call asks anew.
const reportAge = time.Hour

// quotaWait is when to try again after a quota was used up: none comes back
// sooner.
const quotaWait = reportAge

func newMeter(share float64) meter {
	return meter{share: share, calls: Calls{Kinds: map[string]int{}}}
}

// Calls returns the counts so far.
func (s *Session) Calls() Calls {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	calls := s.meter.calls
	calls.Kinds = maps.Clone(calls.Kinds)
	return calls
}

// begin refuses a call that would pass the budget.
func (m *meter) begin(r request, now time.Time) error {
	if r.login {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	most := int(m.share * float64(m.calls.Limit))
	if m.calls.Limit > 0 && now.Sub(m.at) < reportAge && m.calls.Used+m.open+1 > most {
		return fmt.Errorf("%d of the org's %d daily API calls are used, and the budget of %.0f %% ends at %d; try again tomorrow, or raise the budget",
			m.calls.Used, m.calls.Limit, 100*m.share, most)
	}
	m.open++
	return nil
}

// end counts a call that was sent.
func (m *meter) end(r request, sent bool, resp *http.Response, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !r.login {
		m.open--
	}
	switch {
	case !sent:
		return
	case r.login:
		m.calls.Logins++
		return
	}
	m.calls.Total++
	m.calls.Kinds[kind(r.path)]++
	used, limit, ok := usage(resp)
	if !ok {
		m.calls.Used++
		return
	}
	// Replies overtake each other, so within a minute the highest count holds.
	if used > m.calls.Used || limit != m.calls.Limit || now.Sub(m.at) > time.Minute {
		m.calls.Used, m.calls.Limit, m.at = used, limit, now
	}
}

// usage reads Sforce-Limit-Info: api-usage=10018/100000; api-bursts=1/750
func usage(resp *http.Response) (used, limit int, ok bool) {
	if resp == nil {
		return 0, 0, false
	}
	for part := range strings.FieldsFuncSeq(resp.Header.Get("Sforce-Limit-Info"), func(r rune) bool { return r == ';' || r == ',' }) {
		if n, _ := fmt.Sscanf(strings.TrimSpace(part), "api-usage=%d/%d", &used, &limit); n == 2 {
			return used, limit, true
		}
	}
	return 0, 0, false
}
