package salesforce

import (
	"context"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Lookup implements connectors.Lookup. A few keys are asked for by name; for
// more than bulk_from the whole table is read, which needs fewer calls.
func (o *Org) Lookup(ctx context.Context, name string, fields []string, keys []record.Row) (record.Reader, error) {
	t, err := o.table(ctx, "look up", name)
	if err != nil {
		return nil, err
	}
	if t.key < 0 {
		return nil, o.unsupported(name, "a query in brackets has no key")
	}
	s, err := o.choose("look up", t, fields)
	if err != nil {
		return nil, err
	}
	wanted := make(map[record.Value]bool, len(keys))
	for _, key := range keys {
		if len(key) != 1 {
			return nil, connectors.Errorf(connectors.Invalid, "look up", o.where(name), "a key of %d values for the key %s", len(key), t.keyField.Name)
		}
		wanted[t.columns[t.key].normal(key[0])] = true
	}
	at := s.column(t.key)
	s.keep = func(row record.Row) bool { return wanted[row[at]] }
	return &series{org: o, op: "look up", schema: s.schema, parts: o.with(s, t.key, slices.Collect(maps.Keys(wanted)))}, nil
}

// with makes selections of the rows that hold one of the values, of lengths
// that a URI takes, or one of all rows if the values are many. Either may find
// other rows as well.
func (o *Org) with(s *selection, column int, values []record.Value) []*selection {
	if len(values) > o.config.BulkFrom {
		all := *s
		all.many = len(values) > 10*o.config.BulkFrom
		return []*selection{&all}
	}
	key := &s.table.columns[column]
	length, limit := func(text string) int { return len(url.QueryEscape(text)) }, uriLimit
	if length(s.soql())+1000 > uriLimit {
		length, limit = func(text string) int { return len(text) }, soqlLimit
	}
	base := length(s.soql() + " AND " + key.path + " IN ()")
	var parts []*selection
	var list []string
	size := base
	flush := func() {
		if len(list) > 0 {
			part := *s
			part.where = append(slices.Clip(s.where), key.path+" IN ("+strings.Join(list, ",")+")")
			parts = append(parts, &part)
		}
		list, size = nil, base
	}
	for _, v := range slices.SortedFunc(slices.Values(values), record.Compare) {
		literal, ok := key.literal(v)
		if !ok {
			continue
		}
		if size += length(literal + ","); size > limit {
			flush()
			size += length(literal + ",")
		}
		list = append(list, literal)
	}
	flush()
	return parts
}

// series reads selections one after the other.
type series struct {
	org    *Org
	op     string
	schema *record.Schema
	parts  []*selection // still to be read
	now    *reader
	err    error
}

func (r *series) Schema() *record.Schema { return r.schema }

func (r *series) Read(ctx context.Context, b *record.Batch) error {
	for r.err == nil {
		if r.now == nil {
			if len(r.parts) == 0 {
				r.err = io.EOF
				break
			}
			r.now, r.parts = r.org.open(ctx, r.op, r.parts[0]), r.parts[1:]
		}
		err := r.now.Read(ctx, b)
		if err == nil {
			return nil
		}
		if err != io.EOF {
			r.err = err
		}
		r.now = nil
	}
	b.Reset(r.schema)
	return r.err
}

func (r *series) Close() error {
	r.err = connectors.Errorf(connectors.Unknown, r.op, r.org.where(""), "the reader is closed")
	if r.now != nil {
		return r.now.Close()
	}
	return nil
}

// visit calls each with the rows of selections of one table.
func (o *Org) visit(ctx context.Context, op string, parts []*selection, each func(record.Row)) error {
	if len(parts) == 0 {
		return nil
	}
	r := &series{org: o, op: op, schema: parts[0].schema, parts: parts}
	defer r.Close()
	var b record.Batch
	for {
		err := r.Read(ctx, &b)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Len() {
			each(b.Row(i))
		}
	}
}
