package org

import (
	"strings"
	"time"

	"crosswalk/internal/simulator/soql"
)

// A clause is a piece of SQL with its arguments.
type clause struct {
	sql  string
	args []any
}

// where compiles WHERE, together with what else decides whether a row is seen: the
// recycle bin, and for a subquery the parent, whose id is the first argument.
func (c *compiler) where(under *Field) (clause, error) {
	visible := clause{sql: "t0.IsDeleted = 'false'"}
	if c.all {
		kept := c.now.AddDate(0, 0, -binDays).Format(instant)
		visible = clause{"(t0.IsDeleted = 'false' OR t0.SystemModstamp >= ?)", []any{kept}}
	}
	if under != nil {
		visible = clause{"t0." + quote(under.Name) + " = ? AND " + visible.sql, append([]any{nil}, visible.args...)}
	}
	if c.query.Where == nil {
		return visible, nil
	}
	wanted, err := c.expr(c.query.Where)
	if err != nil {
		return clause{}, err
	}
	return clause{visible.sql + " AND " + wanted.sql, append(visible.args, wanted.args...)}, nil
}

func (c *compiler) expr(e soql.Expr) (clause, error) {
	switch e := e.(type) {
	case soql.And:
		return c.joined(e, " AND ")
	case soql.Or:
		return c.joined(e, " OR ")
	case soql.Not:
		// What SQL knows not to be true or false is false in SOQL, and its opposite true.
		inner, err := c.expr(e.Expr)
		return clause{"NOT IFNULL(" + inner.sql + ", 0)", inner.args}, err
	default:
		return c.condition(e.(soql.Condition))
	}
}

// joined joins terms as a balanced tree: SQLite bounds how deep a condition is.
func (c *compiler) joined(terms []soql.Expr, joiner string) (clause, error) {
	if len(terms) == 1 {
		return c.expr(terms[0])
	}
	left, err := c.joined(terms[:len(terms)/2], joiner)
	if err != nil {
		return clause{}, err
	}
	right, err := c.joined(terms[len(terms)/2:], joiner)
	return clause{"(" + left.sql + joiner + right.sql + ")", append(left.args, right.args...)}, err
}

func (c *compiler) condition(cond soql.Condition) (clause, error) {
	s, f, err := c.resolve(cond.Field)
	if err != nil {
		return clause{}, err
	}
	if !f.Filterable {
		return clause{}, c.refuse("INVALID_FIELD", cond.Field.Pos, "field '%s' can not be filtered in a query call", f.Name)
	}
	if err := c.fits(cond, f); err != nil {
		return clause{}, err
	}
	column := c.value(s, f)
	switch cond.Op {
	case soql.Like:
		return clause{"fold(" + column + `) LIKE ? ESCAPE '\'`, []any{fold(cond.Values[0].Text)}}, nil
	case soql.Includes, soql.Excludes:
		return c.includes(cond, column)
	case soql.In, soql.NotIn:
		return c.in(cond, f, column)
	}
	return c.compare(cond, f, column)
}

// fits refuses operators that the type of a field does not have.
func (c *compiler) fits(cond soql.Condition, f Field) error {
	pos := cond.Field.Pos
	ordered := cond.Op == soql.Less || cond.Op == soql.LessOrEqual || cond.Op == soql.Greater || cond.Op == soql.GreaterOrEqual
	multi := f.Type == "multipicklist"
	switch {
	case cond.Op == soql.Like && !f.isText():
		return c.refuse("INVALID_QUERY_FILTER_OPERATOR", pos, "invalid operator on %s field", f.Type)
	case cond.Op == soql.Like && cond.Values[0].Kind != soql.String:
		return c.wrongKind(cond.Values[0], f)
	case cond.Op == soql.Like && len(fold(cond.Values[0].Text)) > maxPattern:
		return c.refuse("MALFORMED_QUERY", pos, "the simulator takes patterns of at most %d bytes", maxPattern)
	case (cond.Op == soql.Includes || cond.Op == soql.Excludes) && !multi:
		return c.refuse("INVALID_QUERY_FILTER_OPERATOR", pos, "includes and excludes are for multi-select picklists, and '%s' is none", f.Name)
	case ordered && (multi || f.Type == "boolean"):
		return c.refuse("INVALID_QUERY_FILTER_OPERATOR", pos, "invalid operator on %s field", f.Type)
	case ordered && cond.Values[0].Kind == soql.Null:
		return c.refuse("INVALID_FIELD", cond.Values[0].Pos, "value of filter criterion for field '%s' must not be null", f.Name)
	}
	return nil
}

// compare compiles a comparison with one value. A row without a value differs from
// every value, and is neither less nor greater than any.
func (c *compiler) compare(cond soql.Condition, f Field, column string) (clause, error) {
	l := cond.Values[0]
	if empty(l, f) {
		switch cond.Op {
		case soql.Equal, soql.LessOrEqual, soql.GreaterOrEqual:
			return clause{sql: column + " IS NULL"}, nil
		}
		return clause{sql: column + " IS NOT NULL"}, nil
	}
	if l.Kind == soql.DateSpan && (f.Type == "date" || f.Type == "datetime") {
		return c.span(cond.Op, l, f, column), nil
	}
	value, err := c.literal(l, f)
	if err != nil {
		return clause{}, err
	}
	compared := comparable(f, column)
	if cond.Op == soql.NotEqual {
		return clause{"(" + compared + " <> ? OR " + column + " IS NULL)", []any{value}}, nil
	}
	return clause{"(" + compared + " " + string(cond.Op) + " ?" + present(f, column) + ")", []any{value}}, nil
}

