package record

import (
	"fmt"
	"strings"
)

// Type describes the values of a column.
type Type struct {
	Kind  Kind
	Size  int // most characters, bytes or digits; 0 for no limit
	Scale int // decimals: most digits after the point; -1 for no limit
}

// String returns a type as messages show it: text(40), decimal(12,2), date.
func (t Type) String() string {
	switch {
	case t.Kind == KindDecimal && t.Size > 0:
		return fmt.Sprintf("decimal(%d,%d)", t.Size, t.Scale)
	case t.Size > 0:
		return fmt.Sprintf("%s(%d)", t.Kind, t.Size)
	}
	return t.Kind.String()
}

// Field describes one column.
type Field struct {
	Name     string
	Type     Type
	Nullable bool
	Native   string // the type as the system itself calls it
	Masked   bool   // shown only as a keyed digest outside a plan's own rows
}

// Schema describes the rows of one table, sheet, file or query.
// A Schema is not changed once it is in use, so it may be shared.
type Schema struct {
	Table  string
	Fields []Field
	Key    []int // indexes of the fields that identify a row; empty if unknown
	Unique bool  // the system itself guarantees that no two rows share a key
}

// Index returns the position of the named field, or -1.
func (s *Schema) Index(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// Names returns the field names in order.
func (s *Schema) Names() []string {
	names := make([]string, len(s.Fields))
	for i := range s.Fields {
		names[i] = s.Fields[i].Name
	}
	return names
}

// KeyNames returns the names of the key fields.
func (s *Schema) KeyNames() []string {
	names := make([]string, len(s.Key))
	for i, f := range s.Key {
		names[i] = s.Fields[f].Name
	}
	return names
}

// KeyOf copies the key of row.
func (s *Schema) KeyOf(row Row) Row {
	key := make(Row, len(s.Key))
	for i, f := range s.Key {
		key[i] = row[f]
	}
	return key
}

// Select returns the schema of the named columns in that order, and where
// each stands in s. The key is kept if all of it is selected.
func (s *Schema) Select(names []string) (*Schema, []int, error) {
	out := &Schema{Table: s.Table, Fields: make([]Field, len(names))}
	from := make([]int, len(names))
	for i, name := range names {
		at := s.Index(name)
		if at < 0 {
			return nil, nil, fmt.Errorf("%s has no column %q; it has %s", s.Table, name, strings.Join(s.Names(), ", "))
		}
		out.Fields[i], from[i] = s.Fields[at], at
	}
	for _, k := range s.Key {
		at := out.Index(s.Fields[k].Name)
		if at < 0 {
			out.Key = nil
			return out, from, nil
		}
		out.Key = append(out.Key, at)
	}
	out.Unique = s.Unique
	return out, from, nil
}
