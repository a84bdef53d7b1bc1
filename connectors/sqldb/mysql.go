package sqldb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
)

func mysqlDialect() *dialect {
	return &dialect{
		name:        "mysql",
		driver:      "mysql",
		connect:     connectMySQL,
		ping:        func(ctx context.Context, db *sqlx.DB) error { return db.PingContext(ctx) },
		quote:       quoteWith("`", "`"),
		placeholder: questionMark,
		maxArgs:     65535,
		list:        listMySQL,
		columns:     mysqlColumns,
		queried:     mysqlQueried,
		column:      mysqlColumn,
		arg:         mysqlArg,
		strays:      isUint64,
		classify:    classifyMySQL,
		snapshot:    snapshotMySQL,
	}
}

// connectMySQL opens sessions that refuse to write, show instants in UTC, and
// are patient with a reader that is slow.
func connectMySQL(c Config) (server, error) {
	e, err := c.endpoint([]string{"mysql", "mariadb"}, "3306")
	if err != nil {
		return server{}, err
	}
	if e.database == "" {
		return server{}, connectors.Errorf(connectors.Invalid, "connect to", "mysql "+e.place(), "name the database")
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = e.user, e.password, e.database
	cfg.Net, cfg.Addr = "tcp", e.address()
	if e.socket() {
		cfg.Net = "unix"
	}
	cfg.Timeout = 15 * time.Second
	cfg.Logger = silent{}
	cfg.Params = map[string]string{"net_write_timeout": "3600"}
	for name := range e.params {
		cfg.Params[name] = e.params.Get(name)
	}
	maps.Copy(cfg.Params, c.Options)
	cfg.Params["time_zone"] = "'+00:00'"
	if cfg.TLS, err = mysqlTLS(e, c); err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "connect to", "mysql "+e.place(), "%w", err)
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "connect to", "mysql "+e.place(), "the driver refuses these settings; check options")
	}
	return server{connector: readOnly{connector}, place: e.place(), secrets: e.secrets()}, nil
}

// silent takes the driver's log, which repeats the errors that it returns.
type silent struct{}

func (silent) Print(...any) {}

func mysqlTLS(e endpoint, c Config) (*tls.Config, error) {
	switch e.tls(c) {
	case tlsDisable:
		return nil, nil
	case tlsRequire:
		return &tls.Config{InsecureSkipVerify: true}, nil // as the mode promises: encrypted, unverified
	}
	cfg := &tls.Config{ServerName: e.host}
	if c.CAFile == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file: %s holds no certificate in PEM form", c.CAFile)
	}
	return cfg, nil
}

// readOnly makes each new session read-only. The statement, unlike the
// variable, has the same name in all versions of MySQL and MariaDB.
type readOnly struct{ driver.Connector }

func (r readOnly) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "SET SESSION TRANSACTION READ ONLY", nil); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func listMySQL(ctx context.Context, db *sqlx.DB, schema string) (objects []object, err error) {
	err = db.SelectContext(ctx, &objects, `
		SELECT table_schema AS object_schema, table_name AS object_name, table_schema = coalesce(nullif(?, ''), database()) AS home
		FROM information_schema.tables
		WHERE table_schema = coalesce(nullif(?, ''), database()) AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')`, schema, schema)
	return objects, err
}

// mysqlColumns describes a table by the information schema. The key is the
// primary key or a unique index without nulls and shortened columns.
func mysqlColumns(ctx context.Context, db *sqlx.DB, o object) (natives []native, err error) {
	err = db.SelectContext(ctx, &natives, `
		SELECT c.column_name AS name, c.column_type AS native, c.is_nullable = 'YES' AS nullable,
			concat(c.data_type, if(c.column_type LIKE '%unsigned%', ' unsigned', '')) AS type,
			coalesce(c.character_maximum_length, c.numeric_precision) AS size, c.numeric_scale AS scale,
			coalesce(c.character_set_name, '') AS charset, coalesce(c.collation_name, '') AS collation, s.seq_in_index AS key_position, s.seq_in_index IS NOT NULL AS key_unique
		FROM information_schema.columns c
		LEFT JOIN information_schema.statistics s
			ON s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name
			AND s.index_name = (
				SELECT k.index_name FROM information_schema.statistics k
				WHERE k.table_schema = ? AND k.table_name = ? AND k.non_unique = 0
				GROUP BY k.index_name
				HAVING max(k.nullable = 'YES') = 0 AND count(k.sub_part) = 0 AND count(k.column_name) = count(*)
				ORDER BY k.index_name <> 'PRIMARY', k.index_name LIMIT 1)
		WHERE c.table_schema = ? AND c.table_name = ?
		ORDER BY c.ordinal_position`, o.Schema, o.Name, o.Schema, o.Name)
	return natives, err
}

