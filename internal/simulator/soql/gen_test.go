package soql

import (
	"strings"

	"pgregory.net/rapid"
)

func genQuery(t *rapid.T, outer bool) *Query {
	q := &Query{From: genName(t), Limit: None, Offset: None}
	for range rapid.IntRange(1, 3).Draw(t, "items") {
		q.Select = append(q.Select, genItem(t, outer))
	}
	if rapid.Bool().Draw(t, "alias") {
		q.Alias = genName(t)
	}
	if rapid.Bool().Draw(t, "where") {
		q.Where = genExpr(t, 3)
	}
	for range rapid.IntRange(0, 2).Draw(t, "orders") {
		q.Order = append(q.Order, Order{genField(t), rapid.Bool().Draw(t, "desc"), rapid.Bool().Draw(t, "last")})
	}
	if rapid.Bool().Draw(t, "limit") {
		q.Limit = rapid.IntRange(0, 5000).Draw(t, "n")
		q.Offset = rapid.IntRange(None, 2000).Draw(t, "offset")
	}
	return q
}

func genName(t *rapid.T) string {
	return rapid.StringMatching(`[A-Za-z][A-Za-z0-9_]{0,8}`).Filter(func(s string) bool { return !reserved(s) }).Draw(t, "name")
}

func genField(t *rapid.T) Field {
	f := Field{}
	for range rapid.IntRange(1, 3).Draw(t, "path") {
		f.Path = append(f.Path, genName(t))
	}
	return f
}

func genItem(t *rapid.T, outer bool) Item {
	switch rapid.IntRange(0, 4).Draw(t, "item") {
	case 0:
		if outer {
			return Subquery{Query: genQuery(t, false)}
		}
	case 1:
		return FieldSet{Set: rapid.SampledFrom([]string{"ALL", "STANDARD", "CUSTOM"}).Draw(t, "set")}
	case 2:
		return Aggregate{Func: "COUNT"}
	case 3:
		a := Aggregate{Func: rapid.SampledFrom([]string{"COUNT", "MIN", "MAX"}).Draw(t, "func"), Field: genField(t)}
		if rapid.Bool().Draw(t, "named") {
			a.Alias = genName(t)
		}
		return a
	}
	return genField(t)
}

func genExpr(t *rapid.T, depth int) Expr {
	kind := rapid.IntRange(0, 5).Draw(t, "expr")
	if depth == 0 || kind > 2 {
		return genCondition(t)
	}
	if kind == 2 {
		return Not{genExpr(t, depth-1)}
	}
	var terms []Expr
	for range rapid.IntRange(2, 3).Draw(t, "terms") {
		terms = append(terms, genExpr(t, depth-1))
	}
	if kind == 0 {
		return And(terms)
	}
	return Or(terms)
}

func genCondition(t *rapid.T) Expr {
	c := Condition{Field: genField(t)}
	c.Op = rapid.SampledFrom([]Op{Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Like, In, NotIn, Includes, Excludes}).Draw(t, "op")
	switch c.Op {
	case Like:
		parts := rapid.SliceOf(rapid.SampledFrom([]string{`\\`, `\%`, `\_`, "%", "_", "a", "ü", "'", "\n", `"`})).Draw(t, "pattern")
		c.Values = []Literal{{Kind: String, Text: strings.Join(parts, "")}}
	case In, NotIn, Includes, Excludes:
		for range rapid.IntRange(1, 3).Draw(t, "values") {
			c.Values = append(c.Values, genLiteral(t))
		}
	default:
		c.Values = []Literal{genLiteral(t)}
	}
	return c
}

func genLiteral(t *rapid.T) Literal {
	return rapid.OneOf(
		rapid.Just(Literal{Kind: Null}),
		rapid.Map(rapid.String(), func(s string) Literal { return Literal{Kind: String, Text: s} }),
		rapid.Map(rapid.StringMatching(`[+-]?[0-9]{1,20}(\.[0-9]{1,5})?`), func(s string) Literal { return Literal{Kind: Number, Text: s} }),
		rapid.SampledFrom([]Literal{
			{Kind: Boolean, Text: "true"}, {Kind: Boolean, Text: "false"},
			{Kind: Date, Text: "2026-01-31"}, {Kind: DateTime, Text: "2026-01-31T10:00:00.000-08:00"},
			{Kind: DateSpan, Text: "TODAY"}, {Kind: DateSpan, Text: "LAST_N_DAYS", N: 7},
		}),
	).Draw(t, "literal")
}
