package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// A Read that was stopped after any batch, of any size, goes on in a new
// Reader from the cursor of that batch: no row is lost and none repeated.
func checkResume(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(13), func(s *subject) error {
		resumed := false
		for _, sorted := range []bool{false, true} {
			if sorted && !h.supports(Sorted) {
				continue
			}
			q := s.query()
			q.Sorted = sorted
			ok, err := s.resumes(ctx, q)
			if err != nil {
				return wrap(err, "Sorted %t", sorted)
			}
			resumed = resumed || ok
		}
		if !resumed {
			return errors.New("no batch has a cursor, and the harness does not declare After unsupported")
		}
		return nil
	})
}

// resumes stops q after every batch of every size and goes on. It reports
// whether q gives cursors at all: it need not, but then on no batch.
func (s *subject) resumes(ctx context.Context, q connectors.Query) (bool, error) {
	for limit := 1; limit <= len(s.rows)+1; limit++ {
		r, err := s.Read(ctx, q)
		if err != nil {
			return false, err
		}
		rows, stops, err := drain(ctx, r, limit)
		if err := errors.Join(err, r.Close()); err != nil {
			return false, err
		}
		for i, at := range stops {
			if at.cursor == "" && i == 0 {
				return false, nil
			}
			if at.cursor == "" {
				return false, fmt.Errorf("the batch that ends with row %d has no cursor, an earlier one has", at.rows)
			}
			if err := s.goesOn(ctx, q, rows[:at.rows:at.rows], at.cursor); err != nil {
				return false, fmt.Errorf("batches of %d, resumed after %d rows: %w", limit, at.rows, err)
			}
		}
	}
	return true, nil
}

// goesOn checks that the rows after cursor are those not yet read.
func (s *subject) goesOn(ctx context.Context, q connectors.Query, read []record.Row, cursor record.Cursor) error {
	q.After = cursor
	rest, err := s.read(ctx, q)
	if err != nil {
		return err
	}
	if q.Sorted {
		return s.sameOrder(append(read, rest...), s.sorted(s.rows))
	}
	return s.sameRows(append(read, rest...), s.rows, nil)
}

// All parts of a Query that the system supports work together, and a resumed
// Read keeps to all of them.
func checkCombined(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(40), func(s *subject) error {
		column := s.fix.free()[0]
		q, want := s.query(), s.sorted(s.rows)
		two := s.sorted(s.rows) // of three, for Match
		for i := 0; i < len(two); i += 2 {
			two = slices.Delete(two, i, i+1)
		}
		if h.supports(Range) {
			q.Range = record.Range{From: s.fix.Schema.KeyOf(want[4]), To: s.fix.Schema.KeyOf(want[35])}
			want = want[4:35]
		}
		if h.supports(Match) {
			q.Match = []connectors.Match{{Field: s.schema.Fields[column].Name, In: values(two, column)}}
			want = where(want, s.passes(q.Match))
		}
		q.Sorted = h.supports(Sorted)
		columns := []int{s.fix.free()[len(s.fix.Free)-1], column}
		q.Fields = names(s.schema, columns)
		return s.combines(ctx, q, project(want, columns))
	})
}

// combines reads a few rows, resumes if it can, and compares.
func (s *subject) combines(ctx context.Context, q connectors.Query, want []record.Row) error {
	r, err := s.Read(ctx, q)
	if err != nil {
		return err
	}
	defer r.Close()
	have, stops, err := drain(ctx, r, 5)
	if err != nil {
		return err
	}
	if len(stops) > 0 && stops[0].cursor != "" && s.h.supports(After) {
		q.After = stops[0].cursor
		rest, err := s.read(ctx, q)
		if err != nil {
			return wrap(err, "resumed")
		}
		have = append(have[:stops[0].rows], rest...)
	}
	if err := s.sameRows(have, want, q.Fields); err != nil {
		return err
	}
	for i := range want {
		if q.Sorted && fmt.Sprint(have[i]) != fmt.Sprint(want[i]) {
			return fmt.Errorf("row %d is %s, want %s", i, show(q.Fields, have[i]), show(q.Fields, want[i]))
		}
	}
	return nil
}
