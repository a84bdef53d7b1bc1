package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

const secret = "Sesame-%/@-7c1e"

func TestSQLiteKeepsTheContract(t *testing.T) {
	h := harness(t, sqliteLab())
	h.Cannot = []string{
		"decimal of 38 digits", "decimal of 38 digits, negative", // kept as floats
		"float not a number", // kept as null
	}
	conformance.Run(t, h)
}

func TestPostgresKeepsTheContract(t *testing.T) {
	l := postgresLab()
	h := harness(t, schemasOf(t, l))
	h.Secret = secret
	h.Refused = refused(t, l)
	conformance.Run(t, h)
}

func TestMariaDBKeepsTheContract(t *testing.T) {
	l := mariadbLab()
	h := harness(t, l)
	h.Secret = secret
	h.Refused = refused(t, l)
	h.As = func(f record.Field, v record.Value) record.Value {
		if f.Type.Kind == record.KindBool {
			v, _ = record.Convert(v, record.Type{Kind: record.KindInt}) // BOOLEAN is TINYINT(1)
		}
		return v
	}
	h.Cannot = []string{
		"float infinity", "float not a number",
		// TIMESTAMP goes from 1970 to 2038.
		"instant in year 1", "instant before 1900", "instant before 1970", "instant in 1970", "instant after 2038", "instant in 9999",
		"instant with microseconds before 1970",
	}
	conformance.Run(t, h)
}

// schemasOf makes schemas of one database instead of databases, which is
// quicker.
func schemasOf(t *testing.T, l lab) lab {
	config, db := l.fresh(t)
	made := 0
	l.fresh = func(t testing.TB) (Config, *sql.DB) {
		made++
		c := config
		c.Schema = fmt.Sprintf("s%d", made)
		run(t, db, "CREATE SCHEMA "+c.Schema)
		return c, admin(t, "postgres", c.DSN+"&search_path="+c.Schema)
	}
	return l
}

func harness(t *testing.T, l lab) conformance.Harness {
	var mu sync.Mutex
	opened := map[connectors.Source]*sql.DB{}
	table := conformance.Standard().Schema
	return conformance.Harness{
		Offers: []connectors.Ability{connectors.CanPartition, connectors.CanLookup, connectors.CanSnapshot},
		Open: func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			config, db := l.fresh(t)
			if err := l.load(ctx, db, s, rows); err != nil {
				return nil, err
			}
			src, err := l.open(ctx, config)
			mu.Lock()
			defer mu.Unlock()
			opened[src] = db
			return src, err
		},
		Change: func(ctx context.Context, src connectors.Source, op connectors.Op, rows []record.Row) error {
			mu.Lock()
			db := opened[src]
			mu.Unlock()
			return l.change(ctx, db, table, op, rows)
		},
	}
}

// refused opens the database with a wrong password.
func refused(t *testing.T, l lab) func(context.Context) error {
	config, _ := l.fresh(t)
	scheme, rest, _ := strings.Cut(config.DSN, "://")
	_, host, _ := strings.Cut(rest, "@")
	config.DSN = scheme + "://crosswalk:Sesame-%25%2F%40-7c1e@" + host
	return func(ctx context.Context) error {
		src, err := l.open(ctx, config)
		if err == nil {
			return src.Close()
		}
		return err
	}
}
