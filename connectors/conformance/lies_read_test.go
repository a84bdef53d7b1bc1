package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

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
	return slices.Concat(liesInDescribing(), liesInReading(), liesInQueries(), liesInValues(), liesInConduct(), liesInWriting(), liesInAbilities())
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

// reading makes a liar whose Readers read as read does.
func reading(read func(ctx context.Context, r record.Reader, b *record.Batch) error) func(*liar) {
	return func(l *liar) {
		l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
			r.read = func(ctx context.Context, b *record.Batch) error { return read(ctx, r.Reader, b) }
			return err
		}
	}
}

func liesInReading() []lie {
	return []lie{
		{check: "EmptyTable", says: "want io.EOF", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			if err := r.Read(ctx, b); err == io.EOF {
				return errors.New("no rows")
			} else {
				return err
			}
		})},
		{check: "EmptyTable", says: "call 2 of Read returns", lie: func(l *liar) {
			reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
				if l.count() > 1 {
					return errors.New("already at the end")
				}
				return r.Read(ctx, b)
			})(l)
		}},
		{check: "ReadsAll", says: "missing", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if err == nil && !b.Full() {
				b.Drop() // of the last, unfinished batch
			}
			return err
		})},
		{check: "ReadsAll", says: "unexpected", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if err == nil && !b.Full() {
				copy(b.Add(), b.Row(0))
			}
			return err
		})},
		{check: "ReadsAll", says: "at the end, call 2", lie: func(l *liar) {
			ends := 0
			reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
				err := r.Read(ctx, b)
				if err == io.EOF {
					if ends++; ends > 2 {
						return errors.New("already at the end")
					}
				}
				return err
			})(l)
		}},
		{check: "BatchLimit", says: "a batch has 2 rows", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			limit := b.Limit
			b.Limit++
			if limit == 0 {
				b.Limit = 0
			}
			err := r.Read(ctx, b)
			b.Limit = limit
			return err
		})},
		{check: "BatchLimit", says: fmt.Sprintf("Limit 0: a batch has %d rows", record.DefaultLimit+60), lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			limit := b.Limit
			if limit == 0 {
				b.Limit = 1_000_000
			}
			err := r.Read(ctx, b)
			b.Limit = limit
			return err
		})},
		{check: "BatchLimit", says: "nil with no rows", lie: func(l *liar) {
			reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
				if l.count() == 1 {
					b.Reset(r.Schema())
					return nil
				}
				return r.Read(ctx, b)
			})(l)
		}},
		{check: "BatchLimit", says: "set aside", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			left := slices.Clone(b.Rejects)
			err := r.Read(ctx, b)
			b.Rejects = append(b.Rejects, left...)
			return err
		})},
		{check: "FieldsInOrder", says: "asked for the columns", lie: func(l *liar) {
			l.query = func(q *connectors.Query) { q.Fields = slices.Sorted(slices.Values(q.Fields)) }
		}},
		{check: "FieldsInOrder", says: `columns ["meeting"`, lie: func(l *liar) {
			l.opened = func(_ context.Context, q connectors.Query, r *lyingReader, err error) error {
				r.read = func(ctx context.Context, b *record.Batch) error {
					err := r.Reader.Read(ctx, b)
					for i := range b.Len() {
						if q.Fields != nil {
							slices.Reverse(b.Row(i))
						}
					}
					return err
				}
				return err
			}
		}},
	}
}

// answering makes a liar that answers queries from a list of its own making.
func answering(make func(q connectors.Query, s *record.Schema, rows []record.Row) []record.Row) func(*liar) {
	return func(l *liar) {
		l.opened = func(ctx context.Context, q connectors.Query, r *lyingReader, err error) error {
			if err != nil {
				return err
			}
			whole, err := l.DB.Read(ctx, connectors.Query{Table: q.Table})
			if err != nil {
				return err
			}
			rows := all(ctx, whole)
			rows.rows = make(q, rows.schema, rows.rows)
			*r = *lying(rows)
			return nil
		}
	}
}

// folded matches rows whose texts are equal once fold has been over them.
func folded(fold func(string) string) func(*liar) {
	return answering(func(q connectors.Query, s *record.Schema, rows []record.Row) []record.Row {
		return slices.DeleteFunc(rows, func(row record.Row) bool {
			return !slices.ContainsFunc(q.Match[0].In, func(v record.Value) bool {
				return fold(v.AsText()) == fold(row[s.Index(q.Match[0].Field)].AsText())
			})
		})
	})
}

// sortedBy sorts by the first field of the standard key as text.
func sortedBy(compare func(a, b string) int) func(*liar) {
	return answering(func(_ connectors.Query, s *record.Schema, rows []record.Row) []record.Row {
		slices.SortStableFunc(rows, func(a, b record.Row) int { return compare(a[s.Key[0]].AsText(), b[s.Key[0]].AsText()) })
		return rows
	})
}

