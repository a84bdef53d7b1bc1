package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

func postgres() *dialect {
	return &dialect{
		name:        "postgres",
		driver:      "postgres",
		connect:     connectPostgres,
		ping:        func(ctx context.Context, db *sqlx.DB) error { return db.PingContext(ctx) },
		quote:       quoteWith(`"`, `"`),
		placeholder: func(n int) string { return "$" + strconv.Itoa(n) },
		maxArgs:     65535,
		list:        listPostgres,
		columns:     postgresColumns,
		queried:     postgresQueried,
		column:      postgresColumn,
		arg:         plainArg,
		holds:       postgresHolds,
		classify:    classifyPostgres,
		snapshot:    snapshotPostgres,
	}
}

// connectPostgres opens sessions that refuse to write, whatever a query says.
// sslmode is always named, because the driver's default depends on the
// environment.
func connectPostgres(c Config) (server, error) {
	e, err := c.endpoint([]string{"postgres", "postgresql"}, "5432")
	if err != nil {
		return server{}, err
	}
	if !e.params.Has("sslmode") || c.TLS != "" {
		e.params.Set("sslmode", e.tls(c))
	}
	if c.CAFile != "" {
		e.params.Set("sslrootcert", c.CAFile)
	}
	for name, value := range c.Options {
		e.params.Set(name, value)
	}
	e.params.Set("default_transaction_read_only", "on")
	e.params.Set("timezone", "UTC")
	for name, value := range map[string]string{"application_name": "crosswalk", "connect_timeout": "15"} {
		if !e.params.Has(name) {
			e.params.Set(name, value)
		}
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(e.user, e.password), Host: net.JoinHostPort(e.host, e.port), Path: "/" + e.database}
	if e.socket() {
		u.Host = ""
		e.params.Set("host", e.host)
		e.params.Set("port", e.port)
	}
	u.RawQuery = e.params.Encode()
	connector, err := pq.NewConnector(u.String())
	if err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "connect to", "postgres "+e.place(), "the driver refuses these settings; check sslmode and options")
	}
	return server{connector: connector, place: e.place(), secrets: e.secrets()}, nil
}

func listPostgres(ctx context.Context, db *sqlx.DB, schema string) (objects []object, err error) {
	err = db.SelectContext(ctx, &objects, `
		SELECT n.nspname AS object_schema, c.relname AS object_name,
			n.nspname = coalesce(nullif($1, ''), current_schema(), 'public') AS home
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
			AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
			AND ($1 = '' OR n.nspname = $1)`, schema)
	return objects, err
}

// postgresColumns describes a table by the catalog. Of a domain the type
// below counts. The key is the primary key or a unique index that is checked
// at once, without nulls, expressions or a condition.
func postgresColumns(ctx context.Context, db *sqlx.DB, o object) (natives []native, err error) {
	var rows []struct {
		native
		Mod int64 `db:"mod"`
	}
	err = db.SelectContext(ctx, &rows, `
		SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS native, NOT a.attnotnull AS nullable,
			coalesce(base.typname, t.typname) AS type, CASE WHEN base.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END AS mod,
			CASE WHEN NOT c.collisdeterministic THEN c.collname ELSE '' END AS collation,
			array_position(k.indkey::int2[], a.attnum) AS key_position, k.indkey IS NOT NULL AS key_unique
		FROM pg_catalog.pg_attribute a
		JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
		LEFT JOIN pg_catalog.pg_type base ON t.typtype = 'd' AND base.oid = t.typbasetype
		LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
		LEFT JOIN (
			SELECT i.indrelid, (i.indkey::int2[])[0:i.indnkeyatts - 1] AS indkey
			FROM pg_catalog.pg_index i
			WHERE i.indrelid = format('%I.%I', $1::text, $2::text)::regclass
				AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
				AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute n WHERE n.attrelid = i.indrelid
					AND n.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]) AND NOT n.attnotnull)
			ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1) k ON true
		WHERE a.attrelid = format('%I.%I', $1::text, $2::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attnum`, o.Schema, o.Name)
	for _, r := range rows {
		r.Size, r.Scale = postgresSize(r.Type, r.Mod)
		natives = append(natives, r.native)
	}
	return natives, err
}

// postgresSize reads a type modifier, which is -1 where there is no limit.
func postgresSize(name string, mod int64) (size, scale sql.NullInt64) {
	if mod < 4 {
		return size, scale
	}
	switch name {
	case "varchar", "bpchar":
		size = sql.NullInt64{Int64: mod - 4, Valid: true}
	case "numeric":
		size = sql.NullInt64{Int64: (mod - 4) >> 16 & 0xffff, Valid: true}
		// The scale has 11 bits and a sign.
		scale = sql.NullInt64{Int64: ((mod-4)&0x7ff ^ 1024) - 1024, Valid: true}
	}
	return size, scale
}

