package sqldb

import (
	"context"
	"io"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// lookupArgs bounds the parameters of one look-up: longer lists make servers
// plan longer than they search.
const lookupArgs = 1000

// lookup reads rows by key, some keys at a time.
type lookup struct {
	view   *view
	table  *table
	name   string
	fields []string
	schema *record.Schema
	keys   []record.Row // still to be looked up; sorted, each once
	rows   *reader
	err    error
}

// Lookup implements connectors.Lookup.
func (v *view) Lookup(ctx context.Context, name string, fields []string, keys []record.Row) (record.Reader, error) {
	t, err := v.table(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(t.schema.Key) == 0 {
		return nil, v.unsupported(name, "it has no key that the server knows")
	}
	for _, key := range keys {
		if len(key) != len(t.schema.Key) {
			return nil, connectors.Errorf(connectors.Invalid, "look up", v.where(name), "a key of %d values for the key %s", len(key), strings.Join(t.schema.KeyNames(), ", "))
		}
	}
	keys = slices.SortedFunc(slices.Values(keys), record.CompareRows)
	keys = slices.CompactFunc(keys, slices.Equal)
	l := &lookup{view: v, table: t, name: name, fields: fields, keys: keys}
	st, err := l.statement(nil)
	if err != nil {
		return nil, err
	}
	l.schema = st.schema
	return l, nil
}

// statement selects the rows with these keys.
func (l *lookup) statement(keys []record.Row) (*statement, error) {
	s := &selection{view: l.view, table: l.table, name: l.name}
	condition := "1 = 0"
	if len(l.table.schema.Key) == 1 {
		values := make([]record.Value, len(keys))
		for i, key := range keys {
			values[i] = key[0]
		}
		var ok bool
		if condition, ok = s.oneOf(l.table.schema.Key[0], values); !ok {
			return nil, l.view.unsupported(l.name, "the server does not compare its key exactly")
		}
	} else if len(keys) > 0 {
		var alternatives []string
		for _, key := range keys {
			all, ok := s.all(key)
			if !ok {
				return nil, l.view.unsupported(l.name, "the server does not compare its key exactly")
			}
			alternatives = append(alternatives, all)
		}
		condition = "(" + strings.Join(alternatives, " OR ") + ")"
	}
	s.conditions = []string{condition}
	return s.statement(l.fields, false)
}

// all is the condition that each key field equals its value.
func (s *selection) all(key record.Row) (string, bool) {
	all := make([]string, len(key))
	for i, v := range key {
		one, ok := s.oneOf(s.schema.Key[i], []record.Value{v})
		if !ok {
			return "", false
		}
		all[i] = one
	}
	return "(" + strings.Join(all, " AND ") + ")", true
}

func (l *lookup) Schema() *record.Schema { return l.schema }

func (l *lookup) Read(ctx context.Context, b *record.Batch) error {
	for l.err == nil {
		if l.rows == nil {
			l.rows, l.err = l.next(ctx)
			continue
		}
		err := l.rows.Read(ctx, b)
		if err == nil {
			return nil
		}
		if err == io.EOF {
			l.rows = nil
		} else {
			l.err = err
		}
	}
	b.Reset(l.schema)
	return l.err
}

// next starts the look-up of the next keys.
func (l *lookup) next(ctx context.Context) (*reader, error) {
	if len(l.keys) == 0 {
		return nil, io.EOF
	}
	// A hint doubles the parameters.
	n := min(len(l.keys), max(1, lookupArgs/(2*len(l.table.schema.Key))))
	st, err := l.statement(l.keys[:n])
	if err != nil {
		return nil, err
	}
	l.keys = l.keys[n:]
	return l.view.start(ctx, l.name, st)
}

func (l *lookup) Close() error {
	l.err = l.view.fail("read", l.name, errClosed)
	if l.rows != nil {
		return l.rows.Close()
	}
	return nil
}
