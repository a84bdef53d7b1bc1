package hub

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"crosswalk/internal/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// configs returns the settings of a new hub in each dialect.
func configs(t *testing.T) map[string]Config {
	return map[string]Config{
		"sqlite":   {Driver: SQLite, Path: filepath.Join(t.TempDir(), "hub.db")},
		"postgres": {Driver: Postgres, DSN: testdb.Postgres(t)},
	}
}

func open(t *testing.T, c Config) *Hub {
	t.Helper()
	h, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestMigrationsEndInTheModel(t *testing.T) {
	want := configs(t)
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			migrated := open(t, c)
			opener := openSQLite
			if c.Driver == Postgres {
				opener = openPostgres
			}
			model, err := opener(want[name])
			if err != nil {
				t.Fatal(err)
			}
			defer model.Close()
			if _, err := model.Writer().Exec(ddl(c.Driver)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(catalogOf(t, model), catalogOf(t, migrated)); diff != "" {
				t.Errorf("the migrations differ from the model (-model +migrations):\n%s", diff)
			}
		})
	}
}

// catalogOf describes a schema as the database itself sees it, a line for each
// column, constraint and index.
func catalogOf(t *testing.T, h *Hub) []string {
	t.Helper()
	if h.Dialect() == SQLite {
		return sqliteCatalog(t, h.Reader())
	}
	return lines(t, h.Reader(), `
		SELECT 'column ' || c.relname || '.' || attnum || ' ' || attname || ' ' || format_type(atttypid, atttypmod)
			|| CASE WHEN attnotnull THEN ' not null' ELSE '' END || coalesce(' collate ' || collname, '')
		FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_collation l ON l.oid = attcollation
		WHERE c.relkind = 'r' AND attnum > 0 AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'goose%'
		UNION ALL
		SELECT 'constraint ' || conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'goose%'
		UNION ALL
		SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'
		ORDER BY 1`)
}

func sqliteCatalog(t *testing.T, db *sql.DB) []string {
	all := lines(t, db, `
		SELECT 'column ' || m.name || '.' || c.cid || ' ' || c.name || ' ' || c.type || c."notnull" || coalesce(c.dflt_value, '') || c.pk || c.hidden
		FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'
		UNION ALL
		SELECT 'reference ' || m.name || '.' || f."from" || ' ' || f."table" || '.' || f."to" || f.on_update || f.on_delete
		FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
		UNION ALL
		SELECT 'index ' || m.name || '.' || i.name || i."unique" || i.origin || i.partial || coalesce(s.sql, '')
			|| (SELECT group_concat(coalesce(name, '(expression)') || coll) FROM pragma_index_xinfo(i.name))
		FROM sqlite_schema m, pragma_index_list(m.name) i LEFT JOIN sqlite_schema s ON s.name = i.name
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%'
		ORDER BY 1`)
	// What no pragma tells stands in the statement that made the table.
	word := regexp.MustCompile(`(?s)CONSTRAINT \w+ CHECK \(.*?\)(,| REF|\n)|\w+ TEXT[^\n]*DEFERRED|STRICT.*`)
	for _, statement := range lines(t, db, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name") {
		for _, found := range word.FindAllString(statement, -1) {
			all = append(all, strings.Join(strings.Fields(found), " "))
		}
	}
	return all
}

func lines(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestInstancesThatStartAtOnceAllOpenTheHub(t *testing.T) {
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					h, err := Open(context.Background(), c)
					if err != nil {
						t.Error(err)
						return
					}
					h.Close()
				})
			}
			all.Wait()
			h := open(t, c)
			if got := lines(t, h.Reader(), "SELECT CAST(count(*) AS text) FROM units_of_measure"); got[0] != "26" {
				t.Errorf("%s units of measure", got[0])
			}
		})
	}
}

func TestHubOfANewerProgramIsRefused(t *testing.T) {
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			h := open(t, c)
			if _, err := h.Writer().Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, true)"); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), "version 9000") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPasswordStaysOutOfErrors(t *testing.T) {
	for _, dsn := range []string{
		"postgres://user:hunter2@host:port/db", "postgres://user:hunter2@127.0.0.1:1/db?sslmode=disable",
		"postgres://user:hunter2@127.0.0.1:1/db?sslmode=never", "password=hunter2 'host",
	} {
		_, err := Open(t.Context(), Config{Driver: Postgres, DSN: dsn})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}

func TestSettingsAtFaultAreNamed(t *testing.T) {
	for want, c := range map[string]Config{
		"driver": {Driver: "oracle", Path: "x"},
		"path":   {Driver: SQLite, DSN: "x"},
		"dsn":    {Driver: Postgres, Path: "x"},
		"folder": {Driver: SQLite, Path: filepath.Join(t.TempDir(), "none", "hub.db")},
	} {
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s named, got %v", want, err)
		}
	}
}

func TestSeededUnitsHaveTheIdsOfTheirCodes(t *testing.T) {
	h := open(t, configs(t)["sqlite"])
	namespace := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://crosswalk.invalid/id"))
	for _, line := range lines(t, h.Reader(), "SELECT id || code FROM units_of_measure") {
		if want := uuid.NewSHA1(namespace, []byte("hub|units_of_measure|"+line[36:])).String(); line[:36] != want {
			t.Errorf("%s has the id %s, want %s", line[36:], line[:36], want)
		}
	}
}
