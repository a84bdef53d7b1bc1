package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"crosswalk/record"
)

// What every Reader promises.
func readChecks() []Check {
	return []Check{
		{"EmptyTable", always, checkEmpty},
		{"ReadsAll", always, checkReadsAll},
		{"BatchLimit", always, checkLimit},
		{"FieldsInOrder", always, checkFields},
	}
}

// An empty table is io.EOF at once, again and again, and no error.
func checkEmpty(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		r, err := s.Read(ctx, s.query())
		if err != nil {
			return fmt.Errorf("Read of an empty table: %w", err)
		}
		return errors.Join(endsAgainAndAgain(ctx, r), r.Close())
	})
}

// endsAgainAndAgain checks a Reader that has no rows left.
func endsAgainAndAgain(ctx context.Context, r record.Reader) error {
	for n := range 3 {
		b := dirtyBatch()
		if err := r.Read(ctx, b); err != io.EOF {
			return fmt.Errorf("at the end, call %d of Read returns %v, want io.EOF", n+1, err)
		}
		if b.Len() > 0 || len(b.Rejects) > 0 {
			return fmt.Errorf("Read returns io.EOF and %d rows", b.Len())
		}
	}
	return nil
}

// dirtyBatch is a batch that was used for something else before.
func dirtyBatch() *record.Batch {
	b := &record.Batch{Limit: 3}
	b.Reset(&record.Schema{Table: "other", Fields: []record.Field{{Name: "other"}}})
	b.Add()[0] = record.Text("left over")
	b.Cursor = "left over"
	b.Rejects = append(b.Rejects, record.Reject{Reason: "left over"})
	return b
}

// A Read yields every row once and ends with io.EOF again and again.
func checkReadsAll(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(25), func(s *subject) error {
		r, err := s.Read(ctx, s.query())
		if err != nil {
			return err
		}
		defer r.Close()
		rows, _, err := drain(ctx, r, 10)
		if err != nil {
			return err
		}
		if err := s.sameRows(rows, s.rows, nil); err != nil {
			return err
		}
		return endsAgainAndAgain(ctx, r)
	})
}

// A batch never has more rows than its Limit, DefaultLimit if that is zero;
// it never is empty without an error; and it is reset before it is filled.
func checkLimit(ctx context.Context, h Harness) error {
	const many = record.DefaultLimit + 60
	return h.on(ctx, h.fixture().rows(many), func(s *subject) error {
		for _, limit := range []int{0, 1, 2, 499, many - 1, many, many + 1} {
			if err := wrap(s.keepsLimit(ctx, limit), "Limit %d", limit); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *subject) keepsLimit(ctx context.Context, limit int) error {
	r, err := s.Read(ctx, s.query())
	if err != nil {
		return err
	}
	defer r.Close()
	most := limit
	if limit == 0 {
		most = record.DefaultLimit
	}
	b := dirtyBatch()
	b.Limit = limit
	total := 0
	for err = r.Read(ctx, b); err == nil; err = r.Read(ctx, b) {
		if err := checkBatch(r, b); err != nil {
			return err
		}
		if b.Len() > most {
			return fmt.Errorf("a batch has %d rows", b.Len())
		}
		total += b.Len()
	}
	if err != io.EOF {
		return err
	}
	if total != len(s.rows) {
		return fmt.Errorf("read %d rows, want %d", total, len(s.rows))
	}
	return nil
}

// The columns come as asked for, in that order, key or not.
func checkFields(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(10), func(s *subject) error {
		all := s.fix.columns()
		slices.Reverse(all)
		for _, columns := range [][]int{all, s.fix.free()[:1], s.fix.Schema.Key, {all[0], s.fix.Schema.Key[0]}} {
			if err := s.yieldsFields(ctx, columns); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *subject) yieldsFields(ctx context.Context, columns []int) error {
	q := s.query()
	q.Fields = names(s.schema, columns)
	r, err := s.Read(ctx, q)
	if err != nil {
		return fmt.Errorf("Read of %q: %w", q.Fields, err)
	}
	defer r.Close()
	if names := r.Schema().Names(); !slices.Equal(names, q.Fields) {
		return fmt.Errorf("asked for the columns %q, the reader has %q", q.Fields, names)
	}
	rows, _, err := drain(ctx, r, 7)
	if err != nil {
		return err
	}
	return wrap(s.sameRows(rows, project(s.rows, columns), q.Fields), "columns %q", q.Fields)
}
