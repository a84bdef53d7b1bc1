package connectors_test

import (
	"testing"

	"crosswalk/connectors"
)

func TestUsageSaysWhatARunHasCost(t *testing.T) {
	for want, u := range map[string]connectors.Usage{
		"0 API calls": {},
		"1 API call":  {Calls: 1},
		"14 API calls, 3 % of today's limit used": {Calls: 14, Used: 2_001, Limit: 100_000},
	} {
		if have := u.String(); have != want {
			t.Errorf("got %q, want %q", have, want)
		}
	}
}
