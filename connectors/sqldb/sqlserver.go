package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/jmoiron/sqlx"
	mssql "github.com/microsoft/go-mssqldb"
)

func sqlserver() *dialect {
	return &dialect{
		name:        "sqlserver",
		driver:      "sqlserver",
		connect:     connectSQLServer,
		ping:        func(ctx context.Context, db *sqlx.DB) error { return db.PingContext(ctx) },
		quote:       quoteWith("[", "]"),
		placeholder: func(n int) string { return "@p" + strconv.Itoa(n) },
		maxArgs:     2000,
		list:        listSQLServer,
		columns:     sqlserverColumns,
		queried:     sqlserverQueried,
		column:      sqlserverColumn,
		arg:         plainArg,
		classify:    classifySQLServer,
		snapshot:    snapshotSQLServer,
		batches:     true,
	}
}

// connectSQLServer leaves the rest of the URL to the driver, which knows
// instances. SQL Server has no read-only sessions; what keeps it unharmed is
// that only a single SELECT is ever sent, inside of which nothing can write.
func connectSQLServer(c Config) (server, error) {
	e, err := c.endpoint([]string{"sqlserver"}, "1433")
	if err != nil {
		return server{}, err
	}
	instance := ""
	if c.DSN != "" {
		instance, e.database = e.database, e.params.Get("database")
	}
	e.params.Set("database", e.database)
	e.params.Set("app name", "crosswalk")
	e.params.Set("applicationintent", "ReadOnly")
	if !e.params.Has("encrypt") || c.TLS != "" {
		mode := e.tls(c)
		e.params.Set("encrypt", strconv.FormatBool(mode != tlsDisable))
		e.params.Set("trustservercertificate", strconv.FormatBool(mode == tlsRequire))
	}
	if c.CAFile != "" {
		e.params.Set("certificate", c.CAFile)
	}
	for name, value := range c.Options {
		e.params.Set(name, value)
	}
	u := url.URL{Scheme: "sqlserver", User: url.UserPassword(e.user, e.password), Host: e.address(), Path: instance, RawQuery: e.params.Encode()}
	connector, err := mssql.NewConnector(u.String())
	if err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "connect to", "sqlserver "+e.place(), "the driver refuses these settings; check options")
	}
	return server{connector: connector, place: e.place(), secrets: e.secrets()}, nil
}

func listSQLServer(ctx context.Context, db *sqlx.DB, schema string) (objects []object, err error) {
	err = db.SelectContext(ctx, &objects, `
		SELECT s.name AS object_schema, o.name AS object_name,
			CAST(CASE WHEN s.name = coalesce(nullif(@p1, ''), schema_name()) THEN 1 ELSE 0 END AS bit) AS home
		FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
		WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND (@p1 = '' OR s.name = @p1)`, schema)
	return objects, err
}

func sqlserverColumns(ctx context.Context, db *sqlx.DB, o object) (natives []native, err error) {
	err = db.SelectContext(ctx, &natives, `
		SELECT c.name AS name, coalesce(base.name, t.name) AS type, t.name AS native, c.is_nullable AS nullable,
			CAST(CASE WHEN t.name IN ('nchar', 'nvarchar') THEN c.max_length / 2
				WHEN t.name IN ('decimal', 'numeric') THEN c.precision ELSE c.max_length END AS bigint) AS size,
			CAST(c.scale AS bigint) AS scale, coalesce(c.collation_name, '') AS collation,
			CAST(k.key_ordinal AS bigint) AS key_position, CAST(CASE WHEN k.key_ordinal IS NULL THEN 0 ELSE 1 END AS bit) AS key_unique
		FROM sys.columns c
		JOIN sys.types t ON t.user_type_id = c.user_type_id
		LEFT JOIN sys.types base ON base.user_type_id = t.system_type_id AND t.is_user_defined = 1
		LEFT JOIN sys.index_columns k ON k.object_id = c.object_id AND k.column_id = c.column_id AND k.key_ordinal > 0
			AND k.index_id = (
				SELECT TOP 1 i.index_id FROM sys.indexes i
				WHERE i.object_id = c.object_id AND i.is_unique = 1 AND i.has_filter = 0 AND i.is_disabled = 0
					AND NOT EXISTS (SELECT 1 FROM sys.index_columns n JOIN sys.columns nc ON nc.object_id = n.object_id AND nc.column_id = n.column_id
						WHERE n.object_id = i.object_id AND n.index_id = i.index_id AND n.key_ordinal > 0 AND nc.is_nullable = 1)
				ORDER BY i.is_primary_key DESC, i.index_id)
		WHERE c.object_id = object_id(quotename(@p1) + '.' + quotename(@p2))
		ORDER BY c.column_id`, o.Schema, o.Name)
	return natives, err
}

