package main

import (
	"fmt"
	"maps"
	"slices"

	"crosswalk/connectors"
	"crosswalk/reconcile"
)

// calls is what the metered systems of this session were asked so far.
func (s *session) calls() []reconcile.Calls {
	var all []reconcile.Calls
	for _, name := range slices.Sorted(maps.Keys(s.systems)) {
		if metered, ok := s.systems[name].(connectors.Metered); ok {
			u := metered.Usage()
			all = append(all, reconcile.Calls{System: name, Calls: u.Calls, Used: u.Used, Limit: u.Limit})
		}
	}
	return all
}

// showCalls prints what a command has cost. A JSON document says it itself.
func (s *session) showCalls() {
	if s.app.json {
		return
	}
	s.app.endProgress()
	for _, c := range s.calls() {
		fmt.Fprintf(s.app.stderr, "%s: %s\n", c.System, connectors.Usage{Calls: c.Calls, Used: c.Used, Limit: c.Limit})
	}
}
