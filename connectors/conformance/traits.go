package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Traits are possible, fixed, and true of what is read.
func checkTraits(ctx context.Context, h Harness) error {
	var t connectors.Traits
	err := h.on(ctx, h.fixture().rows(3), func(s *subject) error {
		t = s.Traits()
		if s.Traits() != t {
			return errors.New("Traits differ between two calls")
		}
		if err := possible(t); err != nil {
			return err
		}
		return s.keepsKinds(ctx, t.TextOnly)
	})
	if err != nil {
		return err
	}
	return errors.Join(h.emptyIsNull(ctx, t.EmptyIsNull), h.timePrecision(ctx, t.TimePrecision))
}

func possible(t connectors.Traits) error {
	ends := []connectors.EndDates{connectors.EndInclusive, connectors.EndExclusive, connectors.EndInstant}
	switch {
	case t.Parallel < 1:
		return fmt.Errorf("Traits.Parallel is %d, want at least 1", t.Parallel)
	case t.MaxBatch < 0:
		return fmt.Errorf("Traits.MaxBatch is %d, want 0 or more", t.MaxBatch)
	case t.Chunk < 0 || t.MaxBatch > 0 && t.Chunk > t.MaxBatch:
		return fmt.Errorf("Traits.Chunk is %d, want 0 to MaxBatch, which is %d", t.Chunk, t.MaxBatch)
	case !slices.Contains(ends, t.EndDates):
		return fmt.Errorf("Traits.EndDates is %q, want one of %q", t.EndDates, ends)
	case t.TimePrecision < 0 || t.TimePrecision > 24*time.Hour:
		return fmt.Errorf("Traits.TimePrecision is %s, want 0 to a day", t.TimePrecision)
	}
	return nil
}

// keepsKinds checks that values are of the kind described, and that
// Traits.TextOnly tells the truth.
func (s *subject) keepsKinds(ctx context.Context, textOnly bool) error {
	rows, err := s.read(ctx, s.query())
	if err != nil {
		return err
	}
	for _, row := range rows {
		for i, v := range row {
			name, kind := s.schema.Fields[i].Name, s.schema.Fields[i].Type.Kind
			if !v.IsNull() && kind != record.KindNull && kind != v.Kind() {
				return fmt.Errorf("column %s is described as %s and holds a value of kind %s", name, kind, v.Kind())
			}
			if textOnly && v.Kind() != record.KindText && !v.IsNull() {
				return fmt.Errorf("Traits.TextOnly, but column %s holds a value of kind %s", name, v.Kind())
			}
		}
	}
	return nil
}

// emptyIsNull checks that "" reads as null exactly if the trait says so.
func (h Harness) emptyIsNull(ctx context.Context, trait bool) error {
	read, ok := h.tryOut(ctx, record.Text(""))
	if ok && read.IsNull() != trait {
		return fmt.Errorf("Traits.EmptyIsNull is %t, but the empty text reads as %s", trait, showValue(read))
	}
	return nil
}

// timePrecision checks that times survive to the step that the trait says,
// where times are read as times.
func (h Harness) timePrecision(ctx context.Context, step time.Duration) error {
	if h.As != nil || step == 0 {
		return nil
	}
	fine := time.Date(2024, 2, 29, 12, 0, 0, 123_457_000, time.UTC)
	for _, value := range []func(time.Time) record.Value{record.Instant, record.Local} {
		whole := value(fine.Truncate(step))
		if read, ok := h.tryOut(ctx, whole); ok && read != whole {
			return fmt.Errorf("Traits.TimePrecision is %s, but %s reads as %s", step, showValue(whole), showValue(read))
		}
		if read, ok := h.tryOut(ctx, value(fine)); ok && step > time.Microsecond && read == value(fine) {
			return fmt.Errorf("Traits.TimePrecision is %s, but %s survives", step, showValue(read))
		}
	}
	return nil
}

// tryOut puts v in a Free column that may be null, and returns what it reads
// as; false if there is no such column or the system refuses the value.
func (h Harness) tryOut(ctx context.Context, v record.Value) (record.Value, bool) {
	f := h.fixture()
	for _, c := range f.nullable() {
		if f.Schema.Fields[c].Type.Kind != v.Kind() {
			continue
		}
		row := f.Row(0)
		row[c] = v
		var read record.Value
		err := h.on(ctx, []record.Row{row}, func(s *subject) error {
			rows, err := s.read(ctx, s.query())
			if err == nil && len(rows) == 1 {
				read = rows[0][c]
			}
			return err
		})
		return read, err == nil
	}
	return record.Value{}, false
}
