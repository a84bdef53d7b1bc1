package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

const noTable, noColumn = "no_such_table", "no_such_column"

// An unknown table is an error of class Missing, which names it and the
// tables that exist.
func checkMissingTable(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(1), func(s *subject) error {
		_, err := s.Describe(ctx, noTable)
		if err := missing(err, noTable, s.fix.Schema.Table); err != nil {
			return wrap(err, "Describe")
		}
		return each(s.calls(ctx, noTable, nil), func(name string, err error) error {
			return wrap(missing(err, noTable), "%s", name)
		})
	})
}

// An unknown column is an error of class Missing that names it.
func checkMissingColumn(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(1), func(s *subject) error {
		return each(s.calls(ctx, s.fix.Schema.Table, []string{noColumn}), func(name string, err error) error {
			return wrap(missing(err, noColumn), "%s", name)
		})
	})
}

// missing checks an error of class Missing and what it names.
func missing(err error, names ...string) error {
	if err == nil {
		return errors.New("no error for what is not there")
	}
	if class := connectors.ClassOf(err); class != connectors.Missing {
		return fmt.Errorf("the error is of class %s, want missing: %w", class, err)
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			return fmt.Errorf("the error does not name %q: %w", name, err)
		}
	}
	return nil
}

// call is a method of a connector and the error it returned.
type call struct {
	method string
	err    error
}

func each(calls []call, check func(method string, err error) error) error {
	var errs []error
	for _, c := range calls {
		errs = append(errs, check(c.method, c.err))
	}
	return errors.Join(errs...)
}

// calls tries everything that reads or writes the named table. The fields are
// those to read; a method that takes none is left out if there are any.
func (s *subject) calls(ctx context.Context, table string, fields []string) []call {
	_, err := readAll(ctx, func() (record.Reader, error) {
		return s.Read(ctx, connectors.Query{Table: table, Fields: fields})
	})
	all := []call{{"Read", err}}
	if l, ok := s.Source.(connectors.Lookup); ok {
		_, err := readAll(ctx, func() (record.Reader, error) { return l.Lookup(ctx, table, fields, s.keys(s.rows)) })
		all = append(all, call{"Lookup", err})
	}
	if d, ok := s.Source.(connectors.Digester); ok {
		_, err := d.Digest(ctx, table, fields, []record.Range{{}})
		all = append(all, call{"Digest", err})
	}
	if t, ok := s.Source.(connectors.Target); ok {
		_, err := t.Write(ctx, s.changeOf(table, fields))
		all = append(all, call{"Write", err})
	}
	if fields == nil {
		return append(all, s.tableCalls(ctx, table)...)
	}
	if s.h.supports(Match) {
		match := []connectors.Match{{Field: fields[0], In: []record.Value{record.Text("")}}}
		_, err := readAll(ctx, func() (record.Reader, error) { return s.Read(ctx, connectors.Query{Table: table, Match: match}) })
		all = append(all, call{"Read with Match", err})
	}
	return all
}

// tableCalls tries the methods that take a table and no fields.
func (s *subject) tableCalls(ctx context.Context, table string) []call {
	var all []call
	if p, ok := s.Source.(connectors.Partitioner); ok {
		_, err := p.Partition(ctx, table, 3)
		all = append(all, call{"Partition", err})
	}
	if f, ok := s.Source.(connectors.Feed); ok {
		_, err := f.Head(ctx, table)
		all = append(all, call{"Head", err})
		_, err = readAll(ctx, func() (record.Reader, error) { return f.Changes(ctx, table, "") })
		all = append(all, call{"Changes", err})
	}
	if l, ok := s.Source.(connectors.DeleteLog); ok {
		_, err := readAll(ctx, func() (record.Reader, error) { return l.Deleted(ctx, table, "") })
		all = append(all, call{"Deleted", err})
	}
	return all
}

// changeOf makes a change to a table that has the fixture's key and perhaps
// more fields.
func (s *subject) changeOf(table string, fields []string) *connectors.Changes {
	schema := *s.fix.Schema
	schema.Table = table
	schema.Fields = slices.Clone(schema.Fields)
	for _, name := range fields {
		schema.Fields = append(schema.Fields, record.Field{Name: name, Type: record.Type{Kind: record.KindText}})
	}
	rows := &record.Batch{}
	rows.Reset(&schema)
	copy(rows.Add(), s.fix.Row(0))
	return &connectors.Changes{Rows: rows, Ops: []connectors.Op{connectors.Update}, Before: make([]record.Digest, 1)}
}

// keys returns the key of each row, in the fixture's columns.
func (s *subject) keys(rows []record.Row) []record.Row { return project(rows, s.fix.Schema.Key) }
