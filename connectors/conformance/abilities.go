package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// What the optional interfaces for reading promise.
func abilityChecks() []Check {
	return []Check{
		{"PartitionCovers", offering(connectors.CanPartition), checkPartition},
		{"LookupFindsExactly", offering(connectors.CanLookup), checkLookup},
		{"DigestAgrees", offering(connectors.CanDigest), checkDigest},
		{"SnapshotIsFixed", offering(connectors.CanSnapshot), checkSnapshot},
	}
}

// The ranges follow one another without gap or overlap, are open at both
// ends, and are about as many and as large as asked for.
func checkPartition(ctx context.Context, h Harness) error {
	if err := h.on(ctx, nil, func(s *subject) error { return wrap(s.partitions(ctx, 4), "an empty table") }); err != nil {
		return err
	}
	return h.on(ctx, h.fixture().rows(120), func(s *subject) error {
		for _, n := range []int{1, 2, 3, 4, 16, 1000} {
			if err := s.partitions(ctx, n); err != nil {
				return wrap(err, "%d partitions of %d rows", n, len(s.rows))
			}
		}
		return nil
	})
}

func (s *subject) partitions(ctx context.Context, n int) error {
	ranges, err := s.Source.(connectors.Partitioner).Partition(ctx, s.schema.Table, n)
	if err != nil {
		return err
	}
	if err := covers(ranges); err != nil {
		return err
	}
	if len(ranges) > 2*n || n > 1 && len(ranges) == 1 && len(s.rows) > 0 {
		return fmt.Errorf("there are %d ranges", len(ranges))
	}
	for _, r := range ranges {
		size := len(where(s.rows, s.within(r)))
		if most := len(s.rows) * 2 / 3; n == 4 && size > most {
			return fmt.Errorf("one range has %d rows, want at most %d", size, most)
		}
		if s.h.supports(Range) {
			if err := s.readsRange(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// covers checks that ranges are one line from open end to open end.
func covers(ranges []record.Range) error {
	if len(ranges) == 0 {
		return errors.New("there are no ranges")
	}
	if first, last := ranges[0], ranges[len(ranges)-1]; first.From != nil || last.To != nil {
		return fmt.Errorf("the first range begins at %v, the last ends at %v: both must be open", first.From, last.To)
	}
	for i, r := range ranges[1:] {
		if before := ranges[i].To; before == nil || r.From == nil || record.CompareRows(before, r.From) != 0 {
			return fmt.Errorf("a range ends at %v and the next begins at %v", before, r.From)
		}
		if r.To != nil && record.CompareRows(r.From, r.To) >= 0 {
			return fmt.Errorf("the range from %v to %v is empty", r.From, r.To)
		}
	}
	return nil
}

// Lookup finds the rows with the keys, and no rows whose keys are merely alike.
func checkLookup(ctx context.Context, h Harness) error {
	f := h.fixture()
	rows := f.rows(30)
	var alike []record.Row
	if f.Keyed != nil {
		rows = append(rows, f.Keyed("caf\u00e9"))
		for _, text := range []string{"CAF\u00c9", "cafe", "cafe\u0301", "caf\u00e9 ", " caf\u00e9"} {
			alike = append(alike, f.Keyed(text))
		}
	}
	absent := make([]record.Row, 2500)
	for i := range absent {
		absent[i] = f.Row(100 + i)
	}
	return h.on(ctx, rows, func(s *subject) error {
		asked := slices.Concat(s.rows[3:9], s.rows[28:], h.expect(alike), h.expect(absent), s.rows[:1])
		want := slices.Concat(s.rows[:1], s.rows[3:9], s.rows[28:])
		return errors.Join(
			wrap(s.finds(ctx, nil, nil, nil), "no keys"),
			wrap(s.finds(ctx, nil, asked, want), "%d keys", len(asked)),
			wrap(s.finds(ctx, nil, h.expect(alike), nil), "keys that are merely alike"),
			wrap(s.finds(ctx, f.free()[:1], asked[:4], s.rows[3:7]), "one column"),
		)
	})
}

// finds looks up the keys of rows and compares the given columns, all if nil.
func (s *subject) finds(ctx context.Context, columns []int, asked, want []record.Row) error {
	fields := s.fields()
	if columns != nil {
		fields = names(s.schema, columns)
		want = project(want, columns)
	}
	have, err := readAll(ctx, func() (record.Reader, error) {
		return s.Source.(connectors.Lookup).Lookup(ctx, s.schema.Table, fields, s.keys(asked))
	})
	if err != nil {
		return err
	}
	return s.sameRows(have, want, fields)
}

// A sum computed by the system is that of the rows that Read yields, for
// awkward values and nulls too.
func checkDigest(ctx context.Context, h Harness) error {
	rows := h.fixture().rows(5)
	for _, t := range h.fixture().trials() {
		if h.holds(t.Name) {
			row := h.fixture().Row(5 + len(rows))
			row[t.column] = t.Value
			rows = append(rows, row)
		}
	}
	return h.on(ctx, rows, func(s *subject) error {
		keys := s.sortedKeys()
		mid, late := keys[len(keys)/2], keys[len(keys)-2]
		ranges := []record.Range{{}, {To: mid}, {From: mid}, {From: mid, To: late}, {From: mid, To: mid}}
		backwards := s.schema.Names()
		slices.Reverse(backwards)
		for _, fields := range [][]string{s.fields(), s.schema.Names(), backwards, s.fix.Free[:1]} {
			if err := s.digestAgrees(ctx, fields, ranges); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *subject) digestAgrees(ctx context.Context, fields []string, ranges []record.Range) error {
	sums, err := s.Source.(connectors.Digester).Digest(ctx, s.schema.Table, fields, ranges)
	if err != nil {
		return err
	}
	if len(sums) != len(ranges) {
		return fmt.Errorf("Digest gives %d sums for %d ranges", len(sums), len(ranges))
	}
	read, err := s.read(ctx, s.query())
	if err != nil {
		return err
	}
	if fields == nil {
		fields = s.schema.Names()
	}
	_, columns, err := s.schema.Select(fields)
	if err != nil {
		return err
	}
	for i, r := range ranges {
		var want record.Sum
		for _, row := range where(read, s.within(r)) {
			want.Add(record.DigestOf(record.AppendFields(nil, row, columns)))
		}
		if sums[i] != want {
			return fmt.Errorf("columns %q from %v to %v: the sum is %v, that of the rows read is %v", fields, r.From, r.To, sums[i], want)
		}
	}
	return nil
}

// A snapshot shows every row as it was, while the original goes on.
func checkSnapshot(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(12), func(s *subject) error {
		frozen, err := s.Source.(connectors.Snapshotter).Snapshot(ctx)
		if err != nil {
			return err
		}
		defer frozen.Close()
		then := *s
		then.Source = frozen
		open, err := then.Read(ctx, then.query())
		if err != nil {
			return err
		}
		defer open.Close()
		if err := errors.Join(
			s.change(ctx, connectors.Update, f.changed(0)),
			s.change(ctx, connectors.Delete, f.Row(1)),
			s.change(ctx, connectors.Create, f.Row(20)),
		); err != nil {
			return err
		}
		begun, _, err := drain(ctx, open, 5)
		if err != nil {
			return err
		}
		if err := errors.Join(
			wrap(s.sameRows(begun, then.rows, nil), "a Reader of the snapshot opened before a change"),
			wrap(then.holds(ctx, then.rows), "the snapshot after a change"),
			wrap(s.holds(ctx, s.rows), "the original after a change"),
			open.Close(),
			wrap(closeTwice(frozen), "the snapshot"),
		); err != nil {
			return err
		}
		return wrap(s.holds(ctx, s.rows), "the original after the snapshot is closed")
	})
}
