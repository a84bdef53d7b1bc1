package soql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	end tokenKind = iota
	word
	quoted // Text is what stands between the quotes, as written
	number // begins with a digit, a sign or a point: a number or a date
	symbol
)

type token struct {
	kind tokenKind
	text string
	pos  int
}

// is tells whether a token is a keyword or a symbol.
func (t token) is(text string) bool {
	return (t.kind == word || t.kind == symbol) && strings.EqualFold(t.text, text)
}

// shown is the token as messages name it.
func (t token) shown() string {
	if t.kind == end {
		return "<EOF>"
	}
	return t.text
}

func unexpected(text string, t token) *Error {
	return &Error{text, t.pos, fmt.Sprintf("unexpected token: '%s'", t.shown())}
}

// lex splits a query into tokens; the last one is the end.
func lex(text string) ([]token, *Error) {
	var tokens []token
	for pos := 0; ; {
		for pos < len(text) && strings.IndexByte(" \t\r\n", text[pos]) >= 0 {
			pos++
		}
		if pos == len(text) {
			return append(tokens, token{end, "", pos}), nil
		}
		t, next, err := scan(text, pos)
		if err != nil {
			return nil, err
		}
		tokens, pos = append(tokens, t), next
	}
}

// scan reads the token at pos, which is not a blank, and tells where it ends.
func scan(text string, pos int) (token, int, *Error) {
	run := func(in func(byte) bool) int {
		next := pos + 1
		for next < len(text) && in(text[next]) {
			next++
		}
		return next
	}
	switch c := text[pos]; {
	case isLetter(c):
		next := run(func(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' })
		return token{word, text[pos:next], pos}, next, nil
	case c == '\'':
		for next := pos + 1; next < len(text); next++ {
			switch text[next] {
			case '\\':
				next++
			case '\'':
				return token{quoted, text[pos+1 : next], pos}, next + 1, nil
			}
		}
		return token{}, 0, &Error{text, pos, "unexpected token: ''' (a string that does not end)"}
	case isDigit(c) || (strings.IndexByte("+-.", c) >= 0 && pos+1 < len(text) && (isDigit(text[pos+1]) || text[pos+1] == '.')):
		next := run(func(c byte) bool { return isDigit(c) || isLetter(c) || strings.IndexByte(".:+-", c) >= 0 })
		return token{number, text[pos:next], pos}, next, nil
	case len(text) > pos+1 && isPair(text[pos:pos+2]):
		return token{symbol, text[pos : pos+2], pos}, pos + 2, nil
	case strings.IndexByte("(),.=<>:", c) >= 0:
		return token{symbol, text[pos : pos+1], pos}, pos + 1, nil
	}
	_, size := utf8.DecodeRuneInString(text[pos:])
	return token{}, 0, unexpected(text, token{symbol, text[pos : pos+size], pos})
}

func isPair(s string) bool  { return s == "!=" || s == "<>" || s == "<=" || s == ">=" }
func isDigit(c byte) bool   { return '0' <= c && c <= '9' }
func isLetter(c byte) bool  { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digits(s string) bool  { return s != "" && strings.Trim(s, "0123456789") == "" }
func escape(c byte) byte    { return unescaped[strings.IndexByte(escaped, c)] }
func escapable(c byte) bool { return strings.IndexByte(escaped, c) >= 0 }

// escaped are the characters that may follow a backslash, and unescaped what they mean.
const (
	escaped   = `nNrRtTbBfF"'\`
	unescaped = "\n\n\r\r\t\t\b\b\f\f\"'\\"
)

// unquote decodes what stands between quotes. Of a LIKE it makes a pattern, in
// which a backslash, or a wildcard that stands for itself, has a backslash.
func unquote(text string, t token, like bool) (string, *Error) {
	if strings.IndexByte(t.text, '\\') < 0 {
		return t.text, nil
	}
	var b strings.Builder
	for i := 0; i < len(t.text); i++ {
		if t.text[i] != '\\' {
			b.WriteByte(t.text[i])
			continue
		}
		i++ // scan has seen to it that a character follows
		switch c := t.text[i]; {
		case like && (c == '%' || c == '_' || c == '\\'):
			b.WriteByte('\\')
			b.WriteByte(c)
		case escapable(c):
			b.WriteByte(escape(c))
		default:
			_, size := utf8.DecodeRuneInString(t.text[i:])
			return "", &Error{text, t.pos + i, fmt.Sprintf(`Illegal escape in string: '\%s'`, t.text[i:i+size])}
		}
	}
	return b.String(), nil
}
