package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/jmoiron/sqlx"
	sqlitedriver "modernc.org/sqlite"
)

func sqlite() *dialect {
	return &dialect{
		name:        "sqlite",
		driver:      "sqlite3",
		connect:     connectSQLite,
		ping:        pingSQLite,
		quote:       quoteWith(`"`, `"`),
		placeholder: questionMark,
		maxArgs:     32766,
		list:        listSQLite,
		columns:     sqliteColumns,
		queried:     sqliteQueried,
		column:      sqliteColumn,
		arg:         sqliteArg,
		strays:      func(record.Value) bool { return true },
		classify:    classifySQLite,
		snapshot:    snapshotSQLite,
		batches:     true,
	}
}

// connectSQLite opens the file read-only twice over: SQLite would otherwise
// create a file that does not exist.
func connectSQLite(c Config) (server, error) {
	if c.Path == "" {
		return server{}, connectors.Errorf(connectors.Invalid, "open", "sqlite", "path names the file; it is missing")
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "open", c.Path, "%w", err)
	}
	if err := fileExists(path); err != nil {
		class := classify(err)
		if class == connectors.Unknown {
			class = connectors.Invalid
		}
		return server{}, connectors.Errorf(class, "open sqlite", c.Path, "%w; check path", err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro&_busy_timeout=10000&_query_only=1"}
	connector, err := sqlitedriver.NewConnector(u.String())
	if err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "open sqlite", c.Path, "%w", err)
	}
	return server{connector: connector, place: c.Path}, nil
}

// fileExists tells a missing file from one that cannot be opened.
func fileExists(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &os.PathError{Op: "open", Path: path, Err: os.ErrInvalid}
	}
	return nil
}

// pingSQLite reads the file's header: opening alone reads nothing. Only texts
// kept as UTF-8 sort by the bytes that we see.
func pingSQLite(ctx context.Context, db *sqlx.DB) error {
	var encoding string
	if err := db.GetContext(ctx, &encoding, "PRAGMA encoding"); err != nil {
		return err
	}
	var tables int
	if err := db.GetContext(ctx, &tables, "SELECT count(*) FROM sqlite_master"); err != nil {
		return err
	}
	if encoding != "UTF-8" {
		return fmt.Errorf("its texts are kept as %s, and only UTF-8 is read; copy it with sqlite3 and PRAGMA encoding = 'UTF-8'", encoding)
	}
	return nil
}

