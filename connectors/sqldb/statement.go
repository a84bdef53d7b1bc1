package sqldb

import (
	"context"
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// statement is a SELECT, and how its rows become rows of a schema.
type statement struct {
	text    string
	args    []driver.NamedValue
	columns []column // what is selected: the fields of schema, then what key and filters need
	schema  *record.Schema
	key     []int    // where the key stands in columns, if the rows come sorted; nil if not
	filters []filter // what the server cannot check
}

// filter keeps the rows in which column at holds one of the values.
type filter struct {
	at int
	in map[record.Value]bool
}

// selection collects the parts of a statement for one table.
type selection struct {
	*view
	*table
	name       string
	args       []driver.NamedValue
	conditions []string
	filters    []filter // by field
}

// Read implements connectors.Source. A sorted read can be resumed.
func (v *view) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	t, err := v.table(ctx, q.Table)
	if err != nil {
		return nil, err
	}
	st, err := v.statement(t, q)
	if err != nil {
		return nil, err
	}
	return v.start(ctx, q.Table, st)
}

func (v *view) statement(t *table, q connectors.Query) (*statement, error) {
	s := &selection{view: v, table: t, name: q.Table}
	for _, m := range q.Match {
		if err := s.match(m); err != nil {
			return nil, err
		}
	}
	if err := s.keyRange(q.Range); err != nil {
		return nil, err
	}
	if err := s.after(q); err != nil {
		return nil, err
	}
	return s.statement(q.Fields, q.Sorted)
}

// statement puts the parts together.
func (s *selection) statement(fields []string, sorted bool) (*statement, error) {
	if fields == nil {
		fields = s.schema.Names()
	}
	schema, from, err := s.schema.Select(fields)
	if err != nil {
		return nil, connectors.Errorf(connectors.Missing, "read", s.where(s.name), "%w", err)
	}
	st := &statement{schema: schema, args: s.args}
	order := ""
	if sorted {
		if err := s.ordered(); err != nil {
			return nil, err
		}
		for _, k := range s.schema.Key {
			from = add(from, k, &st.key)
		}
		order = " ORDER BY " + strings.Join(s.each(s.schema.Key, func(c column) string { return c.order }), ", ")
	}
	for _, f := range s.filters {
		var at []int
		from = add(from, f.at, &at)
		st.filters = append(st.filters, filter{at[0], f.in})
	}
	for _, f := range from {
		st.columns = append(st.columns, s.columns[f])
	}
	selected := strings.Join(s.each(from, func(c column) string { return c.read }), ", ")
	if selected == "" {
		selected = "1" // a row without columns still counts
	}
	where := ""
	if len(s.conditions) > 0 {
		where = " WHERE " + strings.Join(s.conditions, " AND ")
	}
	if len(s.args) > s.dialect.maxArgs {
		return nil, s.unsupported(s.name, "%d values are more than %s takes", len(s.args), s.dialect.name)
	}
	st.text = "SELECT " + selected + " FROM " + s.from + " t" + where + order
	return st, nil
}

// add makes sure that a field is selected and appends its position to at.
func add(selected []int, field int, at *[]int) []int {
	i := slices.Index(selected, field)
	if i < 0 {
		i, selected = len(selected), append(selected, field)
	}
	*at = append(*at, i)
	return selected
}

// each fills an expression of each field with the field's name.
func (s *selection) each(fields []int, expression func(column) string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = fill(expression(s.columns[f]), s.ref(f))
	}
	return out
}

func (s *selection) ref(field int) string {
	return "t." + s.dialect.quote(s.schema.Fields[field].Name)
}

// param adds a parameter and returns how it is written.
func (s *selection) param(field int, v record.Value) string {
	n := len(s.args) + 1
	s.args = append(s.args, driver.NamedValue{Ordinal: n, Value: s.dialect.arg(v)})
	return fill(s.columns[field].bind, s.dialect.placeholder(n))
}

// match adds a condition: the field equals one of the values. What the
// server does not compare exactly is compared here.
func (s *selection) match(m connectors.Match) error {
	f := s.schema.Index(m.Field)
	if f < 0 {
		_, _, err := s.schema.Select([]string{m.Field})
		return connectors.Errorf(connectors.Missing, "read", s.where(s.name), "%w", err)
	}
	condition, ok := s.oneOf(f, m.In)
	if ok {
		s.conditions = append(s.conditions, condition)
		return nil
	}
	in := map[record.Value]bool{}
	for _, v := range m.In {
		fit, _ := s.fit(f, v)
		in[fit] = true
	}
	s.filters = append(s.filters, filter{f, in})
	return nil
}

// oneOf is the condition that a field equals one of the values; false if the
// server cannot check it. Values that the column can never hold equal nothing,
// but a text may stand for a value beyond the column's type, such as infinity.
func (s *selection) oneOf(f int, values []record.Value) (string, bool) {
	c, ref := s.columns[f], s.ref(f)
	var fits []record.Value
	null := false
	for _, v := range values {
		if v.IsNull() {
			null = true
			continue
		}
		fit, ok := s.fit(f, v)
		if ok {
			fits = append(fits, fit)
		} else if v.Kind() == record.KindText && !slices.Contains([]record.Kind{record.KindInt, record.KindBool, record.KindText}, c.kind.Kind) {
			return "", false
		}
	}
	var any []string
	if len(fits) > 0 {
		if c.equal == "" {
			return "", false
		}
		condition := s.in(f, c.equal, fits)
		if c.hint != "" {
			condition = s.in(f, c.hint, fits) + " AND " + condition
		}
		any = append(any, condition)
	}
	if null {
		any = append(any, ref+" IS NULL")
	}
	if len(any) == 0 {
		return "1 = 0", true
	}
	return "(" + strings.Join(any, " OR ") + ")", true
}

func (s *selection) in(f int, expression string, values []record.Value) string {
	params := make([]string, len(values))
	for i, v := range values {
		params[i] = s.param(f, v)
	}
	return fill(expression, s.ref(f)) + " IN (" + strings.Join(params, ", ") + ")"
}

// fit returns v as the column would hold it; false if it cannot.
func (s *selection) fit(f int, v record.Value) (record.Value, bool) {
	kind := s.schema.Fields[f].Type.Kind
	if kind != v.Kind() && kind != record.KindNull {
		fits, err := record.Convert(v, record.Type{Kind: kind, Scale: -1})
		if err != nil {
			return v, s.dialect.loose && !v.IsNull()
		}
		v = fits
	}
	return v, s.dialect.holds == nil || s.dialect.holds(v)
}

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
	condition := fill(s.columns[f].order, ref) + " " + op + " " + s.param(f, v)
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
