package conformance_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// writing makes a liar that writes c as change makes it, and gives the
// answers as tell makes them. Either may be nil.
func writing(change func(context.Context, *liar, *connectors.Changes), tell func([]connectors.Answer) []connectors.Answer) func(*liar) {
	return func(l *liar) {
		l.write = func(ctx context.Context, asked *connectors.Changes) ([]connectors.Answer, error) {
			c := *asked
			c.Ops, c.Before, c.Compared = slices.Clone(c.Ops), slices.Clone(c.Before), slices.Clone(c.Compared)
			if change != nil {
				change(ctx, l, &c)
			}
			answers, err := l.DB.Write(ctx, &c)
			if tell != nil && err == nil {
				answers = tell(answers)
			}
			return answers, err
		}
	}
}

// unguarded writes over whatever is there.
func unguarded(op connectors.Op) func(*liar) {
	return writing(func(ctx context.Context, l *liar, c *connectors.Changes) {
		for i := range c.Ops {
			if c.Ops[i] == op {
				c.Before[i] = l.current(ctx, c, i)
			}
		}
	}, nil)
}

// current is the digest of row i of c as it stands in the table.
func (l *liar) current(ctx context.Context, c *connectors.Changes, i int) record.Digest {
	s := c.Rows.Schema
	key := s.KeyOf(c.Rows.Row(i))
	r, err := l.DB.Lookup(ctx, s.Table, s.Names(), []record.Row{key})
	if err != nil {
		return record.Digest{}
	}
	found := all(ctx, r)
	if len(found.rows) == 0 {
		return record.Digest{}
	}
	return record.DigestOf(record.AppendFields(nil, found.rows[0], c.Compared))
}

// telling makes a liar that gives one outcome for another.
func telling(is, told connectors.Outcome) func(*liar) {
	return writing(nil, func(answers []connectors.Answer) []connectors.Answer {
		for i, a := range answers {
			if a.Outcome == is {
				answers[i] = connectors.Answer{Outcome: told, Reason: a.Reason}
			}
		}
		return answers
	})
}

func liesInWriting() []lie {
	return []lie{
		{check: "WriteAnswersEachRow", says: "gives 7 answers for 8 rows", lie: writing(nil, func(a []connectors.Answer) []connectors.Answer { return a[1:] })},
		{check: "WriteAnswersEachRow", says: "want stale", lie: telling(connectors.Stale, connectors.Applied)},
		{check: "WriteAnswersEachRow", says: "want applied", lie: writing(nil, func(a []connectors.Answer) []connectors.Answer {
			slices.Reverse(a)
			return a
		})},
		{check: "WriteAnswersEachRow", says: "without a reason", lie: writing(nil, func(a []connectors.Answer) []connectors.Answer {
			for i := range a {
				a[i].Reason = ""
			}
			return a
		})},
		{check: "WriteAnswersEachRow", says: "missing", lie: func(l *liar) {
			l.write = func(_ context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				const a, u, s = connectors.Applied, connectors.Unchanged, connectors.Stale
				answers := make([]connectors.Answer, c.Rows.Len())
				for i, outcome := range []connectors.Outcome{a, u, s, a, u, s, a, u} {
					answers[i] = connectors.Answer{Outcome: outcome, Reason: "it says so"}
				}
				return answers, nil // and nothing is written
			}
		}},
		{check: "WrittenIsRead", says: `"blanks around"`, lie: writing(func(_ context.Context, _ *liar, c *connectors.Changes) {
			for i := range c.Rows.Len() {
				for f, v := range c.Rows.Row(i) {
					if v.Kind() == record.KindText {
						c.Rows.Row(i)[f] = record.Text(strings.TrimSpace(v.AsText()))
					}
				}
			}
		}, nil)},
		{check: "WrittenIsRead", says: "written again", lie: telling(connectors.Unchanged, connectors.Applied)},
		{check: "WriteTwice", says: "the second time", lie: telling(connectors.Unchanged, connectors.Applied)},
		{check: "WriteTwice", says: "the second time", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				if l.count() > 1 {
					return nil, errors.New("no row was affected")
				}
				return l.DB.Write(ctx, c)
			}
		}},
		{check: "WriteNothing", says: "nothing to write", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				if c.Rows.Len() == 0 {
					return nil, errors.New("nothing to write")
				}
				return l.DB.Write(ctx, c)
			}
		}},
		{check: "WriteManyRows", says: "too many parameters", lie: func(l *liar) {
			l.traits = func(t *connectors.Traits) { t.MaxBatch = 2000 }
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				if c.Rows.Len() > 1000 {
					return nil, errors.New("too many parameters")
				}
				return l.DB.Write(ctx, c)
			}
		}},
		{check: "WriteCanceled", says: "gives 1 answers", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				return l.DB.Write(context.WithoutCancel(ctx), c)
			}
		}},
		{check: "PartialFailureNamesRows", says: "column name must not be null", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				answers, err := l.DB.Write(ctx, c)
				for _, a := range answers {
					if a.Outcome == connectors.Rejected {
						return nil, errors.New(a.Reason) // one bad row spoils the batch
					}
				}
				return answers, err
			}
		}},
		{check: "PartialFailureNamesRows", says: "want rejected", lie: telling(connectors.Rejected, connectors.Applied)},
		{check: "ColumnsLeftOutStay", says: "unexpected", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				answers, err := l.DB.Write(ctx, c)
				l.blank(ctx, c)
				return answers, err
			}
		}},
		{check: "CreateExisting", says: "want stale", lie: unguarded(connectors.Create)},
		{check: "CreateExisting", says: "want unchanged", lie: telling(connectors.Unchanged, connectors.Stale)},
		{check: "UpdateGuard", says: "want stale", lie: unguarded(connectors.Update)},
		{check: "UpdateGuard", says: "want unchanged", lie: telling(connectors.Unchanged, connectors.Applied)},
		{check: "GuardCoversCompared", says: "want applied", lie: writing(func(_ context.Context, _ *liar, c *connectors.Changes) { slices.Sort(c.Compared) }, nil)},
		{check: "GuardCoversCompared", says: "want stale", lie: unguarded(connectors.Update)},
		{check: "DeleteGuard", says: "want stale", lie: unguarded(connectors.Delete)},
		{check: "DeleteTwice", says: "want unchanged", lie: telling(connectors.Unchanged, connectors.Rejected)},
	}
}

// blank empties the note of every row that c changes, unless c has it.
func (l *liar) blank(ctx context.Context, c *connectors.Changes) {
	if c.Rows.Schema.Index("note") >= 0 {
		return
	}
	s, err := l.DB.Describe(ctx, c.Rows.Schema.Table)
	if err != nil {
		return
	}
	note, _, _ := s.Select(append([]string{"note"}, s.KeyNames()...))
	for i := range c.Rows.Len() {
		b := &record.Batch{}
		b.Reset(note)
		copy(b.Add()[1:], c.Rows.Schema.KeyOf(c.Rows.Row(i)))
		empty := &connectors.Changes{Rows: b, Ops: []connectors.Op{connectors.Update}, Before: make([]record.Digest, 1), Compared: []int{1}}
		empty.Before[0] = l.current(ctx, empty, 0)
		_, _ = l.DB.Write(ctx, empty)
	}
}
