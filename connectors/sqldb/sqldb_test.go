package sqldb

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"crosswalk/connectors"
	"crosswalk/internal/testdb"
	"crosswalk/record"

	"github.com/google/go-cmp/cmp"
)

func TestNothingCanBeWritten(t *testing.T) {
	for _, test := range []struct {
		lab   lab
		setup []string
		query string
		class connectors.Class
	}{
		{sqliteLab(), []string{"CREATE TABLE t (a INT)"}, "(SELECT 1 AS a) t; INSERT INTO t VALUES (1); --)", connectors.Invalid},
		{sqliteLab(), []string{"CREATE TABLE t (a INT)"}, "(SELECT 1 AS a); ATTACH 'new.db' AS other; (SELECT 1)", connectors.Invalid},
		{postgresLab(), []string{"CREATE SEQUENCE s"}, "(SELECT nextval('s') AS a)", connectors.Denied},
		{postgresLab(), []string{"CREATE TABLE t (a int)"}, "(SELECT 1 AS a) t; INSERT INTO t VALUES (1); --)", connectors.Invalid},
		{mariadbLab(), []string{"CREATE TABLE t (a int)", "CREATE FUNCTION f() RETURNS int BEGIN INSERT INTO t VALUES (1); RETURN 1; END"}, "(SELECT f() AS a)", connectors.Denied},
		{mariadbLab(), []string{"CREATE TABLE t (a int)"}, "(SELECT 1 AS a) t; INSERT INTO t VALUES (1); -- )", connectors.Invalid},
	} {
		t.Run(test.lab.dialect.name+" "+test.query, func(t *testing.T) {
			src := test.lab.with(t, test.setup...)
			_, err := readAll(t.Context(), src, connectors.Query{Table: test.query})
			if connectors.ClassOf(err) != test.class {
				t.Errorf("class %s, want %s: %v", connectors.ClassOf(err), test.class, err)
			}
		})
	}
}

// readAll reads to the end or to the first error.
func readAll(ctx context.Context, src connectors.Source, q connectors.Query) (rows int, err error) {
	r, err := src.Read(ctx, q)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var b record.Batch
	for {
		if err := r.Read(ctx, &b); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows += b.Len()
	}
}

func TestErrorsSayWhatWhereAndWhatToDo(t *testing.T) {
	pg, _ := postgresLab().fresh(t)
	my, _ := mariadbLab().fresh(t)
	// other replaces a part of a URL.
	other := func(dsn, part, with string) Config {
		at := map[string][2]string{"password": {":", "@"}, "database": {"/", "?"}, "host": {"@", "/"}}[part]
		scheme, rest, _ := strings.Cut(dsn, "://")
		end := strings.LastIndex(rest, at[1])
		if end < 0 {
			end = len(rest)
		}
		if part == "host" {
			end = strings.Index(rest, "/")
		}
		start := strings.LastIndex(rest[:end], at[0])
		if part == "password" {
			start = strings.Index(rest, at[0])
		}
		return Config{DSN: scheme + "://" + rest[:start+1] + with + rest[end:]}
	}
	for _, test := range []struct {
		name   string
		open   func(context.Context, Config) (*Source, error)
		config Config
		class  connectors.Class
		says   string
	}{
		{"postgres wrong password", Postgres, other(pg.DSN, "password", "hush"), connectors.Denied, "password authentication failed"},
		{"postgres no such database", Postgres, other(pg.DSN, "database", "nowhere"), connectors.Missing, `database "nowhere" does not exist`},
		{"postgres refused", Postgres, other(pg.DSN, "host", "127.0.0.1:1"), connectors.Transient, "refused"},
		{"postgres without TLS", Postgres, Config{DSN: pg.DSN, TLS: "require"}, connectors.Invalid, "SSL is not enabled"},
		{"postgres bad URL", Postgres, Config{DSN: "postgres://user:hush%zz@host/db"}, connectors.Invalid, "dsn is no URL"},
		{"mysql wrong password", MySQL, other(my.DSN, "password", "hush"), connectors.Denied, "Access denied"},
		{"mysql no such database", MySQL, other(my.DSN, "database", "nowhere"), connectors.Missing, "Unknown database 'nowhere'"},
		{"mysql refused", MySQL, other(my.DSN, "host", "127.0.0.1:1"), connectors.Transient, "refused"},
		{"mysql no database", MySQL, Config{Host: "127.0.0.1"}, connectors.Invalid, "name the database"},
		{"sqlserver refused", SQLServer, Config{DSN: "sqlserver://user:hush@127.0.0.1:1?database=db"}, connectors.Transient, "refused"},
		{"sqlite no such file", SQLite, Config{Path: filepath.Join(t.TempDir(), "none.db")}, connectors.Missing, "no such file"},
		{"sqlite folder", SQLite, Config{Path: t.TempDir()}, connectors.Invalid, "invalid argument"},
		{"sqlite other file", SQLite, Config{Path: "sqldb_test.go"}, connectors.Invalid, "not a database"},
	} {
		t.Run(test.name, func(t *testing.T) {
			src, err := test.open(t.Context(), test.config)
			if err == nil {
				src.Close()
				t.Fatal("no error")
			}
			if connectors.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("class %s, want %s with %q: %v", connectors.ClassOf(err), test.class, test.says, err)
			}
		})
	}
}

