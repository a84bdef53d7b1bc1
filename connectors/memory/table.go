package memory

import (
	"cmp"
	"fmt"
	"slices"

	"crosswalk/record"
)

// table is one table at one moment.
type table struct {
	schema  *record.Schema
	rows    []entry // by key, then by id; the slice and its rows never change
	deleted []entry // rows as they were last, by the change that deleted them
	changes int64   // how often the table has changed: the last change made
	ids     int64   // the last id given away
}

// entry is a row with its history.
type entry struct {
	row    record.Row
	id     int64 // stays with the row; tells rows of one key apart
	change int64 // the change that made the row what it is
}

// clone returns a table that may be changed while others read t.
func (t *table) clone() *table {
	c := *t
	c.rows, c.deleted = slices.Clone(t.rows), slices.Clip(t.deleted)
	return &c
}

// stamp makes an entry of a copy of row.
func (t *table) stamp(row record.Row) entry {
	t.ids++
	t.changes++
	return entry{row: slices.Clone(row), id: t.ids, change: t.changes}
}

// compare is the order of t.rows. A table without a key stays as it was loaded.
func (t *table) compare(a, b entry) int {
	if c := t.compareKeys(a.row, b.row); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

func (t *table) compareKeys(a, b record.Row) int {
	for _, f := range t.schema.Key {
		if c := record.Compare(a[f], b[f]); c != 0 {
			return c
		}
	}
	return 0
}

// compareTo compares the key of a row with key, which may be cut short: it
// then sorts before all keys that begin with it.
func (t *table) compareTo(row, key record.Row) int {
	for i := range min(len(t.schema.Key), len(key)) {
		if c := record.Compare(row[t.schema.Key[i]], key[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(t.schema.Key), len(key))
}

// find returns where the first row with this key or a greater one stands, and
// whether it has the key.
func (t *table) find(key record.Row) (int, bool) {
	return slices.BinarySearchFunc(t.rows, key, func(e entry, key record.Row) int { return t.compareTo(e.row, key) })
}

// within returns the rows whose key lies in r.
func (t *table) within(r record.Range) []entry {
	from, to := 0, len(t.rows)
	if r.From != nil {
		from, _ = t.find(r.From)
	}
	if r.To != nil {
		to, _ = t.find(r.To)
	}
	return t.rows[from:max(from, to)]
}

// refuses says why the table cannot hold row, "" if it can.
func (t *table) refuses(row record.Row) string {
	if len(row) != len(t.schema.Fields) {
		return fmt.Sprintf("%d values for %d columns", len(row), len(t.schema.Fields))
	}
	for i, f := range t.schema.Fields {
		if row[i].IsNull() {
			if !f.Nullable {
				return fmt.Sprintf("column %s must not be null", f.Name)
			}
			continue
		}
		if as, err := record.Convert(row[i], f.Type); err != nil || as != row[i] {
			return fmt.Sprintf("column %s holds %s, not this %s", f.Name, f.Type, row[i].Kind())
		}
	}
	return ""
}
