package expression

import (
	"fmt"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/record"

	"github.com/expr-lang/expr/ast"
)

// Function describes a function of the language, for the reference.
type Function struct {
	Group     string // what it works on: texts, dates, ...
	Signature string // left(s text, n int) text
	Doc       string
	Example   string // an expression,
	Gives     string // and a constant expression of the same value
}

// Functions lists the language's functions, group by group.
func Functions() []Function {
	list := make([]Function, len(functions))
	for i, f := range functions {
		list[i] = f.Function
	}
	return list
}

// call computes a function of arguments that have been checked.
type call func(args []record.Value) (record.Value, error)

// function is one entry of the table: its signature is both what the reference
// shows and what the arguments are checked against.
type function struct {
	Function
	nulls   bool                             // it is called with null arguments too; otherwise any null gives null
	call    call                             // what it computes
	prepare func(args []*node) (call, error) // instead of call: looks at constant arguments once
	form    bool                             // instead of call: compiled by its name, see compiler.form

	name   string
	params []param
	result string // a kind, "common" of all arguments, or "first" argument's
}

type param struct {
	name     string
	kinds    uint16 // one bit for each Kind allowed; 0 for any
	constant bool
	optional bool // may be left out
	many     bool // may be repeated, at least once unless optional
}

// functions is the whole table, with the signatures taken apart.
var functions = signed(texts, numbers, dates, values, tables)

var functionsByName = byName(functions)

func byName(list []*function) map[string]*function {
	index := make(map[string]*function, len(list))
	for _, f := range list {
		index[f.name] = f
	}
	return index
}

func signed(groups ...group) []*function {
	var all []*function
	for _, g := range groups {
		for _, f := range g.functions {
			f.Group = g.name
			f.sign()
			all = append(all, &f)
		}
	}
	return all
}

type group struct {
	name      string
	functions []function
}

// sign reads the signature: name(param kind|kind, ...) result, where a param
// may end in ? or ... and "const" before its kind asks for a constant.
func (f *function) sign() {
	head, result, _ := strings.Cut(f.Signature, ") ")
	name, list, _ := strings.Cut(head, "(")
	f.name, f.result = name, result
	if list == "" {
		return
	}
	for _, p := range strings.Split(list, ", ") {
		words := strings.Fields(p)
		f.params = append(f.params, param{
			name:     strings.TrimRight(words[0], "?."),
			kinds:    kindSet(words[len(words)-1]),
			constant: words[1] == "const",
			optional: strings.Contains(words[0], "?"),
			many:     strings.HasSuffix(words[0], "..."),
		})
	}
}

// kindSet reads text|int. It panics on a kind that does not exist, which is a
// mistake in the table.
func kindSet(list string) uint16 {
	var set uint16
	for _, name := range strings.Split(list, "|") {
		switch name {
		case "any", "const":
			return 0
		case "number":
			set |= 1<<record.KindInt | 1<<record.KindDecimal | 1<<record.KindFloat
			continue
		}
		kind, err := record.ParseKind(name)
		if err != nil {
			panic(err)
		}
		set |= 1 << kind
	}
	return set
}

func (p *param) accepts(k record.Kind) bool { return p.kinds == 0 || p.kinds&(1<<k) != 0 }

func (p *param) wants() string {
	var names []string
	for k := record.KindBool; k < record.KindAbsent; k++ {
		if p.kinds&(1<<k) != 0 {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, " or ")
}

// param returns the parameter that argument i fills.
func (f *function) param(i int) param { return f.params[min(i, len(f.params)-1)] }

func (f *function) takes(n int) bool {
	least := 0
	for _, p := range f.params {
		if !p.optional {
			least++
		}
	}
	many := len(f.params) > 0 && f.params[len(f.params)-1].many
	return n >= least && (n <= len(f.params) || many)
}

func (c *compiler) call(t *ast.CallNode) *node {
	callee, ok := t.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.fail(t, "`%s` is not part of the language", t)
	}
	return c.callFunction(t, calledName(callee.Value), t.Arguments)
}

