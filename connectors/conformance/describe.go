package conformance

import (
	"context"
	"fmt"
	"io"
	"slices"

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
