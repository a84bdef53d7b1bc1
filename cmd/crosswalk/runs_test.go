package main

import (
	"strings"
	"testing"
	"time"

	"crosswalk/ledger"
)

func TestTheListOfRunsHasALineForEach(t *testing.T) {
	o := newOutbound(t, nil)
	l, err := ledger.Open(t.Context(), ledger.Config{Driver: "sqlite", DSN: "ledger.db", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	run, err := l.Begin(t.Context(), ledger.Run{Kind: "plan", Line: "core", Target: "hub", Tool: "t", Mapping: "m", Scope: "s", Operator: "me"}, nil)
	if err == nil {
		_, err = l.Finish(t.Context(), run.ID, ledger.End{Verdict: ledger.Failed, Message: "first\nsecond\tthird"})
	}
	if err != nil {
		t.Fatal(err)
	}
	out, _ := o.run(exitClean, "runs")
	if strings.Count(out, "\n") != 2 || !strings.Contains(out, "first; second third") {
		t.Error(out)
	}
}
