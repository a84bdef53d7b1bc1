package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/record"
)

// What comes back of what was put in.
func valueChecks() []Check {
	return []Check{
		{"RoundTrip", always, checkRoundTrip},
		{"CannotIsTrue", lossy, checkCannot},
	}
}

// trial is one awkward value in one column of an otherwise plain row.
type trial struct {
	Awkward
	column int
	row    record.Row
}

// trials lists every awkward value in every column that it fits.
func (f *Fixture) trials() []trial {
	var all []trial
	for _, a := range Values() {
		for _, c := range f.free() {
			field := f.Schema.Fields[c]
			if a.Value.IsNull() && !field.Nullable || !a.Value.IsNull() && a.Value.Kind() != field.Type.Kind {
				continue
			}
			if _, err := record.Convert(a.Value, field.Type); err != nil {
				continue
			}
			row := f.Row(len(all))
			row[c] = a.Value
			all = append(all, trial{a, c, row})
		}
	}
	return all
}

// holds reports whether the system can hold the named awkward value.
func (h Harness) holds(name string) bool { return !slices.Contains(h.Cannot, name) }

// Every value comes back as it was put in, save those that the harness says
// the system cannot hold.
func checkRoundTrip(ctx context.Context, h Harness) error {
	trials := slices.DeleteFunc(h.fixture().trials(), func(t trial) bool { return !h.holds(t.Name) })
	if err := h.tellsApart(trials); err != nil {
		return err
	}
	rows := make([]record.Row, len(trials))
	for i, t := range trials {
		rows[i] = t.row
	}
	return h.on(ctx, rows, func(s *subject) error {
		have, err := s.read(ctx, s.query())
		if err != nil {
			return err
		}
		return s.compareTrials(trials, have)
	})
}

// tellsApart checks that Harness.As keeps different values different.
func (h Harness) tellsApart(trials []trial) error {
	type place struct {
		column int
		value  record.Value
	}
	first := map[place]trial{}
	for _, t := range trials {
		if h.As == nil || t.Value.IsNull() {
			continue
		}
		at := place{t.column, h.As(h.fixture().Schema.Fields[t.column], t.Value)}
		if other, ok := first[at]; ok && other.Value != t.Value {
			return fmt.Errorf("As of the harness makes %q and %q the same value", other.Name, t.Name)
		}
		first[at] = t
	}
	return nil
}

// compareTrials finds each trial's row by its key and names each value lost.
func (s *subject) compareTrials(trials []trial, have []record.Row) error {
	key := func(row record.Row) string {
		return string(record.AppendFields(nil, row, s.fix.Schema.Key))
	}
	byKey := map[string]record.Row{}
	for _, row := range have {
		byKey[key(row)] = row
	}
	var errs []error
	for i, want := range s.rows {
		t := trials[i]
		field := s.fix.Schema.Fields[t.column].Name
		row, ok := byKey[key(want)]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%q in column %s: its row is missing", t.Name, field))
		case row[t.column] != want[t.column]:
			errs = append(errs, fmt.Errorf("%q in column %s: put %s, got %s", t.Name, field, showValue(want[t.column]), showValue(row[t.column])))
		case !slices.Equal(row, want):
			errs = append(errs, fmt.Errorf("%q in column %s changes other columns: put%s, got%s", t.Name, field, show(s.schema.Names(), want), show(s.schema.Names(), row)))
		}
	}
	if len(have) != len(trials) {
		errs = append(errs, fmt.Errorf("read %d rows, put %d", len(have), len(trials)))
	}
	return errors.Join(errs...)
}

// A value that the harness says the system cannot hold is known to the suite,
// and really is lost or refused in some column.
func checkCannot(ctx context.Context, h Harness) error {
	trials := h.fixture().trials()
	for _, name := range h.Cannot {
		of := slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return t.Name != name })
		if len(of) == 0 {
			return fmt.Errorf("Cannot names %q, which is not among Values or fits no Free column", name)
		}
		if !slices.ContainsFunc(of, func(t trial) bool { return h.loses(ctx, t) }) {
			return fmt.Errorf("Cannot names %q, but the system holds it in every column: take it out", name)
		}
	}
	return nil
}

func (h Harness) loses(ctx context.Context, t trial) bool {
	return h.on(ctx, []record.Row{t.row}, func(s *subject) error { return s.holds(ctx, s.rows) }) != nil
}
