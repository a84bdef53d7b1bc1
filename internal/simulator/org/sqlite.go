package org

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"strings"

	"modernc.org/sqlite"
)

// connector opens connections of an org's own driver, which knows the functions
// that the statements of this package use:
//
//	fold(text)       what the comparison of texts sees: lower case
//	orderly(number)  a text that sorts as the numbers do
//	product(a, b)    exact, rounded to the scale of money
//	exact_sum(n)     aggregate; null of no rows
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

func newDriver() (*sqlite.Driver, error) {
	d := &sqlite.Driver{}
	for name, f := range map[string]func(string) string{"fold": fold, "orderly": orderly} {
		err := d.RegisterFunction(name, &sqlite.FunctionImpl{NArgs: 1, Deterministic: true,
			Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
				s, ok := args[0].(string)
				if !ok {
					return nil, nil
				}
				return f(s), nil
			}})
		if err != nil {
			return nil, err
		}
	}
	err := d.RegisterFunction("product", &sqlite.FunctionImpl{NArgs: 2, Deterministic: true,
		Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			return product(args[0], args[1]), nil
		}})
	if err != nil {
		return nil, err
	}
	return d, d.RegisterFunction("exact_sum", &sqlite.FunctionImpl{NArgs: 1, Deterministic: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return &total{}, nil }})
}

// fold is what a comparison sees of a text.
func fold(s string) string { return strings.ToLower(s) }

func orderly(s string) string {
	d, _ := parseDecimal(s)
	return d.order()
}

const moneyScale = 2

func product(a, b driver.Value) driver.Value {
	x, isA := a.(string)
	y, isB := b.(string)
	if !isA || !isB {
		return nil
	}
	d, _ := parseDecimal(x)
	e, _ := parseDecimal(y)
	return d.times(e).round(moneyScale).String()
}

type total struct {
	sum  decimal
	some bool
}

func (t *total) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if s, ok := args[0].(string); ok {
		d, _ := parseDecimal(s)
		t.sum, t.some = t.sum.plus(d), true
	}
	return nil
}

func (t *total) WindowInverse(_ *sqlite.FunctionContext, args []driver.Value) error {
	if s, ok := args[0].(string); ok {
		d, _ := parseDecimal(s)
		d.negative = !d.negative
		t.sum = t.sum.plus(d)
	}
	return nil
}

func (t *total) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if !t.some {
		return nil, nil
	}
	return t.sum.String(), nil
}

func (t *total) Final(*sqlite.FunctionContext) {}

// openFile opens one connection that writes and any number that read. In WAL mode
// they do not wait for each other. Without ORDER BY readers get the rows the other way
// round: no order is promised, and a client that relies on one is to notice it here.
//
// A power cut may take back the last commits of a simulator, or all of a temporary
// one; the end of its process does not.
func (d driven) openFile(path string, temporary bool) (readers, writer *sql.DB) {
	synchronous := "synchronous(NORMAL)"
	if temporary {
		synchronous = "synchronous(OFF)"
	}
	open := func(pragmas ...string) *sql.DB {
		return d.open(path, url.Values{"_pragma": append(pragmas,
			"busy_timeout(30000)", "journal_mode(WAL)", synchronous, "temp_store(FILE)", "wal_autocheckpoint(8000)")})
	}
	writer = open("cache_size(-64000)")
	writer.SetMaxOpenConns(1)
	readers = open("query_only(ON)", "reverse_unordered_selects(ON)", "cache_size(-8000)")
	readers.SetMaxIdleConns(4)
	return readers, writer
}

// driven opens files with the driver of one org.
type driven struct{ *sqlite.Driver }

func (d driven) open(path string, query url.Values) *sql.DB {
	// A path in Opaque may be relative; in Path it would become a host.
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
	return sql.OpenDB(connector{d.Driver, dsn})
}

func quote(name string) string { return `"` + name + `"` }