func liesInQueries() []lie {
	asking := func(change func(*connectors.Query)) func(*liar) { return func(l *liar) { l.query = change } }
	return []lie{
		{check: "UnsupportedIsRefused", says: "Read with sorted is not refused", harness: func(h *conformance.Harness) {
			h.Unsupported = []conformance.Part{conformance.Sorted}
		}},
		{check: "UnsupportedIsRefused", says: "must fail with errors.ErrUnsupported", harness: func(h *conformance.Harness) {
			h.Unsupported = []conformance.Part{conformance.After}
		}},
		{check: "UnsupportedIsRefused", says: "unknown part", harness: func(h *conformance.Harness) {
			h.Unsupported = []conformance.Part{"limit"}
		}},
		{check: "MatchFilters", says: "unexpected", lie: asking(func(q *connectors.Query) { q.Match = nil })},
		{check: "MatchFilters", says: "unexpected", lie: asking(func(q *connectors.Query) {
			if len(q.Match) > 0 && len(q.Match[0].In) == 0 {
				q.Match = nil // takes "none of them" for "any"
			}
		})},
		{check: "MatchFilters", says: "unexpected", lie: asking(func(q *connectors.Query) { q.Match = q.Match[:min(1, len(q.Match))] })},
		{check: "MatchFilters", says: "missing", lie: asking(func(q *connectors.Query) {
			q.Match = slices.Clone(q.Match)
			for i := range q.Match {
				q.Match[i].In = slices.DeleteFunc(slices.Clone(q.Match[i].In), record.Value.IsNull)
			}
		})},
		{check: "MatchIsExact", says: "unexpected", lie: folded(strings.ToLower)},
		{check: "MatchIsExact", says: "unexpected", lie: folded(func(s string) string { return strings.TrimRight(s, " ") })},
		{check: "MatchIsExact", says: "unexpected", lie: folded(func(s string) string { return strings.ReplaceAll(s, "e\u0301", "\u00e9") })},
		{check: "RangesHalfOpen", says: "unexpected", lie: asking(func(q *connectors.Query) { q.Range.From = nil })},
		{check: "RangesHalfOpen", says: "unexpected", lie: asking(func(q *connectors.Query) {
			if q.Range.To != nil {
				q.Range.To = append(slices.Clone(q.Range.To), record.Null()) // just after To
			}
		})},
		{check: "RangesHalfOpen", says: "missing", lie: asking(func(q *connectors.Query) {
			if q.Range.From != nil {
				q.Range.From = append(slices.Clone(q.Range.From), record.Null()) // just after From
			}
		})},
		{check: "RangesHalfOpen", says: "unexpected", lie: asking(func(q *connectors.Query) {
			if q.Range.From != nil {
				q.Range.From = q.Range.From[:1] // compares the first field of the key only
			}
		})},
		{check: "SortedByBytes", says: "not in byte order", lie: sortedBy(func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })},
		{check: "SortedByBytes", says: "not in byte order", lie: sortedBy(func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})},
		{check: "SortedByBytes", says: "not in byte order", lie: answering(func(_ connectors.Query, s *record.Schema, rows []record.Row) []record.Row {
			slices.Reverse(rows) // and sorts by the first field of the key only
			slices.SortStableFunc(rows, func(a, b record.Row) int { return record.Compare(a[s.Key[0]], b[s.Key[0]]) })
			return rows
		})},
		{check: "ResumeAnywhere", says: "resumed after", lie: asking(func(q *connectors.Query) { q.After = "" })},
		{check: "ResumeAnywhere", says: "missing", lie: func(l *liar) {
			l.opened = func(ctx context.Context, q connectors.Query, r *lyingReader, err error) error {
				if q.After != "" {
					_ = r.Reader.Read(ctx, &record.Batch{Limit: 1}) // the cursor is one row late
				}
				return err
			}
		}},
		{check: "ResumeAnywhere", says: "has no cursor, an earlier one has", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if !b.Full() {
				b.Cursor = ""
			}
			return err
		})},
		{check: "ResumeAnywhere", says: "no batch has a cursor", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			b.Cursor = ""
			return err
		})},
		{check: "PartsCombine", says: "resumed", lie: func(l *liar) {
			l.opened = func(_ context.Context, q connectors.Query, r *lyingReader, err error) error {
				if err == nil && q.After != "" && q.Match != nil {
					err = errors.New("only one of the two")
				}
				return err
			}
		}},
		{check: "PartsCombine", says: "unexpected", lie: asking(func(q *connectors.Query) {
			if q.After != "" {
				q.Match = nil
			}
		})},
		{check: "PartsCombine", says: "unexpected", lie: asking(func(q *connectors.Query) {
			if q.Sorted && q.Match != nil {
				q.Range = record.Range{}
			}
		})},
		{check: "PartsCombine", says: "row 0 is", lie: func(l *liar) {
			l.opened = func(ctx context.Context, q connectors.Query, r *lyingReader, err error) error {
				if err == nil && q.Fields != nil { // sorts only what has its key with it
					rows := all(ctx, r.Reader)
					slices.Reverse(rows.rows)
					*r = *lying(rows)
				}
				return err
			}
		}},
	}
}
