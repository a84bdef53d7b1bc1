// Package soql parses the query language of Salesforce, as far as the simulator
// answers it, into a tree that remembers where everything stood:
//
//	SELECT field, Parent.field, (SELECT field FROM Children …), FIELDS(ALL)
//	       | COUNT() | COUNT(field) [alias], MIN(field), MAX(field)
//	FROM   Object [alias]
//	[WHERE condition]   = != <> < <= > >= LIKE, [NOT] IN, INCLUDES, EXCLUDES, AND, OR, NOT, ( )
//	[ORDER BY field [ASC|DESC] [NULLS FIRST|LAST], …]
//	[LIMIT n] [OFFSET n]
//
// It knows no objects: whether a field is there is checked by who runs the query.
package soql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxLength is the greatest length of a query, in characters.
const MaxLength = 100_000

// A Query is one SELECT.
type Query struct {
	Text   string // what was parsed; Pos values are byte offsets in it
	Select []Item
	From   string // an object, or in a subquery a relationship
	Alias  string
	Pos    int  // of From
	Where  Expr // nil: every row
	Order  []Order
	Limit  int // None if there is none
	Offset int // None if there is none
}

// None stands for a LIMIT or OFFSET that a query does not have.
const None = -1

// An Item of a SELECT list is a Field, an Aggregate, a FieldSet or a Subquery.
type Item interface{ item() }

// A Field is a path: the last name is a field, those before it are relationships.
type Field struct {
	Path []string
	Pos  int
}

// String is the path with its points.
func (f Field) String() string { return strings.Join(f.Path, ".") }

// An Aggregate is COUNT, MIN or MAX of a field. COUNT() has no field.
type Aggregate struct {
	Func  string
	Field Field
	Alias string
	Pos   int
}

// A FieldSet is FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM).
type FieldSet struct {
	Set string
	Pos int
}

// A Subquery selects the children of each row.
type Subquery struct {
	Query *Query
	Pos   int
}

func (Field) item()     {}
func (Aggregate) item() {}
func (FieldSet) item()  {}
func (Subquery) item()  {}

// An Expr is a Condition, an And, an Or or a Not.
type Expr interface{ expr() }

type (
	// And holds two or more conditions, all of which must be true.
	And []Expr
	// Or holds two or more conditions, one of which must be true.
	Or []Expr
	// Not is the opposite of its condition.
	Not struct{ Expr Expr }
)

// A Condition compares a field with one value, or with a list of them.
type Condition struct {
	Field  Field
	Op     Op
	Values []Literal
}

func (And) expr()       {}
func (Or) expr()        {}
func (Not) expr()       {}
func (Condition) expr() {}

// An Op is a comparison.
type Op string

// The comparisons. The last four take a list.
const (
	Equal          Op = "="
	NotEqual       Op = "!="
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
	Like           Op = "LIKE"
	In             Op = "IN"
	NotIn          Op = "NOT IN"
	Includes       Op = "INCLUDES"
	Excludes       Op = "EXCLUDES"
)

// A Kind tells what a Literal is.
type Kind int

// The kinds of literals.
const (
	Null Kind = iota + 1
	String
	Number
	Boolean
	Date     // 2026-01-31
	DateTime // an instant, as it is written
	DateSpan // TODAY, YESTERDAY, LAST_N_DAYS:n
)

// A Literal is a value as a query has it. The Text of a string is decoded. That of
// a LIKE is a pattern, in which a backslash makes the next character stand for
// itself.
type Literal struct {
	Kind Kind
	Text string
	N    int // of LAST_N_DAYS
	Pos  int
}

// An Order is one field of ORDER BY. Nulls come first unless NullsLast.
type Order struct {
	Field     Field
	Desc      bool
	NullsLast bool
}

// An Error is a query that cannot be parsed: MALFORMED_QUERY.
type Error struct {
	Text    string // the query
	Pos     int    // a byte offset
	Message string // such as: unexpected token: 'FORM'
}

// Error shows the place as the platform does.
func (e *Error) Error() string { return Mark(e.Text, e.Pos, e.Message) }

// around is how many characters of a line Mark shows before and behind a place.
const around = 40

// Mark is a message together with the place in a query that it speaks of.
func Mark(text string, pos int, message string) string {
	pos = min(pos, len(text))
	start := strings.LastIndexByte(text[:pos], '\n') + 1
	row := strings.Count(text[:start], "\n") + 1
	line, _, _ := strings.Cut(text[start:], "\n")
	column := utf8.RuneCountInString(text[start:pos])

	shown := []rune(line)
	from := max(0, column-around)
	to := min(len(shown), column+around)
	return fmt.Sprintf("\n%s\n%s^\nERROR at Row:%d:Column:%d\n%s",
		string(shown[from:to]), strings.Repeat(" ", column-from), row, column+1, message)
}
