package main

import (
	"context"

	"crosswalk/reconcile"
)

// invariants runs the named checks of the hub.
func (s *session) invariants(ctx context.Context) ([]reconcile.Invariant, error) {
	return []reconcile.Invariant{}, nil
}
