package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// What a Target does with Changes.
func writeChecks() []Check {
	return []Check{
		{"WriteAnswersEachRow", offering(connectors.CanWrite), checkAnswers},
		{"WrittenIsRead", offering(connectors.CanWrite), checkWritten},
		{"WriteTwice", offering(connectors.CanWrite), checkWriteTwice},
		{"WriteNothing", offering(connectors.CanWrite), checkWriteNothing},
		{"WriteManyRows", offering(connectors.CanWrite), checkWriteMany},
		{"WriteCanceled", offering(connectors.CanWrite), checkWriteCanceled},
		{"PartialFailureNamesRows", offering(connectors.CanWrite), checkPartialFailure},
		{"ColumnsLeftOutStay", offering(connectors.CanWrite), checkLeftOut},
	}
}

const (
	applied   = connectors.Applied
	unchanged = connectors.Unchanged
	stale     = connectors.Stale
	rejected  = connectors.Rejected
)

// One Write of every kind of change answers for each row, in order, and does
// what it answers.
func checkAnswers(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(6), func(s *subject) error {
		err := s.write(ctx,
			edit{connectors.Create, f.Row(10), nil, applied},
			edit{connectors.Create, f.Row(0), nil, unchanged},
			edit{connectors.Create, f.changed(1), nil, stale},
			edit{connectors.Update, f.changed(2), f.Row(2), applied},
			edit{connectors.Update, f.Row(3), f.changed(3), unchanged},
			edit{connectors.Update, f.changed(4), f.mixed(4, 5), stale},
			edit{connectors.Delete, f.Row(5), f.Row(5), applied},
			edit{connectors.Delete, f.Row(11), f.Row(11), unchanged},
		)
		if err != nil {
			return err
		}
		return s.holds(ctx, h.expect([]record.Row{f.Row(0), f.Row(1), f.changed(2), f.Row(3), f.Row(4), f.Row(10)}))
	})
}

// Awkward values that are written read back as they were, and writing them
// again changes nothing: a difference that is applied is gone.
func checkWritten(ctx context.Context, h Harness) error {
	trials := slices.DeleteFunc(h.fixture().trials(), func(t trial) bool { return !h.holds(t.Name) })
	return h.on(ctx, nil, func(s *subject) error {
		var creates, again []edit
		for _, t := range trials {
			creates = append(creates, edit{connectors.Create, t.row, nil, applied})
			again = append(again, edit{connectors.Create, t.row, nil, unchanged})
			s.rows = append(s.rows, h.expect([]record.Row{t.row})...)
		}
		if err := s.writeInBatches(ctx, creates); err != nil {
			return err
		}
		have, err := s.read(ctx, s.query())
		if err != nil {
			return err
		}
		if err := s.compareTrials(trials, have); err != nil {
			return err
		}
		return wrap(s.writeInBatches(ctx, again), "written again")
	})
}

// writeInBatches writes at most Traits.MaxBatch edits at once.
func (s *subject) writeInBatches(ctx context.Context, edits []edit) error {
	size := s.Traits().MaxBatch
	if size == 0 {
		size = len(edits)
	}
	for part := range slices.Chunk(edits, size) {
		if err := s.write(ctx, part...); err != nil {
			return err
		}
	}
	return nil
}

// Writing the same Changes twice is writing them once: the second time every
// row is Unchanged.
func checkWriteTwice(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(5), func(s *subject) error {
		edits := []edit{
			{connectors.Create, f.Row(10), nil, applied},
			{connectors.Update, f.changed(0), f.Row(0), applied},
			{connectors.Delete, f.Row(1), f.Row(1), applied},
		}
		want := h.expect([]record.Row{f.changed(0), f.Row(2), f.Row(3), f.Row(4), f.Row(10)})
		if err := errors.Join(s.write(ctx, edits...), s.holds(ctx, want)); err != nil {
			return err
		}
		for i := range edits {
			edits[i].want = unchanged
		}
		return wrap(errors.Join(s.write(ctx, edits...), s.holds(ctx, want)), "the second time")
	})
}

// No rows, no answers, no error.
func checkWriteNothing(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(3), func(s *subject) error {
		return errors.Join(s.write(ctx), s.holds(ctx, s.rows))
	})
}

// As many rows as Traits.MaxBatch allows can be written at once.
func checkWriteMany(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		many := s.Traits().MaxBatch
		if many == 0 || many > 3000 {
			many = 3000
		}
		rows := s.fix.rows(many)
		edits := make([]edit, many)
		for i, row := range rows {
			edits[i] = edit{connectors.Create, row, nil, applied}
		}
		if err := s.write(ctx, edits...); err != nil {
			return wrap(err, "%d rows", many)
		}
		return s.holds(ctx, h.expect(rows))
	})
}

// A canceled Write is an error that is context.Canceled, without answers.
func checkWriteCanceled(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(3), func(s *subject) error {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		c := s.changes(s.fix.columns(), s.fix.columns(), []edit{{connectors.Create, s.fix.Row(10), nil, applied}})
		answers, err := s.Source.(connectors.Target).Write(ctx, c)
		if !errors.Is(err, context.Canceled) || answers != nil {
			return fmt.Errorf("a canceled Write gives %d answers and the error %v, want context.Canceled", len(answers), err)
		}
		return nil
	})
}

// A row that the system refuses is Rejected with a reason; the other rows of
// the batch are applied.
func checkPartialFailure(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(3), func(s *subject) error {
		bad, worse := f.Row(11), f.changed(1)
		for _, row := range []record.Row{bad, worse} {
			if err := s.spoil(row); err != nil {
				return err
			}
		}
		err := s.write(ctx,
			edit{connectors.Create, f.Row(10), nil, applied},
			edit{connectors.Create, bad, nil, rejected},
			edit{connectors.Update, f.changed(0), f.Row(0), applied},
			edit{connectors.Update, worse, f.Row(1), rejected},
			edit{connectors.Delete, f.Row(2), f.Row(2), applied},
		)
		return errors.Join(err, s.holds(ctx, h.expect([]record.Row{f.changed(0), f.Row(1), f.Row(10)})))
	})
}

// spoil makes a row one that the target must reject.
func (s *subject) spoil(row record.Row) error {
	if s.h.Spoil != nil {
		s.h.Spoil(row)
		return nil
	}
	for i, field := range s.fix.Schema.Fields {
		if !field.Nullable && !slices.Contains(s.fix.Schema.Key, i) {
			row[i] = record.Null()
			return nil
		}
	}
	return errors.New("every column may be null: the harness needs Spoil")
}

// Columns that the Changes leave out stay as they are, whatever the order of
// those that they have.
func checkLeftOut(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(3), func(s *subject) error {
		one := f.free()[len(f.Free)-1]
		want := f.Row(1)
		want[one] = f.changed(1)[one]
		columns := append([]int{one}, f.Schema.Key...)
		slices.Reverse(columns[1:])
		err := s.writeColumns(ctx, columns, []int{one}, edit{connectors.Update, want, f.Row(1), applied})
		return errors.Join(err, s.holds(ctx, h.expect([]record.Row{f.Row(0), want, f.Row(2)})))
	})
}
