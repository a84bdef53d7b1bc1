package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
	"crosswalk/reconcile"
)

// counting is a system that counts calls.
type counting struct{ *memory.DB }

func (counting) Usage() connectors.Usage {
	return connectors.Usage{Calls: 14, Used: 3_000, Limit: 100_000}
}

func TestACommandSaysWhatItHasCost(t *testing.T) {
	for _, json := range []bool{false, true} {
		var stderr bytes.Buffer
		s := &session{app: &app{stderr: &stderr, json: json}, systems: map[string]connectors.Source{
			"legacy": memory.New(), "crm": counting{memory.New()},
		}}
		s.Close()
		want := "crm: 14 API calls, 3 % of today's limit used\n"
		if json {
			want = ""
		}
		if stderr.String() != want {
			t.Errorf("with JSON %t, printed %q, want %q", json, stderr.String(), want)
		}
		if diff := cmp.Diff([]reconcile.Calls{{System: "crm", Calls: 14, Used: 3_000, Limit: 100_000}}, s.calls()); diff != "" {
			t.Error(diff)
		}
	}
}