func mysqlQueried(t *sql.ColumnType) native {
	name := strings.ToLower(t.DatabaseTypeName())
	if unsigned, ok := strings.CutPrefix(name, "unsigned "); ok {
		name = unsigned + " unsigned"
	}
	n := native{Type: name, Native: name}
	if precision, scale, ok := t.DecimalSize(); ok && name == "decimal" {
		n.Size, n.Scale = sql.NullInt64{Int64: precision, Valid: true}, sql.NullInt64{Int64: scale, Valid: true}
	}
	return n
}

// mysqlColumn compares and orders texts by their bytes in UTF-8, whatever the
// collation and character set of the column. The hint lets equality use an
// index: what is equal in bytes is equal in the column's own collation.
func mysqlColumn(n native) column {
	const bytes = "CAST(CONVERT({} USING utf8mb4) AS BINARY)"
	text := column{
		kind: record.Type{Kind: record.KindText}, read: "{}", equal: bytes, order: bytes,
		bind: "{}", value: decodeText,
	}
	name, _, _ := strings.Cut(n.Type, " ")
	switch name {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year":
		return plain(record.Type{Kind: record.KindInt}, decodeInt)
	case "bit":
		c := plain(record.Type{Kind: record.KindInt}, decodeInt)
		c.read = "CAST({} AS UNSIGNED)" // the driver would return raw bytes
		return c
	case "decimal", "numeric":
		c := plain(decimalType(n), decodeDecimal)
		// Next to a text, MySQL would compare decimals as floats.
		c.bind = "CAST({} AS DECIMAL(65," + strconv.Itoa(min(max(c.kind.Scale, 0), 30)) + "))"
		if c.kind.Scale < 0 {
			c.bind = "CAST({} AS DECIMAL(65,30))"
		}
		return c
	case "float":
		// MySQL compares the single 0.1 as 0.10000000149.
		return opaque(record.Type{Kind: record.KindFloat}, decodeFloat)
	case "double":
		return plain(record.Type{Kind: record.KindFloat}, decodeFloat)
	case "date":
		return plain(record.Type{Kind: record.KindDate}, decodeDate)
	case "datetime":
		return plain(record.Type{Kind: record.KindLocal}, decodeLocal)
	case "timestamp":
		return plain(record.Type{Kind: record.KindInstant}, decodeInstant)
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return plain(record.Type{Kind: record.KindBytes, Size: size(n.Size)}, decodeBytes)
	case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "vector":
		return opaque(record.Type{Kind: record.KindBytes}, decodeBytes)
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		text.kind.Size = size(n.Size)
		if n.Charset != "" {
			text.hint = "CONVERT({} USING " + n.Charset + ") COLLATE " + n.Collation
		}
	}
	return text
}

// isUint64 reports whether v is one of the integers that only BIGINT UNSIGNED
// holds.
func isUint64(v record.Value) bool {
	n, err := strconv.ParseUint(v.String(), 10, 64)
	return err == nil && n > math.MaxInt64 && v.Kind() == record.KindDecimal
}

func mysqlArg(v record.Value) driver.Value {
	switch v.Kind() {
	case record.KindInstant:
		return strings.TrimSuffix(v.String(), "Z")
	case record.KindText:
		return v.AsText()
	case record.KindDecimal:
		if n, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return n
		}
	}
	return plainArg(v)
}

// snapshotMySQL pins one connection: MySQL cannot share a snapshot.
func snapshotMySQL(ctx context.Context, db *sqlx.DB) (lender, error) {
	return onlyOne(pin(ctx, db, "ROLLBACK",
		"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"))
}

// onlyOne keeps a nil *pinned from becoming a lender that is not nil.
func onlyOne(p *pinned, err error) (lender, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

func classifyMySQL(err error) connectors.Class {
	if errors.Is(err, mysql.ErrInvalidConn) {
		return connectors.Transient
	}
	if errors.Is(err, mysql.ErrNoTLS) {
		return connectors.Invalid
	}
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return connectors.Unknown
	}
	switch e.Number {
	case 1044, 1045, 1130, 1142, 1143, 1227, 1290, 1370, 1698, 1792: // denied, host not allowed, read-only
		return connectors.Denied
	case 1049, 1054, 1146, 1356: // database, column, table, view
		return connectors.Missing
	case 1040, 1053, 1203, 1205, 1213, 1317, 1927, 3024: // too many, shut down, locks, deadlock, killed, timed out
		return connectors.Transient
	case 1064, 1060, 1248, 1366: // syntax, duplicate column
		return connectors.Invalid
	}
	return connectors.Unknown
}
