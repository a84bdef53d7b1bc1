package sqldb

import (
	"context"
	"database/sql/driver"
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
	r, err := v.start(ctx, q.Table, st)
	if err != nil {
		return nil, err // and no reader, not even a nil one that looks like one
	}
	return r, nil
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
func (s *selection) param(bind string, v record.Value) string {
	n := len(s.args) + 1
	s.args = append(s.args, driver.NamedValue{Ordinal: n, Value: s.dialect.arg(v)})
	return fill(bind, s.dialect.placeholder(n))
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
	var alternatives []string
	if len(fits) > 0 {
		if c.equal == "" {
			return "", false
		}
		condition := ""
		if c.hint != "" {
			condition = s.in(f, "{}", c.hint, fits) + " AND "
		}
		condition += s.in(f, c.equal, c.bind, fits)
		alternatives = append(alternatives, condition)
	}
	if null {
		alternatives = append(alternatives, ref+" IS NULL")
	}
	if len(alternatives) == 0 {
		return "1 = 0", true
	}
	return "(" + strings.Join(alternatives, " OR ") + ")", true
}

func (s *selection) in(f int, expression, bind string, values []record.Value) string {
	params := make([]string, len(values))
	for i, v := range values {
		params[i] = s.param(bind, v)
	}
	return fill(expression, s.ref(f)) + " IN (" + strings.Join(params, ", ") + ")"
}

// fit returns v as the column would hold it; false if it cannot. A decimal
// with too many places does not fit, because servers would round it.
func (s *selection) fit(f int, v record.Value) (record.Value, bool) {
	t := s.schema.Fields[f].Type
	stray := s.dialect.strays != nil && s.dialect.strays(v)
	if t.Kind != v.Kind() && t.Kind != record.KindNull {
		fits, err := record.Convert(v, record.Type{Kind: t.Kind, Scale: -1})
		if err != nil {
			return v, stray
		}
		v = fits
	}
	if v.Kind() == record.KindDecimal && t.Kind == record.KindDecimal && t.Scale >= 0 {
		if _, scale, _ := v.DecimalParts(); scale > t.Scale {
			return v, stray
		}
	}
	return v, s.dialect.holds == nil || s.dialect.holds(v)
}
