package estate

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	_ "modernc.org/sqlite" // the driver of the file that this package writes
)

// rowsPerInsert keeps one statement below SQLite's limit of 32,766 parameters
// and makes the cost of a call small beside that of the rows.
const rowsPerInsert = 100

// sink is where the rows of LICDB go: the SQLite file, and the SQL text for
// MariaDB if it is wanted.
type sink struct {
	db     *sql.DB
	tx     *sql.Tx
	tables map[string]*sinkTable
	text   *sqlText
	err    error // the first failure; later rows are not written
}

type sinkTable struct {
	name    string
	width   int
	full    *sql.Stmt
	pending []any
}

func openSink(ctx context.Context, path string, text *sqlText) (*sink, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sink{db: db, tables: make(map[string]*sinkTable), text: text}
	if err := s.begin(ctx); err != nil {
		return nil, fmt.Errorf("estate: create %s: %w", path, cmp.Or(err, db.Close()))
	}
	return s, nil
}

func (s *sink) begin(ctx context.Context) error {
	var err error
	if s.tx, err = s.db.BeginTx(ctx, nil); err != nil {
		return err
	}
	for _, t := range licdbTables() {
		if _, err := s.tx.ExecContext(ctx, t.create("sqlite")); err != nil {
			return err
		}
		full, err := s.tx.PrepareContext(ctx, t.insert(rowsPerInsert))
		if err != nil {
			return err
		}
		s.tables[t.name] = &sinkTable{name: t.name, width: len(t.columns), full: full}
		if s.text != nil {
			s.text.create(t)
		}
	}
	return nil
}

// add writes one row. A text may be a string or nil, a date a day or nil.
func (s *sink) add(table string, values ...any) {
	if s.err != nil {
		return
	}
	t := s.tables[table]
	if len(values) != t.width {
		s.err = fmt.Errorf("estate: %d values for the %d columns of %s", len(values), t.width, table)
		return
	}
	if s.text != nil {
		s.text.row(table, values)
	}
	for _, v := range values {
		switch v := v.(type) {
		case day:
			t.pending = append(t.pending, v.String())
		default:
			t.pending = append(t.pending, v)
		}
	}
	if len(t.pending) == rowsPerInsert*t.width {
		_, s.err = t.full.Exec(t.pending...)
		t.pending = t.pending[:0]
	}
}

// close writes what is pending, adds the indexes and closes the file.
func (s *sink) close(ctx context.Context) error {
	err := s.err
	for _, t := range licdbTables() {
		if err == nil {
			err = s.finish(ctx, t)
		}
	}
	if err == nil {
		err = s.tx.Commit()
	}
	if s.text != nil {
		err = cmp.Or(err, s.text.close())
	}
	return cmp.Or(err, s.db.Close())
}

func (s *sink) finish(ctx context.Context, t table) error {
	pending := s.tables[t.name].pending
	if n := len(pending) / len(t.columns); n > 0 {
		if _, err := s.tx.ExecContext(ctx, t.insert(n), pending...); err != nil {
			return err
		}
	}
	if s.text != nil {
		s.text.flush(t.name)
	}
	for _, column := range t.indexes {
		if _, err := s.tx.ExecContext(ctx, t.index(column)); err != nil {
			return err
		}
	}
	return nil
}

// table is the shape of one table of LICDB.
type table struct {
	name    string
	columns []string // name and type, as MySQL 5.6 had them
	indexes []string
}

func (t table) create(dialect string) string {
	suffix := ""
	if dialect == "mariadb" {
		suffix = " ENGINE=InnoDB DEFAULT CHARSET=latin1"
	}
	return "CREATE TABLE " + t.name + " (" + strings.Join(t.columns, ", ") + ")" + suffix
}

func (t table) index(column string) string {
	return fmt.Sprintf("CREATE INDEX %s_%s ON %s (%s)", t.name, column, t.name, column)
}

func (t table) insert(rows int) string {
	row := "(" + strings.Repeat("?, ", len(t.columns)-1) + "?)"
	return "INSERT INTO " + t.name + " VALUES " + strings.Repeat(row+", ", rows-1) + row
}

// licdbTables returns the tables of LICDB. Nobody declared foreign keys.
func licdbTables() []table {
	return []table{
		{"company", []string{"id INTEGER NOT NULL PRIMARY KEY", "name VARCHAR(40)", "name2 VARCHAR(40)", "country VARCHAR(30)", "vat VARCHAR(20)",
			"parent_id INTEGER", "ctype CHAR(1)", "deleted INTEGER", "created DATE"}, nil},
		{"contact", []string{"id INTEGER NOT NULL PRIMARY KEY", "company_id INTEGER", "email VARCHAR(120)", "fname VARCHAR(40)", "lname VARCHAR(40)",
			"phone VARCHAR(40)", "pw_md5 CHAR(32)", "last_login DATETIME"}, []string{"company_id"}},
		{"product", []string{"id INTEGER NOT NULL PRIMARY KEY", "code VARCHAR(20)", "name VARCHAR(60)", "line VARCHAR(10)"}, nil},
		{"sku", []string{"sku VARCHAR(20) NOT NULL PRIMARY KEY", "product_id INTEGER", "lm VARCHAR(20)", "uom VARCHAR(20)", "pack INTEGER"}, nil},
		{"orders", []string{"id INTEGER NOT NULL PRIMARY KEY", "order_no VARCHAR(20)", "company_id INTEGER", "dist_id INTEGER", "odate VARCHAR(12)",
			"curr CHAR(3)", "status CHAR(1)"}, []string{"company_id"}},
		{"order_item", []string{"order_id INTEGER", "pos INTEGER", "sku VARCHAR(20)", "qty INTEGER", "price DECIMAL(12,2)", "months INTEGER"}, []string{"order_id"}},
		{"license", []string{"id INTEGER NOT NULL PRIMARY KEY", "lic_no VARCHAR(20)", "company_id INTEGER", "order_id INTEGER", "pos INTEGER", "sku VARCHAR(20)",
			"qty INTEGER", "lm VARCHAR(20)", "start DATE", "end DATE", "status CHAR(1)", "parent_lic INTEGER", "keytext BLOB", "note TEXT"}, []string{"company_id", "order_id"}},
		{"maint", []string{"id INTEGER NOT NULL PRIMARY KEY", "lic_id INTEGER", "sku VARCHAR(20)", "start DATE", "end DATE", "order_id INTEGER"}, []string{"lic_id"}},
		{"activation", []string{"id INTEGER NOT NULL PRIMARY KEY", "lic_id INTEGER", "host_id VARCHAR(40)", "host_type VARCHAR(10)", "os VARCHAR(20)",
			"cnt INTEGER", "act_date DATE", "ret_date DATE", "status CHAR(1)"}, []string{"lic_id"}},
		{"notes", []string{"id INTEGER NOT NULL PRIMARY KEY", "company_id INTEGER", "written DATETIME", "txt TEXT"}, nil},
	}
}

// textOrNull stores an empty text as NULL.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// idOrNull stores the id 0 as NULL.
func idOrNull(id int) any {
	if id == 0 {
		return nil
	}
	return id
}
