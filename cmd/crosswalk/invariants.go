package main

import (
	"context"

	"crosswalk/hub"
	"crosswalk/reconcile"
)

// invariants runs the named checks of the hub.
func (s *session) invariants(ctx context.Context) ([]reconcile.Invariant, error) {
	all := []reconcile.Invariant{}
	err := s.store.Hub().Check(ctx, func(r hub.Result) error {
		result := reconcile.Invariant{Name: r.Name, Title: r.Title, Violations: int64(r.Count)}
		for _, b := range r.Broken[:min(examples, len(r.Broken))] {
			result.Examples = append(result.Examples, b.Table+" "+b.ID)
		}
		all = append(all, result)
		return nil
	})
	return all, err
}
