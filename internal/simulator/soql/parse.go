package soql

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep parentheses stand in each other.
const maxDepth = 100

// Parse parses a query. Its error is always an *Error.
func Parse(text string) (*Query, error) {
	if utf8.RuneCountInString(text) > MaxLength {
		return nil, &Error{text, 0, "SOQL statements cannot be longer than 100000 characters."}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{text, 0, "the query is not UTF-8"}
	}
	tokens, failed := lex(text)
	if failed != nil {
		return nil, failed
	}
	p := &parser{text: text, tokens: tokens}
	q := p.query(false)
	if p.err == nil && p.peek().kind != end {
		p.fail()
	}
	if p.err != nil {
		return nil, p.err
	}
	return q, nil
}

// A parser keeps its first error; from then on every token is the end, so that
// what is parsed comes to an end by itself.
type parser struct {
	text   string
	tokens []token
	next   int
	depth  int
	err    *Error
}

func (p *parser) peek() token { return p.tokens[p.next] }

// after is the token behind the next one.
func (p *parser) after() token { return p.tokens[min(p.next+1, len(p.tokens)-1)] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != end {
		p.next++
	}
	return t
}

// fail refuses the next token.
func (p *parser) fail() {
	p.failAt(unexpected(p.text, p.peek()))
}

func (p *parser) failAt(err *Error) {
	if p.err == nil {
		p.err = err
	}
	p.next = len(p.tokens) - 1
}

// has takes the next token if it is the keyword or symbol.
func (p *parser) has(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.take()
	return true
}

func (p *parser) expect(texts ...string) {
	for _, text := range texts {
		if !p.has(text) {
			p.fail()
		}
	}
}

func (p *parser) query(inner bool) *Query {
	q := &Query{Text: p.text, Limit: None, Offset: None}
	p.expect("SELECT")
	for {
		q.Select = append(q.Select, p.item(inner))
		if !p.has(",") {
			break
		}
	}
	p.expect("FROM")
	q.Pos = p.peek().pos
	q.From = p.name()
	if p.has("AS") {
		q.Alias = p.name()
	} else if p.peek().kind == word && !reserved(p.peek().text) {
		q.Alias = p.name()
	}
	if p.has("WHERE") {
		q.Where = p.expr()
	}
	if p.has("ORDER") {
		p.expect("BY")
		q.Order = p.order()
	}
	if p.has("LIMIT") {
		q.Limit = p.count()
	}
	if p.has("OFFSET") {
		q.Offset = p.count()
	}
	return q
}

// reserved tells which words are no alias, because a clause begins with them. Clauses
// that the simulator does not know are among them.
func reserved(s string) bool {
	switch strings.ToUpper(s) {
	case "ORDER", "OFFSET", "GROUP", "HAVING", "USING", "FOR", "WITH", "ALL", "UPDATE", "AS", "ASC", "DESC", "NULLS", "BY":
		return true
	}
	return operator(s)
}

// operator tells which words are not even the name of an object or a field: Order,
// for one, is the name of an object.
func operator(s string) bool {
	switch strings.ToUpper(s) {
	case "SELECT", "FROM", "WHERE", "LIMIT", "AND", "OR", "NOT", "LIKE", "IN", "INCLUDES", "EXCLUDES", "NULL", "TRUE", "FALSE":
		return true
	}
	return false
}

func (p *parser) name() string {
	if t := p.peek(); t.kind != word || operator(t.text) {
		p.fail()
		return ""
	}
	return p.take().text
}

func (p *parser) item(inner bool) Item {
	t := p.peek()
	switch {
	case t.is("(") && !inner:
		p.take()
		q := p.query(true)
		p.expect(")")
		return Subquery{q, t.pos}
	case t.kind == word && p.after().is("("):
		return p.function()
	}
	return p.field()
}

func (p *parser) function() Item {
	t := p.peek()
	name := strings.ToUpper(t.text)
	switch name {
	case "FIELDS":
		p.take()
		p.expect("(")
		set := p.take()
		if !set.is("ALL") && !set.is("STANDARD") && !set.is("CUSTOM") {
			p.failAt(unexpected(p.text, set))
		}
		p.expect(")")
		return FieldSet{strings.ToUpper(set.text), t.pos}
	case "COUNT", "MIN", "MAX":
		p.take()
		p.expect("(")
		a := Aggregate{Func: name, Pos: t.pos}
		if name != "COUNT" || !p.peek().is(")") {
			a.Field = p.field()
		}
		p.expect(")")
		if next := p.peek(); len(a.Field.Path) > 0 && next.kind == word && !reserved(next.text) {
			a.Alias = p.name()
		}
		return a
	}
	p.fail()
	return FieldSet{}
}

func (p *parser) field() Field {
	f := Field{Pos: p.peek().pos}
	for {
		f.Path = append(f.Path, p.name())
		if !p.has(".") {
			return f
		}
	}
}

func (p *parser) order() []Order {
	var list []Order
	for {
		o := Order{Field: p.field()}
		if !p.has("ASC") {
			o.Desc = p.has("DESC")
		}
		if p.has("NULLS") {
			if o.NullsLast = p.has("LAST"); !o.NullsLast {
				p.expect("FIRST")
			}
		}
		list = append(list, o)
		if !p.has(",") {
			return list
		}
	}
}

// count is the number of a LIMIT or OFFSET.
func (p *parser) count() int {
	t := p.peek()
	n, err := strconv.Atoi(t.text)
	if t.kind != number || err != nil || !digits(t.text) {
		p.fail()
		return None
	}
	p.take()
	return n
}