func sqlserverQueried(t *sql.ColumnType) native {
	n := native{Type: strings.ToLower(t.DatabaseTypeName()), Native: strings.ToLower(t.DatabaseTypeName())}
	if precision, scale, ok := t.DecimalSize(); ok {
		n.Size, n.Scale = sql.NullInt64{Int64: precision, Valid: true}, sql.NullInt64{Int64: scale, Valid: true}
	}
	return n
}

// sqlserverColumn leaves the order of texts to the caller: SQL Server ignores
// blanks at the end of texts under every collation.
func sqlserverColumn(n native) column {
	const bytes = "CAST(CAST({} AS nvarchar(max)) AS varbinary(max))"
	text := column{
		kind: record.Type{Kind: record.KindText}, read: "CAST({} AS nvarchar(max))", equal: bytes,
		bind: "CAST(CAST({} AS nvarchar(max)) AS varbinary(max))", value: decodeText,
	}
	switch n.Type {
	case "tinyint", "smallint", "int", "bigint":
		return plain(record.Type{Kind: record.KindInt}, decodeInt)
	case "bit":
		return plain(record.Type{Kind: record.KindBool}, natural)
	case "decimal", "numeric":
		c := plain(decimalType(n), decodeDecimal)
		c.bind = "CAST({} AS decimal(38," + strconv.Itoa(max(c.kind.Scale, 0)) + "))"
		return c
	case "money", "smallmoney":
		c := plain(record.Type{Kind: record.KindDecimal, Size: 19, Scale: 4}, decodeDecimal)
		c.read, c.bind = "CAST({} AS decimal(19,4))", "CAST({} AS decimal(19,4))"
		return c
	case "real":
		return opaque(record.Type{Kind: record.KindFloat}, natural)
	case "float":
		return plain(record.Type{Kind: record.KindFloat}, natural)
	case "date":
		c := plain(record.Type{Kind: record.KindDate}, decodeDate)
		c.bind = "CAST({} AS date)"
		return c
	case "datetime", "datetime2", "smalldatetime":
		// They step by thirds of 10 ms or by 100 ns: finer than a Value.
		return opaque(record.Type{Kind: record.KindLocal}, decodeLocal)
	case "datetimeoffset":
		return opaque(record.Type{Kind: record.KindInstant}, decodeInstant)
	case "uniqueidentifier":
		c := opaque(record.Type{Kind: record.KindText, Size: 36}, decodeText)
		c.read, c.equal = "LOWER(CONVERT(char(36), {}))", "{}"
		return c
	case "binary", "varbinary", "image", "timestamp", "rowversion":
		return opaque(record.Type{Kind: record.KindBytes}, decodeBytes)
	case "char", "varchar", "nchar", "nvarchar":
		text.kind.Size = size(n.Size)
	}
	return text
}

// snapshotSQLServer needs a database that allows snapshot isolation.
func snapshotSQLServer(ctx context.Context, db *sqlx.DB) (lender, error) {
	var allowed int
	err := db.GetContext(ctx, &allowed, "SELECT CAST(snapshot_isolation_state AS int) FROM sys.databases WHERE database_id = db_id()")
	if err != nil {
		return nil, err
	}
	if allowed != 1 {
		return nil, connectors.Errorf(connectors.Invalid, "take a snapshot of", "sqlserver",
			"the database does not allow it; ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON would: %w", errors.ErrUnsupported)
	}
	return onlyOne(pin(ctx, db, "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET TRANSACTION ISOLATION LEVEL SNAPSHOT", "BEGIN TRANSACTION"))
}

func classifySQLServer(err error) connectors.Class {
	var e mssql.Error
	if !errors.As(err, &e) {
		return connectors.Unknown
	}
	switch e.Number {
	case 229, 230, 262, 916, 18452, 18456: // permission, log-in
		return connectors.Denied
	case 207, 208, 911, 4060: // column, object, database
		return connectors.Missing
	case 1204, 1205, 1222, 3960, 10928, 40197, 40501, 40613: // locks, deadlock, snapshot conflict, cloud busy
		return connectors.Transient
	case 102, 156, 8156: // syntax, duplicate column
		return connectors.Invalid
	}
	return connectors.Unknown
}
