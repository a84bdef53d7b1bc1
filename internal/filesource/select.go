package filesource

import (
	"errors"
	"fmt"

	"crosswalk/connectors"
	"crosswalk/record"
)

// A Selection answers a Query while rows stream by: it keeps the rows that
// match and copies the columns that are wanted.
type Selection struct {
	Schema *record.Schema // of the selected rows

	columns []int // of the table, in the order of Schema
	matches []match
}

type match struct {
	column int
	in     map[record.Value]struct{}
}

// Select compiles q for a table. Order, ranges and resuming are beyond a file:
// the error wraps errors.ErrUnsupported. An unknown column is an Error of
// class Missing that names the known ones.
func Select(table *record.Schema, q connectors.Query) (*Selection, error) {
	if q.Sorted || q.After != "" || q.Range.From != nil || q.Range.To != nil {
		return nil, fmt.Errorf("read %s: a file is read from beginning to end: %w", q.Table, errors.ErrUnsupported)
	}
	names := q.Fields
	if names == nil {
		names = table.Names()
	}
	schema, columns, err := table.Select(names)
	if err != nil {
		return nil, connectors.Errorf(connectors.Missing, "read", q.Table, "%w", err)
	}
	s := &Selection{Schema: schema, columns: columns}
	for _, m := range q.Match {
		_, at, err := table.Select([]string{m.Field})
		if err != nil {
			return nil, connectors.Errorf(connectors.Missing, "read", q.Table, "%w", err)
		}
		in := make(map[record.Value]struct{}, len(m.In))
		for _, v := range m.In {
			in[v] = struct{}{}
		}
		s.matches = append(s.matches, match{at[0], in})
	}
	return s, nil
}

// Add appends a row to b if it matches. cell returns the value of a column of
// the table and is called for the needed ones only.
func (s *Selection) Add(b *record.Batch, cell func(column int) record.Value) {
	for _, m := range s.matches {
		if _, ok := m.in[cell(m.column)]; !ok {
			return
		}
	}
	row := b.Add()
	for i, column := range s.columns {
		row[i] = cell(column)
	}
}

// Union returns the column names of all parts in the order in which they first
// appear, and which of them some part lacks.
func Union(parts [][]string) (names []string, partial []bool) {
	seen := map[string]int{}
	for _, part := range parts {
		for _, name := range part {
			if seen[name] == 0 {
				names = append(names, name)
			}
			seen[name]++
		}
	}
	partial = make([]bool, len(names))
	for i, name := range names {
		partial[i] = seen[name] < len(parts)
	}
	return names, partial
}
