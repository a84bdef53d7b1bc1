package hubstore

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/record"
)

// selection is a query that is ready to run.
type selection struct {
	statement
	text   string
	schema *record.Schema
	kinds  []record.Kind // of each column that comes back: the fields, and then what else the cursor needs
	cursor []int         // where the key stands among them; nil if there is no cursor
}

// selectFrom starts a selection of the named fields; nil stands for all.
func (t *table) selectFrom(d dialect, fields []string) (*selection, []string, error) {
	if fields == nil {
		fields = t.schema.Names()
	}
	schema, columns, err := t.schema.Select(fields)
	if err != nil {
		return nil, nil, connectors.Errorf(connectors.Missing, "read", t.model.Name, "%w", err)
	}
	s := &selection{statement: statement{dialect: d}, schema: schema}
	var exprs []string
	for _, c := range columns {
		exprs = append(exprs, d.read(t.columns[c], t.sql(c)))
		s.kinds = append(s.kinds, t.columns[c].Type.Kind)
	}
	return s, exprs, nil
}

// maxParams bounds the values to match. SQLite takes 32,766 parameters and
// PostgreSQL 65,535, of which the bounds of a range need a few.
const maxParams = 32_000

// query translates q.
func (t *table) query(d dialect, q connectors.Query) (*selection, error) {
	s, exprs, err := t.selectFrom(d, q.Fields)
	if err != nil {
		return nil, err
	}
	var where []string
	for _, m := range q.Match {
		at := t.schema.Index(m.Field)
		if at < 0 {
			return nil, connectors.Errorf(connectors.Missing, "read", t.model.Name, "there is no column %q to match; there are %s", m.Field, joined(t.schema.Names()))
		}
		where = append(where, t.match(&s.statement, at, m.In))
	}
	if len(s.args) > maxParams {
		return nil, connectors.Errorf(connectors.Invalid, "read", t.model.Name, "%d values to match are more than a statement can have: %w", len(s.args), errors.ErrUnsupported)
	}
	bounds, err := t.bounds(&s.statement, q)
	if err != nil {
		return nil, err
	}
	where = append(where, bounds...)
	order := ""
	if q.Sorted {
		if len(t.schema.Key) == 0 {
			return nil, connectors.Errorf(connectors.Invalid, "read", t.schema.Table, "a query can only be sorted by a key that it selects: %w", errors.ErrUnsupported)
		}
		exprs = s.keepKey(t, exprs)
		order = " ORDER BY " + joined(t.keyNames())
	}
	s.text = "SELECT " + joined(exprs) + " FROM " + t.from
	if len(where) > 0 {
		s.text += " WHERE " + strings.Join(where, " AND ")
	}
	s.text += order
	return s, nil
}

// bounds are the conditions that Range and After set.
func (t *table) bounds(s *statement, q connectors.Query) ([]string, error) {
	after, err := t.position(q)
	if err != nil {
		return nil, err
	}
	var where []string
	for _, b := range []struct {
		key record.Row
		op  string
	}{{q.Range.From, ">="}, {q.Range.To, "<"}, {after, ">"}} {
		if b.key == nil {
			continue
		}
		condition, err := t.bound(s, b.key, b.op)
		if err != nil {
			return nil, err
		}
		where = append(where, condition)
	}
	return where, nil
}

// keepKey sees to it that the key comes back too, for the cursor.
func (s *selection) keepKey(t *table, exprs []string) []string {
	for _, k := range t.schema.Key {
		at := s.schema.Index(t.columns[k].Name)
		if at < 0 {
			at = len(exprs)
			exprs = append(exprs, t.sql(k))
			s.kinds = append(s.kinds, t.columns[k].Type.Kind)
		}
		s.cursor = append(s.cursor, at)
	}
	return exprs
}

func (t *table) keyNames() []string {
	names := make([]string, len(t.schema.Key))
	for i, k := range t.schema.Key {
		names[i] = t.sql(k)
	}
	return names
}

// match is the condition that a column has one of the values.
func (t *table) match(s *statement, column int, in []record.Value) string {
	var alternatives, list []string
	for _, v := range in {
		switch {
		case v.IsNull():
			alternatives = append(alternatives, t.sql(column)+" IS NULL")
		case canHold(t.columns[column], v):
			list = append(list, s.arg(s.dialect.param(v)))
		}
	}
	if len(list) > 0 {
		alternatives = append(alternatives, t.sql(column)+" IN ("+joined(list)+")")
	}
	if len(alternatives) == 0 {
		return "1 = 0"
	}
	return "(" + strings.Join(alternatives, " OR ") + ")"
}

// canHold reports whether a value may occur in a column at all. Others match
// nothing, and PostgreSQL would refuse some of them.
func canHold(c hub.Column, v record.Value) bool {
	if v.Kind() != c.Type.Kind {
		return false
	}
	if v.Kind() == record.KindText {
		return !strings.Contains(v.AsText(), "\x00") && utf8.ValidString(v.AsText()) && (!c.UUID || isUUID(v.AsText()))
	}
	return true
}

// bound is the condition that the key compares with a bound as op says.
func (t *table) bound(s *statement, bound record.Row, op string) (string, error) {
	if !t.canBeKey(bound) {
		return "", connectors.Errorf(connectors.Invalid, "read", t.model.Name, "a range must begin and end with keys that the table can have: %w", errors.ErrUnsupported)
	}
	params := make([]string, len(bound))
	for i, v := range bound {
		params[i] = s.arg(v.AsText())
	}
	return "(" + joined(t.keyNames()) + ") " + op + " (" + joined(params) + ")", nil
}

func (t *table) canBeKey(key record.Row) bool {
	if len(key) != len(t.schema.Key) {
		return false
	}
	for i, k := range t.schema.Key {
		if !canHold(t.columns[k], key[i]) {
			return false
		}
	}
	return true
}

// The cursor of a sorted Read is the key of the last row.
func cursorOf(key record.Row) record.Cursor {
	return record.Cursor(base64.RawURLEncoding.EncodeToString(record.AppendRow(nil, key)))
}

// position is the key after which q goes on; nil if it begins.
func (t *table) position(q connectors.Query) (record.Row, error) {
	if q.After == "" {
		return nil, nil
	}
	if !q.Sorted {
		return nil, connectors.Errorf(connectors.Invalid, "read", t.model.Name, "only a sorted read can be resumed: %w", errors.ErrUnsupported)
	}
	key := make(record.Row, len(t.schema.Key))
	encoded, err := base64.RawURLEncoding.DecodeString(string(q.After))
	if err == nil {
		var rest []byte
		if rest, err = record.DecodeRow(encoded, key, &record.Arena{}); err == nil && len(rest) > 0 {
			err = errors.New("it has too many values")
		}
	}
	if err != nil {
		return nil, connectors.Errorf(connectors.Invalid, "read", t.model.Name, "not a cursor of this table: %w", err)
	}
	return key, nil
}

func joined(names []string) string { return strings.Join(names, ", ") }

// isUUID reports whether s is a UUID as the hub writes it.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
