package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// strikes asks n times and writes x for each request that is struck.
func strikes(t *testing.T, n int, method, path string, rules ...Rule) string {
	t.Helper()
	i, err := New(1, rules...)
	if err != nil {
		t.Fatal(err)
	}
	var pattern strings.Builder
	for range n {
		if _, hit := i.Strike(rules[0].Kind, method, path); hit {
			pattern.WriteByte('x')
		} else {
			pattern.WriteByte('.')
		}
	}
	return pattern.String()
}

func TestARuleStrikesTheRequestsThatItNames(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want string
	}{
		"all":          {Rule{Kind: Unavailable}, "xxxxxx"},
		"first":        {Rule{Kind: Unavailable, First: 2}, "xx...."},
		"every":        {Rule{Kind: Unavailable, Every: 3}, "..x..x"},
		"certain":      {Rule{Kind: Unavailable, Probability: 1}, "xxxxxx"},
		"path":         {Rule{Kind: Unavailable, Path: "/query"}, "xxxxxx"},
		"other path":   {Rule{Kind: Unavailable, Path: "/composite"}, "......"},
		"method":       {Rule{Kind: Unavailable, Method: "get", First: 1}, "x....."},
		"other method": {Rule{Kind: Unavailable, Method: "POST"}, "......"},
	} {
		if got := strikes(t, 6, "GET", "/query", c.rule); got != c.want {
			t.Errorf("%s: struck %s, not %s", name, got, c.want)
		}
	}
}

func TestTheSameSeedGivesTheSameFaults(t *testing.T) {
	rule := Rule{Kind: RowLock, Probability: 0.3, Rows: 0.3}
	first, second := strikes(t, 100, "POST", "/", rule), strikes(t, 100, "POST", "/", rule)
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	if hits := strings.Count(first, "x"); hits < 15 || hits > 45 {
		t.Errorf("%d of 100 requests are struck at a probability of 0.3", hits)
	}
	i, err := New(1, rule)
	if err != nil {
		t.Fatal(err)
	}
	picked := 0
	for range 1000 {
		if i.Pick(rule) {
			picked++
		}
	}
	if picked < 250 || picked > 350 {
		t.Errorf("%d of 1000 rows are picked at a share of 0.3", picked)
	}
}

func TestFaultsAreCounted(t *testing.T) {
	i, err := New(1, Rule{Kind: SessionExpired, First: 2}, Rule{Kind: LateCommit, By: time.Minute}, Rule{Kind: LateCommit, By: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		i.Strike(SessionExpired, "GET", "/limits")
	}
	if diff := cmp.Diff(map[Kind]int{SessionExpired: 2}, i.Struck()); diff != "" {
		t.Error(diff)
	}
	if got := i.Longest(LateCommit); got != time.Hour {
		t.Errorf("the latest commit takes %s", got)
	}
}

func TestNoInjectorNeverStrikes(t *testing.T) {
	var none *Injector
	if _, hit := none.Strike(Unavailable, "GET", "/"); hit || none.Longest(ClockShift) != 0 || len(none.Struck()) != 0 {
		t.Error("a fault without rules")
	}
}

func TestWrongRulesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want string
	}{
		"kind":        {Rule{Kind: "flood"}, `there is no fault "flood"`},
		"two":         {Rule{Kind: Unavailable, First: 1, Every: 2}, "one of first, every and probability"},
		"probability": {Rule{Kind: Unavailable, Probability: 1.5}, "between 0 and 1"},
		"negative":    {Rule{Kind: Unavailable, First: -1}, "not negative"},
		"no time":     {Rule{Kind: LateCommit}, "late-commit needs by"},
		"back":        {Rule{Kind: LateCommit, By: -time.Second}, "by of late-commit is not negative"},
		"clock":       {Rule{Kind: ClockShift, By: time.Second, First: 3}, "takes by alone"},
		"retry":       {Rule{Kind: Unavailable, RetryAfter: -1}, "retry_after"},
	} {
		if _, err := New(1, Rule{Kind: Unavailable}, c.rule); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "fault 2: ") {
			t.Errorf("%s: %v, which does not say %q", name, err, c.want)
		}
	}
	var k Kind
	if err := k.UnmarshalText([]byte("flood")); err == nil || !strings.Contains(err.Error(), "row-lock") {
		t.Errorf("an unknown name: %v", err)
	}
}