func listSQLite(ctx context.Context, db *sqlx.DB, _ string) (objects []object, err error) {
	err = db.SelectContext(ctx, &objects, `
		SELECT '' AS object_schema, name AS object_name, 1 AS home
		FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	return objects, err
}

// sqliteColumns describes a table by its own pragmas. A primary key may hold
// nulls in SQLite, and then rows may share it.
func sqliteColumns(ctx context.Context, db *sqlx.DB, o object) (natives []native, err error) {
	err = db.SelectContext(ctx, &natives, `
		WITH column AS (SELECT * FROM pragma_table_xinfo(?) WHERE hidden <> 1),
		keys(position, cid) AS (
			SELECT pk, cid FROM column WHERE pk > 0
			UNION ALL
			SELECT seqno, cid FROM pragma_index_info((
				SELECT name FROM pragma_index_list(?) l
				WHERE "unique" AND NOT partial AND NOT EXISTS (
					SELECT 1 FROM pragma_index_info(l.name) i LEFT JOIN column c ON c.cid = i.cid WHERE NOT coalesce(c."notnull", 0))
				ORDER BY seq DESC LIMIT 1))
			WHERE NOT EXISTS (SELECT 1 FROM column WHERE pk > 0))
		SELECT name, lower(type) AS type, type AS native, keys.position AS key_position,
			NOT "notnull" AND NOT (pk > 0 AND lower(type) = 'integer' AND (SELECT count(*) FROM column WHERE pk > 0) = 1) AS nullable
		FROM column LEFT JOIN keys ON keys.cid = column.cid ORDER BY column.cid`, o.Name, o.Name)
	unique := true
	for _, n := range natives {
		unique = unique && !(n.Key.Valid && n.Nullable)
	}
	for i := range natives {
		natives[i].Unique = unique
		splitDeclared(&natives[i])
	}
	return natives, err
}

func sqliteQueried(t *sql.ColumnType) native {
	n := native{Native: t.DatabaseTypeName(), Type: strings.ToLower(t.DatabaseTypeName())}
	splitDeclared(&n)
	return n
}

// splitDeclared takes varchar(40) apart. SQLite itself ignores the size of a
// text, so it is no limit on what the column may hold.
func splitDeclared(n *native) {
	name, rest, found := strings.Cut(n.Type, "(")
	n.Type = strings.TrimSpace(name)
	var precision, scale int64
	if found {
		if fields, _ := fmt.Sscanf(rest, "%d,%d", &precision, &scale); fields >= 1 {
			n.Size = sql.NullInt64{Int64: precision, Valid: true}
			n.Scale = sql.NullInt64{Int64: scale, Valid: true}
		}
	}
}

// sqliteColumn goes by the declared type where it has a meaning of its own,
// and else by SQLite's rules of affinity. The plus sign hides the declared
// type from the driver, which would turn texts that look like times into
// times, and their spelling would be lost.
func sqliteColumn(n native) column {
	c := sqliteByName(n)
	c.read = "+{}"
	if c.value == nil {
		return c
	}
	decode := c.value
	c.value = func(b *record.Batch, v driver.Value) (record.Value, error) {
		if p, ok := v.([]byte); ok { // a blob, in whatever column
			return b.Bytes(p), nil
		}
		return decode(b, v)
	}
	return c
}

func sqliteByName(n native) column {
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(n.Type, p) {
				return true
			}
		}
		return false
	}
	text := column{kind: record.Type{Kind: record.KindText}, equal: "{} COLLATE BINARY", order: "{} COLLATE BINARY", bind: "{}", value: decodeText}
	switch {
	case n.Type == "":
		return opaque(record.Type{}, natural)
	case n.Type == "bool" || n.Type == "boolean":
		return plain(record.Type{Kind: record.KindBool}, decodeBool)
	case n.Type == "date":
		c := opaque(record.Type{Kind: record.KindDate}, decodeDate)
		c.equal = "{} COLLATE BINARY" // a day has one spelling
		return c
	// Several spellings of a time may stand side by side.
	case n.Type == "timestamptz" || n.Type == "timestamp with time zone":
		return opaque(record.Type{Kind: record.KindInstant}, decodeZoned)
	case n.Type == "datetime" || has("timestamp"):
		return opaque(record.Type{Kind: record.KindLocal}, decodeLocal)
	case has("int"):
		return plain(record.Type{Kind: record.KindInt}, decodeSQLiteInt)
	case has("char", "clob", "text"), n.Type == "time", n.Type == "uuid", n.Type == "json", n.Type == "string":
		return text
	case has("blob", "binary"):
		return plain(record.Type{Kind: record.KindBytes}, decodeText)
	case has("real", "floa", "doub"): //nolint:misspell // as SQLite's own rules of affinity have it
		return plain(record.Type{Kind: record.KindFloat}, natural)
	case has("dec", "num", "money"):
		return plain(decimalType(n), decodeDecimal)
	}
	return opaque(record.Type{}, natural)
}

// decodeSQLiteInt leaves a text that looks like a number a text.
func decodeSQLiteInt(b *record.Batch, v driver.Value) (record.Value, error) { return natural(b, v) }

// decodeZoned reads times that name their zone.
func decodeZoned(b *record.Batch, v driver.Value) (record.Value, error) {
	if s, ok := v.(string); ok {
		if t, err := record.ParseInstant(s); err == nil {
			return t, nil
		}
	}
	return natural(b, v)
}

func sqliteArg(v record.Value) driver.Value {
	switch v.Kind() {
	case record.KindBool:
		if v.AsBool() {
			return int64(1)
		}
		return int64(0)
	case record.KindDecimal:
		n, err := record.Convert(v, record.Type{Kind: record.KindInt})
		if err == nil {
			return n.AsInt()
		}
		if f, err := record.Convert(v, record.Type{Kind: record.KindFloat}); err == nil {
			return f.AsFloat()
		}
	}
	return plainArg(v)
}

// snapshotSQLite begins a transaction and reads once, which pins the moment.
func snapshotSQLite(ctx context.Context, db *sqlx.DB) (lender, error) {
	p, err := pin(ctx, db, "ROLLBACK", "BEGIN DEFERRED", "SELECT count(*) FROM sqlite_master")
	if err != nil {
		return nil, err
	}
	p.many = true
	return p, nil
}

// Result codes of SQLite, without their extension.
const (
	sqliteError    = 1
	sqlitePerm     = 3
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteReadOnly = 8
	sqliteCorrupt  = 11
	sqliteCantOpen = 14
	sqliteAuth     = 23
	sqliteNotADB   = 26
)

func classifySQLite(err error) connectors.Class {
	var e *sqlitedriver.Error
	if !errors.As(err, &e) {
		return connectors.Unknown
	}
	switch e.Code() & 0xff {
	case sqliteBusy, sqliteLocked:
		return connectors.Transient
	case sqlitePerm, sqliteReadOnly, sqliteAuth, sqliteCantOpen:
		return connectors.Denied
	case sqliteCorrupt, sqliteNotADB:
		return connectors.Invalid
	case sqliteError:
		if strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "no such column") {
			return connectors.Missing
		}
		return connectors.Invalid
	}
	return connectors.Unknown
}
