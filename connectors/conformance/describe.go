package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// What a connector says of itself.
func describeChecks() []Check {
	return []Check{
		{"Offers", always, checkOffers},
		{"TraitsHold", always, checkTraits},
		{"TablesSortedAndDescribed", always, checkTables},
		{"SchemaStable", always, checkSchema},
		{"MissingTable", always, checkMissingTable},
		{"MissingColumn", always, checkMissingColumn},
	}
}

// A connector offers exactly the abilities that it is meant to have.
func checkOffers(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		has := connectors.Abilities(s.Source)
		for _, a := range has {
			if !slices.Contains(h.Offers, a) {
				return fmt.Errorf("offers %q, which the harness does not declare", a)
			}
		}
		for _, a := range h.Offers {
			if !slices.Contains(has, a) {
				return fmt.Errorf("does not offer %q, which the harness declares", a)
			}
		}
		return nil
	})
}

// Tables names everything once, in order, and Describe knows all of it.
func checkTables(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(2), func(s *subject) error {
		names, err := s.Tables(ctx)
		if err != nil {
			return err
		}
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) < len(names) {
			return fmt.Errorf("Tables are not sorted, each once: %q", names)
		}
		if !slices.Contains(names, s.fix.Schema.Table) {
			return fmt.Errorf("Tables %q lack %q", names, s.fix.Schema.Table)
		}
		for _, name := range names {
			schema, err := s.Describe(ctx, name)
			if err != nil {
				return fmt.Errorf("Describe(%q): %w", name, err)
			}
			if err := checkDescribed(name, schema); err != nil {
				return err
			}
		}
		keyless := !h.supports(Sorted) && !h.supports(Range) && len(s.schema.Key) == 0
		if want := s.fix.Schema.KeyNames(); !keyless && !slices.Equal(s.schema.KeyNames(), want) {
			return fmt.Errorf("the key is %q, want %q", s.schema.KeyNames(), want)
		}
		return nil
	})
}

func checkDescribed(name string, s *record.Schema) error {
	if s.Table != name {
		return fmt.Errorf("Describe(%q) returns the schema of %q", name, s.Table)
	}
	if len(s.Fields) == 0 {
		return fmt.Errorf("%s has no columns", name)
	}
	for i, field := range s.Fields {
		if field.Name == "" || s.Index(field.Name) != i {
			return fmt.Errorf("%s has an unnamed column, or two of the name %q", name, field.Name)
		}
	}
	for i, k := range s.Key {
		if k < 0 || k >= len(s.Fields) || slices.Contains(s.Key[:i], k) {
			return fmt.Errorf("the key of %s names column number %d", name, k)
		}
	}
	return nil
}

// A schema does not change, and readers have the schema that was described.
func checkSchema(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(5), func(s *subject) error {
		again, err := s.Describe(ctx, s.schema.Table)
		if err != nil {
			return err
		}
		if err := equalSchemas(s.whole, again); err != nil {
			return wrap(err, "Describe twice")
		}
		r, err := s.Read(ctx, connectors.Query{Table: s.schema.Table})
		if err != nil {
			return err
		}
		defer r.Close()
		if err := equalSchemas(s.whole, r.Schema()); err != nil {
			return wrap(err, "Describe and Reader.Schema")
		}
		return keepsSchema(ctx, r)
	})
}

// keepsSchema checks that the schema of a Reader is that of its batches.
func keepsSchema(ctx context.Context, r record.Reader) error {
	before := *r.Schema()
	b := &record.Batch{Limit: 2}
	for {
		err := r.Read(ctx, b)
		if err := equalSchemas(&before, r.Schema()); err != nil {
			return wrap(err, "Reader.Schema before and after Read")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := equalSchemas(&before, b.Schema); err != nil {
			return wrap(err, "Reader.Schema and a batch")
		}
	}
}

func equalSchemas(a, b *record.Schema) error {
	if a.Table != b.Table || !slices.Equal(a.Fields, b.Fields) || !slices.Equal(a.Key, b.Key) || a.Unique != b.Unique {
		return fmt.Errorf("schemas differ:\n%+v\n%+v", *a, *b)
	}
	return nil
}

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
	var all []call
	read := func(method string, open func() (record.Reader, error)) {
		r, err := open()
		if err == nil {
			_, _, err = drain(ctx, r, 7)
			err = errors.Join(err, r.Close())
		}
		all = append(all, call{method, err})
	}
	read("Read", func() (record.Reader, error) { return s.Read(ctx, connectors.Query{Table: table, Fields: fields}) })
	if l, ok := s.Source.(connectors.Lookup); ok {
		read("Lookup", func() (record.Reader, error) { return l.Lookup(ctx, table, fields, s.keys(s.rows)) })
	}
	if d, ok := s.Source.(connectors.Digester); ok {
		_, err := d.Digest(ctx, table, fields, []record.Range{{}})
		all = append(all, call{"Digest", err})
	}
	if t, ok := s.Source.(connectors.Target); ok {
		c := s.changeOf(table, fields)
		_, err := t.Write(ctx, c)
		all = append(all, call{"Write", err})
	}
	if fields != nil {
		if s.h.supports(Match) {
			read("Read with Match", func() (record.Reader, error) {
				return s.Read(ctx, connectors.Query{Table: table, Match: []connectors.Match{{Field: fields[0], In: []record.Value{record.Text("")}}}})
			})
		}
		return all
	}
	if p, ok := s.Source.(connectors.Partitioner); ok {
		_, err := p.Partition(ctx, table, 3)
		all = append(all, call{"Partition", err})
	}
	if f, ok := s.Source.(connectors.Feed); ok {
		_, err := f.Head(ctx, table)
		all = append(all, call{"Head", err})
		read("Changes", func() (record.Reader, error) { return f.Changes(ctx, table, "") })
	}
	if l, ok := s.Source.(connectors.DeleteLog); ok {
		read("Deleted", func() (record.Reader, error) { return l.Deleted(ctx, table, "") })
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
