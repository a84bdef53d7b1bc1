package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/internal/testdb"
	"crosswalk/record"

	"github.com/go-sql-driver/mysql"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// lab makes databases of one dialect, and changes them behind the connector's
// back.
type lab struct {
	dialect *dialect
	open    func(context.Context, Config) (*Source, error)
	fresh   func(t testing.TB) (Config, *sql.DB) // an empty database
	types   map[record.Kind]string
	arg     func(record.Value) any
	binary  string // keeps different texts different, as a key must
}

func labs() []lab { return []lab{sqliteLab(), postgresLab(), mariadbLab()} }

// everywhere runs a test on each dialect that can run here.
func everywhere(t *testing.T, test func(*testing.T, lab)) {
	for _, l := range labs() {
		t.Run(l.dialect.name, func(t *testing.T) { test(t, l) })
	}
}

func sqliteLab() lab {
	return lab{
		dialect: sqlite(), open: SQLite,
		fresh: func(t testing.TB) (Config, *sql.DB) {
			path := filepath.Join(t.TempDir(), "with blank #1.db")
			return Config{Path: path}, admin(t, "sqlite", (&url.URL{Scheme: "file", Path: path}).String()+"?_journal_mode=WAL")
		},
		types: map[record.Kind]string{
			record.KindBool: "BOOLEAN", record.KindInt: "INTEGER", record.KindDecimal: "DECIMAL(38,8)", record.KindFloat: "REAL",
			record.KindText: "TEXT", record.KindBytes: "BLOB", record.KindDate: "DATE", record.KindInstant: "TIMESTAMPTZ", record.KindLocal: "DATETIME",
		},
		arg: func(v record.Value) any { return sqliteArg(v) },
	}
}

func postgresLab() lab {
	return lab{
		dialect: postgres(), open: Postgres,
		fresh: func(t testing.TB) (Config, *sql.DB) {
			dsn := testdb.Postgres(t)
			return Config{DSN: dsn}, admin(t, "postgres", dsn)
		},
		types: map[record.Kind]string{
			record.KindBool: "boolean", record.KindInt: "bigint", record.KindDecimal: "numeric(38,8)", record.KindFloat: "double precision",
			record.KindText: "text", record.KindBytes: "bytea", record.KindDate: "date", record.KindInstant: "timestamptz", record.KindLocal: "timestamp",
		},
		arg: func(v record.Value) any { return plainArg(v) },
	}
}

func mariadbLab() lab {
	return lab{
		dialect: mysqlDialect(), open: MySQL,
		fresh: func(t testing.TB) (Config, *sql.DB) {
			dsn := testdb.MariaDB(t)
			return Config{DSN: dsn}, admin(t, "mysql", mysqlDSN(t, dsn))
		},
		types: map[record.Kind]string{
			record.KindBool: "boolean", record.KindInt: "bigint", record.KindDecimal: "decimal(38,8)", record.KindFloat: "double",
			record.KindText: "longtext", record.KindBytes: "longblob", record.KindDate: "date", record.KindInstant: "timestamp(6) NULL", record.KindLocal: "datetime(6)",
		},
		arg:    func(v record.Value) any { return mysqlArg(v) },
		binary: " COLLATE utf8mb4_nopad_bin",
	}
}

// mysqlDSN is the driver's form of a URL.
func mysqlDSN(t testing.TB, dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.DBName, c.User = "tcp", u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Params = map[string]string{"time_zone": "'+00:00'"}
	c.MultiStatements = true
	return c.FormatDSN()
}

// admin opens a database for a test's own use, apart from the goroutines that
// the conformance suite watches.
func admin(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	var db *sql.DB
	var err error
	opened := make(chan bool)
	go func() {
		pprof.SetGoroutineLabels(context.Background())
		db, err = sql.Open(driver, dsn)
		close(opened)
	}()
	<-opened
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxIdleConns(-1)
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// load makes a table and fills it.
func (l lab) load(ctx context.Context, db *sql.DB, s *record.Schema, rows []record.Row) error {
	var columns []string
	for _, f := range s.Fields {
		column := l.dialect.quote(f.Name) + " " + l.types[f.Type.Kind]
		if f.Type.Kind == record.KindText && f.Type.Size > 0 {
			column = fmt.Sprintf("%s varchar(%d)%s", l.dialect.quote(f.Name), f.Type.Size, l.binary)
		}
		if !f.Nullable {
			column += " NOT NULL"
		}
		columns = append(columns, column)
	}
	if len(s.Key) > 0 {
		columns = append(columns, "PRIMARY KEY ("+l.names(s.KeyNames(), ", ")+")")
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE "+l.dialect.quote(s.Table)+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return err
	}
	return l.insert(ctx, db, s, rows)
}

func (l lab) names(names []string, separator string) string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, l.dialect.quote(n))
	}
	return strings.Join(quoted, separator)
}

func (l lab) insert(ctx context.Context, db *sql.DB, s *record.Schema, rows []record.Row) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, row := range rows {
		var places []string
		var args []any
		for i, v := range row {
			places = append(places, l.dialect.placeholder(i+1))
			if v.IsNull() {
				args = append(args, nil)
			} else {
				args = append(args, l.arg(v))
			}
		}
		text := "INSERT INTO " + l.dialect.quote(s.Table) + " (" + l.names(s.Names(), ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return tx.Commit()
}

// change creates, replaces or deletes rows.
func (l lab) change(ctx context.Context, db *sql.DB, s *record.Schema, op connectors.Op, rows []record.Row) error {
	for _, row := range rows {
		var where []string
		var args []any
		for i, k := range s.Key {
			where = append(where, l.dialect.quote(s.Fields[k].Name)+" = "+l.dialect.placeholder(i+1))
			args = append(args, l.arg(row[k]))
		}
		text := "DELETE FROM " + l.dialect.quote(s.Table) + " WHERE " + strings.Join(where, " AND ")
		if _, err := db.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	if op == connectors.Delete {
		return nil
	}
	return l.insert(ctx, db, s, rows)
}