func TestUnknownTableNamesTheKnownOnes(t *testing.T) {
	everywhere(t, func(t *testing.T, l lab) {
		src := l.with(t, "CREATE TABLE orders (id int)")
		_, err := src.Describe(t.Context(), "order")
		if connectors.ClassOf(err) != connectors.Missing || !strings.Contains(err.Error(), "there are orders") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAServerThatDiesIsNotTheEnd(t *testing.T) {
	for name, start := range map[string]func(context.Context, testdb.Options) (*testdb.Server, error){
		"postgres": testdb.StartPostgres, "mysql": testdb.StartMariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			server, err := start(t.Context(), testdb.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Stop()
			dsn, _, err := server.Create(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			src, err := Open(t.Context(), name, Config{DSN: dsn})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			query := "(SELECT i, repeat('x', 1000) AS x FROM generate_series(1, 200000) i)"
			if name == "mysql" {
				query = "(SELECT seq AS i, repeat('x', 1000) AS x FROM seq_1_to_200000)"
			}
			r, err := src.Read(t.Context(), connectors.Query{Table: query})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var b record.Batch
			if err := r.Read(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			server.Stop()
			for err == nil {
				err = r.Read(t.Context(), &b)
			}
			if err == io.EOF || connectors.ClassOf(err) != connectors.Transient || b.Len() > 0 {
				t.Errorf("%d rows and class %s: %v", b.Len(), connectors.ClassOf(err), err)
			}
			if again := r.Read(t.Context(), &b); !errors.Is(again, err) {
				t.Errorf("the next Read says %v", again)
			}
			if _, err := src.Describe(t.Context(), "(SELECT 1 AS a)"); connectors.ClassOf(err) != connectors.Transient {
				t.Errorf("a new query on the dead server: class %s: %v", connectors.ClassOf(err), err)
			}
		})
	}
}

func TestASlowQueryIsCanceled(t *testing.T) {
	for _, test := range []struct {
		lab   lab
		query string
	}{
		{postgresLab(), "(SELECT 1 AS a, pg_sleep(60)::text AS b)"},
		{mariadbLab(), "(SELECT sleep(60) AS a)"},
		{sqliteLab(), "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) SELECT count(*) AS n FROM s)"},
	} {
		t.Run(test.lab.dialect.name, func(t *testing.T) {
			src := test.lab.with(t, "CREATE TABLE t (a int)")
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start := time.Now()
			if _, err := readAll(ctx, src, connectors.Query{Table: test.query}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
				runtime.Gosched()
			}
			if after := runtime.NumGoroutine(); after > before {
				t.Errorf("%d goroutines before, %d after", before, after)
			}
			if n, err := readAll(t.Context(), src, connectors.Query{Table: "t"}); n != 0 || err != nil {
				t.Errorf("the next query: %d rows, %v", n, err)
			}
		})
	}
}

func TestAQueryIsATable(t *testing.T) {
	everywhere(t, func(t *testing.T, l lab) {
		src := l.with(t, "CREATE TABLE orders (id int PRIMARY KEY, name varchar(20))", "INSERT INTO orders VALUES (1, 'a)b'), (2, 'B')")
		q := connectors.Query{Table: "(SELECT id, name, 'it''s )' AS note FROM orders /* ) */ WHERE id > 0)"}
		schema, err := src.Describe(t.Context(), q.Table)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"id", "name", "note"}, schema.Names()); diff != "" {
			t.Error(diff)
		}
		if schema.Fields[0].Type.Kind != record.KindInt || schema.Fields[1].Type.Kind != record.KindText {
			t.Errorf("types %v", schema.Fields)
		}
		q.Match = []connectors.Match{{Field: "name", In: []record.Value{record.Text("b"), record.Text("a)b")}}}
		if diff := cmp.Diff([]string{"1 a)b it's )"}, lines(all(t, src, q))); diff != "" {
			t.Error(diff)
		}
		if _, err := src.Read(t.Context(), connectors.Query{Table: q.Table, Sorted: true}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("sorted without a key: %v", err)
		}
		// SQLite itself calls the second one id:1.
		if _, err := src.Describe(t.Context(), "(SELECT id, id FROM orders)"); err == nil && l.dialect.name != "sqlite" {
			t.Error("two columns of one name pass")
		}
		if _, err := src.Describe(t.Context(), "(SELECT x FROM nowhere)"); connectors.ClassOf(err) != connectors.Missing {
			t.Errorf("class %s: %v", connectors.ClassOf(err), err)
		}
	})
}

// lines shows rows as texts.
func lines(rows []record.Row) []string {
	out := []string{}
	for _, row := range rows {
		var values []string
		for _, v := range row {
			values = append(values, v.String())
		}
		out = append(out, strings.Join(values, " "))
	}
	return out
}

func TestStrangeNamesAreQuoted(t *testing.T) {
	everywhere(t, func(t *testing.T, l lab) {
		q := l.dialect.quote
		table, column := "we\"ird`] tab;le", "a \"b\" `c`] {}"
		src := l.with(t, "CREATE TABLE "+q(table)+" ("+q(column)+" int PRIMARY KEY, "+q("select")+" int)", "INSERT INTO "+q(table)+" VALUES (1, 2), (3, 4)")
		rows := all(t, src, connectors.Query{Table: table, Sorted: true, Range: record.Range{From: record.Row{record.Int(2)}}})
		if diff := cmp.Diff([]string{"3 4"}, lines(rows)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestKeysComeFromIndexesWithoutNulls(t *testing.T) {
	everywhere(t, func(t *testing.T, l lab) {
		src := l.with(t,
			"CREATE TABLE a (x int NOT NULL, y int NOT NULL, z int, PRIMARY KEY (y, x))",
			"CREATE TABLE b (x int NOT NULL, y int, z int NOT NULL)", "CREATE UNIQUE INDEX b1 ON b (y)", "CREATE UNIQUE INDEX b2 ON b (z, x)",
			"CREATE TABLE c (x int, y int)", "CREATE UNIQUE INDEX c1 ON c (x)",
			"CREATE VIEW d AS SELECT x FROM a")
		for table, want := range map[string][]string{"a": {"y", "x"}, "b": {"z", "x"}, "c": {}, "d": {}} {
			s, err := src.Describe(t.Context(), table)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, s.KeyNames()); diff != "" || s.Unique != (len(want) > 0) {
				t.Errorf("%s: unique %v %s", table, s.Unique, diff)
			}
		}
		tables, err := src.Tables(t.Context())
		if diff := cmp.Diff([]string{"a", "b", "c", "d"}, tables); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestNullsInASQLiteKeyComeFirst(t *testing.T) {
	src := sqliteLab().with(t, "CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (a, b))",
		"INSERT INTO t VALUES ('x', 2), (NULL, 1), ('x', NULL), (NULL, NULL)")
	schema, err := src.Describe(t.Context(), "t")
	if err != nil || schema.Unique {
		t.Errorf("unique although nulls repeat: %v", err)
	}
	sorted := all(t, src, connectors.Query{Table: "t", Sorted: true})
	if !slices.IsSortedFunc(sorted, record.CompareRows) || len(sorted) != 4 {
		t.Errorf("sorted: %v", lines(sorted))
	}
	for i, cut := range sorted {
		below := all(t, src, connectors.Query{Table: "t", Range: record.Range{To: cut}})
		above := all(t, src, connectors.Query{Table: "t", Range: record.Range{From: cut}})
		if len(below) != i || len(above) != 4-i {
			t.Errorf("cut at %v: %d below, %d from there", cut, len(below), len(above))
		}
		after := all(t, src, connectors.Query{Table: "t", Sorted: true, After: makeCursor(cut)})
		if len(after) != 3-i {
			t.Errorf("after %v: %d", cut, len(after))
		}
	}
}

func TestOtherSchemasAndFilters(t *testing.T) {
	config, db := postgresLab().fresh(t)
	run(t, db, "CREATE SCHEMA sales", "CREATE TABLE sales.orders (id int PRIMARY KEY)", "INSERT INTO sales.orders VALUES (7)", "CREATE TABLE users (id int)", "CREATE TABLE tmp_users (id int)")
	for _, test := range []struct {
		schema string
		tables []string
		want   []string
	}{
		{"", nil, []string{"sales.orders", "tmp_users", "users"}},
		{"sales", nil, []string{"orders"}},
		{"", []string{"users", "sales.*"}, []string{"sales.orders", "users"}},
	} {
		config.Schema, config.Tables = test.schema, test.tables
		src, err := Postgres(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := src.Tables(t.Context())
		if diff := cmp.Diff(test.want, tables); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if rows := all(t, src, connectors.Query{Table: test.want[0]}); len(rows) != 1 {
			t.Errorf("%s: %v", test.want[0], rows)
		}
		src.Close()
	}
}

func TestSeveralReadersOfOneSnapshot(t *testing.T) {
	everywhere(t, func(t *testing.T, l lab) {
		src := l.with(t, "CREATE TABLE a (x int PRIMARY KEY)", "INSERT INTO a VALUES (1), (2)")
		frozen, err := src.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer frozen.Close()
		first, err := frozen.Read(t.Context(), connectors.Query{Table: "a"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := frozen.Read(t.Context(), connectors.Query{Table: "a"})
		if l.dialect.name == "mysql" {
			if !errors.Is(err, errBusy) {
				t.Errorf("two readers on one connection: %v", err)
			}
		} else if err != nil {
			t.Error(err)
		} else {
			second.Close()
		}
		first.Close() // before its end: the snapshot must survive it
		if rows := all(t, frozen, connectors.Query{Table: "a"}); len(rows) != 2 {
			t.Errorf("%d rows", len(rows))
		}
	})
}

func TestLookupOfManyKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, l lab) {
		src := l.with(t, "CREATE TABLE a (x varchar(20) PRIMARY KEY, y int)", "INSERT INTO a VALUES ('k1', 1), ('k2', 2), ('k2999', 3)")
		var keys []record.Row
		for i := range 3000 {
			keys = append(keys, record.Row{record.Text("k" + record.Int(int64(i)).String())}, record.Row{record.Text("K1 ")})
		}
		r, err := src.Lookup(t.Context(), "a", []string{"y"}, keys)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got := lines(drain(t, r))
		slices.Sort(got)
		if diff := cmp.Diff([]string{"1", "2", "3"}, got); diff != "" {
			t.Error(diff)
		}
	})
}
