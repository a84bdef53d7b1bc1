package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/jmoiron/sqlx"
)

// dialect is what differs between the systems.
type dialect struct {
	name   string // for messages
	driver string // as sqlx knows the style of its placeholders

	connect     func(Config) (server, error)
	ping        func(context.Context, *sqlx.DB) error
	quote       func(name string) string
	placeholder func(n int) string // parameter n, from 1
	maxArgs     int                // most parameters of one statement

	list     func(ctx context.Context, db *sqlx.DB, schema string) ([]object, error)
	columns  func(ctx context.Context, db *sqlx.DB, o object) ([]native, error)
	queried  func(*sql.ColumnType) native // the same, of a column of a query
	column   func(native) column
	arg      func(record.Value) driver.Value
	holds    func(record.Value) bool // whether the system could hold the value at all; nil for any
	strays   func(record.Value) bool // whether a value that is none of a column's kind may stand in it; nil for none
	classify func(error) connectors.Class
	snapshot func(context.Context, *sqlx.DB) (lender, error)

	emptyIsNull bool // Oracle
	batches     bool // the driver runs several statements of one text
}

// object is a table or view.
type object struct {
	Schema string `db:"object_schema"`
	Name   string `db:"object_name"`
	Home   bool   `db:"home"` // in the default schema
	label  string // as Tables shows it
}

// native is a column as the catalog describes it.
type native struct {
	Name      string        `db:"name"`
	Type      string        `db:"type"`   // int, varchar: lower case, without size
	Native    string        `db:"native"` // as people know it: varchar(40)
	Size      sql.NullInt64 `db:"size"`   // most characters, bytes or digits
	Scale     sql.NullInt64 `db:"scale"`
	Nullable  bool          `db:"nullable"`
	Charset   string        `db:"charset"`
	Collation string        `db:"collation"` // what decides whether two texts are equal, if it matters
	Key       sql.NullInt64 `db:"key_position"`
	Unique    bool          `db:"key_unique"` // of a key column: no two rows share the key
}

// column is how one column is read. In expressions, {} stands for its name.
type column struct {
	kind  record.Type
	read  string // what to select
	equal string // equal texts exactly where the Values are; "" if there is none
	order string // sorts as record.Compare does; "" if there is none
	bind  string // how a parameter is written, {} being the placeholder
	hint  string // the same, for a parameter next to the bare column: implied by equal, and known to indexes
	value decoder
}

// plain is a column whose own comparisons are those of package record.
func plain(t record.Type, d decoder) column {
	return column{kind: t, read: "{}", equal: "{}", order: "{}", bind: "{}", value: d}
}

// opaque is a column that can be read, but neither compared nor ordered.
func opaque(t record.Type, d decoder) column {
	return column{kind: t, read: "{}", bind: "{}", value: d}
}

func fill(expression, name string) string { return strings.ReplaceAll(expression, "{}", name) }

// quoteWith returns a function that puts names between two marks.
func quoteWith(open, end string) func(string) string {
	return func(name string) string { return open + strings.ReplaceAll(name, end, end+end) + end }
}

func questionMark(int) string { return "?" }

// plainArg is a Value as most drivers take it.
func plainArg(v record.Value) driver.Value {
	switch v.Kind() {
	case record.KindBool:
		return v.AsBool()
	case record.KindInt:
		return v.AsInt()
	case record.KindFloat:
		return v.AsFloat()
	case record.KindBytes:
		return []byte(v.AsText())
	}
	return v.String()
}

// size returns a known size as Type.Size has it.
func size(n sql.NullInt64) int {
	if !n.Valid || n.Int64 < 0 || n.Int64 > 1<<31-1 {
		return 0
	}
	return int(n.Int64)
}

// decimalType is a decimal of known or unknown size.
func decimalType(n native) record.Type {
	if size(n.Size) == 0 || !n.Scale.Valid || n.Scale.Int64 < 0 || n.Scale.Int64 > 1000 {
		return record.Type{Kind: record.KindDecimal, Scale: -1}
	}
	return record.Type{Kind: record.KindDecimal, Size: size(n.Size), Scale: int(n.Scale.Int64)}
}
