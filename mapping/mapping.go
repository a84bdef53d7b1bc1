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
	Target Target
	Entity string // what the source calls the things that its rows are

	yaml *yamlfile.File
	def  definition
}

// Source says where rows come from: a table or a query of a system.
type Source struct{ System, Table, Query string }

// Target says where rows go: into a table of the hub or of another system.
type Target struct {
	System string // Hub, unless the file names another
	Table  string

	// Line is the column that says which product line a row belongs to. In the
	// hub it is called line, in tables that have it.
	Line string

	IgnoreExtra bool // rows that only the target has are nobody's business
}

// Hub is the name of the hub among the systems.
const Hub = "hub"

// InHub reports whether the table is one of the hub. Its rows get their ids
// from their sources, rows elsewhere have keys of their own.
func (t Target) InHub() bool { return t.System == Hub }

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
	f.Name, f.Target, f.Entity = d.Mapping.Value, d.Target.target(), d.Entity.Value
	f.Source = Source{d.Source.System.Value, d.Source.Table.Value, strings.TrimSpace(d.Source.Query.Value)}
	if f.Entity == "" {
		f.Entity = f.Source.Table
	}
	if f.Entity == "" && !f.Target.InHub() {
		f.Entity = f.Name // nothing refers to it
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
		switch {
		case f.Target.InHub() && slices.Contains(filledIn(), field.Key.Value):
			fail(field.Key, "`%s` is filled in by crosswalk itself", field.Key)
		case !f.Target.InHub() && f.Target.Line == field.Key.Value:
			fail(field.Key, "`%s` is filled in by `line`", field.Key)
		case !f.Target.InHub() && field.Value.Ref.Value != "":
			fail(field.Value.Ref, "only rows of the hub are referred to by `ref`; give the value by which %s finds the row, and name the mapping of that row in `after`", f.Target.System)
		}
	}
	switch {
	case f.Target.InHub() && f.Source.System == Hub:
		fail(d.Source.System, "rows of the hub cannot go into the hub; name another system in `target`")
	case f.Target.InHub() && len(d.After) > 0:
		fail(d.After[0], "in the hub the order follows from the references; `after` is for other targets")
	}
	return problems
}

// filledIn lists the columns of the hub that crosswalk fills in itself.
func filledIn() []string { return []string{"id", "line", "source", "source_entity", "source_key"} }

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// After returns the names of the mappings whose rows must stand before the rows
// of this one.
func (f *File) After() []string {
	names := make([]string, len(f.def.After))
	for i, name := range f.def.After {
		names[i] = name.Value
	}
	return names
}

// Masked returns the columns of the target that are shown only as digests.
func (f *File) Masked() []string {
	var columns []string
	for _, field := range f.def.Fields {
		if field.Value.Mask {
			columns = append(columns, field.Key.Value)
		}
	}
	return columns
}

// KeyNames returns the columns, or expressions, that identify a source row.
func (f *File) KeyNames() []string {
	names := make([]string, len(f.def.Key))
	for i, k := range f.def.Key {
		names[i] = k.Value
	}
	return names
}
