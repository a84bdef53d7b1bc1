package hub

import (
	"slices"
	"strings"

	"crosswalk/record"
)

// Table is one table of the canonical model.
type Table struct {
	Name    string
	Line    bool     // each row belongs to one product line (column line); otherwise the table is shared by all lines
	Key     []string // the primary key; nil for id, which then need not be listed in Columns
	Columns []Column
	Unique  [][]string // natural keys that the databases enforce; a null counts as a value of its own
	Checks  []Check    // rules between columns
	Indexes []Index    // beside those of keys and references
}

// Column is one column of a Table.
type Column struct {
	Name  string
	Type  record.Type
	Null  bool
	Trim  bool     // neither empty nor with a blank at either end, as a key must be
	UUID  bool     // 36 characters in lower case, as uuid.UUID prints them
	Ref   string   // the table whose id, or the table.column, that this column must point at
	Index bool     // Ref: searched from the other side, as when a row that others point at is deleted
	In    []string // the only values allowed
}

// Check is a rule that each row of a table keeps.
type Check struct {
	Name string // constraint TABLE_NAME_check
	SQL  string // the same in every dialect
	Says string // the rule in plain words
}

// Index is an index of a table.
type Index struct {
	Name   string
	Column string
	Where  string // only rows for which this holds; "" for all
	Unique bool
}

// Every table begins with id and ends with source; a line table also has
// line. They are not repeated in the lists of columns:
//
//	id      the primary key
//	line    the product line that the row belongs to
//	source  the system that the row came from; "store" for business born here
//
// The source's own key of a row stands in xref.

// All returns every column of the table in order, with id, line and source.
func (t Table) All() []Column {
	if t.Key != nil {
		return t.Columns
	}
	all := append([]Column{identifier("id")}, t.Columns...)
	if t.Line {
		all = append(all, code("line"))
	}
	return append(all, code("source"))
}

// PrimaryKey names the columns of the primary key.
func (t Table) PrimaryKey() []string {
	if t.Key != nil {
		return t.Key
	}
	return []string{"id"}
}

// Target splits Ref into a table and its column. It is "", "" if the column
// points at nothing.
func (c Column) Target() (table, column string) {
	table, column, named := strings.Cut(c.Ref, ".")
	if table != "" && !named {
		column = "id"
	}
	return table, column
}

// Tables returns the canonical model in dependency order: a table refers only
// to itself and to tables before it.
func Tables() []Table {
	return slices.Concat(catalog(), parties(), commerce(), rights())
}

// Xref returns the cross-reference, which says what became of each row of a
// source: a row of the entity (a table above), alone or with others.
func Xref() Table {
	return Table{
		Name: "xref", Key: []string{"source", "source_entity", "source_key"},
		Columns: []Column{
			code("source"), key("source_entity", 200), text("source_key", 1000), code("entity"), identifier("canonical_id"),
			code("role", "primary", "merged", "split_part", "alternate"),
		},
		Indexes: []Index{
			{Name: "xref_primary", Column: "canonical_id", Where: "role = 'primary'", Unique: true},
			{Name: "xref_others", Column: "canonical_id", Where: "role <> 'primary'"},
		},
	}
}

// Notes returns the table in which a writer notes, within the transaction of a
// write, what became of each row. It stands beside the model: its rows are
// forgotten when their work is done, and no table points at them.
func Notes() Table {
	return Table{Name: "write_notes", Key: []string{"note"}, Columns: []Column{key("note", 200), text("answers", 0)}}
}

// A column of characters: free text, a key that people know a row by, or one
// of a few codes.
func text(name string, size int) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindText, Size: size}}
}
func key(name string, size int) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindText, Size: size}, Trim: true}
}
func code(name string, in ...string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindText, Size: 40}, Trim: in == nil, In: in}
}
func identifier(name string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindText, Size: 36}, UUID: true}
}

// A reference to a row, and one to the catalog, whose rows are many rows' and
// hardly ever deleted: it needs no index.
func ref(name, table string) Column {
	c := identifier(name)
	c.Ref, c.Index = table, true
	return c
}
func part(name, table string) Column {
	c := identifier(name)
	c.Ref = table
	return c
}
func coded(name, column string) Column {
	c := code(name)
	c.Ref, c.Trim = column, false
	return c
}

func integer(name string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindInt}}
}
func boolean(name string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindBool}}
}
func date(name string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindDate}}
}
func instant(name string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindInstant}}
}
func bytes(name string) Column {
	return Column{Name: name, Type: record.Type{Kind: record.KindBytes}}
}

// null makes a column optional.
func null(c Column) Column {
	c.Null = true
	return c
}
