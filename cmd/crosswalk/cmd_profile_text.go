package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// profilePrinter prints a profile as text: one line for each column, then
// what there is to say about some of them.
type profilePrinter struct {
	out   io.Writer
	width int // of the terminal; 0 if there is none
	p     *pipeline.TableProfile
}

func (w *profilePrinter) print(system string) error {
	fmt.Fprintf(w.out, "%s.%s: %s, %d columns\n", system, w.p.Table, rowCount(w.p.Rows), len(w.p.Columns))
	if u := w.p.Unreadable; u.Rows > 0 {
		fmt.Fprintf(w.out, "set aside when reading, not counted: %s\n", rowCount(u.Rows))
		for _, e := range u.Examples {
			fmt.Fprintf(w.out, "  %s: %s\n", e.Where, e.Reason)
		}
	}
	fmt.Fprintln(w.out)
	w.columns()
	w.lists("MOST FREQUENT", w.frequent)
	w.lists("PATTERNS", func(c *pipeline.ColumnProfile) []string {
		if len(c.Patterns) > 0 && 100*c.Patterns[0].Rows < w.p.Rows {
			return nil // texts without a common form
		}
		return w.patterns(c.Patterns)
	})
	w.lists("DATE LAYOUTS, AND HOW MANY TEXTS EACH CAN READ", func(c *pipeline.ColumnProfile) []string { return w.patterns(c.Dates) })
	w.suspects()
	w.key()
	return w.references()
}

// columns prints the table of columns.
func (w *profilePrinter) columns() {
	t := newAligned("COLUMN", "TYPE", "NULL", "EMPTY", "DISTINCT", "LENGTH", "SMALLEST", "LARGEST")
	for i := range w.p.Columns {
		c := &w.p.Columns[i]
		distinct := reconcile.Thousands(c.Distinct.Count)
		if !c.Distinct.Exact {
			distinct = "~" + reconcile.Thousands((c.Distinct.Count+500)/1000*1000)
		}
		length := ""
		switch {
		case c.Longest > c.Shortest:
			length = fmt.Sprintf("%d-%d", c.Shortest, c.Longest)
		case c.Longest > 0:
			length = strconv.Itoa(c.Longest)
		}
		t.row(c.Name, kinds(c), count(c.Nulls+c.Absent), count(c.Empty), distinct, length, brief(c.Min), brief(c.Max))
	}
	t.print(w.out)
}

// kinds tells the type of a column, and what is in it if that is not the same.
func kinds(c *pipeline.ColumnProfile) string {
	declared, _, _ := strings.Cut(c.Type, "(")
	if len(c.Kinds) == 0 || len(c.Kinds) == 1 && c.Kinds[0].Kind == declared {
		return c.Type
	}
	found := make([]string, len(c.Kinds))
	for i, k := range c.Kinds {
		found[i] = k.Kind
	}
	if declared == record.KindNull.String() {
		return strings.Join(found, "+")
	}
	return c.Type + " as " + strings.Join(found, "+")
}

func (w *profilePrinter) frequent(c *pipeline.ColumnProfile) []string {
	list := make([]string, len(c.Frequent))
	for i, f := range c.Frequent {
		least := ""
		if !f.Exact {
			least = "≥"
		}
		list[i] = fmt.Sprintf("%s %s%s%s", brief(&f.Value), least, reconcile.Thousands(f.Rows), w.share(f.Rows))
	}
	return list
}

func (w *profilePrinter) patterns(patterns []pipeline.Pattern) []string {
	list := make([]string, len(patterns))
	for i, p := range patterns {
		list[i] = fmt.Sprintf("%s %s%s", quoted(p.Pattern), reconcile.Thousands(p.Rows), w.share(p.Rows))
	}
	return list
}

// lists prints, for each column that has one, a list on one line.
func (w *profilePrinter) lists(title string, list func(*pipeline.ColumnProfile) []string) {
	widest := 0
	for _, c := range w.p.Columns {
		widest = max(widest, utf8.RuneCountInString(c.Name))
	}
	room := cmp.Or(w.width, 120) - widest - 2
	for i := range w.p.Columns {
		items := list(&w.p.Columns[i])
		if len(items) == 0 {
			continue
		}
		if title != "" {
			fmt.Fprintf(w.out, "\n%s\n", title)
			title = ""
		}
		name := w.p.Columns[i].Name
		fmt.Fprintf(w.out, "%s%s  %s\n", name, strings.Repeat(" ", widest-utf8.RuneCountInString(name)), fit(items, room))
	}
}

// fit joins as many items as there is room for, and at least one.
func fit(items []string, room int) string {
	line := items[0]
	for _, item := range items[1:] {
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(item)+len(" · ") > room {
			return line + " · …"
		}
		line += " · " + item
	}
	return line
}

