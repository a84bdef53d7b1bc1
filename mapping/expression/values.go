package expression

import (
	"crosswalk/record"

	"github.com/expr-lang/expr/ast"
)

var values = group{"Values", []function{
	{Function: Function{Signature: "text(v any) text", Doc: "as text, in the standard spelling", Example: "text(date('2024-02-29'))", Gives: "'2024-02-29'"}, call: converted(record.Type{Kind: record.KindText})},
	{Function: Function{Signature: "is_null(v any) bool", Doc: "whether it is null; the same as v == null", Example: "is_null(null)", Gives: "true"}, nulls: true,
		call: func(a []record.Value) (record.Value, error) { return record.Bool(a[0].IsNull()), nil }},
	{Function: Function{Signature: "absent(column any) bool", Doc: "whether the source has no such column, for this row or at all", Example: "absent(no_such_column)", Gives: "true"}, form: true},
	{Function: Function{Signature: "col(name const text) any", Doc: "a column whose name has blanks or other signs", Example: "col('Customer No.')", Gives: "'4711'"}, form: true},
	{Function: Function{Signature: "coalesce(v... any) common", Doc: "the first that is not null; also a ?? b", Example: "coalesce(null, 'EUR')", Gives: "'EUR'"}, form: true},
	{Function: Function{Signature: "null_if(v any, x any) first", Doc: "null if v equals x, otherwise v", Example: "null_if('-', '-')", Gives: "null"}, nulls: true, call: nullIf},
	{Function: Function{Signature: "null_if_in(v any, x... any) first", Doc: "null if v equals one of them, otherwise v",
		Example: "null_if_in('N/A', 'NULL', 'N/A', '-')", Gives: "null"}, nulls: true, call: nullIf},
	{Function: Function{Signature: "if(condition bool, a any, b any) common", Doc: "a if the condition holds, otherwise b; also condition ? a : b", Example: "if(2 > 1, 'more', 'less')", Gives: "'more'"}, form: true},
	{Function: Function{Signature: "try(v any, fallback any) common", Doc: "v, or the fallback where v cannot be computed", Example: "try(int('10 users'), null)", Gives: "null"}, form: true},
}}

// form compiles the functions that do not just compute their arguments.
func (c *compiler) form(t ast.Node, name string, args []ast.Node) *node {
	switch name {
	case "absent":
		return c.absent(t, args[0])
	case "col":
		return c.namedColumn(t, args[0])
	case "coalesce":
		return c.coalesce(t, args)
	case "if":
		return c.conditional(t, args[0], args[1], args[2])
	case "try":
		return c.try(t, args[0], args[1])
	}
	return c.lookup(t, name, args)
}

// absent is also allowed for a column that the source's schema does not have.
func (c *compiler) absent(t, arg ast.Node) *node {
	id, ok := arg.(*ast.IdentifierNode)
	if !ok {
		return c.fail(arg, "absent wants the name of a column")
	}
	if c.scope.Columns == nil || c.scope.Columns.Index(id.Value) < 0 {
		return constant(record.Bool(true), t)
	}
	at := c.scope.need(id.Value)
	c.reads = append(c.reads, at)
	return &node{kind: record.KindBool, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
		return record.Bool(f.row[at].Kind() == record.KindAbsent), nil
	}}
}

func (c *compiler) namedColumn(t, arg ast.Node) *node {
	name, ok := arg.(*ast.StringNode)
	if !ok {
		return c.fail(arg, "col wants the name of a column in quotes")
	}
	if c.scope.Columns == nil || c.scope.Columns.Index(name.Value) < 0 {
		return c.unknown(arg, name.Value)
	}
	return c.column(name.Value, t)
}

// coalesce computes only as many arguments as it needs.
func (c *compiler) coalesce(t ast.Node, args []ast.Node) *node {
	nodes, ok := c.arguments(functionsByName["coalesce"], args)
	if !ok {
		return nil
	}
	kind, ok := common(nodes...)
	if !ok {
		return c.fail(t, "`%s`: its arguments are of different kinds: %s", t, kindsOf(nodes))
	}
	return c.fold(&node{kind: kind, column: -1, choices: union(nodes...), tree: t, eval: func(f *Frame) (record.Value, error) {
		for _, n := range nodes {
			if v, err := n.eval(f); err != nil || !v.IsNull() {
				return v, err
			}
		}
		return record.Null(), nil
	}}, nodes...)
}

func nullIf(args []record.Value) (record.Value, error) {
	for _, x := range args[1:] {
		if same, err := equal(args[0], x); err != nil || same {
			return record.Null(), err
		}
	}
	return args[0], nil
}

// try keeps the mistakes of a column's values from rejecting its row. A
// mistake in the expression itself is still found when it is compiled.
func (c *compiler) try(t, attempt, otherwise ast.Node) *node {
	c.trying++
	v := c.node(attempt)
	c.trying--
	fallback := c.node(otherwise)
	if v == nil || fallback == nil {
		return nil
	}
	kind, ok := common(v, fallback)
	if !ok {
		return c.fail(t, "`%s` is %s, but its fallback is %s", attempt, v.kind, fallback.kind)
	}
	return &node{kind: kind, column: -1, choices: union(v, fallback), tree: t, eval: func(f *Frame) (record.Value, error) {
		if value, err := v.eval(f); err == nil {
			return value, nil
		}
		return fallback.eval(f)
	}}
}
