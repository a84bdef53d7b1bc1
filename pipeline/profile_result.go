package pipeline

import (
	"slices"
	"strings"

	"crosswalk/record"
)

// TableProfile is what one pass over a table found. Its JSON form is stable:
// names may be added, none changes its meaning.
type TableProfile struct {
	Table      string          `json:"table"`
	Rows       int64           `json:"rows"`
	Unreadable Unreadable      `json:"unreadable"`
	Columns    []ColumnProfile `json:"columns"`
	Key        *KeyProfile     `json:"key,omitempty"` // absent if no key is known
	Refs       []RefProfile    `json:"references,omitempty"`
}

// Unreadable is input that is no row; nothing else counts it.
type Unreadable struct {
	Rows     int64    `json:"rows"`
	Examples []Unread `json:"examples,omitempty"` // the first five
}

// Unread is one piece of such input.
type Unread struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// ColumnProfile is what is known of one column. Values of every list come in
// order of how often they occur.
type ColumnProfile struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`  // as the system declares it; "any" if it does not
	Kinds    []KindCount `json:"kinds"` // of the values that are there
	Nulls    int64       `json:"nulls"`
	Empty    int64       `json:"empty"`  // texts of length 0
	Absent   int64       `json:"absent"` // rows from a file or sheet without this column
	Distinct Distinct    `json:"distinct"`
	Min      *Shown      `json:"min,omitempty"`
	Max      *Shown      `json:"max,omitempty"`
	Shortest int         `json:"shortest"` // characters of a text, bytes of a binary value; empty texts do not count
	Longest  int         `json:"longest"`
	Frequent []Frequency `json:"frequent,omitempty"`
	Patterns []Pattern   `json:"patterns,omitempty"`
	Dates    []Pattern   `json:"date_layouts,omitempty"` // how many texts each layout can read
	Suspects []Suspect   `json:"suspects,omitempty"`
}

// KindCount is how many values of a column are of one kind.
type KindCount struct {
	Kind string `json:"kind"`
	Rows int64  `json:"rows"`
}

// Distinct is the number of different values that are neither null nor empty.
// It is exact up to 10,000; beyond, it is an estimate from a sketch, and off
// by more than 3 % once in twenty columns.
type Distinct struct {
	Count int64 `json:"count"`
	Exact bool  `json:"exact"`
}

// Frequency is how often a value occurs. Where Exact is false the value may
// occur more often than Rows says, by at most one row in 1,000.
type Frequency struct {
	Value Shown `json:"value"`
	Rows  int64 `json:"rows"`
	Exact bool  `json:"exact"`
}

// Pattern is a form of values: letters as A or a, digits as 9, and runs of
// more than four as one with a + (LIC-0004711 is AAA-9+). As a date layout it
// is written with d, m and y.
type Pattern struct {
	Pattern string `json:"pattern"`
	Rows    int64  `json:"rows"`
}

// Suspect is a property of values that usually means trouble.
type Suspect struct {
	What     string  `json:"what"`
	Rows     int64   `json:"rows"`
	Examples []Shown `json:"examples,omitempty"` // at most three
}

// Shown is a value as a profile shows it: long texts are cut.
type Shown struct{ record.Value }

// MarshalJSON implements json.Marshaler.
func (s Shown) MarshalJSON() ([]byte, error) { return record.AppendJSON(nil, s.Value), nil }

// hideValues leaves counts and patterns.
func (t *TableProfile) hideValues() {
	t.Unreadable.Examples = nil
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Min, c.Max, c.Frequent = nil, nil, nil
		for j := range c.Suspects {
			c.Suspects[j].Examples = nil
		}
	}
	if t.Key != nil {
		t.Key.Repeated.Examples, t.Key.Similar.Examples = nil, nil
	}
	for i := range t.Refs {
		t.Refs[i].Examples = nil
	}
}

// byRows sorts a list by falling number of rows, then by name.
func byRows[T any](list []T, rows func(T) int64, name func(T) string) {
	slices.SortFunc(list, func(a, b T) int {
		if rows(a) != rows(b) {
			if rows(a) > rows(b) {
				return -1
			}
			return 1
		}
		return strings.Compare(name(a), name(b))
	})
}