func (c *compiler) callFunction(t ast.Node, name string, args []ast.Node) *node {
	f, ok := functionsByName[name]
	if !ok {
		return c.fail(t, "unknown function `%s`; %s", name, suggestFunction(name))
	}
	if !f.takes(len(args)) {
		return c.fail(t, "%s takes %s, not %d arguments", name, f.Signature, len(args))
	}
	if f.form {
		return c.form(t, name, args)
	}
	nodes, ok := c.arguments(f, args)
	if !ok {
		return nil
	}
	compute := f.call
	if f.prepare != nil {
		var err error
		if compute, err = f.prepare(nodes); err != nil {
			return c.fail(t, "%s: %v", name, err)
		}
	}
	kind, ok := f.kind(nodes)
	if !ok {
		return c.fail(t, "`%s`: its arguments are of different kinds: %s", t, kindsOf(nodes))
	}
	return c.fold(&node{kind: kind, column: -1, tree: t, eval: f.eval(nodes, compute)}, nodes...)
}

func suggestFunction(name string) string {
	names := make([]string, 0, len(functions))
	for _, f := range functions {
		names = append(names, f.name)
	}
	return yamlfile.Suggest(name, names)
}

// arguments compiles the arguments and checks them against the parameters.
func (c *compiler) arguments(f *function, args []ast.Node) ([]*node, bool) {
	nodes, ok := make([]*node, len(args)), true
	for i, arg := range args {
		n, p := c.node(arg), f.param(i)
		switch {
		case n == nil:
			ok = false
			continue
		case p.constant && !n.constant:
			c.fail(arg, "%s: `%s` must be a constant", f.name, arg)
			ok = false
		case n.kind != record.KindNull && !p.accepts(n.kind):
			c.fail(arg, "%s wants %s, but `%s` is %s%s", f.name, p.wants(), arg, n.kind, p.remedy(n))
			ok = false
		}
		nodes[i] = n
	}
	return nodes, ok
}

// remedy says which function makes what p wants.
func (p *param) remedy(n *node) string {
	switch {
	case p.accepts(record.KindText):
		return fmt.Sprintf("; write text(%s)", n.tree)
	case n.kind == record.KindText && p.accepts(record.KindInt):
		return fmt.Sprintf("; write int(%s)", n.tree)
	case n.kind == record.KindText && p.accepts(record.KindDate):
		return fmt.Sprintf("; write date(%s)", n.tree)
	}
	return ""
}

func (f *function) kind(args []*node) (record.Kind, bool) {
	switch f.result {
	case "common":
		return common(args...)
	case "first":
		_, ok := common(args...)
		return args[0].kind, ok
	case "any":
		return record.KindNull, true
	}
	kind, err := record.ParseKind(f.result)
	if err != nil {
		panic(err)
	}
	return kind, true
}

func kindsOf(nodes []*node) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.kind.String()
	}
	return strings.Join(names, ", ")
}

// eval computes the arguments on the Frame's stack and calls compute.
func (f *function) eval(args []*node, compute call) eval {
	params := make([]*param, len(args))
	for i := range args {
		p := f.param(i)
		params[i] = &p
	}
	return func(fr *Frame) (record.Value, error) {
		base := len(fr.stack)
		for i, arg := range args {
			v, err := arg.eval(fr)
			if err == nil && !v.IsNull() && !params[i].accepts(v.Kind()) {
				err = fmt.Errorf("%s wants %s, not %s", f.name, params[i].wants(), v.Kind())
			}
			if err != nil || v.IsNull() && !f.nulls {
				fr.stack = fr.stack[:base]
				return record.Null(), err
			}
			fr.stack = append(fr.stack, v)
		}
		v, err := compute(fr.stack[base:])
		fr.stack = fr.stack[:base]
		return v, err
	}
}
