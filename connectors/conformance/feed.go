package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// What a feed and a delete log promise.
func feedChecks() []Check {
	return []Check{
		{"FeedAfterHead", offering(connectors.CanFeed), checkFeed},
		{"FeedGoesOn", offering(connectors.CanFeed), checkFeedGoesOn},
		{"FeedRepeatsHarmless", offering(connectors.CanFeed), checkFeedRepeats},
		{"DeleteLogComplete", offering(connectors.CanDeleteLog), checkDeleteLog},
	}
}

// Every row that was made or changed after Head is among the Changes since,
// as it is now; a row that is gone is not.
func checkFeed(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(6), func(s *subject) error {
		head, err := s.Source.(connectors.Feed).Head(ctx, s.schema.Table)
		if err != nil {
			return err
		}
		if err := errors.Join(
			s.change(ctx, connectors.Update, f.changed(0), f.changed(1), f.changed(2)),
			s.change(ctx, connectors.Create, f.Row(20)),
			s.change(ctx, connectors.Update, f.mixed(1, 3000)),
			s.change(ctx, connectors.Delete, f.Row(2)),
		); err != nil {
			return err
		}
		rows, _, err := s.changesSince(ctx, head, 2)
		if err != nil {
			return err
		}
		if err := s.among(rows, s.rows, "is not as the table has it now"); err != nil {
			return err
		}
		return s.among(h.expect([]record.Row{f.changed(0), f.mixed(1, 3000), f.Row(20)}), rows, "has changed and is not in the feed")
	})
}

// changesSince reads the feed, at most limit rows at once.
func (s *subject) changesSince(ctx context.Context, since record.Cursor, limit int) ([]record.Row, []stop, error) {
	r, err := s.Source.(connectors.Feed).Changes(ctx, s.schema.Table, since)
	if err != nil {
		return nil, nil, fmt.Errorf("Changes since %q: %w", since, err)
	}
	_, columns, err := r.Schema().Select(s.schema.Names())
	if err != nil {
		return nil, nil, errors.Join(err, r.Close())
	}
	rows, stops, err := drain(ctx, r, limit)
	return project(rows, columns), stops, errors.Join(err, r.Close())
}

// among checks that each of some rows is one of all.
func (s *subject) among(some, all []record.Row, problem string) error {
	for _, row := range some {
		if !slices.ContainsFunc(all, func(r record.Row) bool { return slices.Equal(r, row) }) {
			return fmt.Errorf("%s: %s", show(s.schema.Names(), row), problem)
		}
	}
	return nil
}

// From the cursor of any batch the feed goes on: with the rest of the
// changes, and with those made later.
func checkFeedGoesOn(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(6), func(s *subject) error {
		head, err := s.Source.(connectors.Feed).Head(ctx, s.schema.Table)
		if err != nil {
			return err
		}
		if err := s.change(ctx, connectors.Update, f.changed(0), f.changed(1), f.changed(2)); err != nil {
			return err
		}
		rows, stops, err := s.changesSince(ctx, head, 1)
		if err != nil {
			return err
		}
		if err := s.change(ctx, connectors.Update, f.changed(3)); err != nil {
			return err
		}
		changed := h.expect([]record.Row{f.changed(0), f.changed(1), f.changed(2), f.changed(3)})
		for _, at := range stops {
			if at.cursor == "" {
				return fmt.Errorf("the batch that ends with row %d has no cursor", at.rows)
			}
			rest, _, err := s.changesSince(ctx, at.cursor, 2)
			if err != nil {
				return err
			}
			if err := s.among(changed, slices.Concat(rows[:at.rows], rest), "is lost when the feed goes on"); err != nil {
				return wrap(err, "after %d rows", at.rows)
			}
		}
		return s.among(changed[:3], rows, "has changed and is not in the feed")
	})
}

// Head, then a Read, then the Changes since Head: applied to what was read,
// once or twice, they make the table as it is, whatever happened meanwhile.
func checkFeedRepeats(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(6), func(s *subject) error {
		head, err := s.Source.(connectors.Feed).Head(ctx, s.schema.Table)
		if err != nil {
			return err
		}
		if err := s.change(ctx, connectors.Update, f.changed(0), f.changed(1)); err != nil {
			return err
		}
		rows, err := s.read(ctx, s.query())
		if err != nil {
			return err
		}
		if err := errors.Join(
			s.change(ctx, connectors.Update, f.mixed(1, 3000), f.changed(2)),
			s.change(ctx, connectors.Create, f.Row(20)),
		); err != nil {
			return err
		}
		for _, time := range []string{"once", "twice"} {
			changed, _, err := s.changesSince(ctx, head, 2)
			if err != nil {
				return err
			}
			for _, row := range changed {
				rows = append(where(rows, func(r record.Row) bool {
					return record.CompareRows(s.fix.Schema.KeyOf(r), s.fix.Schema.KeyOf(row)) != 0
				}), row)
			}
			if err := s.sameRows(rows, s.rows, nil); err != nil {
				return wrap(err, "the changes applied %s", time)
			}
		}
		return nil
	})
}

// The log has the key of every row deleted since, keys only, none of a row
// that was never deleted, and goes on from its cursor.
func checkDeleteLog(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(8), func(s *subject) error {
		var since record.Cursor
		if feed, ok := s.Source.(connectors.Feed); ok {
			var err error
			if since, err = feed.Head(ctx, s.schema.Table); err != nil {
				return err
			}
		}
		if err := errors.Join(
			s.change(ctx, connectors.Delete, f.Row(0), f.Row(1)),
			s.change(ctx, connectors.Update, f.changed(2)),
			s.change(ctx, connectors.Delete, f.Row(3)),
		); err != nil {
			return err
		}
		at, err := s.logsDeletes(ctx, since, f.Row(0), f.Row(1), f.Row(3))
		if err != nil {
			return err
		}
		if err := s.change(ctx, connectors.Delete, f.Row(4)); err != nil {
			return err
		}
		_, err = s.logsDeletes(ctx, at, f.Row(4))
		return wrap(err, "from the cursor of the last batch")
	})
}

// logsDeletes checks that the log since a cursor has the keys of these rows,
// and returns the cursor of its last batch.
func (s *subject) logsDeletes(ctx context.Context, since record.Cursor, deleted ...record.Row) (record.Cursor, error) {
	r, err := s.Source.(connectors.DeleteLog).Deleted(ctx, s.schema.Table, since)
	if err != nil {
		return "", err
	}
	defer r.Close()
	names := s.fix.Schema.KeyNames()
	if !slices.Equal(r.Schema().Names(), names) {
		return "", fmt.Errorf("the log has columns %q, want the key %q only", r.Schema().Names(), names)
	}
	keys, stops, err := drain(ctx, r, 2)
	if err != nil {
		return "", err
	}
	for _, row := range s.keys(s.h.expect(deleted)) {
		if !slices.ContainsFunc(keys, func(k record.Row) bool { return slices.Equal(k, row) }) {
			return "", fmt.Errorf("the log lacks%s", show(names, row))
		}
	}
	for _, row := range s.keys(s.rows) {
		if slices.ContainsFunc(keys, func(k record.Row) bool { return slices.Equal(k, row) }) {
			return "", fmt.Errorf("the log has%s, which was never deleted", show(names, row))
		}
	}
	last := stops[len(stops)-1].cursor
	if last == "" {
		return "", errors.New("the last batch of the log has no cursor")
	}
	return last, nil
}
