package conformance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

// lie breaks the promise of one check.
type lie struct {
	check   string
	says    string // what the check must say
	lie     func(*liar)
	harness func(*conformance.Harness)
}

func lies() []lie {
	return slices.Concat(liesInDescribing(), liesInReading(), liesInQueries(), liesInValues(), liesInConduct(), liesInWriting(), liesInNotes(), liesInAbilities())
}

func liesInDescribing() []lie {
	described := func(change func(*record.Schema)) func(*liar) {
		return func(l *liar) {
			l.describe = func(s *record.Schema, err error) (*record.Schema, error) {
				if err != nil {
					return nil, err
				}
				c := *s
				c.Fields = slices.Clone(s.Fields)
				change(&c)
				return &c, nil
			}
		}
	}
	return []lie{
		{check: "Offers", says: "which the harness does not declare", harness: func(h *conformance.Harness) { h.Offers = h.Offers[1:] }},
		{check: "Offers", says: `does not offer "write"`, harness: func(h *conformance.Harness) {
			open := h.Open
			h.Open = func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
				src, err := open(ctx, s, rows)
				return struct{ connectors.Source }{src}, err
			}
		}},
		{check: "TraitsHold", says: "Parallel is 0", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.Parallel = 0 } }},
		{check: "TraitsHold", says: "MaxBatch is -1", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.MaxBatch = -1 } }},
		{check: "TraitsHold", says: "EndDates is", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.EndDates = "" } }},
		{check: "TraitsHold", says: "TimePrecision is", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.TimePrecision = -1 } }},
		{check: "TraitsHold", says: "Traits.TextOnly, but", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.TextOnly = true } }},
		{check: "TraitsHold", says: "differ between two calls", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.MaxBatch = l.count() } }},
		{check: "TraitsHold", says: "EmptyIsNull is true", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.EmptyIsNull = true } }},
		{check: "TraitsHold", says: "EmptyIsNull is false", lie: losing(func(v record.Value) record.Value {
			if v == record.Text("") {
				return record.Null()
			}
			return v
		})},
		{check: "TraitsHold", says: "1s, but instant:2024-02-29T12:00:00.123457Z survives", lie: func(l *liar) { l.traits = func(t *connectors.Traits) { t.TimePrecision = time.Second } }},
		{check: "TraitsHold", says: "1µs, but local:2024-02-29T12:00:00.123457 reads as", lie: losing(func(v record.Value) record.Value {
			if v.Kind() == record.KindLocal {
				return record.Local(v.AsTime().Truncate(time.Second))
			}
			return v
		})},
		{check: "TraitsHold", says: "is described as date", lie: described(func(s *record.Schema) { s.Fields[0].Type.Kind = record.KindDate })},
		{check: "TablesSortedAndDescribed", says: "not sorted", lie: func(l *liar) {
			l.tables = func(names []string) []string { return append(names, names...) }
		}},
		{check: "TablesSortedAndDescribed", says: "lack", lie: func(l *liar) { l.tables = func([]string) []string { return nil } }},
		{check: "TablesSortedAndDescribed", says: "Describe(\"zebra\")", lie: func(l *liar) {
			l.tables = func(names []string) []string { return append(names, "zebra") }
		}},
		{check: "TablesSortedAndDescribed", says: "besides", harness: func(h *conformance.Harness) { h.Adds = []string{"line number"} }},
		{check: "TablesSortedAndDescribed", says: "besides", lie: described(func(s *record.Schema) {
			s.Fields = append(s.Fields, record.Field{Name: "line number"})
		})},
		{check: "TablesSortedAndDescribed", says: "the key is", lie: described(func(s *record.Schema) { s.Key = []int{1} })},
		{check: "TablesSortedAndDescribed", says: "returns the schema of", lie: described(func(s *record.Schema) { s.Table = "other" })},
		{check: "SchemaStable", says: "Describe twice", lie: func(l *liar) {
			described(func(s *record.Schema) { s.Fields[0].Type.Size = l.count() })(l)
		}},
		{check: "SchemaStable", says: "Reader.Schema before and after Read", lie: func(l *liar) {
			l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
				r.read = func(ctx context.Context, b *record.Batch) error {
					changed := *r.Reader.Schema()
					changed.Unique = false
					r.schema = func() *record.Schema { return &changed }
					return r.Reader.Read(ctx, b)
				}
				return err
			}
		}},
		{check: "MissingTable", says: "no error for what is not there", lie: func(l *liar) {
			l.opened = func(_ context.Context, q connectors.Query, r *lyingReader, err error) error {
				if err != nil && strings.Contains(err.Error(), q.Table) {
					return nil // reads an empty table
				}
				return err
			}
		}},
		{check: "MissingTable", says: "does not name", lie: func(l *liar) {
			l.describe = func(s *record.Schema, err error) (*record.Schema, error) {
				if err != nil {
					err = connectors.Errorf(connectors.Missing, "describe", "no_such_table", "not found")
				}
				return s, err
			}
		}},
		{check: "MissingTable", says: "of class unknown", lie: func(l *liar) {
			l.describe = func(s *record.Schema, err error) (*record.Schema, error) {
				if err != nil {
					err = errors.New(err.Error())
				}
				return s, err
			}
		}},
		{check: "MissingColumn", says: "no error for what is not there", lie: func(l *liar) {
			l.query = func(q *connectors.Query) {
				q.Fields = slices.DeleteFunc(slices.Clone(q.Fields), func(f string) bool { return strings.HasPrefix(f, "no_such") })
			}
		}},
	}
}
