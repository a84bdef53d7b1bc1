package hubstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

// eventsFixture has texts of any length and times, and a line.
func eventsFixture(schema *record.Schema) *conformance.Fixture {
	return &conformance.Fixture{
		Schema: schema,
		Row: func(i int) record.Row {
			n := fmt.Sprint(i)
			at := time.Date(2024, 2, 28, 22, 30, 0, 0, time.UTC).Add(time.Duration(i) * 12347 * time.Second)
			return values(fmt.Sprintf("%08x-0000-5000-8000-000000000000", uint32(i)*2654435761), "line_item", id(i), "op"+n, record.Instant(at),
				"actor "+n, "reason "+n, "diff "+n, "CAD", "legacy", "events", "key|"+n)
		},
		Free: []string{"effective_at", "reason", "diff"},
	}
}

// keysFixture has bytes, booleans and days, and references.
func keysFixture(schema *record.Schema) *conformance.Fixture {
	return &conformance.Fixture{
		Schema: schema,
		Row: func(i int) record.Row {
			return values(fmt.Sprintf("%08x-0000-5000-8000-000000000000", uint32(i)*2654435761), fmt.Sprint("technology ", i), record.Bytes([]byte{0, byte(i), byte(i >> 8)}),
				fmt.Sprintf("%064d", i), id(1), i%2 == 0, record.Date(2024, 1, 1+i), "CAD", "legacy", "keys", fmt.Sprint(i))
		},
		Free: []string{"technology", "key_bytes", "is_legacy", "issued_on"},
	}
}

func TestConformance(t *testing.T) {
	for _, db := range []string{"sqlite", "postgres"} {
		t.Run(db, func(t *testing.T) {
			h := harness(t, db)
			for table, fixture := range map[string]func(*record.Schema) *conformance.Fixture{"events": eventsFixture, "license_keys": keysFixture} {
				t.Run(table, func(t *testing.T) {
					h := h
					s := open(t, h.config())
					schema, err := s.Describe(t.Context(), table)
					if err != nil {
						t.Fatal(err)
					}
					h.Fixture = fixture(schema)
					h.Cannot = cannot[table]
					conformance.Run(t, h.Harness)
				})
			}
		})
	}
}

// What the hub refuses: a NUL nowhere, and days that stand for none.
var cannot = map[string][]string{
	"events":       {"instant in year 1", "instant before 1900", "instant in 9999"},
	"license_keys": {"date in year 1", "date 1582-10-10", "date 1899-12-31", "date 1900-03-01", "date 9999-12-31"},
}

type testHarness struct {
	conformance.Harness
	config func() Config
}

// harness gives each connector a hub of its own. In PostgreSQL, where making
// one takes a while, it empties the same hub.
func harness(t *testing.T, db string) testHarness {
	dir, n := t.TempDir(), 0
	config := func() Config {
		n++
		return Config{Driver: hub.SQLite, Path: filepath.Join(dir, fmt.Sprint(n, ".db"))}
	}
	if db == "postgres" {
		dsn := testdb.Postgres(t)
		config = func() Config { return Config{Driver: hub.Postgres, DSN: dsn} }
	}
	return testHarness{config: config, Harness: conformance.Harness{
		Open: func(ctx context.Context, schema *record.Schema, rows []record.Row) (connectors.Source, error) {
			s, err := Open(ctx, config())
			if err != nil {
				return nil, err
			}
			if err := fill(ctx, s, schema, rows); err != nil {
				return nil, errors.Join(err, s.Close())
			}
			return s, nil
		},
		Offers: []connectors.Ability{connectors.CanWrite, connectors.CanPartition, connectors.CanLookup, connectors.CanSnapshot, connectors.CanNote},
		Secret: "hunter2",
		Refused: func(ctx context.Context) error {
			_, err := Open(ctx, Config{Driver: hub.Postgres, DSN: "postgres://user:hunter2@127.0.0.1:1/none?sslmode=disable"})
			return err
		},
	}}
}

// fill makes the table hold exactly these rows.
func fill(ctx context.Context, s *Store, schema *record.Schema, rows []record.Row) error {
	if _, err := s.Hub().Writer().ExecContext(ctx, "DELETE FROM "+schema.Table); err != nil {
		return err
	}
	if _, err := s.Hub().Writer().ExecContext(ctx, "DELETE FROM xref; DELETE FROM write_notes"); err != nil {
		return err
	}
	if schema.Table == "license_keys" {
		if _, err := s.Hub().Writer().ExecContext(ctx, parents); err != nil {
			return err
		}
	}
	c := &connectors.Changes{Rows: &record.Batch{}, Before: make([]record.Digest, len(rows)), Ops: slices.Repeat([]connectors.Op{connectors.Create}, len(rows))}
	c.Rows.Reset(schema)
	for _, row := range rows {
		copy(c.Rows.Add(), row)
	}
	answers, err := s.Write(ctx, c)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.Outcome != connectors.Applied {
			return fmt.Errorf("row %d is %s: %s", i, a.Outcome, a.Reason)
		}
	}
	return nil
}

// parents are what a license key stands on.
const parents = `
INSERT INTO products (id, code, name, kind, state, line, source) VALUES
	('00000000-0000-0000-0000-000000000001', 'P', 'P', 'product', 'deployed', 'CAD', 'legacy') ON CONFLICT DO NOTHING;
INSERT INTO part_numbers (id, sku, product_id, units_per_sku, state, line, source) VALUES
	('00000000-0000-0000-0000-000000000001', 'S', '00000000-0000-0000-0000-000000000001', 1, 'deployed', 'CAD', 'legacy') ON CONFLICT DO NOTHING;
INSERT INTO organizations (id, org_no, name, kind, status, source) VALUES
	('00000000-0000-0000-0000-000000000001', 'O', 'O', 'customer', 'active', 'legacy') ON CONFLICT DO NOTHING;
INSERT INTO entitlements (id, entitlement_no, org_id, kind, origin, state, portal_login, line, source) VALUES
	('00000000-0000-0000-0000-000000000001', 'E', '00000000-0000-0000-0000-000000000001', 'simple', 'revenue', 'deployed', false, 'CAD', 'legacy') ON CONFLICT DO NOTHING;
INSERT INTO line_items (id, activation_id, entitlement_id, part_number_id, product_id, qty, unlimited, type, start_rule, term_kind, state, line, source) VALUES
	('00000000-0000-0000-0000-000000000001', 'A', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001',
	1, false, 'new', 'fixed', 'perpetual', 'deployed', 'CAD', 'legacy') ON CONFLICT DO NOTHING;
`
