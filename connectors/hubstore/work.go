package hubstore

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/record"
)

// work is a Write under way: what is wanted, and what became of each row.
type work struct {
	*connectors.Changes
	table   *table
	schema  *record.Schema // of Rows
	columns []int          // which column of the table each field of Rows is
	key     []int          // where the key stands in Rows
	link    []int          // where the two columns of the link stand in Rows; nil if they do not
	rows    []record.Row   // the rows as the hub stores them
	answers []connectors.Answer
	encoded []byte
}

// prepare checks c against the table. Rows that can be seen to break a rule
// are answered at once, so that the database seldom has to refuse any.
func (s *Store) prepare(c *connectors.Changes) (*work, error) {
	t, err := s.table("write", c.Rows.Schema.Table)
	if err != nil {
		return nil, err
	}
	w := &work{Changes: c, table: t, schema: c.Rows.Schema, rows: make([]record.Row, c.Rows.Len()), answers: make([]connectors.Answer, c.Rows.Len())}
	if err := w.findColumns(); err != nil {
		return nil, err
	}
	if len(c.Ops) != len(w.rows) || len(c.Before) != len(w.rows) {
		return nil, connectors.Errorf(connectors.Invalid, "write", t.model.Name, "%d rows with %d operations and %d digests", len(w.rows), len(c.Ops), len(c.Before))
	}
	if reason := checkNote(c.Note); reason != "" {
		return nil, connectors.Errorf(connectors.Invalid, "write", t.model.Name, "the note %q %s", c.Note, reason)
	}
	missing := w.missing()
	for i := range w.rows {
		w.rows[i] = c.Rows.Row(i)
		if reason := w.refuse(i, missing); reason != "" {
			w.reject(i, reason)
		}
	}
	return w, nil
}

func (w *work) findColumns() error {
	t := w.table
	for _, name := range w.schema.Names() {
		at := t.schema.Index(name)
		if at < 0 {
			return connectors.Errorf(connectors.Missing, "write", t.model.Name, "there is no column %q; there are %s", name, joined(t.schema.Names()))
		}
		w.columns = append(w.columns, at)
	}
	for _, k := range t.schema.Key {
		at := slices.Index(w.columns, k)
		if at < 0 {
			return connectors.Errorf(connectors.Invalid, "write", t.model.Name, "the rows lack column %s of the key", t.columns[k].Name)
		}
		w.key = append(w.key, at)
	}
	if !t.linked {
		return nil
	}
	entity, key := w.schema.Index(linkEntity), w.schema.Index(linkKey)
	if (entity < 0) != (key < 0) {
		return connectors.Errorf(connectors.Invalid, "write", t.model.Name, "%s and %s can only be written together", linkEntity, linkKey)
	}
	if entity >= 0 {
		w.link = []int{entity, key}
	}
	return nil
}

// missing names the column without which no row can be created, if it is not
// among the fields.
func (w *work) missing() string {
	for i, c := range w.table.columns {
		if !c.Null && !slices.Contains(w.columns, i) {
			return c.Name
		}
	}
	return ""
}

// refuse says why the hub cannot take row i, or "". It converts the values to
// the types of the columns.
func (w *work) refuse(i int, missing string) string {
	row, cloned := w.rows[i], false
	for f, c := range w.columns {
		if w.Ops[i] == connectors.Delete && !slices.Contains(w.key, f) {
			continue
		}
		column := w.table.columns[c]
		v, reason := admit(column, row[f])
		if reason != "" {
			return w.say(f, row[f], reason)
		}
		if v != row[f] {
			if !cloned {
				row, cloned = slices.Clone(row), true
				w.rows[i] = row
			}
			row[f] = v
		}
	}
	if w.Ops[i] == connectors.Delete {
		return ""
	}
	if w.link != nil && row[w.link[0]].IsNull() != row[w.link[1]].IsNull() {
		return linkEntity + " and " + linkKey + " go together"
	}
	if w.Before[i].IsZero() && missing != "" {
		return missing + " is missing"
	}
	return ""
}

// say names the column and, unless it is masked, the value.
func (w *work) say(field int, v record.Value, reason string) string {
	f := w.schema.Fields[field]
	if f.Masked || v.IsNull() || v.Kind() == record.KindAbsent {
		return f.Name + " " + reason
	}
	text := v.String()
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return fmt.Sprintf("%s %q %s", f.Name, text, reason)
}

// The days on which something can begin or end. Beyond them lie only days
// that stand for none, such as 9999-12-31.
var firstDay, lastDay = record.Date(1901, 1, 1), record.Date(2098, 12, 31)

// admit returns v as column c holds it, or why it cannot.
func admit(c hub.Column, v record.Value) (record.Value, string) {
	if v.IsNull() {
		if c.Null {
			return v, ""
		}
		return v, "must not be null"
	}
	if v.Kind() == record.KindAbsent {
		return v, "has no value at all"
	}
	v, err := record.Convert(v, c.Type)
	if err != nil {
		return v, fmt.Sprintf("is no %s", c.Type)
	}
	switch v.Kind() {
	case record.KindText:
		return v, admitText(c, v.AsText())
	case record.KindDate:
		return v, admitDay(v)
	case record.KindInstant:
		return v, admitDay(record.DateOf(v.AsTime()))
	}
	return v, ""
}

