package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// What a Query means.
func queryChecks() []Check {
	return []Check{
		{"UnsupportedIsRefused", modest, checkUnsupported},
		{"MatchFilters", supporting(Match), checkMatch},
		{"MatchIsExact", supporting(Match), checkMatchExact},
		{"RangesHalfOpen", supporting(Range), checkRanges},
		{"SortedByBytes", supporting(Sorted), checkSorted},
		{"ResumeAnywhere", supporting(After), checkResume},
		{"PartsCombine", always, checkCombined},
	}
}

// What the system cannot do itself, Read refuses with errors.ErrUnsupported,
// rather than do something else.
func checkUnsupported(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(5), func(s *subject) error {
		key := s.keys(s.rows)[0]
		asks := map[Part]connectors.Query{
			Match:  {Match: []connectors.Match{{Field: s.schema.Fields[0].Name, In: []record.Value{s.rows[0][0]}}}},
			Range:  {Range: record.Range{From: key}},
			Sorted: {Sorted: true},
			After:  {After: "a cursor"},
		}
		for _, part := range h.Unsupported {
			q, known := asks[part]
			if !known {
				return fmt.Errorf("the harness declares an unknown part %q", part)
			}
			q.Table = s.schema.Table
			r, err := s.Read(ctx, q)
			if err == nil {
				return errors.Join(fmt.Errorf("Read with %s is not refused", part), r.Close())
			}
			if !errors.Is(err, errors.ErrUnsupported) {
				return fmt.Errorf("Read with %s must fail with errors.ErrUnsupported: %w", part, err)
			}
		}
		return nil
	})
}

// Match keeps the rows that hold one of the values, for values of every kind
// and for null, and all conditions must hold.
func checkMatch(ctx context.Context, h Harness) error {
	rows := h.fixture().rows(9)
	if h.holds("null") {
		for _, c := range h.fixture().nullable() {
			rows[8][c] = record.Null()
		}
	}
	return h.on(ctx, rows, func(s *subject) error {
		for c, field := range s.schema.Fields {
			one, two, null := s.rows[1][c], s.rows[2][c], s.rows[8][c]
			for _, in := range [][]record.Value{{one}, {two, one, two}, {null}, {null, one}, {}} {
				if err := s.matches(ctx, connectors.Match{Field: field.Name, In: in}); err != nil {
					return err
				}
			}
		}
		first, second := s.schema.Fields[s.fix.Schema.Key[0]].Name, s.fix.Free[0]
		a := connectors.Match{Field: first, In: values(s.rows[:4], s.schema.Index(first))}
		b := connectors.Match{Field: second, In: values(s.rows[3:6], s.schema.Index(second))}
		return s.matches(ctx, a, b)
	})
}

func values(rows []record.Row, column int) []record.Value {
	in := make([]record.Value, len(rows))
	for i, row := range rows {
		in[i] = row[column]
	}
	return in
}

// matches compares what Read finds with what it should.
func (s *subject) matches(ctx context.Context, all ...connectors.Match) error {
	q := s.query()
	q.Match = all
	have, err := s.read(ctx, q)
	if err == nil {
		err = s.sameRows(have, where(s.rows, s.passes(all)), nil)
	}
	return wrap(err, "Match %v", all)
}

func (s *subject) passes(all []connectors.Match) func(record.Row) bool {
	return func(row record.Row) bool {
		return !slices.ContainsFunc(all, func(m connectors.Match) bool {
			return !slices.Contains(m.In, row[s.schema.Index(m.Field)])
		})
	}
}

