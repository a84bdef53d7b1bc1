package expression

import (
	"fmt"
	"slices"

	"crosswalk/internal/yamlfile"
	"crosswalk/record"

	"github.com/expr-lang/expr/ast"
)

// eval computes the value of a node for the row of a Frame.
type eval func(*Frame) (record.Value, error)

// node is a checked part of an expression, ready to run.
type node struct {
	kind     record.Kind // KindNull: known only at run time
	eval     eval
	constant bool
	value    record.Value // of a constant
	column   int          // position in Scope.needs of a bare column, else -1
	choices  []string     // the only values besides null, if there are few; nil if unknown
	tree     ast.Node
}

// isNull reports whether n is the constant null.
func (n *node) isNull() bool { return n.constant && n.value.IsNull() }

// compiler turns a syntax tree into nodes. A part with an error is the nil
// node, which its parents pass on without complaining again.
type compiler struct {
	scope  *Scope
	source []rune
	errors Errors
	reads  []int
	trying int // how many try(...) surround the node
}

func (c *compiler) compile(text string) *node {
	if c.scope.Columns != nil && c.scope.Columns.Index(text) >= 0 {
		return c.column(text, nil)
	}
	tree, err := parse(text)
	if err != nil {
		c.errors = append(c.errors, *err)
		return nil
	}
	return c.node(tree)
}

// fail notes an error at t and returns the nil node.
func (c *compiler) fail(t ast.Node, format string, args ...any) *node {
	c.errors = append(c.errors, Error{Offset: t.Location().From, Message: fmt.Sprintf(format, args...)})
	return nil
}

func (c *compiler) node(tree ast.Node) *node {
	switch t := tree.(type) {
	case *ast.NilNode:
		return constant(record.Null(), t)
	case *ast.BoolNode:
		return constant(record.Bool(t.Value), t)
	case *ast.IntegerNode:
		return constant(record.Int(int64(t.Value)), t)
	case *ast.FloatNode:
		return c.decimal(t)
	case *ast.StringNode:
		return constant(record.Text(t.Value), t)
	case *ast.BytesNode:
		return constant(record.Bytes(t.Value), t)
	case *ast.IdentifierNode:
		return c.identifier(t)
	case *ast.UnaryNode:
		return c.unary(t)
	case *ast.BinaryNode:
		return c.binary(t)
	case *ast.ConditionalNode:
		return c.conditional(t, t.Cond, t.Exp1, t.Exp2)
	case *ast.CallNode:
		return c.call(t)
	case *ast.ArrayNode:
		return c.fail(t, "a list can only stand after `in`")
	}
	return c.fail(tree, "`%s` is not part of the language", tree)
}

func constant(v record.Value, t ast.Node) *node {
	eval := func(*Frame) (record.Value, error) { return v, nil }
	return &node{kind: v.Kind(), eval: eval, constant: true, value: v, column: -1, choices: choice(v), tree: t}
}

// choice lists the one value of a constant; null is none.
func choice(v record.Value) []string {
	if v.IsNull() {
		return []string{}
	}
	return []string{v.String()}
}

// union lists the values that any of the nodes can have.
func union(nodes ...*node) []string {
	all := []string{}
	for _, n := range nodes {
		if n.choices == nil {
			return nil
		}
		all = append(all, n.choices...)
	}
	return all
}

// decimal reads a literal such as 0.10 from the source text, since the parser
// has already made a float of it.
func (c *compiler) decimal(t *ast.FloatNode) *node {
	at := t.Location()
	v, err := record.ParseDecimal(string(c.source[at.From:at.To]))
	if err != nil {
		return c.fail(t, "%v", err)
	}
	return constant(v, t)
}

func (c *compiler) identifier(t *ast.IdentifierNode) *node {
	if t.Value == "null" {
		return constant(record.Null(), t)
	}
	for i, l := range c.scope.lets {
		if l.name == t.Value {
			return c.let(i, t)
		}
	}
	if c.scope.Columns != nil && c.scope.Columns.Index(t.Value) >= 0 {
		return c.column(t.Value, t)
	}
	return c.unknown(t, t.Value)
}

