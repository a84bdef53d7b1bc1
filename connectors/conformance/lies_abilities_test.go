package conformance_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

// live passes itself off as a snapshot of itself.
type live struct{ connectors.Source }

func (live) Close() error { return nil }

func liesInAbilities() []lie {
	cutting := func(change func([]record.Range) []record.Range) func(*liar) {
		return func(l *liar) { l.partition = change }
	}
	summing := func(change func([]record.Range, []record.Sum) []record.Sum) func(*liar) {
		return func(l *liar) { l.digest = change }
	}
	return append([]lie{
		{check: "PartitionCovers", says: "there are no ranges", lie: cutting(func([]record.Range) []record.Range { return nil })},
		{check: "PartitionCovers", says: "both must be open", lie: cutting(func(r []record.Range) []record.Range {
			r[0].From = record.Row{record.Text(""), record.Int(0)}
			return r
		})},
		{check: "PartitionCovers", says: "and the next begins at", lie: cutting(func(r []record.Range) []record.Range {
			return slices.Delete(r, len(r)/2, min(len(r)/2+1, len(r)-1))
		})},
		{check: "PartitionCovers", says: "there are 1 ranges", lie: cutting(func([]record.Range) []record.Range { return []record.Range{{}} })},
		{check: "PartitionCovers", says: "one range has 90 rows", lie: cutting(func(r []record.Range) []record.Range {
			if len(r) == 4 {
				r[1].To = nil
				r = r[:2] // the last three in one
			}
			return r
		})},
		{check: "LookupFindsExactly", says: "missing", lie: func(l *liar) {
			l.lookup = func(keys []record.Row) []record.Row { return keys[:min(len(keys), 1000)] }
		}},
		{check: "LookupFindsExactly", says: "keys that are merely alike", lie: func(l *liar) {
			l.lookup = func(keys []record.Row) []record.Row {
				for i, key := range keys {
					keys[i] = record.Row{record.Text(strings.TrimRight(key[0].AsText(), " ")), key[1]}
				}
				return keys
			}
		}},
		{check: "LookupFindsExactly", says: "no keys: have", lie: func(l *liar) {
			l.lookup = func(keys []record.Row) []record.Row {
				if len(keys) == 0 { // takes "none" for "all"
					row := conformance.Standard().Row(0)
					keys = []record.Row{{row[4], row[1]}}
				}
				return keys
			}
		}},
		{check: "DigestAgrees", says: "sums for", lie: summing(func(_ []record.Range, sums []record.Sum) []record.Sum { return sums[1:] })},
		{check: "DigestAgrees", says: "the sum is", lie: summing(func(ranges []record.Range, sums []record.Sum) []record.Sum {
			for i := range sums {
				sums[i] = sums[0] // of the whole table, whatever the range
			}
			return sums
		})},
		{check: "DigestAgrees", says: "the sum is", lie: summing(func(_ []record.Range, sums []record.Sum) []record.Sum {
			for i := range sums {
				sums[i].Hi = 0
			}
			return sums
		})},
		{check: "SnapshotIsFixed", says: "a Reader of the snapshot", lie: func(l *liar) {
			l.snapshot = func() connectors.Source { return &late{Source: l.frozen(), original: l} }
		}},
		{check: "SnapshotIsFixed", says: "the snapshot after a change", lie: func(l *liar) {
			l.snapshot = func() connectors.Source { return live{l.DB} }
		}},
		{check: "SnapshotIsFixed", says: "the original after the snapshot is closed", lie: func(l *liar) {
			l.snapshot = func() connectors.Source { return closesAll{l.frozen(), l} }
		}},
	}, liesInFeeds()...)
}

// frozen is an honest snapshot.
func (l *liar) frozen() connectors.Source {
	s, err := l.DB.Snapshot(context.Background())
	if err != nil {
		panic(err)
	}
	return s
}

// late is a snapshot whose first Reader begins when it is first read, and
// then with the original.
type late struct {
	connectors.Source
	original *liar
}

