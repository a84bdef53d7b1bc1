// Package faults decides which requests to the simulator go wrong, and how.
//
//	rules ──▶ Injector ◀── "PATCH /composite/sobjects: does a row lock strike?"
//	  seed ──┘       └──▶ the rule that strikes, or none
//
// An Injector only decides; what a fault does to a request is the business of
// whoever asks. With one client at a time the same seed and the same requests
// give the same faults.
package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is what goes wrong.
type Kind string

// The faults that real orgs show.
const (
	SessionExpired Kind = "session-expired" // 401 INVALID_SESSION_ID; the session is gone
	Unavailable    Kind = "unavailable"     // 503, before anything was done
	LimitReached   Kind = "limit-reached"   // 403 REQUEST_LIMIT_EXCEEDED
	RowLock        Kind = "row-lock"        // UNABLE_TO_LOCK_ROW on a share of the Rows of a write or of a job
	ResponseLost   Kind = "response-lost"   // the work is done, the connection is closed without an answer
	ClockShift     Kind = "clock-shift"     // the clock of the org is By ahead of the client's
	LateCommit     Kind = "late-commit"     // rows written through REST become visible By after the stamp that they carry
	SlowJob        Kind = "slow-job"        // a job is still in progress the next so many Polls after its work is done
	FailedBatch    Kind = "failed-batch"    // a job fails in its Batch-th internal batch; the rows from there on stay unprocessed
)

// Kinds lists every Kind.
func Kinds() []Kind {
	return []Kind{SessionExpired, Unavailable, LimitReached, RowLock, ResponseLost, ClockShift, LateCommit, SlowJob, FailedBatch}
}

// UnmarshalText accepts the name of a Kind.
func (k *Kind) UnmarshalText(text []byte) error {
	if *k = Kind(text); slices.Contains(Kinds(), *k) {
		return nil
	}
	names := make([]string, 0, len(Kinds()))
	for _, kind := range Kinds() {
		names = append(names, string(kind))
	}
	return fmt.Errorf("no such fault; there are %s", strings.Join(names, ", "))
}

// Rule says which requests a fault strikes. Of First, Every and Probability
// at most one is set; with none of them every matching request is struck. A
// Bulk job counts as one POST to /jobs/ingest or /jobs/query.
type Rule struct {
	Kind   Kind   `yaml:"fault,required"`
	Path   string `yaml:"path"`   // prefix of the path behind /services/data/vXX.X, or of the whole path elsewhere; empty matches all
	Method string `yaml:"method"` // empty matches all

	First       int     `yaml:"first"`       // the first so many matching requests
	Every       int     `yaml:"every"`       // each so-manieth matching request
	Probability float64 `yaml:"probability"` // above 0, at most 1

	Rows       float64       `yaml:"rows"`        // row-lock: share of the rows, above 0, at most 1; 0 means half
	By         time.Duration `yaml:"by"`          // clock-shift, late-commit: how long; only a shift may be negative
	Polls      int           `yaml:"polls"`       // slow-job: how often it is asked for in vain; 0 means 3
	Batch      int           `yaml:"batch"`       // failed-batch: counted from 1; 0 means the first
	RetryAfter time.Duration `yaml:"retry_after"` // unavailable: whole seconds for the Retry-After header; 0 sends none
	HTML       bool          `yaml:"html"`        // unavailable: an HTML page instead of JSON
}

// Validate tells what is wrong with a rule.
func (r Rule) Validate() error {
	chosen := 0
	for _, set := range []bool{r.First != 0, r.Every != 0, r.Probability != 0} {
		if set {
			chosen++
		}
	}
	timed := r.Kind == ClockShift || r.Kind == LateCommit
	switch {
	case !slices.Contains(Kinds(), r.Kind):
		return fmt.Errorf("there is no fault %q", r.Kind)
	case chosen > 1:
		return errors.New("give one of first, every and probability")
	case r.First < 0 || r.Every < 0 || r.Polls < 0 || r.Batch < 0:
		return errors.New("first, every, polls and batch are counts: they are not negative")
	case r.Probability < 0 || r.Probability > 1 || r.Rows < 0 || r.Rows > 1:
		return errors.New("probability and rows are between 0 and 1")
	case timed && r.By == 0:
		return fmt.Errorf("%s needs by, a duration such as 90s", r.Kind)
	case r.By < 0 && r.Kind != ClockShift:
		return fmt.Errorf("by of %s is not negative", r.Kind)
	case r.RetryAfter < 0:
		return errors.New("retry_after is not negative")
	case r.Kind == ClockShift && (chosen > 0 || r.Path != "" || r.Method != ""):
		return errors.New("clock-shift holds for all requests: it takes by alone")
	}
	return nil
}

// Injector decides by rules. Its methods may be called from several
// goroutines; the nil Injector never strikes.
type Injector struct {
	mu     sync.Mutex
	rules  []Rule
	seen   []int // requests that matched, by rule
	struck map[Kind]int
	random *rand.Rand
}

// New returns an Injector of valid rules. An error names the first rule, from
// 1, that is not.
func New(seed uint64, rules ...Rule) (*Injector, error) {
	for i, r := range rules {
		if err := r.Validate(); err != nil {
			return nil, fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	return &Injector{
		rules: slices.Clone(rules), seen: make([]int, len(rules)), struck: map[Kind]int{},
		random: rand.New(rand.NewPCG(seed, uint64(len(rules)))),
	}, nil
}

// Strike returns the first rule of the kind that strikes this request. Each
// call counts as one request for every rule of the kind that matches it.
func (i *Injector) Strike(kind Kind, method, path string) (Rule, bool) {
	if i == nil {
		return Rule{}, false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var found Rule
	hit := false
	for n, r := range i.rules {
		if r.Kind != kind || !r.matches(method, path) {
			continue
		}
		i.seen[n]++
		if i.strikes(r, i.seen[n]) && !hit {
			found, hit = r, true
		}
	}
	if hit {
		i.struck[kind]++
	}
	return found, hit
}

func (r Rule) matches(method, path string) bool {
	return (r.Method == "" || strings.EqualFold(r.Method, method)) && strings.HasPrefix(path, r.Path)
}

// strikes decides on the n-th request, from 1, that matches.
func (i *Injector) strikes(r Rule, n int) bool {
	switch {
	case r.First > 0:
		return n <= r.First
	case r.Every > 0:
		return n%r.Every == 0
	case r.Probability > 0:
		return i.random.Float64() < r.Probability
	}
	return true
}

// Pick decides whether a rule that struck a request falls on one of its rows.
func (i *Injector) Pick(r Rule) bool {
	share := r.Rows
	if share == 0 {
		share = 0.5
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.random.Float64() < share
}

// Longest is the longest By of the rules of a kind; 0 if there are none.
func (i *Injector) Longest(kind Kind) time.Duration {
	if i == nil {
		return 0
	}
	var longest time.Duration
	for _, r := range i.rules {
		if r.Kind == kind && r.By.Abs() > longest.Abs() {
			longest = r.By
		}
	}
	return longest
}

// Struck counts the faults so far.
func (i *Injector) Struck() map[Kind]int {
	counts := map[Kind]int{}
	if i == nil {
		return counts
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for kind, n := range i.struck {
		counts[kind] = n
	}
	return counts
}