// unknown complains about a name that stands for nothing. If it resembles
// none, it may be a text that lacks its quotes.
func (c *compiler) unknown(t ast.Node, name string) *node {
	advice := yamlfile.Suggest(name, c.names())
	if _, near := yamlfile.Nearest(name, c.names()); !near {
		advice += fmt.Sprintf("; a text stands in quotes: '%s'", name)
	}
	return c.fail(t, "unknown column `%s`; %s", name, advice)
}

// names lists what an identifier can stand for.
func (c *compiler) names() []string {
	var names []string
	if c.scope.Columns != nil {
		names = c.scope.Columns.Names()
	}
	for _, l := range c.scope.lets {
		names = append(names, l.name)
	}
	return names
}

func (c *compiler) column(name string, t ast.Node) *node {
	at := c.scope.need(name)
	c.reads = append(c.reads, at)
	kind := c.scope.Columns.Fields[c.scope.Columns.Index(name)].Type.Kind
	if kind == record.KindAbsent {
		kind = record.KindNull
	}
	read := func(f *Frame) (record.Value, error) {
		if v := f.row[at]; v.Kind() != record.KindAbsent {
			return v, nil
		}
		return record.Null(), nil
	}
	return &node{kind: kind, eval: read, column: at, tree: t}
}

// let refers to a named expression, whose value is kept for the row. Columns
// and constants need no keeping.
func (c *compiler) let(i int, t ast.Node) *node {
	e := c.scope.lets[i].expr
	c.reads = append(c.reads, e.reads...)
	if e.node.constant || e.node.column >= 0 {
		same := *e.node
		same.tree = t
		return &same
	}
	compute := e.node.eval
	kept := func(f *Frame) (record.Value, error) {
		m := &f.lets[i]
		if m.round != f.round {
			m.value, m.err = compute(f)
			m.round = f.round
		}
		return m.value, m.err
	}
	return &node{kind: e.Kind, eval: kept, column: -1, choices: e.node.choices, tree: t}
}

// conditional is cond ? a : b. A condition that is null counts as false.
func (c *compiler) conditional(t, cond, yes, no ast.Node) *node {
	test, a, b := c.node(cond), c.node(yes), c.node(no)
	if test == nil || a == nil || b == nil {
		return nil
	}
	if !isBool(test) {
		return c.fail(cond, "`%s` is %s, but a condition must be bool", cond, test.kind)
	}
	kind, ok := common(a, b)
	if !ok {
		return c.fail(t, "one branch is %s, the other %s", a.kind, b.kind)
	}
	return c.fold(&node{kind: kind, column: -1, choices: union(a, b), tree: t, eval: func(f *Frame) (record.Value, error) {
		holds, err := truth(test.eval(f))
		switch {
		case err != nil:
			return record.Value{}, err
		case holds.AsBool():
			return a.eval(f)
		}
		return b.eval(f)
	}}, test, a, b)
}

func isBool(n *node) bool { return n.kind == record.KindBool || n.kind == record.KindNull }

// common finds the kind that holds the values of all nodes.
func common(nodes ...*node) (record.Kind, bool) {
	kind, known := record.KindNull, false
	for _, n := range nodes {
		switch {
		case n.isNull():
		case n.kind == record.KindNull:
			return record.KindNull, true
		case !known:
			kind, known = n.kind, true
		case kind == n.kind:
		case isNumber(kind) && isNumber(n.kind):
			kind = record.KindDecimal
		default:
			return record.KindNull, false
		}
	}
	return kind, true
}

func isNumber(k record.Kind) bool {
	return k == record.KindInt || k == record.KindDecimal || k == record.KindFloat
}

// fold computes n at once if all that it depends on is constant, so that a
// mistake in a constant is found before the first row.
func (c *compiler) fold(n *node, operands ...*node) *node {
	if slices.ContainsFunc(operands, func(o *node) bool { return !o.constant }) {
		return n
	}
	v, err := n.eval(&Frame{})
	switch {
	case err != nil && c.trying > 0:
		return n
	case err != nil:
		return c.fail(n.tree, "%v", err)
	}
	folded := constant(v, n.tree)
	if v.IsNull() {
		folded.kind = n.kind
	}
	return folded
}