func admitText(c hub.Column, s string) string {
	switch {
	case c.UUID:
		if !isUUID(s) {
			return "is no UUID in lower case"
		}
	case c.In != nil:
		if !slices.Contains(c.In, s) {
			return "is none of " + joined(c.In)
		}
	case strings.IndexByte(s, 0) >= 0:
		return "holds a NUL character"
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case c.Trim && (s == "" || s[0] == ' ' || s[len(s)-1] == ' '):
		return "must not be empty or have blanks at its ends"
	}
	return ""
}

func admitDay(v record.Value) string {
	if record.Compare(v, firstDay) < 0 || record.Compare(v, lastDay) > 0 {
		return "lies outside 1901-01-01 to 2098-12-31; a day that stands for none must be null"
	}
	return ""
}

func (w *work) reject(i int, reason string) {
	w.answers[i] = connectors.Answer{Outcome: connectors.Rejected, Reason: reason}
}

func (w *work) answer(rows []int, a connectors.Answer) {
	for _, i := range rows {
		w.answers[i] = a
	}
}

// open lists the rows that have no answer yet.
func (w *work) open() []int {
	var all []int
	for i := range w.rows {
		if w.answers[i].Outcome == 0 {
			all = append(all, i)
		}
	}
	return all
}

// rounds lists the open rows so that no key comes twice in a round.
func (w *work) rounds() [][]int {
	var rounds [][]int
	times := make(map[string]int, len(w.rows))
	for _, i := range w.open() {
		key := w.keyText(i)
		n := times[key]
		times[key]++
		if n == len(rounds) {
			rounds = append(rounds, nil)
		}
		rounds[n] = append(rounds[n], i)
	}
	return rounds
}

// step is what the database has to do with a row.
type step uint8

const (
	leave step = iota // it is answered
	insert
	update
	remove
)

// decide compares row i with the row that the hub has, nil if it has none. It
// answers the rows that are as wanted, and those that are not as they were.
func (w *work) decide(i int, have record.Row) step {
	op := w.Ops[i]
	var seen record.Digest
	if have != nil {
		w.encoded = record.AppendFields(w.encoded[:0], have, w.Compared)
		seen = record.DigestOf(w.encoded)
	}
	switch {
	case op == connectors.Delete && have == nil, op != connectors.Delete && have != nil && slices.Equal(have, w.rows[i]):
		w.answers[i] = connectors.Answer{Outcome: connectors.Unchanged}
		return leave
	case seen != w.Before[i]:
		w.answers[i] = connectors.Answer{Outcome: connectors.Stale, Reason: w.whyStale(i, have)}
		return leave
	case op == connectors.Delete:
		return remove
	case have == nil:
		return insert
	case w.losesLink(i, have):
		w.reject(i, "source can only change together with "+linkEntity+" and "+linkKey)
		return leave
	}
	return update
}

// losesLink reports whether writing row i over have would leave its link with
// the source that it came from before.
func (w *work) losesLink(i int, have record.Row) bool {
	f := w.schema.Index("source")
	return w.table.linked && w.link == nil && f >= 0 && have[f] != w.rows[i][f]
}

func (w *work) whyStale(i int, have record.Row) string {
	switch {
	case have == nil:
		return "the row is gone"
	case !w.Before[i].IsZero() || w.Ops[i] == connectors.Delete:
		return "the row has changed since it was seen"
	}
	var differ []string
	for f, v := range have {
		if v != w.rows[i][f] {
			differ = append(differ, w.schema.Fields[f].Name)
		}
	}
	return "a row with this key exists, with another " + joined(differ)
}

// relinks reports whether writing row i over have changes its link.
func (w *work) relinks(i int, have record.Row) bool {
	if w.link == nil {
		return false
	}
	for _, f := range w.link {
		if have[f] != w.rows[i][f] {
			return true
		}
	}
	f := w.schema.Index("source")
	return f >= 0 && have[f] != w.rows[i][f]
}

// own returns the fields that are columns of the table itself, and their names.
func (w *work) own() (fields []int, names []string) {
	for f, c := range w.columns {
		if !w.table.isLink(c) {
			fields, names = append(fields, f), append(names, w.table.columns[c].Name)
		}
	}
	return fields, names
}

func (w *work) keyColumns() []string {
	names := make([]string, len(w.key))
	for i, f := range w.key {
		names[i] = w.schema.Fields[f].Name
	}
	return names
}

// decode makes a row of Rows' schema of what the driver returns.
func (w *work) decode(b *record.Batch, values []driver.Value) (record.Row, error) {
	row := b.Add()
	for f, c := range w.columns {
		v, err := decode(b, w.table.columns[c].Type.Kind, values[f])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", w.schema.Fields[f].Name, err)
		}
		row[f] = v
	}
	return row, nil
}