func postgresQueried(t *sql.ColumnType) native {
	n := native{Type: strings.ToLower(t.DatabaseTypeName()), Native: strings.ToLower(t.DatabaseTypeName()), Collation: "unknown"}
	if length, ok := t.Length(); ok {
		n.Size = sql.NullInt64{Int64: length, Valid: true}
	}
	if precision, scale, ok := t.DecimalSize(); ok {
		n.Size, n.Scale = sql.NullInt64{Int64: precision, Valid: true}, sql.NullInt64{Int64: scale, Valid: true}
	}
	return n
}

// postgresColumn asks for texts where a type has no Kind, or where the driver
// would make a time of what is none. The collation "C" is the order of bytes.
func postgresColumn(n native) column {
	text := column{
		kind: record.Type{Kind: record.KindText}, read: "{}::text", bind: "{}", value: decodeText,
		equal: `{}::text COLLATE "C"`, order: `{}::text COLLATE "C"`,
	}
	switch n.Type {
	case "int2", "int4", "int8":
		return plain(record.Type{Kind: record.KindInt}, decodeInt)
	case "oid":
		c := plain(record.Type{Kind: record.KindInt}, decodeInt)
		c.read = "{}::int8"
		return c
	case "numeric":
		return plain(decimalType(n), decodeDecimal)
	case "money":
		c := plain(record.Type{Kind: record.KindDecimal, Scale: -1}, decodeDecimal)
		c.read, c.equal, c.order = "{}::numeric", "{}::numeric", "{}::numeric"
		return c
	case "float4", "float8":
		return plain(record.Type{Kind: record.KindFloat}, natural)
	case "bool":
		return plain(record.Type{Kind: record.KindBool}, natural)
	case "bytea":
		return plain(record.Type{Kind: record.KindBytes}, decodeBytes)
	case "date":
		return plain(record.Type{Kind: record.KindDate}, decodeDate)
	case "timestamp":
		return plain(record.Type{Kind: record.KindLocal}, decodeLocal)
	case "timestamptz":
		return plain(record.Type{Kind: record.KindInstant}, decodeInstant)
	case "uuid":
		// Its order is that of its bytes, and so of its spelling.
		return plain(record.Type{Kind: record.KindText, Size: 36}, decodeText)
	case "varchar", "text":
		text.kind.Size = size(n.Size)
		text.read, text.order = "{}", `{} COLLATE "C"`
		if n.Collation == "" {
			text.equal = "{}" // a usual collation finds only equal bytes equal, and has an index
		}
	case "bpchar":
		// The blanks that fill it up are no part of the value.
		text.kind.Size, text.hint = size(n.Size), "{}"
	}
	return text
}

// postgresHolds reports whether v could stand in a database in UTF-8: no text
// has a NUL or broken characters.
func postgresHolds(v record.Value) bool {
	return v.Kind() != record.KindText || utf8.ValidString(v.AsText()) && !strings.Contains(v.AsText(), "\x00")
}

// snapshotPostgres holds a snapshot that other connections can join.
func snapshotPostgres(ctx context.Context, db *sqlx.DB) (lender, error) {
	const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	holder, err := pin(ctx, db, "ROLLBACK", begin)
	if err != nil {
		return nil, err
	}
	var id string
	if err := holder.conn.GetContext(ctx, &id, "SELECT pg_export_snapshot()"); err != nil {
		holder.close()
		return nil, err
	}
	return &shared{pool: pool{db}, holder: holder, join: []string{begin, fmt.Sprintf("SET TRANSACTION SNAPSHOT '%s'", id)}}, nil
}

func classifyPostgres(err error) connectors.Class {
	if errors.Is(err, pq.ErrSSLNotSupported) {
		return connectors.Invalid
	}
	var e *pq.Error
	if !errors.As(err, &e) || len(e.Code) < 2 {
		return connectors.Unknown
	}
	switch e.Code {
	case "42501", "25006": // insufficient_privilege, read_only_sql_transaction
		return connectors.Denied
	case "3D000", "3F000", "42P01", "42703": // database, schema, table, column
		return connectors.Missing
	case "57014", "57P01", "57P02", "57P03", "57P05": // canceled, shut down, crashed, starting up, idle
		return connectors.Transient
	}
	switch e.Code[:2] {
	case "28":
		return connectors.Denied
	case "08", "40", "53", "55": // connection, rollback, resources, locks
		return connectors.Transient
	case "22", "42": // a value or the text of a query
		return connectors.Invalid
	}
	return connectors.Unknown
}
