// Package yamlfile reads the YAML files that people write, strictly: an
// unknown or repeated key, a wrong type or an unset variable is a Problem with
// file, line and column, and all the problems of a file are told at once.
//
//	bytes ──Parse──▶ File ──Interpolate──▶ File ──Decode──▶ struct
//	                  │                      │                │
//	                  └──────────────▶ Problems ◀─────────────┘
//
// Whatever a later check may complain about is decoded into a Text, which
// keeps its position, so that a message about the meaning of a file points at
// the place just as one about its syntax does.
package yamlfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// File is a parsed file. It belongs to one goroutine.
type File struct {
	Name string

	root    *yaml.Node
	lines   []string
	secrets []string
	hidden  map[*yaml.Node]bool // values with a secret in them
}

// Text is a piece of text and where it stands in its file.
type Text struct {
	Value  string
	Line   int // from 1; 0 for a text that stands in no file
	Column int // from 1, in characters
}

// String returns the text itself.
func (t Text) String() string { return t.Value }

// Parse reads the syntax of data. Its error is of type Problems.
func Parse(name string, data []byte) (*File, error) {
	f := &File{Name: name, lines: strings.Split(string(data), "\n"), hidden: map[*yaml.Node]bool{}}
	var document yaml.Node
	if err := yaml.Load(data, &document); err != nil {
		return nil, f.syntax(err)
	}
	f.root = document.Content[0]
	return f, nil
}

// syntax turns an error of the YAML parser into Problems.
func (f *File) syntax(err error) Problems {
	failed := []*yaml.LoadError{{Message: err.Error()}}
	if many, ok := errors.AsType[*yaml.LoadErrors](err); ok {
		failed = many.Errors
	} else if one, ok := errors.AsType[*yaml.LoadError](err); ok {
		failed[0] = one
	}
	var problems Problems
	for _, e := range failed {
		message := strings.TrimPrefix(e.Message, "yaml: ")
		if e.ContextMsg != "" {
			message = e.ContextMsg + ": " + message
		}
		if message == "no documents in stream" {
			message = "the file is empty"
		}
		problems = append(problems, Problem{f.Name, max(e.Mark.Line, 1), max(e.Mark.Column, 1), message})
	}
	return problems
}

// Root returns the outermost node of the file.
func (f *File) Root() Node { return Node{f, f.root} }

// Decode fills the struct that into points at. Its error is of type Problems.
func (f *File) Decode(into any) error { return f.Root().Decode(into) }

// Problem makes a Problem at the start of t.
func (f *File) Problem(t Text, format string, args ...any) Problem {
	return Problem{f.Name, max(t.Line, 1), max(t.Column, 1), fmt.Sprintf(format, args...)}
}

// ProblemAt makes a Problem at the character of t with the given offset.
func (f *File) ProblemAt(t Text, offset int, format string, args ...any) Problem {
	line, column := f.locate(t, offset)
	return Problem{f.Name, line, column, fmt.Sprintf(format, args...)}
}

// locate finds where in the file a character of t stands. It understands
// plain, quoted and block texts; where an escape or a folded line blurs the
// position, it answers with the start of the text.
func (f *File) locate(t Text, offset int) (line, column int) {
	if t.Line < 1 || t.Line > len(f.lines) {
		return max(t.Line, 1), max(t.Column, 1)
	}
	here := from(f.lines[t.Line-1], t.Column)
	if rest := strings.TrimPrefix(strings.TrimPrefix(here, `"`), `'`); strings.HasPrefix(rest, t.Value) {
		return t.Line, t.Column + utf8.RuneCountInString(here) - utf8.RuneCountInString(rest) + offset
	}
	before := string([]rune(t.Value)[:min(offset, utf8.RuneCountInString(t.Value))])
	row := strings.Count(before, "\n")
	column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	content := strings.Split(t.Value, "\n")[row]
	if at := t.Line + row; (here == "" || strings.ContainsAny(here[:1], "|>")) && at < len(f.lines) {
		if indent := strings.Index(f.lines[at], content); indent >= 0 && strings.TrimSpace(f.lines[at][:indent]) == "" {
			return at + 1, indent + column + 1
		}
	}
	return t.Line, t.Column
}

// from returns the part of line that begins at the column, counted from 1.
func from(line string, column int) string {
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	return strings.TrimSuffix(line, "\r")
}

// Problem is one thing that is wrong in a file.
type Problem struct {
	File    string
	Line    int
	Column  int
	Message string
}

// Error returns file:line:column: message.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is all that is wrong in one file or several.
type Problems []Problem

// Error returns one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns p as an error in the order of the file, or nil if p is empty.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return slices.Compare([]int{a.Line, a.Column}, []int{b.Line, b.Column})
	})
	return p
}

// In collects what an error says about a file: its Problems as they are, and
// any other error as a problem at t.
func (f *File) In(t Text, err error) Problems {
	if problems, ok := errors.AsType[Problems](err); ok {
		return problems
	}
	if problem, ok := errors.AsType[Problem](err); ok {
		return Problems{problem}
	}
	return Problems{f.Problem(t, "%v", err)}
}
