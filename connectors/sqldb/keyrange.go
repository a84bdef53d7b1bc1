package sqldb

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// ordered reports an error unless the server can sort by the key.
func (s *selection) ordered() error {
	if len(s.schema.Key) == 0 {
		return s.unsupported(s.name, "it has no key that the server knows")
	}
	for _, k := range s.schema.Key {
		if s.columns[k].order == "" {
			return s.unsupported(s.name, "the server does not sort key column %s by its bytes", s.schema.Fields[k].Name)
		}
	}
	return nil
}

// keyRange adds the conditions of a half-open range of keys.
func (s *selection) keyRange(r record.Range) error {
	if r.From != nil {
		if err := s.bound(r.From, ">="); err != nil {
			return err
		}
	}
	if r.To != nil {
		return s.bound(r.To, "<")
	}
	return nil
}

// after adds the condition that the key comes after the cursor's.
func (s *selection) after(q connectors.Query) error {
	if q.After == "" {
		return nil
	}
	if !q.Sorted {
		return s.unsupported(q.Table, "only a sorted read can be resumed")
	}
	key, err := parseCursor(q.After, len(s.schema.Key))
	if err != nil {
		return connectors.Errorf(connectors.Invalid, "read", s.where(q.Table), "%w", err)
	}
	return s.bound(key, ">")
}

// bound adds the condition that the key is >, >= or < a key, field by field:
//
//	a >= 1 AND (a > 1 OR (a = 1 AND b >= 2))
//
// The first part says nothing new, but indexes understand it.
func (s *selection) bound(key record.Row, op string) error {
	if err := s.ordered(); err != nil {
		return err
	}
	if len(key) > len(s.schema.Key) {
		return connectors.Errorf(connectors.Invalid, "read", s.where(s.name), "a key of %d values for the key %s", len(key), strings.Join(s.schema.KeyNames(), ", "))
	}
	fitted := make(record.Row, len(key))
	for i, v := range key {
		fits, ok := s.fit(s.schema.Key[i], v)
		if !ok {
			return s.unsupported(s.name, "%s %s has no place in the order of key column %s", v.Kind(), v, s.schema.KeyNames()[i])
		}
		fitted[i] = fits
	}
	if len(fitted) > 1 {
		s.conditions = append(s.conditions, s.compare(0, strings.TrimSuffix(op, "=")+"=", fitted[0]))
	}
	if len(fitted) > 0 {
		s.conditions = append(s.conditions, s.tuple(0, op, fitted))
	}
	return nil
}

func (s *selection) tuple(i int, op string, key record.Row) string {
	if i == len(key)-1 {
		return s.compare(i, op, key[i])
	}
	strict := s.compare(i, strings.TrimSuffix(op, "="), key[i])
	equal := s.compare(i, "=", key[i])
	return "(" + strict + " OR (" + equal + " AND " + s.tuple(i+1, op, key) + "))"
}

// compare compares key field i with a value; null is before everything.
func (s *selection) compare(i int, op string, v record.Value) string {
	f := s.schema.Key[i]
	ref := s.ref(f)
	if v.IsNull() {
		return map[string]string{">": ref + " IS NOT NULL", ">=": "1 = 1", "=": ref + " IS NULL", "<=": ref + " IS NULL", "<": "1 = 0"}[op]
	}
	condition := fill(s.columns[f].order, ref) + " " + op + " " + s.param(s.columns[f].bind, v)
	if op[0] == '<' && s.schema.Fields[f].Nullable {
		return "(" + condition + " OR " + ref + " IS NULL)"
	}
	return condition
}

// A cursor is the key of the last row.
func makeCursor(key record.Row) record.Cursor {
	return record.Cursor(base64.RawURLEncoding.EncodeToString(record.AppendRow(nil, key)))
}

func parseCursor(c record.Cursor, fields int) (record.Row, error) {
	p, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil {
		return nil, errors.New("the cursor is none of this table's; start over")
	}
	key := make(record.Row, fields)
	for i := range key {
		if key[i], p, err = record.Decode(p); err != nil {
			return nil, fmt.Errorf("the cursor is none of this table's (%w); start over", err)
		}
	}
	if len(p) > 0 {
		return nil, errors.New("the cursor is of a longer key; start over")
	}
	return key, nil
}
