package expression

import (
	"maps"
	"slices"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/record"

	"github.com/expr-lang/expr/ast"
)

var tables = group{"Look-ups", []function{
	{Function: Function{Signature: "lookup(table const text, key... any) text", Doc: "the value that a look-up table has for the key; null if it has none",
		Example: "lookup('status', 'A')", Gives: "'deployed'"}, form: true},
	{Function: Function{Signature: "lookup_or(table const text, default any, key... any) text", Doc: "the value, or the default if the table has none, also for a null key",
		Example: "lookup_or('status', 'draft', 'Q')", Gives: "'draft'"}, form: true},
	{Function: Function{Signature: "has(table const text, key... any) bool", Doc: "whether the table has an entry for the key", Example: "has('status', 'Q')", Gives: "false"}, form: true},
}}

// Table is a look-up table: values by a key of one or several columns. It is
// not changed once expressions use it.
type Table struct {
	Keys int // columns of the key
	rows map[string]string
}

// NewTable makes an empty table for keys of so many columns.
func NewTable(keys int) *Table { return &Table{Keys: keys, rows: map[string]string{}} }

// Put adds an entry, or reports that the key is there already.
func (t *Table) Put(key []string, value string) bool {
	joined := strings.Join(key, keySeparator)
	if _, taken := t.rows[joined]; taken {
		return false
	}
	t.rows[joined] = value
	return true
}

// keySeparator is a character that text in files does not have.
const keySeparator = "\x1f"

func (t *Table) find(key []record.Value) (string, bool) {
	if len(key) == 1 {
		value, ok := t.rows[key[0].String()]
		return value, ok
	}
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = k.String()
	}
	value, ok := t.rows[strings.Join(parts, keySeparator)]
	return value, ok
}

// lookup compiles the functions whose first argument names a table.
func (c *compiler) lookup(t ast.Node, name string, args []ast.Node) *node {
	literal, ok := args[0].(*ast.StringNode)
	if !ok {
		return c.fail(args[0], "a look-up table is named in quotes: '%s'", args[0])
	}
	table, ok := c.scope.Tables[literal.Value]
	if !ok {
		return c.fail(args[0], "unknown look-up table `%s`; %s", literal.Value, yamlfile.Suggest(literal.Value, c.tableNames()))
	}
	f := table.function(name)
	if keys := len(args) - len(f.params); keys != table.Keys {
		return c.fail(t, "look-up table `%s` has a key of %d columns, not %d", literal.Value, table.Keys, keys)
	}
	nodes, ok := c.arguments(f, args[1:])
	if !ok {
		return nil
	}
	kind, _ := f.kind(nodes)
	n := &node{kind: kind, column: -1, tree: t, eval: f.eval(nodes, f.call)}
	switch otherwise := nodes[0]; {
	case name == "lookup":
		n.choices = table.values()
	case name == "lookup_or" && otherwise.choices != nil:
		n.choices = append(table.values(), otherwise.choices...)
	}
	return c.fold(n, nodes...)
}

// values lists what the table can answer.
func (t *Table) values() []string {
	values := slices.Sorted(maps.Values(t.rows))
	return slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "" })
}

func (c *compiler) tableNames() []string {
	var names []string
	for name := range c.scope.Tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// function returns a function bound to t; the table's name is no argument of
// it any more.
func (t *Table) function(name string) *function {
	key := param{name: "key", many: true}
	switch name {
	case "has":
		return &function{name: name, result: "bool", params: []param{key}, call: t.has}
	case "lookup_or":
		otherwise := param{name: "default", kinds: 1 << record.KindText}
		return &function{name: name, result: "text", nulls: true, params: []param{otherwise, key}, call: t.lookupOr}
	}
	return &function{name: name, result: "text", params: []param{key}, call: t.lookup}
}

// lookup makes an empty cell of the table null, as one that is missing.
func (t *Table) lookup(key []record.Value) (record.Value, error) {
	if value, ok := t.find(key); ok && value != "" {
		return record.Text(value), nil
	}
	return record.Null(), nil
}

func (t *Table) lookupOr(args []record.Value) (record.Value, error) {
	otherwise, key := args[0], args[1:]
	if slices.ContainsFunc(key, record.Value.IsNull) {
		return otherwise, nil
	}
	if v, err := t.lookup(key); err != nil || !v.IsNull() {
		return v, err
	}
	return otherwise, nil
}

func (t *Table) has(key []record.Value) (record.Value, error) {
	_, ok := t.find(key)
	return record.Bool(ok), nil
}
