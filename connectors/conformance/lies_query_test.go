package conformance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

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
