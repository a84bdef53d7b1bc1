package conformance_test

import (
	"context"
	"strings"

	"crosswalk/connectors"
)

// noting makes a liar that keeps a Write under another name.
func noting(name func(note string) string) func(*liar) {
	return writing(func(_ context.Context, _ *liar, c *connectors.Changes) { c.Note = name(c.Note) }, nil)
}

func liesInNotes() []lie {
	none := noting(func(string) string { return "" })
	return []lie{
		{check: "NotedWriteOnce", says: "the second time", lie: none},
		{check: "NotedWriteOnce", says: "the second time", lie: func(l *liar) { // keeps outcomes, and no reasons
			kept := map[string][]connectors.Answer{}
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				if kept[c.Note] != nil {
					return kept[c.Note], nil
				}
				answers, err := l.DB.Write(ctx, c)
				for _, a := range answers {
					kept[c.Note] = append(kept[c.Note], connectors.Answer{Outcome: a.Outcome})
				}
				return answers, err
			}
		}},
		{check: "NotedWriteOnce", says: "and", lie: func(l *liar) { // other reasons
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				answers, err := l.DB.Write(ctx, c)
				if l.count() > 2 {
					for i := range answers {
						answers[i].Reason += " as before"
					}
				}
				return answers, err
			}
		}},
		{check: "NotedWriteOnce", says: "unexpected", lie: func(l *liar) { // gives the answers, and writes again
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				answers, err := l.DB.Write(ctx, c)
				if again := *c; err == nil {
					again.Note = ""
					_, err = l.DB.Write(ctx, &again)
				}
				return answers, err
			}
		}},
		{check: "NotedWritesAtOnce", says: "want applied", lie: none},
		{check: "NoteIsExact", says: "want unchanged", lie: noting(strings.ToLower)},
		{check: "NoteIsExact", says: "want unchanged", lie: noting(func(note string) string { return note[:min(len(note), 7)] })},
		{check: "NoteIsExact", says: "want unchanged", lie: noting(func(note string) string { return "-" + note })},
		{check: "NoteIsExact", says: "want one of class invalid", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				answers, err := l.DB.Write(ctx, c)
				if connectors.ClassOf(err) == connectors.Invalid {
					return make([]connectors.Answer, c.Rows.Len()), nil
				}
				return answers, err
			}
		}},
		{check: "NoteOfAFailedWrite", says: "gives no error", lie: func(l *liar) {
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				return l.DB.Write(context.WithoutCancel(ctx), c)
			}
		}},
		{check: "NoteOfAFailedWrite", says: "missing", lie: func(l *liar) { // keeps the note before the rows
			kept := map[string]bool{}
			l.write = func(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
				if kept[c.Note] {
					return []connectors.Answer{{Outcome: connectors.Applied}}, nil
				}
				kept[c.Note] = true
				return l.DB.Write(ctx, c)
			}
		}},
		{check: "NotesAreForgotten", says: "want applied", lie: func(l *liar) {
			l.forget = func(ctx context.Context, _ string) error { return l.DB.ForgetNotes(ctx, "") }
		}},
		{check: "NotesAreForgotten", says: "want unchanged", lie: func(l *liar) {
			l.forget = func(context.Context, string) error { return nil }
		}},
		{check: "NotesAreForgotten", says: "after ForgetNotes(\"p_1/\")", lie: func(l *liar) { // takes it for a pattern
			l.forget = func(ctx context.Context, prefix string) error {
				if prefix == "p_1/" {
					if err := l.DB.ForgetNotes(ctx, "px1/"); err != nil {
						return err
					}
				}
				return l.DB.ForgetNotes(ctx, prefix)
			}
		}},
		{check: "NotesAreForgotten", says: "there is nothing to forget", lie: func(l *liar) {
			l.forget = func(ctx context.Context, prefix string) error {
				if prefix == "none" {
					return connectors.Errorf(connectors.Missing, "forget", prefix, "there is nothing to forget")
				}
				return l.DB.ForgetNotes(ctx, prefix)
			}
		}},
	}
}
