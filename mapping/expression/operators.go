package expression

import (
	"fmt"

	"crosswalk/record"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) unary(t *ast.UnaryNode) *node {
	n := c.node(t.Node)
	if n == nil {
		return nil
	}
	switch t.Operator {
	case "not", "!":
		if !isBool(n) {
			return c.fail(t, "`%s`: not %s; `not` wants bool", t, n.kind)
		}
		return c.fold(&node{kind: record.KindBool, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
			v, err := truth(n.eval(f))
			if err != nil || v.IsNull() {
				return v, err
			}
			return record.Bool(!v.AsBool()), nil
		}}, n)
	case "-":
		zero := constant(record.Int(0), t)
		return c.arithmetic(t, "-", zero, n)
	}
	return n
}

func (c *compiler) binary(t *ast.BinaryNode) *node {
	if name, ok := infix[t.Operator]; ok {
		return c.callFunction(t, name, []ast.Node{t.Left, t.Right})
	}
	if list, ok := t.Right.(*ast.ArrayNode); ok && t.Operator == "in" {
		return c.membership(t, list)
	}
	left, right := c.node(t.Left), c.node(t.Right)
	if left == nil || right == nil {
		return nil
	}
	switch t.Operator {
	case "and", "&&":
		return c.logic(t, left, right, false)
	case "or", "||":
		return c.logic(t, left, right, true)
	case "==", "!=", "<", "<=", ">", ">=":
		return c.comparison(t, left, right)
	case "+", "-", "*", "/", "%":
		return c.arithmetic(t, t.Operator, left, right)
	case "in":
		return c.fail(t, "`in` wants a list: %s in ['a', 'b']", t.Left)
	}
	return c.fail(t, "operator `%s` is not part of the language", t.Operator)
}

// infix names the functions that can also be written between their arguments.
var infix = map[string]string{
	"contains": "contains", "matches": "matches", "startsWith": "starts_with", "endsWith": "ends_with", "??": "coalesce",
}

// truth checks that a value of a kind known only at run time is a condition.
func truth(v record.Value, err error) (record.Value, error) {
	if err == nil && v.Kind() != record.KindBool && !v.IsNull() {
		return record.Value{}, fmt.Errorf("a condition must be bool, not %s", v.Kind())
	}
	return v, err
}

// logic is `and` and `or` of three values, as in SQL: null and false is false,
// null or true is true, else a null operand gives null. The right side is not
// computed if the left one decides.
func (c *compiler) logic(t *ast.BinaryNode, left, right *node, decides bool) *node {
	for _, side := range []*node{left, right} {
		if !isBool(side) {
			return c.fail(t, "`%s`: %s %s %s; both sides must be bool", t, left.kind, t.Operator, right.kind)
		}
	}
	return c.fold(&node{kind: record.KindBool, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
		a, err := truth(left.eval(f))
		if err != nil || !a.IsNull() && a.AsBool() == decides {
			return a, err
		}
		b, err := truth(right.eval(f))
		if err != nil || !b.IsNull() && b.AsBool() == decides || !a.IsNull() {
			return b, err
		}
		return a, nil
	}}, left, right)
}

func (c *compiler) comparison(t *ast.BinaryNode, left, right *node) *node {
	if left.isNull() || right.isNull() {
		return c.nullTest(t, left, right)
	}
	if !comparable(left.kind, right.kind) {
		return c.fail(t, "`%s`: %s %s %s; %s", t, left.kind, t.Operator, right.kind, hint(left, right))
	}
	holds := orders[t.Operator]
	return c.fold(&node{kind: record.KindBool, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
		a, err := left.eval(f)
		if err != nil {
			return a, err
		}
		b, err := right.eval(f)
		if err != nil || a.IsNull() || b.IsNull() {
			return record.Bool(false), err
		}
		order, err := compare(a, b)
		return record.Bool(holds(order)), err
	}}, left, right)
}

var orders = map[string]func(order int) bool{
	"==": func(o int) bool { return o == 0 },
	"!=": func(o int) bool { return o != 0 },
	"<":  func(o int) bool { return o < 0 },
	"<=": func(o int) bool { return o <= 0 },
	">":  func(o int) bool { return o > 0 },
	">=": func(o int) bool { return o >= 0 },
}

func (c *compiler) nullTest(t *ast.BinaryNode, left, right *node) *node {
	if t.Operator != "==" && t.Operator != "!=" {
		return c.fail(t, "`%s` never holds; only == null and != null ask for null", t)
	}
	n := left
	if left.isNull() {
		n = right
	}
	wanted := t.Operator == "=="
	return c.fold(&node{kind: record.KindBool, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
		v, err := n.eval(f)
		return record.Bool(v.IsNull() == wanted), err
	}}, n)
}

// membership is x in [a, b]. A null x is in no list.
func (c *compiler) membership(t *ast.BinaryNode, list *ast.ArrayNode) *node {
	x := c.node(t.Left)
	nodes := []*node{x}
	for _, item := range list.Nodes {
		n := c.node(item)
		if n != nil && n.isNull() {
			n = c.fail(item, "null is in no list; add: or %s == null", t.Left)
		}
		nodes = append(nodes, n)
	}
	for _, n := range nodes[1:] {
		if n == nil || x == nil {
			return nil
		}
		if !comparable(x.kind, n.kind) {
			return c.fail(n.tree, "`%s` is %s, but `%s` is %s; %s", n.tree, n.kind, t.Left, x.kind, hint(x, n))
		}
	}
	return c.fold(&node{kind: record.KindBool, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
		v, err := x.eval(f)
		if err != nil || v.IsNull() {
			return record.Bool(false), err
		}
		for _, n := range nodes[1:] {
			item, err := n.eval(f)
			if err != nil {
				return item, err
			}
			if same, err := equal(v, item); same || err != nil {
				return record.Bool(same), err
			}
		}
		return record.Bool(false), nil
	}}, nodes...)
}

// comparable reports whether values of the two kinds have an order. A bool
// also compares with an int, as 0 and 1, since databases that have no boolean
// type give the one for the other.
func comparable(a, b record.Kind) bool {
	switch {
	case a == b, a == record.KindNull, b == record.KindNull, isNumber(a) && isNumber(b):
		return true
	}
	return a == record.KindBool && b == record.KindInt || a == record.KindInt && b == record.KindBool
}

// hint says how two kinds that do not compare can be brought together.
func hint(a, b *node) string {
	for _, pair := range [][2]*node{{a, b}, {b, a}} {
		text, other := pair[0], pair[1]
		if text.kind != record.KindText {
			continue
		}
		switch other.kind {
		case record.KindInt, record.KindDecimal, record.KindDate, record.KindBool, record.KindInstant:
			return fmt.Sprintf("write %s(%s)", other.kind, text.tree)
		}
	}
	return "they do not compare"
}

// compare orders two values that are not null.
func compare(a, b record.Value) (int, error) {
	if a.Kind() == b.Kind() {
		return record.Compare(a, b), nil
	}
	if !comparable(a.Kind(), b.Kind()) {
		return 0, fmt.Errorf("%s and %s do not compare", a.Kind(), b.Kind())
	}
	x, err := toDecimal(a)
	if err != nil {
		return 0, err
	}
	y, err := toDecimal(b)
	return record.Compare(x, y), err
}

// equal reports whether two values, which may be null, are the same.
func equal(a, b record.Value) (bool, error) {
	if a == b || a.IsNull() || b.IsNull() {
		return a == b, nil
	}
	order, err := compare(a, b)
	return order == 0, err
}