func (w *profilePrinter) suspects() {
	if !slices.ContainsFunc(w.p.Columns, func(c pipeline.ColumnProfile) bool { return len(c.Suspects) > 0 }) {
		fmt.Fprintln(w.out, "\nNo suspicious values.")
		return
	}
	fmt.Fprintln(w.out)
	t := newAligned("SUSPICIOUS", "ROWS", "WHAT", "SUCH AS")
	for _, c := range w.p.Columns {
		for _, s := range c.Suspects {
			examples := make([]string, len(s.Examples))
			for i, e := range s.Examples {
				examples[i] = strconv.Quote(clipped(e.String(), 40))
			}
			t.row(c.Name, reconcile.Thousands(s.Rows), s.What, strings.Join(examples, " · "))
		}
	}
	t.print(w.out)
}

func (w *profilePrinter) key() {
	k := w.p.Key
	if k == nil {
		fmt.Fprintln(w.out, "\nNo key is known; --key COLUMN[,COLUMN...] tries one.")
		return
	}
	names := strings.Join(k.Columns, ", ")
	if k.Missing+k.Repeated.Keys+k.Similar.Keys == 0 {
		fmt.Fprintf(w.out, "\nKey %s identifies every row.\n", names)
		return
	}
	fmt.Fprintf(w.out, "\nKEY %s\n", names)
	if k.Missing > 0 {
		fmt.Fprintf(w.out, "%s without a key\n", rowCount(k.Missing))
	}
	w.collisions(k.Repeated, "stands for several rows", "stand for several rows")
	w.collisions(k.Similar, "is written in several ways, which differ in case, blanks or accents", "are written in several ways, which differ in case, blanks or accents")
}

func (w *profilePrinter) collisions(c pipeline.Collisions, one, many string) {
	if c.Keys == 0 {
		return
	}
	what := "keys " + many
	if c.Keys == 1 {
		what = "key " + one
	}
	fmt.Fprintf(w.out, "%s %s (%s)\n", reconcile.Thousands(c.Keys), what, rowCount(c.Rows))
	for _, example := range c.Examples {
		spellings := make([]string, len(example.Keys))
		for i, key := range example.Keys {
			values := make([]string, len(key))
			for j := range key {
				values[j] = brief(&key[j])
			}
			spellings[i] = strings.Join(values, ", ")
		}
		fmt.Fprintf(w.out, "  %s  %s\n", strings.Join(spellings, " · "), rowCount(example.Rows))
	}
}

func (w *profilePrinter) references() error {
	if len(w.p.Refs) == 0 {
		return nil
	}
	fmt.Fprintln(w.out)
	t := newAligned("REFERENCE", "ROWS", "ORPHANS", "SUCH AS")
	for _, r := range w.p.Refs {
		examples := make([]string, len(r.Examples))
		for i, e := range r.Examples {
			examples[i] = fmt.Sprintf("%s (%s)", brief(&e.Value), rowCount(e.Rows))
		}
		t.row(r.Column+" → "+r.To, reconcile.Thousands(r.Rows), reconcile.Thousands(r.Orphans), strings.Join(examples, " · "))
	}
	return t.print(w.out)
}

// aligned is a table of texts without blanks at the ends of its lines.
type aligned struct {
	text   strings.Builder
	writer *tabwriter.Writer
}

func newAligned(head ...string) *aligned {
	t := &aligned{}
	t.writer = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	t.row(head...)
	return t
}

func (t *aligned) row(cells ...string) { fmt.Fprintln(t.writer, strings.Join(cells, "\t")) }

func (t *aligned) print(out io.Writer) error {
	if err := t.writer.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(t.text.String()) {
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// share tells a part of all rows in percent.
func (w *profilePrinter) share(n int64) string {
	percent := 100 * float64(n) / float64(max(w.p.Rows, 1))
	switch {
	case n == w.p.Rows:
		return ""
	case percent < 1:
		return " (<1%)"
	case percent > 99:
		return " (>99%)"
	}
	return fmt.Sprintf(" (%.0f%%)", percent)
}

// count leaves out what is not there.
func count(n int64) string {
	if n == 0 {
		return ""
	}
	return reconcile.Thousands(n)
}

// brief writes a value for a narrow column.
func brief(v *pipeline.Shown) string {
	if v == nil {
		return ""
	}
	return quoted(clipped(v.String(), 24))
}

// clipped leaves beginning and end of a long text.
func clipped(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	end := most / 3
	return string(runes[:most-1-end]) + "…" + string(runes[len(runes)-end:])
}

// quoted makes visible what a reader would not see.
func quoted(s string) string {
	if q := strconv.Quote(s); len(q) != len(s)+2 || s != strings.TrimSpace(s) || strings.Contains(s, "  ") || s == "" {
		return q
	}
	return s
}