func (s *late) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	honest, err := s.Source.Read(ctx, q)
	if s.original.count() > 1 || err != nil {
		return honest, err
	}
	r := lying(honest)
	r.read = func(ctx context.Context, b *record.Batch) error {
		now, err := s.original.DB.Read(ctx, q)
		if err != nil {
			return err
		}
		r.read = now.Read
		return now.Read(ctx, b)
	}
	return r, nil
}

// closesAll is a snapshot that takes its original with it.
type closesAll struct {
	connectors.Source
	original *liar
}

func (c closesAll) Close() error { return errors.Join(c.Source.Close(), c.original.DB.Close()) }

// feeding makes a liar whose feed is a list of its own making.
func feeding(make func(rows []record.Row) []record.Row) func(*liar) {
	return func(l *liar) {
		l.changes = func(r *lyingReader) {
			rows := all(context.Background(), r.Reader)
			rows.rows = make(rows.rows)
			*r = *lying(rows)
		}
	}
}

func liesInFeeds() []lie {
	moving := func(cursor func(record.Cursor) record.Cursor) func(r *lyingReader) {
		return func(r *lyingReader) {
			r.read = func(ctx context.Context, b *record.Batch) error {
				err := r.Reader.Read(ctx, b)
				b.Cursor = cursor(b.Cursor)
				return err
			}
		}
	}
	none := func(record.Cursor) record.Cursor { return "" }
	return []lie{
		{check: "FeedAfterHead", says: "is not in the feed", lie: feeding(func(rows []record.Row) []record.Row { return rows[1:] })},
		{check: "FeedAfterHead", says: "is not in the feed", lie: func(l *liar) {
			l.head = func(record.Cursor) record.Cursor { return "1000" } // a clock that is ahead
		}},
		{check: "FeedAfterHead", says: "is not as the table has it now", lie: feeding(func(rows []record.Row) []record.Row {
			rows[0][0] = record.Text("what it was once")
			return rows
		})},
		{check: "FeedGoesOn", says: "has no cursor", lie: func(l *liar) { l.changes = moving(none) }},
		{check: "FeedGoesOn", says: "is lost when the feed goes on", lie: func(l *liar) {
			l.changes = moving(func(record.Cursor) record.Cursor { return "1000" })
		}},
		{check: "FeedRepeatsHarmless", says: "the changes applied once", lie: feeding(func(rows []record.Row) []record.Row {
			old := slices.Clone(rows[0])
			old[0] = record.Text("what it was once")
			return append(rows, old)
		})},
		{check: "FeedRepeatsHarmless", says: "the changes applied twice", lie: func(l *liar) {
			l.changes = func(r *lyingReader) {
				if l.count() > 1 {
					rows := all(context.Background(), r.Reader)
					rows.rows[0][0] = record.Text("what it was once")
					*r = *lying(rows)
				}
			}
		}},
		{check: "DeleteLogComplete", says: "the log lacks", lie: func(l *liar) {
			l.deleted = func(r *lyingReader) { *r = *lying(&list{schema: r.Schema()}) }
		}},
		{check: "DeleteLogComplete", says: "want the key", lie: func(l *liar) {
			l.deleted = func(r *lyingReader) {
				whole := *r.Reader.Schema()
				whole.Fields = append(slices.Clone(whole.Fields), record.Field{Name: "deleted_at"})
				r.schema = func() *record.Schema { return &whole }
			}
		}},
		{check: "DeleteLogComplete", says: "no cursor", lie: func(l *liar) { l.deleted = moving(none) }},
		{check: "DeleteLogComplete", says: "which was never deleted", lie: func(l *liar) {
			l.deleted = func(r *lyingReader) {
				rows := all(context.Background(), r.Reader)
				live, err := l.DB.Read(context.Background(), connectors.Query{Table: rows.schema.Table, Fields: rows.schema.Names()})
				if err == nil {
					rows.rows = append(rows.rows, all(context.Background(), live).rows...)
				}
				*r = *lying(rows)
			}
		}},
	}
}
