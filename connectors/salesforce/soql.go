package salesforce

import (
	"net/url"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// The lengths that a query may have. A longer one than uriLimit, escaped, does
// not fit a URI; the Bulk API takes it as a body.
const (
	uriLimit  = 8_000
	soqlLimit = 90_000
)

// selection is a query of a table: what it asks for, and what is left to us.
type selection struct {
	table   *table
	schema  *record.Schema // of the rows that the reader yields
	columns []int          // selected: those of the schema, then those that conditions need
	where   []string
	deleted bool                  // with rows in the Recycle Bin
	keep    func(record.Row) bool // checks a row of the selected columns; nil for all
	nothing bool                  // no row can be found
	many    bool                  // so many rows are expected that no page is tried first
}

// choose begins a selection of the named columns, all if nil.
func (o *Org) choose(op string, t *table, fields []string) (*selection, error) {
	columns, err := o.find(op, t, fields)
	if err != nil {
		return nil, err
	}
	s := &selection{table: t, schema: t.schema, columns: columns, deleted: o.config.Deleted}
	if fields != nil {
		if s.schema, _, err = t.schema.Select(fields); err != nil {
			return nil, connectors.Errorf(connectors.Missing, op, o.where(t.name), "%w", err)
		}
	}
	return s, nil
}

// column returns where a column of the table stands among those selected, and
// selects it if need be.
func (s *selection) column(c int) int {
	if at := slices.Index(s.columns, c); at >= 0 {
		return at
	}
	s.columns = append(slices.Clip(s.columns), c)
	return len(s.columns) - 1
}

// and adds a check of the rows.
func (s *selection) and(keep func(record.Row) bool) {
	if before := s.keep; before != nil {
		s.keep = func(row record.Row) bool { return before(row) && keep(row) }
		return
	}
	s.keep = keep
}

// soql is the text of the query.
func (s *selection) soql() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, c := range s.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.table.columns[c].path)
	}
	b.WriteString(" FROM " + s.table.from)
	if len(s.where) > 0 {
		b.WriteString(" WHERE " + strings.Join(s.where, " AND "))
	}
	return b.String()
}

// fitsURI reports whether a query may be sent as part of an address.
func fitsURI(soql string) bool {
	return len(soql) <= uriLimit && len(url.QueryEscape(soql)) <= uriLimit
}

// match narrows the selection to the rows of m. Salesforce finds no fewer rows
// than it should, but perhaps more, so they are compared again.
func (s *selection) match(c int, m connectors.Match) {
	if len(m.In) == 0 {
		s.nothing = true
	}
	column := s.table.columns[c]
	in := make(map[record.Value]bool, len(m.In))
	for _, v := range m.In {
		in[column.normal(v)] = true
	}
	at := s.column(c)
	s.and(func(row record.Row) bool { return in[row[at]] })
	if condition := column.oneOf(m.In); condition != "" && len(s.soql())+len(condition) < soqlLimit {
		s.where = append(s.where, condition)
	}
}

// oneOf is the condition that the column holds one of the values; "" if SOQL
// cannot say so.
func (c *column) oneOf(values []record.Value) string {
	if !c.filterable {
		return ""
	}
	var list []string
	null := false
	for _, v := range values {
		literal, ok := c.literal(v)
		switch {
		case v.IsNull():
			null = true
		case ok && !slices.Contains(list[max(0, len(list)-1):], literal):
			list = append(list, literal)
		}
	}
	var either []string
	if len(list) > 0 {
		either = append(either, c.path+" IN ("+strings.Join(list, ",")+")")
	}
	if null {
		either = append(either, c.path+" = null")
	}
	switch len(either) {
	case 0:
		return "Id = null" // no value that the column can hold
	case 1:
		return either[0]
	}
	return "(" + strings.Join(either, " OR ") + ")"
}

// literal writes a value as SOQL has it; false for one that the column never
// holds.
func (c *column) literal(v record.Value) (string, bool) {
	if v.Kind() != c.typ.Kind || v.IsNull() {
		return "", false
	}
	switch v.Kind() {
	case record.KindText:
		if v.AsText() == "" {
			return "", false
		}
		return quote(v.AsText()), true
	case record.KindInstant:
		return v.AsTime().Format(instantForm), true
	}
	return v.String(), true
}

var quoting = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\b", `\b`, "\f", `\f`)

// quote writes a text as SOQL has it. What a text holds can never be read as
// a part of the query.
func quote(text string) string { return "'" + quoting.Replace(text) + "'" }
