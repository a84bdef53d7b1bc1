//go:build oracle

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/jmoiron/sqlx"
	ora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/network"
)

// Oracle opens an Oracle database, whose DSN is
// oracle://user:password@host:1521/service. It is in builds with the tag
// oracle only, because its driver is large.
func Oracle(ctx context.Context, c Config) (*Source, error) { return open(ctx, oracle(), c) }

func oracle() *dialect {
	return &dialect{
		name:        "oracle",
		driver:      "oci8", // sqlx knows the style of placeholders by this name
		connect:     connectOracle,
		ping:        func(ctx context.Context, db *sqlx.DB) error { return db.PingContext(ctx) },
		quote:       quoteWith(`"`, `"`),
		placeholder: func(n int) string { return ":" + strconv.Itoa(n) },
		maxArgs:     1000, // of one IN list
		list:        listOracle,
		columns:     oracleColumns,
		queried:     oracleQueried,
		column:      oracleColumn,
		arg:         plainArg,
		classify:    classifyOracle,
		snapshot:    snapshotOracle,
		emptyIsNull: true,
	}
}

func connectOracle(c Config) (server, error) {
	e, err := c.endpoint([]string{"oracle"}, "1521")
	if err != nil {
		return server{}, err
	}
	options := map[string]string{}
	for name := range e.params {
		options[name] = e.params.Get(name)
	}
	for name, value := range c.Options {
		options[name] = value
	}
	if mode := e.tls(c); mode != tlsDisable {
		options["SSL"] = "true"
		options["SSL VERIFY"] = strconv.FormatBool(mode == tlsVerify)
	}
	port, err := strconv.Atoi(e.port)
	if err != nil {
		return server{}, connectors.Errorf(connectors.Invalid, "connect to", "oracle "+e.place(), "port %q is no number", e.port)
	}
	connector := ora.NewConnector(ora.BuildUrl(e.host, port, e.database, e.user, e.password, options))
	return server{connector: connector, place: e.place(), secrets: e.secrets()}, nil
}

func listOracle(ctx context.Context, db *sqlx.DB, schema string) (objects []object, err error) {
	rows, err := db.QueryContext(ctx, `
		SELECT owner, object_name, CASE WHEN owner = coalesce(:1, sys_context('USERENV', 'CURRENT_SCHEMA')) THEN 1 ELSE 0 END
		FROM all_objects WHERE object_type IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW') AND secondary = 'N'
			AND owner = coalesce(:2, sys_context('USERENV', 'CURRENT_SCHEMA'))`, schema, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.Schema, &o.Name, &o.Home); err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return objects, rows.Err()
}

func oracleColumns(ctx context.Context, db *sqlx.DB, o object) (natives []native, err error) {
	rows, err := db.QueryContext(ctx, `
		SELECT c.column_name, lower(c.data_type), coalesce(c.data_precision, nullif(c.char_length, 0), c.data_length), c.data_scale,
			CASE WHEN c.nullable = 'Y' THEN 1 ELSE 0 END, k.position
		FROM all_tab_columns c LEFT JOIN (
			SELECT cc.owner, cc.table_name, cc.column_name, cc.position FROM all_constraints pk JOIN all_cons_columns cc
				ON cc.owner = pk.owner AND cc.constraint_name = pk.constraint_name
			WHERE pk.constraint_type = 'P' AND pk.status = 'ENABLED') k
			ON k.owner = c.owner AND k.table_name = c.table_name AND k.column_name = c.column_name
		WHERE c.owner = :1 AND c.table_name = :2 ORDER BY c.column_id`, o.Schema, o.Name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n native
		if err := rows.Scan(&n.Name, &n.Type, &n.Size, &n.Scale, &n.Nullable, &n.Key); err != nil {
			return nil, err
		}
		n.Native, n.Unique = n.Type, n.Key.Valid
		natives = append(natives, n)
	}
	return natives, rows.Err()
}

func oracleQueried(t *sql.ColumnType) native {
	return native{Type: strings.ToLower(t.DatabaseTypeName()), Native: strings.ToLower(t.DatabaseTypeName())}
}

// oracleColumn asks for numbers and times as texts of a fixed form, which no
// setting of the session changes and no float has touched.
func oracleColumn(n native) column {
	const number = `TO_CHAR({}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')`
	name, _, _ := strings.Cut(n.Type, "(")
	switch name {
	case "number":
		if n.Scale.Valid && n.Scale.Int64 == 0 && n.Size.Valid && n.Size.Int64 <= 18 {
			c := plain(record.Type{Kind: record.KindInt}, decodeInt)
			c.read = number
			return c
		}
		c := opaque(decimalType(n), decodeDecimal)
		c.read = number
		return c
	case "float", "binary_float", "binary_double":
		return opaque(record.Type{Kind: record.KindFloat}, decodeFloat)
	case "date":
		return oracleTime(record.KindLocal, decodeLocal, "{}", "YYYY-MM-DD HH24:MI:SS")
	case "timestamp":
		if strings.Contains(n.Type, "zone") {
			return oracleTime(record.KindInstant, decodeInstant, "SYS_EXTRACT_UTC({})", "YYYY-MM-DD HH24:MI:SS.FF6")
		}
		return oracleTime(record.KindLocal, decodeLocal, "{}", "YYYY-MM-DD HH24:MI:SS.FF6")
	case "raw", "blob", "long raw":
		return opaque(record.Type{Kind: record.KindBytes}, decodeBytes)
	case "char", "nchar", "varchar2", "nvarchar2":
		const bytes = "NLSSORT({}, 'NLS_SORT=BINARY')"
		return column{kind: record.Type{Kind: record.KindText, Size: size(n.Size)}, read: "{}", equal: bytes, order: bytes, bind: bytes, hint: "{}", value: decodeText}
	}
	return opaque(record.Type{Kind: record.KindText}, decodeText)
}

func oracleTime(kind record.Kind, d decoder, expression, format string) column {
	c := opaque(record.Type{Kind: kind}, d)
	c.read = fmt.Sprintf("TO_CHAR(%s, '%s')", expression, format)
	return c
}

// snapshotOracle begins a transaction, which in Oracle sees one moment if it
// is read-only.
func snapshotOracle(ctx context.Context, db *sqlx.DB) (lender, error) {
	return onlyOne(pin(ctx, db, "ROLLBACK", "SET TRANSACTION READ ONLY"))
}

func classifyOracle(err error) connectors.Class {
	var e *network.OracleError
	if !errors.As(err, &e) {
		return connectors.Unknown
	}
	switch e.ErrCode {
	case 1017, 1031, 28000, 28001: // log-in, privileges, locked, expired
		return connectors.Denied
	case 942, 904, 12505, 12514: // table, column, service
		return connectors.Missing
	case 60, 54, 1033, 1034, 1089, 3113, 3114, 12541, 1555: // locks, starting, stopping, lost, snapshot too old
		return connectors.Transient
	}
	return connectors.Unknown
}
