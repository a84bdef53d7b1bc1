package soql

import (
	"strconv"
	"strings"
)

// String is the query in its plainest form. Parsing it gives the same query.
func (q *Query) String() string {
	var b strings.Builder
	q.print(&b)
	return b.String()
}

func (q *Query) print(b *strings.Builder) {
	b.WriteString("SELECT ")
	for i, item := range q.Select {
		separate(b, i, ", ")
		printItem(b, item)
	}
	b.WriteString(" FROM " + q.From)
	if q.Alias != "" {
		b.WriteString(" " + q.Alias)
	}
	if q.Where != nil {
		b.WriteString(" WHERE ")
		printExpr(b, q.Where)
	}
	for i, o := range q.Order {
		if i == 0 {
			b.WriteString(" ORDER BY ")
		}
		separate(b, i, ", ")
		b.WriteString(o.Field.String())
		if o.Desc {
			b.WriteString(" DESC")
		}
		if o.NullsLast {
			b.WriteString(" NULLS LAST")
		}
	}
	if q.Limit != None {
		b.WriteString(" LIMIT " + strconv.Itoa(q.Limit))
	}
	if q.Offset != None {
		b.WriteString(" OFFSET " + strconv.Itoa(q.Offset))
	}
}

func printItem(b *strings.Builder, item Item) {
	switch item := item.(type) {
	case Field:
		b.WriteString(item.String())
	case Aggregate:
		b.WriteString(item.Func + "(" + item.Field.String() + ")")
		if item.Alias != "" {
			b.WriteString(" " + item.Alias)
		}
	case FieldSet:
		b.WriteString("FIELDS(" + item.Set + ")")
	case Subquery:
		b.WriteByte('(')
		item.Query.print(b)
		b.WriteByte(')')
	}
}

func printExpr(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case Condition:
		printCondition(b, e)
	case Not:
		b.WriteString("NOT ")
		printTerm(b, e.Expr)
	case And:
		printTerms(b, e, " AND ")
	case Or:
		printTerms(b, e, " OR ")
	}
}

func printTerms(b *strings.Builder, terms []Expr, joiner string) {
	for i, t := range terms {
		separate(b, i, joiner)
		printTerm(b, t)
	}
}

// printTerm puts what is joined of several conditions in parentheses.
func printTerm(b *strings.Builder, e Expr) {
	switch e.(type) {
	case And, Or:
		b.WriteByte('(')
		printExpr(b, e)
		b.WriteByte(')')
	default:
		printExpr(b, e)
	}
}

func printCondition(b *strings.Builder, c Condition) {
	b.WriteString(c.Field.String() + " " + string(c.Op) + " ")
	switch c.Op {
	case In, NotIn, Includes, Excludes:
		b.WriteByte('(')
		for i, l := range c.Values {
			separate(b, i, ", ")
			printLiteral(b, l, false)
		}
		b.WriteByte(')')
	default:
		printLiteral(b, c.Values[0], c.Op == Like)
	}
}

func printLiteral(b *strings.Builder, l Literal, like bool) {
	switch {
	case l.Kind == String:
		b.WriteString(quote(l.Text, like))
	case l.Kind == Null:
		b.WriteString("NULL")
	case l.Kind == DateSpan && l.Text == "LAST_N_DAYS":
		b.WriteString(l.Text + ":" + strconv.Itoa(l.N))
	default:
		b.WriteString(l.Text)
	}
}

// quote writes a string as a literal; like says that it is a pattern, whose
// backslashes stay as they are.
func quote(s string, like bool) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			if !like {
				b.WriteString(`\\`)
				continue
			}
			b.WriteByte(c)
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '\'':
			b.WriteString(`\'`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

func separate(b *strings.Builder, i int, separator string) {
	if i > 0 {
		b.WriteString(separator)
	}
}
