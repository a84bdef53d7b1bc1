// Package expression is the small language in which a mapping computes one
// value from the columns of a row.
//
//	"qty * pack" ──parse──▶ tree ──check kinds──▶ closure: row ──▶ value
//
// It is typed, null-safe and exact:
//
//   - Every expression is checked when it is compiled, against the kinds of
//     the columns it reads. A column of kind any is checked row by row.
//   - A null operand gives null, save where a function says otherwise. A
//     comparison with null is false; only == null and != null ask for it.
//   - Integers stay integers and decimals keep every digit; nothing is ever
//     computed in floating point.
//
// Expressions are pure: equal rows give equal values, anywhere and at any time.
// A compiled Expression may be used by many goroutines, each with its own Frame.
package expression

import (
	"slices"
	"strings"

	"crosswalk/record"
)

// Version changes whenever an expression could mean something else than before.
const Version = 1

// Scope is what the expressions of one mapping can name. It belongs to one
// goroutine while expressions are compiled.
type Scope struct {
	Columns *record.Schema    // the columns of the source
	Tables  map[string]*Table // the look-up tables

	needs []string
	lets  []let
}

type let struct {
	name string
	expr *Expression
}

// Needs returns the columns that the compiled expressions read, in the order
// that a Frame's Row must have.
func (s *Scope) Needs() []string { return s.needs }

// need returns the position in Needs of the named column.
func (s *Scope) need(name string) int {
	at := slices.Index(s.needs, name)
	if at < 0 {
		s.needs = append(s.needs, name)
		at = len(s.needs) - 1
	}
	return at
}

// Let compiles text and gives it a name that later expressions can use. Its
// value is computed once for each row, and only if it is asked for.
func (s *Scope) Let(name, text string) (*Expression, error) {
	e, err := s.Compile(text)
	if err != nil {
		return nil, err
	}
	s.lets = append(s.lets, let{name, e})
	return e, nil
}

// Compile checks text. Its error is of type Errors. A text that is exactly
// the name of a column means that column, whatever characters it has.
func (s *Scope) Compile(text string) (*Expression, error) {
	c := &compiler{scope: s, source: []rune(text)}
	n := c.compile(text)
	if len(c.errors) > 0 {
		return nil, c.errors
	}
	slices.Sort(c.reads)
	return &Expression{Text: text, Kind: n.kind, node: n, reads: slices.Compact(c.reads)}, nil
}

// Expression is a compiled expression.
type Expression struct {
	Text string
	Kind record.Kind // of its values, if not null; KindNull if known only row by row

	node  *node
	reads []int
}

// Eval computes the value for the row of f.
func (e *Expression) Eval(f *Frame) (record.Value, error) { return e.node.eval(f) }

// Column returns the position in Needs if e is nothing but a column.
func (e *Expression) Column() (int, bool) { return e.node.column, e.node.column >= 0 }

// Constant returns the value of e if it reads no column.
func (e *Expression) Constant() (record.Value, bool) { return e.node.value, e.node.constant }

// Choices returns the values, as text, that e can have besides null, if it
// chooses among constants and the entries of look-up tables.
func (e *Expression) Choices() (values []string, known bool) {
	return e.node.choices, e.node.choices != nil
}

// Reads returns the positions in Needs of all columns that e depends on.
func (e *Expression) Reads() []int { return e.reads }

// Frame is what an expression sees of one row. It belongs to one goroutine.
type Frame struct {
	row   record.Row
	round uint64
	lets  []memo
	stack []record.Value // arguments of the calls under way
}

type memo struct {
	round uint64
	value record.Value
	err   error
}

// NewFrame makes a Frame for the expressions compiled in s so far.
func (s *Scope) NewFrame() *Frame { return &Frame{lets: make([]memo, len(s.lets))} }

// Use turns to another row, whose values are in the order of Needs.
func (f *Frame) Use(row record.Row) {
	f.row = row
	f.round++
}

// Error is a mistake in the text of an expression.
type Error struct {
	Offset  int // where it stands, in characters from 0
	Message string
}

// Errors is all that is wrong with one expression.
type Errors []Error

// Error returns the messages, separated by semicolons.
func (e Errors) Error() string {
	messages := make([]string, len(e))
	for i := range e {
		messages[i] = e[i].Message
	}
	return strings.Join(messages, "; ")
}
