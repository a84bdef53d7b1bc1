package salesforce

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Deleted implements connectors.DeleteLog.
//
// Salesforce logs the Ids of deleted records for some 15 days. Their external
// ids stand in the Recycle Bin, which may be emptied sooner. What is logged and
// no longer there could be a row of ours, so it is an error: compare in full.
// A key that has a record again is not deleted. A hard delete by the Bulk API is
// in no log, nor is a row whose external id was changed or emptied: only
// comparing in full finds them.
func (o *Org) Deleted(ctx context.Context, name string, since record.Cursor) (record.Reader, error) {
	const op = "read deletes of"
	t, err := o.feedTable(ctx, op, name)
	switch {
	case err != nil:
		return nil, err
	case !t.object.Replicateable:
		return nil, o.unsupported(name, "deletes in it are not logged")
	case since == "":
		return nil, connectors.Errorf(connectors.Invalid, op, o.where(name), "since when? the log does not go back to the beginning: compare in full, and go on from the head before it")
	}
	w, err := o.window(ctx, op, t, since)
	if err != nil {
		return nil, err
	}
	keys, err := o.deletedKeys(ctx, op, t, w)
	if err != nil {
		return nil, o.failed(ctx, op, name, err)
	}
	schema, _, _ := t.schema.Select(t.schema.KeyNames())
	sorted := slices.SortedFunc(maps.Keys(keys), record.Compare)
	return &keyList{org: o, op: op, schema: schema, keys: sorted, window: w}, nil
}

// deletedKeys are the keys of the rows that were deleted since the window
// begins and are not there again.
func (o *Org) deletedKeys(ctx context.Context, op string, t *table, w *window) (map[record.Value]bool, error) {
	// The log takes whole minutes, and more than one.
	from := w.from.Truncate(time.Minute)
	if latest := w.to.Add(-3 * time.Minute).Truncate(time.Minute); latest.Before(from) {
		from = latest
	}
	missing, err := o.logged(ctx, op, t, from)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	keys := missing
	if !t.byID() {
		keys = map[record.Value]bool{}
		s := o.keysAnd(t, "Id")
		s.deleted = true
		s.where = []string{"IsDeleted = true", t.stamp + " >= " + from.UTC().Format(instantForm)}
		err := o.visit(ctx, op, []*selection{s}, func(row record.Row) {
			if !row[0].IsNull() {
				keys[row[0]] = true
			}
			delete(missing, row[1])
		})
		if err != nil {
			return nil, err
		}
		if err := o.removeAlive(ctx, op, t, t.schema.Index("Id"), missing); err != nil {
			return nil, err
		}
		if len(missing) > 0 {
			return nil, connectors.Errorf(connectors.Invalid, op, o.where(t.name), "%d deleted records have left the Recycle Bin, so nobody knows their external ids: compare in full", len(missing))
		}
	}
	return keys, o.removeAlive(ctx, op, t, t.key, keys)
}

// logged are the Ids of the records that were deleted since.
func (o *Org) logged(ctx context.Context, op string, t *table, since time.Time) (map[record.Value]bool, error) {
	var log struct {
		Records []struct {
			ID string `json:"id"`
		} `json:"deletedRecords"`
		Earliest string `json:"earliestDateAvailable"`
	}
	forgotten := func() error {
		return connectors.Errorf(connectors.Invalid, op, o.where(t.name), "the deletes since %s are not all known any more, for they are kept for 15 days at most: compare in full", since.UTC().Format(time.RFC3339))
	}
	err := o.replicated(ctx, t, "deleted", since, o.session.ServerTime(), &log)
	if refusedWith(err, "INVALID_REPLICATION_DATE") || refusedWith(err, "EXCEEDED_ID_LIMIT") {
		return nil, forgotten()
	}
	if err != nil {
		return nil, err
	}
	earliest, err := parseInstant([]byte(log.Earliest))
	if err != nil {
		return nil, fmt.Errorf("Salesforce does not tell how far its log of deletes goes back: %w", err)
	}
	if earliest.AsTime().After(since) {
		return nil, forgotten()
	}
	ids := make(map[record.Value]bool, len(log.Records))
	for _, r := range log.Records {
		ids[record.Text(longID(r.ID))] = true
	}
	return ids, nil
}

// keysAnd selects the key and another field of all rows.
func (o *Org) keysAnd(t *table, field string) *selection {
	s := &selection{table: t, columns: []int{t.key, t.schema.Index(field)}}
	s.schema = &record.Schema{Table: t.name, Fields: []record.Field{t.schema.Fields[t.key], {Name: "another"}}}
	return s
}

// removeAlive takes away the values that a record holds in a column.
func (o *Org) removeAlive(ctx context.Context, op string, t *table, column int, values map[record.Value]bool) error {
	if len(values) == 0 {
		return nil
	}
	s := &selection{table: t, columns: []int{column}}
	s.schema = &record.Schema{Table: t.name, Fields: []record.Field{t.schema.Fields[column]}}
	return o.visit(ctx, op, o.with(s, column, slices.Collect(maps.Keys(values))), func(row record.Row) { delete(values, row[0]) })
}

// keyList yields keys of one column.
type keyList struct {
	org    *Org
	op     string
	schema *record.Schema
	keys   []record.Value // still to be read
	window *window
	closed bool
}

func (l *keyList) Schema() *record.Schema { return l.schema }

func (l *keyList) Read(ctx context.Context, b *record.Batch) error {
	b.Reset(l.schema)
	if err := l.org.usable(ctx, l.op, l.schema.Table); err != nil {
		return err
	}
	if l.closed {
		return connectors.Errorf(connectors.Unknown, l.op, l.org.where(l.schema.Table), "the reader is closed")
	}
	if len(l.keys) == 0 {
		return io.EOF
	}
	for len(l.keys) > 0 && !b.Full() {
		b.Add()[0] = l.keys[0]
		l.keys = l.keys[1:]
	}
	b.Cursor = l.window.cursor(len(l.keys) == 0)
	return nil
}

func (l *keyList) Close() error {
	l.closed = true
	return nil
}
