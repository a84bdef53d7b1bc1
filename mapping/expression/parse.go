package expression

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// parse reads the syntax of expr-lang/expr. Only its parser is used: its own
// checker and machine know neither null nor decimals.
func parse(text string) (ast.Node, *Error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Error{Message: "the expression is empty"}
	}
	tree, err := parser.ParseWithConfig(functionForm(text), syntax())
	if err == nil {
		return tree.Node, nil
	}
	failed := &Error{Message: err.Error()}
	if e, ok := errors.AsType[*file.Error](err); ok {
		failed.Offset, failed.Message = e.From, e.Message
	}
	if failed.Message == "unexpected token EOF" {
		failed.Message = "the expression ends too early"
	}
	return nil, failed
}

// syntax makes every name that is followed by ( an ordinary call, also the
// names of expr's own builtins and of its if.
func syntax() *conf.Config {
	c := &conf.Config{MaxNodes: conf.DefaultMaxNodes, DisableIfOperator: true, Functions: map[string]*builtin.Function{}}
	for _, name := range builtin.Names {
		c.Functions[name] = &builtin.Function{Name: name}
	}
	for _, f := range functions {
		c.Functions[f.name] = &builtin.Function{Name: f.name}
	}
	return c
}

// functionForm lets `contains` and `matches`, which are infix operators to the
// parser, be called as functions too: where no operand stands before them they
// get a capital letter, which makes them names. Positions stay as they are.
func functionForm(text string) string {
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil {
		return text // the parser says it better
	}
	runes := []rune(text)
	for i, t := range tokens {
		called := i+1 < len(tokens) && tokens[i+1].Is(lexer.Bracket, "(")
		if t.Is(lexer.Operator, "contains", "matches") && called && !operandEnds(tokens[:i]) {
			runes[t.From] = unicode.ToUpper(runes[t.From])
		}
	}
	return string(runes)
}

// operandEnds reports whether the tokens end in something that an infix
// operator can follow.
func operandEnds(tokens []lexer.Token) bool {
	if n := len(tokens); n > 0 && tokens[n-1].Is(lexer.Operator, "not") {
		tokens = tokens[:n-1]
	}
	if len(tokens) == 0 {
		return false
	}
	last := tokens[len(tokens)-1]
	return last.Kind != lexer.Operator && !last.Is(lexer.Bracket, "(", "[", "{")
}

// calledName undoes functionForm.
func calledName(name string) string {
	if slices.Contains([]string{"Contains", "Matches"}, name) {
		return strings.ToLower(name)
	}
	return name
}

// Reserved reports whether a word has a meaning of its own, so that it cannot
// be the name of an expression.
func Reserved(word string) bool {
	return slices.Contains([]string{"null", "nil", "true", "false", "and", "or", "not", "in", "let", "matches", "contains", "startsWith", "endsWith"}, word)
}
