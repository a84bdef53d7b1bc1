// Package mapping turns rows of a legacy system into rows of the target, as a
// mapping file says.
//
//	mappings/orders.yaml ──Parse──▶ File ──Compile──▶ Program ──Mapper──▶ Map(row)
//	                                        ▲                               │
//	        source schema, target schema, look-ups                 carried ─┼─▶ target row
//	                                                                        └─▶ archived, excluded,
//	                                                                            quarantined, rejected:
//	                                                                            each with its reason
//
// A File that compiles has no mistake that can be known before rows are read:
// every expression is checked against the columns of the source and the type
// of the column it fills. What is left, such as a date that does not exist,
// concerns single rows and sets those aside.
//
// Map is pure: it depends on the row and the Program alone, so a rerun gives
// the same rows with the same ids. A Program may be shared by goroutines, a
// Mapper may not.
package mapping

import (
	"regexp"
	"slices"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/mapping/expression"
)

// Outcome is what becomes of a source row.
type Outcome string

// The outcomes. Only a carried row has a counterpart in the target.
const (
	Carried     Outcome = "carried"
	Archived    Outcome = "archived"    // kept, but not in the target
	Excluded    Outcome = "excluded"    // does not belong there, by a rule
	Quarantined Outcome = "quarantined" // a person must decide
	Rejected    Outcome = "rejected"    // cannot be a row of the target

	// Null is only an answer to a missing reference: the row is carried, and
	// its reference is null.
	Null Outcome = "null"
)

// File is a mapping file that is well formed. It is not changed once parsed.
type File struct {
	Name   string
	Source Source
	Target string // the table that it fills
	Entity string // what the source calls the things that its rows are

	yaml *yamlfile.File
	def  definition
}

// Source says where rows come from: a table or a query of a system.
type Source struct{ System, Table, Query string }

// Parse reads a mapping file. The path is only named in messages. The error is
// of type yamlfile.Problems and tells everything that is wrong.
func Parse(path string, data []byte) (*File, error) {
	y, err := yamlfile.Parse(path, data)
	if err != nil {
		return nil, err
	}
	f := &File{yaml: y}
	if err := y.Decode(&f.def); err != nil {
		return nil, err
	}
	d := &f.def
	f.Name, f.Target, f.Entity = d.Mapping.Value, d.Target.Value, d.Entity.Value
	f.Source = Source{d.Source.System.Value, d.Source.Table.Value, strings.TrimSpace(d.Source.Query.Value)}
	if f.Entity == "" {
		f.Entity = f.Source.Table
	}
	return f, f.check().Err()
}

// check finds what the structure of the file alone does not tell.
func (f *File) check() yamlfile.Problems {
	var problems yamlfile.Problems
	fail := func(at yamlfile.Text, format string, args ...any) {
		problems = append(problems, f.yaml.Problem(at, format, args...))
	}
	d := &f.def
	switch {
	case f.Source.Table != "" && f.Source.Query != "":
		fail(d.Source.Query, "give a table or a query, not both")
	case f.Source.Table == "" && f.Source.Query == "":
		fail(d.Source.System, "give the table or the query that rows come from")
	case f.Entity == "":
		fail(d.Source.Query, "a query has no name; give `entity`, the name of its rows in the cross-reference")
	}
	if len(d.Key) == 0 {
		fail(d.Mapping, "`key` names at least one column")
	}
	for _, l := range d.Let {
		switch name := l.Key.Value; {
		case !identifier.MatchString(name):
			fail(l.Key, "`%s` cannot be used in expressions; write letters, digits and _", name)
		case expression.Reserved(name):
			fail(l.Key, "`%s` means something else in expressions; choose another name", name)
		}
	}
	for _, field := range d.Fields {
		if filled := []string{"id", "line", "source", "source_entity", "source_key"}; slices.Contains(filled, field.Key.Value) {
			fail(field.Key, "`%s` is filled in by crosswalk itself", field.Key)
		}
	}
	return problems
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// KeyNames returns the columns, or expressions, that identify a source row.
func (f *File) KeyNames() []string {
	names := make([]string, len(f.def.Key))
	for i, k := range f.def.Key {
		names[i] = k.Value
	}
	return names
}
