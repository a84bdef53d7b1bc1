package memory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Write applies c at once: a reader sees all of it or nothing. A row that the
// table cannot hold is Rejected, the others are applied. Of loaded rows that
// share a key, the first is meant. If c.Note is kept already, nothing happens
// and its answers are given.
func (db *DB) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.usable(ctx, "write"); err != nil {
		return nil, err
	}
	t, err := db.now.table("write", c.Rows.Schema.Table)
	if err != nil {
		return nil, err
	}
	w := writer{table: t.clone(), Changes: c}
	if err := w.findColumns(); err != nil {
		return nil, err
	}
	if noted, ok := db.notes[c.Note]; ok {
		if len(noted) != c.Rows.Len() {
			return nil, connectors.Errorf(connectors.Invalid, "write", c.Rows.Schema.Table, "the note %s is of %d rows, not of %d", c.Note, len(noted), c.Rows.Len())
		}
		return slices.Clone(noted), nil
	}
	answers := make([]connectors.Answer, c.Rows.Len())
	for i := range answers {
		answers[i] = w.write(i)
	}
	db.swap(w.table)
	if c.Note != "" {
		db.notes[c.Note] = slices.Clone(answers)
	}
	return answers, nil
}

// ForgetNotes drops the notes whose names begin with prefix.
func (db *DB) ForgetNotes(ctx context.Context, prefix string) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.usable(ctx, "forget notes in"); err != nil {
		return err
	}
	maps.DeleteFunc(db.notes, func(note string, _ []connectors.Answer) bool { return strings.HasPrefix(note, prefix) })
	return nil
}

// writer applies Changes to a table that no one else sees yet.
type writer struct {
	*table
	*connectors.Changes
	columns []int // where each field of Rows stands in the table
	key     []int // where each field of the table's key stands in Rows
	encoded []byte
}

func (w *writer) findColumns() error {
	from := w.Rows.Schema
	for _, name := range from.Names() {
		at := w.schema.Index(name)
		if at < 0 {
			return connectors.Errorf(connectors.Missing, "write", from.Table, "there is no column %q", name)
		}
		w.columns = append(w.columns, at)
	}
	for _, name := range w.schema.KeyNames() {
		at := from.Index(name)
		if at < 0 {
			return connectors.Errorf(connectors.Invalid, "write", from.Table, "the rows lack column %s of the key", name)
		}
		w.key = append(w.key, at)
	}
	if len(w.key) == 0 {
		return connectors.Errorf(connectors.Invalid, "write", from.Table, "a table without a key cannot be written")
	}
	return nil
}

// write makes change i, if the row is still as it was seen.
func (w *writer) write(i int) connectors.Answer {
	row, op := w.Rows.Row(i), w.Ops[i]
	at, exists := w.find(w.keyOf(row))
	var have entry
	var seen record.Digest
	if exists {
		have = w.rows[at]
		seen = w.digest(have.row)
	}
	switch {
	case op == connectors.Delete && !exists, op != connectors.Delete && exists && w.holds(have.row, row):
		return connectors.Answer{Outcome: connectors.Unchanged}
	case seen != w.Before[i]:
		return connectors.Answer{Outcome: connectors.Stale, Reason: staleReason(exists, w.Before[i])}
	case op == connectors.Delete:
		w.changes++
		w.rows = slices.Delete(w.rows, at, at+1)
		w.deleted = append(w.deleted, entry{row: have.row, change: w.changes})
		return connectors.Answer{Outcome: connectors.Applied}
	}
	return w.put(at, exists, row)
}

// put makes the row at place at as wanted.
func (w *writer) put(at int, exists bool, want record.Row) connectors.Answer {
	row := make(record.Row, len(w.schema.Fields))
	if exists {
		copy(row, w.rows[at].row)
	}
	for i, c := range w.columns {
		row[c] = want[i]
	}
	if reason := w.refuses(row); reason != "" {
		return connectors.Answer{Outcome: connectors.Rejected, Reason: reason}
	}
	e := w.stamp(row)
	if exists {
		e.id = w.rows[at].id
		w.rows[at] = e
	} else {
		w.rows = slices.Insert(w.rows, at, e)
	}
	return connectors.Answer{Outcome: connectors.Applied}
}

func (w *writer) keyOf(row record.Row) record.Row {
	key := make(record.Row, len(w.key))
	for i, f := range w.key {
		key[i] = row[f]
	}
	return key
}

// digest is that of the compared columns of a row of the table.
func (w *writer) digest(row record.Row) record.Digest {
	w.encoded = w.encoded[:0]
	for _, f := range w.Compared {
		w.encoded = record.Append(w.encoded, row[w.columns[f]])
	}
	return record.DigestOf(w.encoded)
}

// holds reports whether a row of the table is as wanted.
func (w *writer) holds(have, want record.Row) bool {
	for i, c := range w.columns {
		if have[c] != want[i] {
			return false
		}
	}
	return true
}

func staleReason(exists bool, before record.Digest) string {
	switch {
	case !exists:
		return "the row is gone"
	case before.IsZero():
		return "a row with this key exists, with other values"
	}
	return "the row has changed since it was seen"
}
