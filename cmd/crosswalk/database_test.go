package main

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"crosswalk/hub"
)

// openDatabase opens a SQLite file, or the database of a URL.
func openDatabase(where string, absolute func(string) string) (*sql.DB, error) {
	switch scheme, _, _ := strings.Cut(where, "://"); scheme {
	case where:
		return sql.Open("sqlite", absolute(where)+"?_pragma=busy_timeout(10000)")
	case "mysql":
		u, err := url.Parse(where)
		if err != nil {
			return nil, err
		}
		c := mysql.NewConfig()
		c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "tcp", u.Host, u.Path[1:]
		c.Passwd, _ = u.User.Password()
		return sql.Open("mysql", c.FormatDSN())
	}
	return sql.Open("postgres", where)
}

// partsOf takes the URL of a database apart.
func partsOf(address string) (map[string]string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	return map[string]string{
		"HOST": u.Hostname(), "PORT": u.Port(), "ADDRESS": u.Host, "USER": u.User.Username(), "PASSWORD": password, "DB": strings.TrimPrefix(u.Path, "/"),
	}, nil
}

// dumpHub writes every row of every table of a hub as a line, sorted, in a
// spelling that is the same for all databases.
func dumpHub(db *sql.DB) (string, error) {
	tables := []string{"xref"}
	for _, t := range hub.Tables() {
		if !slices.Contains(tables, t.Name) {
			tables = append(tables, t.Name)
		}
	}
	var all strings.Builder
	for _, table := range tables {
		columns, err := columnsOf(db, table)
		if err != nil {
			return "", err
		}
		rows, err := db.Query("SELECT " + strings.Join(columns, ", ") + " FROM " + table)
		if err != nil {
			return "", err
		}
		lines, err := textRows(rows)
		if err != nil {
			return "", err
		}
		slices.Sort(lines)
		fmt.Fprintf(&all, "%s: %s\n", table, strings.Join(columns, ", "))
		for _, line := range lines {
			fmt.Fprintln(&all, line)
		}
	}
	return all.String(), nil
}

func columnsOf(db *sql.DB, table string) ([]string, error) {
	rows, err := db.Query("SELECT * FROM " + table + " WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	slices.Sort(columns)
	return columns, errors.Join(err, rows.Err())
}

// textRows reads rows to the end, each as the texts of its values.
func textRows(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(types)), make([]any, len(types))
	for i := range into {
		into[i] = &values[i]
	}
	var lines []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = textOf(v, types[i].DatabaseTypeName())
		}
		lines = append(lines, strings.Join(texts, "\t"))
	}
	return lines, rows.Err()
}

func textOf(value any, kind string) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return map[bool]string{false: "0", true: "1"}[v]
	case []byte:
		if kind == "BYTEA" || kind == "BLOB" {
			return "x" + hex.EncodeToString(v)
		}
		return string(v)
	case time.Time:
		if kind == "DATE" {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format("2006-01-02T15:04:05.000000Z")
	case string:
		return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(v)
	}
	return fmt.Sprint(value)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
