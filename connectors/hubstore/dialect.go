package hubstore

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/lib/pq"

	"crosswalk/hub"
	"crosswalk/record"
)

// dialect is what differs between the SQL of the two databases.
type dialect interface {
	native(c hub.Column) string
	placeholder(n int) string // of parameter n, from 1

	// read is the expression that a column is selected as.
	read(c hub.Column, name string) string

	// param is a value as the parameter of a statement.
	param(v record.Value) driver.Value

	// keyIn is the condition that the named columns are one of the keys,
	// whose values are texts.
	keyIn(s *statement, names []string, keys []record.Row) string
}

// statement is SQL in the making.
type statement struct {
	dialect dialect
	args    []driver.Value
}

// arg adds a parameter and returns its placeholder.
func (s *statement) arg(v driver.Value) string {
	s.args = append(s.args, v)
	return s.dialect.placeholder(len(s.args))
}

type postgresSQL struct{}

func (postgresSQL) native(c hub.Column) string {
	switch c.Type.Kind {
	case record.KindInt:
		return "bigint"
	case record.KindBool:
		return "boolean"
	case record.KindBytes:
		return "bytea"
	case record.KindDate:
		return "date"
	case record.KindInstant:
		return "timestamptz"
	}
	switch {
	case c.UUID:
		return "uuid"
	case c.Type.Size > 0:
		return fmt.Sprintf("varchar(%d)", c.Type.Size)
	}
	return "text"
}

func (postgresSQL) placeholder(n int) string { return "$" + strconv.Itoa(n) }

// read takes a day as a number, which costs a third of parsing a date.
func (postgresSQL) read(c hub.Column, name string) string {
	if c.Type.Kind == record.KindDate {
		return name + " - DATE '1970-01-01'"
	}
	return name
}

func (postgresSQL) param(v record.Value) driver.Value {
	if v.Kind() == record.KindBytes {
		return []byte(v.AsText())
	}
	return v.String()
}

func (postgresSQL) keyIn(s *statement, names []string, keys []record.Row) string {
	columns := make([]pq.StringArray, len(names))
	for _, key := range keys {
		for i, v := range key {
			columns[i] = append(columns[i], v.AsText())
		}
	}
	var lists []string
	for _, c := range columns {
		list, _ := c.Value() // of texts it never fails
		lists = append(lists, s.arg(list)+"::text[]")
	}
	if len(names) == 1 {
		return names[0] + " = ANY(" + s.dialect.placeholder(len(s.args)) + ")"
	}
	return "(" + joined(names) + ") IN (SELECT * FROM unnest(" + joined(lists) + "))"
}

type sqliteSQL struct{}

func (sqliteSQL) native(c hub.Column) string {
	switch c.Type.Kind {
	case record.KindInt, record.KindBool:
		return "INTEGER"
	case record.KindBytes:
		return "BLOB"
	}
	return "TEXT"
}

func (sqliteSQL) placeholder(int) string                { return "?" }
func (sqliteSQL) read(_ hub.Column, name string) string { return name }

// sqliteInstant is of one width, so that instants sort as texts.
const sqliteInstant = "2006-01-02T15:04:05.000000Z"

func (sqliteSQL) param(v record.Value) driver.Value {
	switch v.Kind() {
	case record.KindNull:
		return nil
	case record.KindInt:
		return v.AsInt()
	case record.KindBool:
		if v.AsBool() {
			return int64(1)
		}
		return int64(0)
	case record.KindText:
		return v.AsText()
	case record.KindBytes:
		return []byte(v.AsText())
	case record.KindInstant:
		return v.AsTime().Format(sqliteInstant)
	}
	return v.String()
}

func (sqliteSQL) keyIn(s *statement, names []string, keys []record.Row) string {
	all := make([][]string, len(keys))
	for i, key := range keys {
		for _, v := range key {
			all[i] = append(all[i], v.AsText())
		}
	}
	list, _ := json.Marshal(all) // of texts it never fails
	parts := make([]string, len(names))
	for i := range parts {
		parts[i] = "value->>" + strconv.Itoa(i)
	}
	return "(" + joined(names) + ") IN (SELECT " + joined(parts) + " FROM json_each(" + s.arg(string(list)) + "))"
}
