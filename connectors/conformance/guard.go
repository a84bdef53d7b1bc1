package conformance

import (
	"context"
	"errors"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// How a Target guards rows that have moved since they were seen.
func guardChecks() []Check {
	return []Check{
		{"CreateExisting", offering(connectors.CanWrite), checkCreateExisting},
		{"UpdateGuard", offering(connectors.CanWrite), checkUpdateGuard},
		{"GuardCoversCompared", offering(connectors.CanWrite), checkCompared},
		{"DeleteGuard", offering(connectors.CanWrite), checkDeleteGuard},
		{"DeleteTwice", offering(connectors.CanWrite), checkDeleteTwice},
	}
}

// Creating a row that exists is Unchanged if it is as wanted, else Stale; it
// is never overwritten.
func checkCreateExisting(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(3), func(s *subject) error {
		return errors.Join(s.write(ctx,
			edit{connectors.Create, f.Row(0), nil, unchanged},
			edit{connectors.Create, f.changed(1), nil, stale},
		), s.holds(ctx, s.rows))
	})
}

// An update is carried out only on the row that was seen: one that has moved
// or is gone is Stale, and one that is as wanted already is Unchanged.
func checkUpdateGuard(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(3), func(s *subject) error {
		return errors.Join(s.write(ctx,
			edit{connectors.Update, f.changed(0), f.mixed(0, 7), stale},
			edit{connectors.Update, f.changed(9), f.Row(9), stale},
			edit{connectors.Update, f.Row(1), f.mixed(1, 7), unchanged},
			edit{connectors.Update, f.Row(2), f.Row(2), unchanged},
		), s.holds(ctx, s.rows))
	})
}

// The guard covers the fields of Compared, in their order, and no others: a
// column that was not compared may have moved.
func checkCompared(ctx context.Context, h Harness) error {
	f := h.fixture()
	first, last := f.free()[0], f.free()[len(f.Free)-1]
	columns := append([]int{first, last}, f.Schema.Key...)
	compared := append(slices.Clone(f.Schema.Key), last)
	seen, moved, want, after := f.Row(0), f.Row(0), f.mixed(0, 2000), f.Row(0)
	moved[first] = f.changed(0)[first]
	after[first], after[last] = want[first], want[last]
	return h.on(ctx, []record.Row{moved, f.Row(1)}, func(s *subject) error {
		return errors.Join(
			s.writeColumns(ctx, columns, compared, edit{connectors.Update, want, seen, applied}),
			s.holds(ctx, h.expect([]record.Row{after, f.Row(1)})),
			s.writeColumns(ctx, columns, compared,
				edit{connectors.Update, f.changed(0), seen, stale},
				edit{connectors.Delete, f.Row(1), f.Row(1), applied}),
		)
	})
}

// A row that has moved since it was seen is not deleted.
func checkDeleteGuard(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(3), func(s *subject) error {
		return errors.Join(s.write(ctx,
			edit{connectors.Delete, f.Row(0), f.changed(0), stale},
			edit{connectors.Delete, f.Row(1), nil, stale},
		), s.holds(ctx, s.rows))
	})
}

// A row that is gone already is deleted without more ado.
func checkDeleteTwice(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(3), func(s *subject) error {
		if err := s.write(ctx, edit{connectors.Delete, f.Row(1), f.Row(1), applied}); err != nil {
			return err
		}
		return errors.Join(s.write(ctx,
			edit{connectors.Delete, f.Row(1), f.Row(1), unchanged},
			edit{connectors.Delete, f.Row(9), f.Row(9), unchanged},
		), s.holds(ctx, h.expect([]record.Row{f.Row(0), f.Row(2)})))
	})
}