// present lets SQLite use the index of a column, which leaves nulls out.
func present(f Field, column string) string {
	if f.isKey() {
		return " AND " + column + " IS NOT NULL"
	}
	return ""
}

// empty tells whether a literal stands for null, as the empty string does where
// strings are compared.
func empty(l soql.Literal, f Field) bool {
	return l.Kind == soql.Null || l.Kind == soql.String && l.Text == "" && (f.isText() || f.isID())
}

func (c *compiler) in(cond soql.Condition, f Field, column string) (clause, error) {
	var marks []string
	var args []any
	null := false
	for _, l := range cond.Values {
		if empty(l, f) {
			null = true
			continue
		}
		value, err := c.literal(l, f)
		if err != nil {
			return clause{}, err
		}
		marks, args = append(marks, "?"), append(args, value)
	}
	set := comparable(f, column) + " IN (" + strings.Join(marks, ", ") + ")"
	switch {
	case cond.Op == soql.In && null:
		return clause{"(" + set + " OR " + column + " IS NULL)", args}, nil
	case cond.Op == soql.In:
		return clause{"(" + set + present(f, column) + ")", args}, nil
	case null:
		return clause{"(NOT " + set + " AND " + column + " IS NOT NULL)", args}, nil
	}
	return clause{"(NOT " + set + " OR " + column + " IS NULL)", args}, nil
}

// includes looks for values among those of a multi-select picklist; 'a;b' wants both.
func (c *compiler) includes(cond soql.Condition, column string) (clause, error) {
	var some []string
	var args []any
	for _, l := range cond.Values {
		if l.Kind != soql.String {
			return clause{}, c.wrongKind(l, Field{Name: cond.Field.String(), Type: "string"})
		}
		var all []string
		for _, v := range strings.Split(l.Text, ";") {
			all = append(all, "instr(';' || fold("+column+") || ';', ?) > 0")
			args = append(args, ";"+fold(v)+";")
		}
		some = append(some, "("+strings.Join(all, " AND ")+")")
	}
	sql := "(" + strings.Join(some, " OR ") + ")"
	if cond.Op == soql.Excludes {
		sql = "NOT IFNULL(" + sql + ", 0)"
	}
	return clause{sql, args}, nil
}

// span compares with the days of a literal such as TODAY: before them is less, behind them
// greater, among them equal.
func (c *compiler) span(op soql.Op, l soql.Literal, f Field, column string) clause {
	today := c.now.Truncate(24 * time.Hour)
	first, behind := today, today.AddDate(0, 0, 1)
	switch l.Text {
	case "YESTERDAY":
		first, behind = today.AddDate(0, 0, -1), today
	case "LAST_N_DAYS":
		first = today.AddDate(0, 0, -l.N)
	}
	layout := time.DateOnly
	if f.Type == "datetime" {
		layout = instant
	}
	from, to := first.Format(layout), behind.Format(layout)
	switch op {
	case soql.Less:
		return clause{column + " < ?", []any{from}}
	case soql.LessOrEqual:
		return clause{column + " < ?", []any{to}}
	case soql.Greater:
		return clause{column + " >= ?", []any{to}}
	case soql.GreaterOrEqual:
		return clause{column + " >= ?", []any{from}}
	case soql.NotEqual:
		return clause{"(" + column + " < ? OR " + column + " >= ? OR " + column + " IS NULL)", []any{from, to}}
	}
	return clause{"(" + column + " >= ? AND " + column + " < ?)", []any{from, to}}
}

// literal is a value in the form in which comparable compares it.
func (c *compiler) literal(l soql.Literal, f Field) (string, error) {
	switch {
	case f.isText() && l.Kind == soql.String:
		return key(f, l.Text), nil
	case f.isID() && l.Kind == soql.String:
		id, ok := ID18(l.Text)
		if !ok {
			return "", c.refuse("INVALID_QUERY_FILTER_OPERATOR", l.Pos, "invalid ID field: %s", l.Text)
		}
		return id, nil
	case f.isNumber() && l.Kind == soql.Number:
		return orderly(l.Text), nil
	case f.Type == "boolean" && l.Kind == soql.Boolean, f.Type == "date" && l.Kind == soql.Date:
		return l.Text, nil
	case f.Type == "datetime" && l.Kind == soql.DateTime:
		return l.Instant().Format(instant), nil
	}
	return "", c.wrongKind(l, f)
}

func (c *compiler) wrongKind(l soql.Literal, f Field) error {
	want, quotes := f.Type, "should not"
	switch {
	case f.isText() || f.isID():
		want, quotes = "string", "should"
	case f.isNumber() && f.Type != "int":
		want = "double"
	case f.Type == "datetime":
		want = "dateTime"
	}
	return c.refuse("INVALID_FIELD", l.Pos, "value of filter criterion for field '%s' must be of type %s and %s be enclosed in quotes", f.Name, want, quotes)
}
