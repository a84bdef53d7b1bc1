package memory

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Partition cuts a table into n ranges of equally many rows, or fewer if it
// has fewer keys.
func (at reads) Partition(ctx context.Context, name string, n int) ([]record.Range, error) {
	t, err := at.table(ctx, "partition", name)
	if err != nil {
		return nil, err
	}
	ranges := []record.Range{{}}
	for i := 1; i < n && len(t.schema.Key) > 0; i++ {
		first := i * len(t.rows) / n
		if first == 0 || t.compareKeys(t.rows[first-1].row, t.rows[first].row) == 0 {
			continue
		}
		key, last := t.schema.KeyOf(t.rows[first].row), &ranges[len(ranges)-1]
		if last.From == nil || record.CompareRows(last.From, key) < 0 {
			last.To = key
			ranges = append(ranges, record.Range{From: key})
		}
	}
	return ranges, nil
}

// Lookup fetches the rows that have one of the keys.
func (at reads) Lookup(ctx context.Context, name string, fields []string, keys []record.Row) (record.Reader, error) {
	t, err := at.table(ctx, "look up", name)
	if err != nil {
		return nil, err
	}
	keys = slices.SortedFunc(slices.Values(keys), record.CompareRows)
	keys = slices.CompactFunc(keys, func(a, b record.Row) bool { return record.CompareRows(a, b) == 0 })
	var found []entry
	for _, key := range keys {
		for i, ok := t.find(key); ok; i++ {
			found = append(found, t.rows[i])
			ok = i+1 < len(t.rows) && t.compareTo(t.rows[i+1].row, key) == 0
		}
	}
	return t.reader(fields, found)
}

// Digest sums the rows of each range.
func (at reads) Digest(ctx context.Context, name string, fields []string, ranges []record.Range) ([]record.Sum, error) {
	t, err := at.table(ctx, "digest", name)
	if err != nil {
		return nil, err
	}
	_, columns, err := t.columns(fields)
	if err != nil {
		return nil, err
	}
	sums := make([]record.Sum, len(ranges))
	var encoded []byte
	for i, r := range ranges {
		for _, e := range t.within(r) {
			encoded = record.AppendFields(encoded[:0], e.row, columns)
			sums[i].Add(record.DigestOf(encoded))
		}
	}
	return sums, nil
}

// Head is the cursor of the last change.
func (db *DB) Head(ctx context.Context, name string) (record.Cursor, error) {
	t, err := db.table(ctx, "read the head of", name)
	if err != nil {
		return "", err
	}
	return t.changeOf(entry{change: t.changes}), nil
}

// Changes yields the rows that were made or changed since, in that order, each
// once and as it is now. The empty cursor stands for the beginning.
func (db *DB) Changes(ctx context.Context, name string, since record.Cursor) (record.Reader, error) {
	t, change, err := db.since(ctx, name, since)
	if err != nil {
		return nil, err
	}
	var changed []entry
	for _, e := range t.rows {
		if e.change > change {
			changed = append(changed, e)
		}
	}
	slices.SortFunc(changed, func(a, b entry) int { return cmp.Compare(a.change, b.change) })
	r, err := t.reader(nil, changed)
	if err != nil {
		return nil, err
	}
	r.cursor = t.changeOf
	return r, nil
}

// Deleted yields the keys of the rows that were deleted since, in that order,
// and are not there again. The empty cursor stands for the beginning.
func (db *DB) Deleted(ctx context.Context, name string, since record.Cursor) (record.Reader, error) {
	t, change, err := db.since(ctx, name, since)
	if err != nil {
		return nil, err
	}
	var gone []entry
	for _, e := range t.deleted {
		key := t.schema.KeyOf(e.row)
		if _, again := t.find(key); e.change > change && !again {
			gone = append(gone, e)
		}
	}
	r, err := t.reader(t.schema.KeyNames(), gone)
	if err != nil {
		return nil, err
	}
	r.cursor = t.changeOf
	return r, nil
}

// since returns a table and the change at which a feed goes on.
func (db *DB) since(ctx context.Context, name string, since record.Cursor) (*table, int64, error) {
	t, err := db.table(ctx, "read changes of", name)
	if err != nil || since == "" {
		return t, 0, err
	}
	change, err := strconv.ParseInt(string(since), 10, 64)
	if err != nil {
		return nil, 0, connectors.Errorf(connectors.Invalid, "read changes of", name, "not a cursor of this feed: %q", since)
	}
	return t, change, nil
}

// changeOf is the cursor of a feed just after e.
func (*table) changeOf(e entry) record.Cursor {
	return record.Cursor(strconv.FormatInt(e.change, 10))
}
