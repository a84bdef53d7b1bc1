package soql

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// expr parses conditions joined by AND or by OR. Both together need
// parentheses: neither binds closer than the other.
func (p *parser) expr() Expr {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		p.failAt(&Error{p.text, p.peek().pos, "the condition is nested too deep"})
		return nil
	}
	terms := []Expr{p.term()}
	joiner := ""
	for _, word := range []string{"AND", "OR"} {
		if p.peek().is(word) {
			joiner = word
		}
	}
	for joiner != "" && p.has(joiner) {
		terms = append(terms, p.term())
	}
	if p.peek().is("AND") || p.peek().is("OR") {
		p.fail()
	}
	switch joiner {
	case "AND":
		return And(terms)
	case "OR":
		return Or(terms)
	}
	return terms[0]
}

func (p *parser) term() Expr {
	switch {
	case p.has("NOT"):
		p.depth++
		defer func() { p.depth-- }()
		if p.depth > maxDepth {
			p.fail()
			return nil
		}
		return Not{p.term()}
	case p.has("("):
		e := p.expr()
		p.expect(")")
		return e
	}
	return p.condition()
}

func (p *parser) condition() Expr {
	c := Condition{Field: p.field()}
	t := p.take()
	switch text := strings.ToUpper(t.text); {
	case t.kind == symbol && slices.Contains([]Op{Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual}, Op(text)):
		c.Op = Op(text)
		c.Values = []Literal{p.literal(false)}
	case t.kind == symbol && text == "<>":
		c.Op = NotEqual
		c.Values = []Literal{p.literal(false)}
	case t.is("LIKE"):
		c.Op = Like
		c.Values = []Literal{p.literal(true)}
	case t.is("IN"), t.is("INCLUDES"), t.is("EXCLUDES"):
		c.Op = Op(text)
		c.Values = p.list()
	case t.is("NOT") && p.has("IN"):
		c.Op = NotIn
		c.Values = p.list()
	default:
		p.failAt(unexpected(p.text, t))
	}
	return c
}

func (p *parser) list() []Literal {
	p.expect("(")
	var list []Literal
	for {
		list = append(list, p.literal(false))
		if !p.has(",") {
			break
		}
	}
	p.expect(")")
	return list
}

func (p *parser) literal(like bool) Literal {
	t := p.take()
	l := Literal{Text: t.text, Pos: t.pos}
	switch {
	case t.kind == quoted:
		text, err := unquote(p.text, t, like)
		if err != nil {
			p.failAt(err)
		}
		l.Kind, l.Text = String, text
	case t.kind == number && isNumber(t.text):
		l.Kind = Number
	case t.kind == number && isTime(t.text, time.DateOnly):
		l.Kind = Date
	case t.kind == number && isTime(t.text, time.RFC3339, "2006-01-02T15:04:05Z0700"):
		l.Kind = DateTime
	case t.is("NULL"):
		l.Kind, l.Text = Null, ""
	case t.is("TRUE"), t.is("FALSE"):
		l.Kind, l.Text = Boolean, strings.ToLower(t.text)
	case t.is("TODAY"), t.is("YESTERDAY"):
		l.Kind, l.Text = DateSpan, strings.ToUpper(t.text)
	case t.is("LAST_N_DAYS"):
		p.expect(":")
		l.Kind, l.Text, l.N = DateSpan, "LAST_N_DAYS", p.days()
	default:
		p.failAt(unexpected(p.text, t))
	}
	return l
}

// maxDays keeps LAST_N_DAYS among the years that a date can have.
const maxDays = 500_000

func (p *parser) days() int {
	t := p.take()
	n, err := strconv.Atoi(t.text)
	if err != nil || !digits(t.text) || n == 0 || n > maxDays {
		p.failAt(unexpected(p.text, t))
	}
	return n
}

// isNumber accepts an optional sign, digits, and a point with digits.
func isNumber(s string) bool {
	whole, fraction, point := strings.Cut(strings.TrimLeft(s[:1], "+-")+s[1:], ".")
	if !point {
		return digits(whole)
	}
	return digits(fraction) && (whole == "" || digits(whole))
}

func isTime(s string, layouts ...string) bool {
	for _, layout := range layouts {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// Instant is the time of a DateTime literal.
func (l Literal) Instant() time.Time {
	t, err := time.Parse(time.RFC3339, l.Text)
	if err != nil {
		t, _ = time.Parse("2006-01-02T15:04:05Z0700", l.Text) // Parse has accepted one of the two
	}
	return t.UTC()
}