// Match compares byte by byte: case, accents and trailing blanks count.
func checkMatchExact(ctx context.Context, h Harness) error {
	fix := h.fixture()
	column := slices.IndexFunc(fix.Schema.Fields, func(f record.Field) bool {
		return f.Type.Kind == record.KindText && slices.Contains(fix.Free, f.Name)
	})
	if column < 0 {
		return nil
	}
	rows := fix.rows(1)
	rows[0][column] = record.Text("caf\u00e9")
	return h.on(ctx, rows, func(s *subject) error {
		for _, text := range []string{"caf\u00e9", "CAF\u00c9", "Caf\u00e9", "cafe", "cafe\u0301", "caf\u00e9 ", " caf\u00e9"} {
			m := connectors.Match{Field: fix.Schema.Fields[column].Name, In: []record.Value{record.Text(text)}}
			if err := s.matches(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// A Range takes its first key and not its last; nil ends are open; an empty
// or inverted range has no rows.
func checkRanges(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(12), func(s *subject) error {
		keys := s.sortedKeys()
		cuts := []record.Row{nil, keys[0], keys[1], keys[5], keys[6], keys[11], s.keys(h.expect([]record.Row{s.fix.Row(20)}))[0]}
		for _, from := range cuts {
			for _, to := range cuts {
				if err := s.readsRange(ctx, record.Range{From: from, To: to}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *subject) readsRange(ctx context.Context, r record.Range) error {
	q := s.query()
	q.Range = r
	have, err := s.read(ctx, q)
	if err == nil {
		err = s.sameRows(have, where(s.rows, s.within(r)), nil)
	}
	return wrap(err, "Range from %v to %v", r.From, r.To)
}

// within tells which rows lie in a range.
func (s *subject) within(r record.Range) func(record.Row) bool {
	return func(row record.Row) bool {
		key := s.fix.Schema.KeyOf(row)
		return (r.From == nil || record.CompareRows(r.From, key) <= 0) && (r.To == nil || record.CompareRows(key, r.To) < 0)
	}
}

func (s *subject) sortedKeys() []record.Row {
	return slices.SortedFunc(slices.Values(s.keys(s.rows)), record.CompareRows)
}

// Sorted means in byte order of the key: not by a collation, not by UTF-16
// units, and with trailing blanks counted.
func checkSorted(ctx context.Context, h Harness) error {
	rows := h.fixture().rows(30)
	if h.fixture().Keyed != nil {
		for _, text := range []string{
			"a", "B", "ä", "Z", "_", "A", "z", "~", "é", "ab", "a b", "a_b", "a-b", "aB", "a b c",
			"10", "9", "ß", "ss", "Ω", "\uff5e", "\U0001F600", "b", "c", "ch", "d", "ll", "lz",
		} {
			rows = append(rows, h.fixture().Keyed(text))
		}
	}
	return h.on(ctx, rows, func(s *subject) error {
		want := s.sorted(s.rows)
		q := s.query()
		q.Sorted = true
		have, err := s.read(ctx, q)
		if err != nil {
			return err
		}
		if err := s.sameOrder(have, want); err != nil {
			return err
		}
		if !h.supports(Range) {
			return nil
		}
		q.Range = record.Range{From: s.fix.Schema.KeyOf(want[9]), To: s.fix.Schema.KeyOf(want[len(want)-5])}
		if have, err = s.read(ctx, q); err != nil {
			return err
		}
		return wrap(s.sameOrder(have, want[9:len(want)-5]), "Range from %v to %v", q.Range.From, q.Range.To)
	})
}

func (s *subject) sorted(rows []record.Row) []record.Row {
	return slices.SortedFunc(slices.Values(rows), func(a, b record.Row) int {
		return record.CompareRows(s.fix.Schema.KeyOf(a), s.fix.Schema.KeyOf(b))
	})
}

// sameOrder compares two lists of rows by their order.
func (s *subject) sameOrder(have, want []record.Row) error {
	if err := s.sameRows(have, want, nil); err != nil {
		return err
	}
	for i := range want {
		if !slices.Equal(have[i], want[i]) {
			return fmt.Errorf("row %d has the key %q, want %q: rows are not in byte order", i, s.fix.Schema.KeyOf(have[i]), s.fix.Schema.KeyOf(want[i]))
		}
	}
	return nil
}
