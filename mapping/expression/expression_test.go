package expression

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"crosswalk/record"

	"github.com/google/go-cmp/cmp"
)

// columns is a source with a column of each kind, and nulls of each kind.
func columns() *record.Schema {
	s := &record.Schema{Table: "license"}
	for _, f := range []struct {
		name string
		kind record.Kind
	}{
		{"name", record.KindText}, {"qty", record.KindInt}, {"price", record.KindDecimal}, {"ratio", record.KindFloat},
		{"end", record.KindDate}, {"sold_at", record.KindLocal}, {"seen_at", record.KindInstant}, {"live", record.KindBool},
		{"blob", record.KindBytes}, {"cell", record.KindNull}, {"Customer No.", record.KindText}, {"in", record.KindInt},
		{"no_text", record.KindText}, {"no_int", record.KindInt}, {"no_date", record.KindDate}, {"no_bool", record.KindBool},
		{"no_local", record.KindLocal}, {"no_instant", record.KindInstant}, {"no_any", record.KindNull}, {"gone", record.KindAbsent},
	} {
		s.Fields = append(s.Fields, record.Field{Name: f.name, Type: record.Type{Kind: f.kind}, Nullable: true})
	}
	return s
}

func row() map[string]record.Value {
	at := time.Date(2024, 2, 29, 13, 45, 0, 0, time.UTC)
	return map[string]record.Value{
		"name": record.Text("Acme"), "qty": record.Int(7), "price": record.Decimal(1990, 2), "ratio": record.Float(0.1),
		"end": record.Date(2024, 2, 29), "sold_at": record.Local(at), "seen_at": record.Instant(at), "live": record.Bool(true),
		"blob": record.Bytes([]byte{0, 255}), "cell": record.Int(5), "Customer No.": record.Text("4711"), "in": record.Int(1),
		"gone": record.Absent(),
	}
}

func scope() *Scope {
	status := NewTable(1)
	status.Put([]string{"A"}, "deployed")
	status.Put([]string{"E"}, "")
	sku := NewTable(2)
	sku.Put([]string{"A", "1"}, "A-1")
	return &Scope{Columns: columns(), Tables: map[string]*Table{"status": status, "sku": sku}}
}

// evaluate computes one expression for the row above.
func evaluate(t *testing.T, text string) (record.Value, error) {
	t.Helper()
	s := scope()
	if _, err := s.Let("twice", "qty * 2"); err != nil {
		t.Fatal(err)
	}
	e, err := s.Compile(text)
	if err != nil {
		return record.Value{}, err
	}
	f := s.NewFrame()
	in := make(record.Row, len(s.Needs()))
	for i, name := range s.Needs() {
		in[i] = row()[name]
	}
	f.Use(in)
	v, err := e.Eval(f)
	if len(f.stack) != 0 {
		t.Errorf("%s leaves %d values on the stack", text, len(f.stack))
	}
	if err == nil && !v.IsNull() && e.Kind != record.KindNull && v.Kind() != e.Kind && !(isNumber(e.Kind) && isNumber(v.Kind())) {
		t.Errorf("%s is of kind %s, but gives %s", text, e.Kind, v.Kind())
	}
	return v, err
}

func TestEveryFunctionGivesWhatItsExampleSays(t *testing.T) {
	for _, f := range Functions() {
		v, err := evaluate(t, f.Example)
		if err != nil {
			t.Errorf("%s: %v", f.Example, err)
			continue
		}
		want, err := evaluate(t, f.Gives)
		if same, _ := equal(v, want); err != nil || !same {
			t.Errorf("%s gives %q, not %s %v", f.Example, v, f.Gives, err)
		}
	}
}

func show(v record.Value, err error) string {
	switch {
	case err != nil:
		return "error: " + err.Error()
	case v.IsNull():
		return "null"
	case v.Kind() == record.KindText:
		return fmt.Sprintf("%q", v)
	}
	return v.String()
}

func TestExpressions(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		// literals and columns
		{"null", "null"}, {"nil", "null"}, {"0.10", "0.1"}, {"12345678901234567.89", "12345678901234567.89"}, {"1e3", "1000"}, {"-7", "-7"}, {"'it''s'", "error"},
		{"name", `"Acme"`}, {"Customer No.", `"4711"`}, {"col('Customer No.')", `"4711"`}, {"in", "1"}, {"col('in') + 1", "2"}, {"twice + 1", "15"},
		{"gone", "null"}, {"absent(gone)", "true"}, {"absent(name)", "false"},
		// arithmetic
		{"qty + 1", "8"}, {"qty - 10", "-3"}, {"qty * price", "139.3"}, {"price + 0.1", "20"}, {"price - 1", "18.9"}, {"qty / 2", "3.5"}, {"qty % 4", "3"},
		{"qty / 7 * 1.1", "1.1"}, {"10 / 4", "2.5"}, {"ratio + 0.2", "0.3"}, {"name + '!'", `"Acme!"`}, {"cell + 1", "6"}, {"-price", "-19.9"},
		{"no_int + 1", "null"}, {"1 - no_int", "null"}, {"no_int * price", "null"}, {"qty / no_int", "null"}, {"name + no_text", "null"}, {"-no_int", "null"}, {"null + 1", "null"},
		{"qty / 3", "error: 7 / 3 has no exact decimal; write divide(a, b, digits)"}, {"qty / (qty - 7)", "error: division by zero"},
		{"qty % (qty - 7)", "error: division by zero"},
		{"9223372036854775807 + twice", "error: 9223372036854775807 + 14 is beyond 64 bits; write decimal(9223372036854775807) to compute it"}, {"decimal(9223372036854775807) + qty", "9223372036854775814"},
		{"qty * 9223372036854775807", "error: 7 * 9223372036854775807 is beyond 64 bits; write decimal(7) to compute it"},
		{"cell + name", "error: int + text"},
		// comparisons
		{"qty == 7", "true"}, {"qty == 7.0", "true"}, {"price > 19", "true"}, {"price == 19.9", "true"}, {"ratio == 0.1", "true"}, {"name < 'B'", "true"}, {"end >= date('2024-02-29')", "true"},
		{"1 < qty <= 7", "true"}, {"live == true", "true"}, {"live == 1", "true"}, {"0 == live", "false"},
		{"no_text == 'A'", "false"}, {"no_text != 'A'", "false"}, {"no_int < 5", "false"}, {"no_text == no_text", "false"}, {"no_text == null", "true"}, {"null != no_text", "false"},
		{"name == null", "false"}, {"name != null", "true"}, {"null == null", "true"}, {"cell == 5", "true"}, {"cell == 'A'", "error: int and text do not compare"},
		{"name in ['Acme', 'B']", "true"}, {"name not in ['Acme', 'B']", "false"}, {"no_text in ['A']", "false"}, {"qty in [1, 7.0]", "true"}, {"cell in [1, 5]", "true"},
		// logic
		{"live and qty > 1", "true"}, {"not live", "false"}, {"!(qty > 1) || live", "true"}, {"no_bool and false", "false"}, {"false and no_bool", "false"}, {"no_bool and true", "null"},
		{"true and no_bool", "null"}, {"no_bool or true", "true"}, {"no_bool or false", "null"}, {"not no_bool", "null"}, {"false and qty / 0 == 1", "false"}, {"live or qty / (qty - 7) == 1", "true"},
		{"cell and true", "error: a condition must be bool, not int"}, {"not cell", "error: a condition must be bool, not int"}, {"cell ? 1 : 2", "error: a condition must be bool, not int"},
		// branches
		{"qty > 5 ? 'many' : 'few'", `"many"`}, {"no_bool ? 1 : 2", "2"}, {"if(live, name, null)", `"Acme"`}, {"no_text ?? name", `"Acme"`}, {"coalesce(no_text, no_any)", "null"},
		{"coalesce(no_int, price)", "19.9"}, {"try(date(name), end)", "2024-02-29"}, {"try(date(name), null)", "null"}, {"try(int('x'), 0)", "0"}, {"coalesce(name, text(qty / 0))", `"Acme"`},
		// texts
		{"trim(no_text)", "null"}, {"left(name, 10)", `"Acme"`}, {"left(name, 0)", `""`}, {"left(name, 0 - qty)", "error: cannot take -7 characters"}, {"right(name, 10)", `"Acme"`}, {"right('Müller', 4)", `"ller"`},
		{"substr(name, 2, 2)", `"cm"`}, {"substr(name, 9, 2)", `""`}, {"substr('Müller', 2, 1)", `"ü"`}, {"replace(name, '', 'x')", `"Acme"`},
		{"squeeze('a\\u200bb  c\\t\\nd')", `"ab c d"`}, {"matches(name, '^A')", "true"}, {"name matches '^a'", "false"}, {"not matches(name, 'm')", "false"}, {"name not matches 'm'", "false"},
		{"contains(name, 'cm') and name contains 'e'", "true"}, {"contains(no_text, 'x')", "null"}, {"extract(name, 'x')", "null"}, {"extract(name, 'c.')", `"cm"`}, {"extract('ab', '(x)?b')", "null"},
		{"split_part('a;b', ';', 3)", "null"}, {"split_part('a;b', ';', 1)", `"a"`}, {"concat(null)", `""`}, {"concat(no_text, no_int)", `""`}, {"len(blob)", "2"}, {"sha256(blob) == sha256('x')", "false"},
		{"pad_left('123456', 5, '0')", `"123456"`}, {"fold('ÄB') == fold('äb')", "true"}, {"upper(null)", "null"}, {"trim(cell)", "error: trim wants text, not int"}, {"name | upper()", `"ACME"`},
		{"email_norm(' J.Doe@Acme.COM ')", `"j.doe@acme.com"`}, {"email_norm('n/a')", `"n/a"`}, {"email_ok('a@b')", "false"}, {"email_ok('a@b.example')", "true"}, {"email_ok('a@b.example;c@d.example')", "false"},
		{"email_ok('noemail@noemail.com')", "false"}, {"email_ok(no_text)", "null"},
		{"repair_encoding('Acme\\u0092s')", `"Acme’s"`}, {"repair_encoding('Müller')", `"Müller"`}, {"repair_encoding('æ\\u00a0ªå¼\\u008fä¼šç¤¾')", `"株式会社"`}, {"repair_encoding('株式会社')", `"株式会社"`},
		{"repair_encoding(no_text)", "null"}, {"printable(no_text)", "null"},
		// numbers
		{"int(price)", "error: 19.9 is no 64-bit integer"}, {"int(name)", `error: not an integer: "Acme"`}, {"int(live)", "1"}, {"decimal(ratio)", "0.1"}, {"bool('maybe')", "error"}, {"bool(cell)", "error: not a boolean: \"5\""},
		{"decimal_in('1.234.567,89', 'de')", "1234567.89"}, {"decimal_in('-12,5', 'de')", "-12.5"}, {"decimal_in('1.000', 'de')", "1000"}, {"decimal_in('12.34', 'de')", "error"}, {"decimal_in('1,234', 'en')", "1234"},
		{"decimal_in(\"1'234.5\", 'ch')", "1234.5"}, {"decimal_in('1\\u202f234,5', 'fr')", "1234.5"}, {"decimal_in(no_text, 'de')", "null"}, {"decimal_in('1.2345', 'de')", "error"}, {"decimal_in('', 'de')", "error"},
		{"minor(price, 2)", "1990"}, {"minor(price, 1)", "199"}, {"minor(price, 0)", "error: 19.9 has more than 0 digits after the point"}, {"minor(qty, 2)", "700"}, {"round(price, 0)", "20"}, {"round(-2.5, 0)", "-3"}, {"round(qty, 2)", "7"},
		{"divide(qty, 3, 2)", "2.33"}, {"divide(qty, 0 * qty, 2)", "error: division by zero"}, {"abs(qty - 10)", "3"}, {"round(qty, 101)", "error"},
		// dates
		{"date(name)", `error: not a date (want 2006-01-31): "Acme"`}, {"date(end)", "2024-02-29"}, {"date(sold_at)", "error: 2024-02-29T13:45:00 has a time of day"}, {"day_of(sold_at)", "2024-02-29"},
		{"date('2024-02-30')", "error"}, {"parse_date('31.12.2029', 'd.m.yyyy')", "2029-12-31"}, {"parse_date('31.12.29', 'dd.mm.yy', 1970)", "2029-12-31"}, {"parse_date('31.12.70', 'd.m.yy', 1970)", "1970-12-31"},
		{"parse_date('Mar 4, 2021', 'mmm d, yyyy')", "2021-03-04"}, {"parse_date('4-march-2021', 'd-mmm-yyyy')", "2021-03-04"}, {"parse_date('03/04/2021', 'd.m.yyyy', 'm/d/yyyy')", "2021-03-04"}, {"parse_date(end, 'd.m.yyyy')", "2024-02-29"},
		{"parse_date('31.2.2024', 'd.m.yyyy')", "error: there is no day 2024-02-31"}, {"parse_date('x', 'd.m.yyyy', 'm/d/yyyy')", `error: not a date (want d.m.yyyy or m/d/yyyy): "x"`}, {"parse_date(no_text, 'd.m.yyyy')", "null"},
		{"excel_date('44259.0')", "2021-03-04"}, {"excel_date(42797, 1904)", "2021-03-04"}, {"excel_date(0)", "error: 0 is no Excel day number"}, {"excel_date(44259.5)", "error"}, {"excel_date(1, 1900 + qty)", "error"},
		{"end_of_year(end)", "2024-12-31"}, {"end_of_month(date('2023-02-01'))", "2023-02-28"}, {"add_months(end, 12)", "2025-02-28"}, {"add_months(end, -1)", "2024-01-29"}, {"add_months(date('2024-12-31'), 2)", "2025-02-28"},
		{"add_days(no_date, 1)", "null"}, {"add_days(end, 99999999)", "error: cannot add 99999999 days"}, {"add_days(end, 3000000)", "error: the year 10237 is outside the calendar"}, {"days_between(end, date('2024-02-01'))", "-28"},
		{"make_date(2023, 2, 29)", "error"}, {"year(no_date)", "null"}, {"month(sold_at)", "2"},
		{"instant(sold_at, 'Europe/Berlin')", "2024-02-29T12:45:00Z"}, {"instant('2024-01-01T00:00:00+02:00')", "2023-12-31T22:00:00Z"}, {"instant('2024-10-27 02:30:00', 'Europe/Berlin')", "2024-10-27T00:30:00Z"},
		{"instant('2024-03-31 02:30:00', 'Europe/Berlin')", "error: the clocks of Europe/Berlin never show 2024-03-31T02:30:00"}, {"instant(no_local, 'UTC')", "null"}, {"local_date(seen_at, 'Asia/Tokyo')", "2024-02-29"}, {"local_date(no_instant, 'UTC')", "null"},
		// values and look-ups
		{"null_if(name, 'Acme')", "null"}, {"null_if(name, 'B')", `"Acme"`}, {"null_if(name, null)", `"Acme"`}, {"null_if(no_text, 'B')", "null"}, {"null_if_in(end, date('9999-12-31'), date('2024-02-29'))", "null"}, {"null_if(qty, 7.0)", "null"},
		{"text(price)", `"19.9"`}, {"text(no_int)", "null"}, {"is_null(no_int)", "true"},
		{"lookup('status', name)", "null"}, {"lookup('status', 'E')", "null"}, {"has('status', 'E')", "true"}, {"lookup('status', no_text)", "null"}, {"lookup_or('status', 'draft', no_text)", `"draft"`},
		{"lookup_or('status', 'draft', 'A')", `"deployed"`}, {"lookup('sku', 'A', 1)", `"A-1"`}, {"lookup('sku', 'A', qty)", "null"},
	} {
		v, err := evaluate(t, test.text)
		got := show(v, err)
		if got != test.want && (test.want != "error" || err == nil) {
			t.Errorf("%s gives %s, want %s", test.text, got, test.want)
		}
	}
}

func TestMistakesAreFoundWhenCompiling(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "0: the expression is empty",
		"qty +":                      "4: the expression ends too early",
		"qty ++ 1":                   "",
		"qty + name":                 "4: `qty + name`: int + text",
		"end - end":                  "4: `end - end`: date - date; write days_between(from, to)",
		"end + 1":                    "4: `end + 1`: date + int; write add_days(date, n)",
		"stauts":                     "0: unknown column `stauts`; known are name, qty, price, ratio, end, sold_at, seen_at, live, blob, cell, Customer No., in, no_text, no_int, no_date, no_bool, no_local, no_instant, no_any, gone, twice; a text stands in quotes: 'stauts'",
		"qyt + 1":                    "0: unknown column `qyt`; did you mean `qty`?",
		"trimm(name)":                "0: unknown function `trimm`; did you mean `trim`?",
		"map(name, #)":               "10: unexpected token Operator(\"#\")",
		"trim(name, 1)":              "0: trim takes trim(s text) text, not 2 arguments",
		"trim(qty)":                  "5: trim wants text, but `qty` is int; write text(qty)",
		"add_days('x', 1)":           "9: add_days wants date, but `\"x\"` is text; write date(\"x\")",
		"left(name, '3')":            "11: left wants int, but `\"3\"` is text; write int(\"3\")",
		"qty == '7'":                 "4: `qty == \"7\"`: int == text; write int(\"7\")",
		"name == 7":                  "5: `name == 7`: text == int; write int(name)",
		"end == '2024-01-01'":        "4: `end == \"2024-01-01\"`: date == text; write date(\"2024-01-01\")",
		"end == sold_at":             "4: `end == sold_at`: date == local; they do not compare",
		"name < null":                "5: `name < null` never holds; only == null and != null ask for null",
		"name in ['a', 1]":           "14: `1` is int, but `name` is text; write int(name)",
		"name in ['a', null]":        "14: null is in no list; add: or name == null",
		"name in 'a'":                "5: `in` wants a list: name in ['a', 'b']",
		"[1]":                        "0: a list can only stand after `in`",
		"qty and live":               "4: `qty and live`: int and bool; both sides must be bool",
		"not name":                   "0: `not name`: not text; `not` wants bool",
		"qty ? 1 : 2":                "0: `qty` is int, but a condition must be bool",
		"live ? 1 : 'a'":             "13: one branch is int, the other text",
		"coalesce(qty, name)":        "0: `coalesce(qty, name)`: its arguments are of different kinds: int, text",
		"qty ^ 2":                    "4: operator `^` is not part of the language",
		"name.x":                     "5: `name.x` is not part of the language",
		"name[1:2]":                  "4: `name[1:2]` is not part of the language",
		"date('31.02.2020')":         "0: not a date (want 2006-01-31): \"31.02.2020\"",
		"1 / 0":                      "2: division by zero",
		"matches(name, '(')":         "0: matches: \"(\" is no regular expression: error parsing regexp: missing closing ): `(`",
		"matches(name, name)":        "14: matches: `name` must be a constant",
		"parse_date(name, 'd.m.yy')": "0: parse_date: layout \"d.m.yy\" has two digits for the year; say last with which year their century begins: parse_date(s, \"d.m.yy\", 1970) reads 70 as 1970 and 69 as 2069",
		"parse_date(name, 'd.m')":    "0: parse_date: layout \"d.m\" must have a day, a month and a year, such as 'd.m.yyyy'",
		"parse_date(name, 'tt.mm')":  "0: parse_date: layout \"tt.mm\": \"tt\" is none of d, dd, m, mm, mmm, yy, yyyy",
		"decimal_in(name, 'xx')":     "0: decimal_in: there is no number format \"xx\"; there are de, en, ch, fr",
		"instant(sold_at)":           "0: instant: a wall-clock time needs a zone: instant(sold_at, 'Europe/Berlin')",
		"instant(sold_at, 'Berlin')": "0: instant: there is no zone \"Berlin\"; write one such as Europe/Berlin or UTC",
		"lookup('stauts', name)":     "7: unknown look-up table `stauts`; did you mean `status`?",
		"lookup(status, name)":       "7: a look-up table is named in quotes: 'status'",
		"lookup('sku', name)":        "0: look-up table `sku` has a key of 2 columns, not 1",
		"col('Customer')":            "4: unknown column `Customer`; known are name, qty, price, ratio, end, sold_at, seen_at, live, blob, cell, Customer No., in, no_text, no_int, no_date, no_bool, no_local, no_instant, no_any, gone, twice; a text stands in quotes: 'Customer'",
		"try(int(nme), 0)":           "8: unknown column `nme`; did you mean `name`?",
		"nme + qyt":                  "0: unknown column `nme`; did you mean `name`?|6: unknown column `qyt`; did you mean `qty`?",
	} {
		_, err := evaluate(t, text)
		var got []string
		errs, _ := errors.AsType[Errors](err)
		for _, e := range errs {
			got = append(got, fmt.Sprintf("%d: %s", e.Offset, e.Message))
		}
		if want != "" && strings.Join(got, "|") != want {
			t.Errorf("%s\n got %s\nwant %s", text, strings.Join(got, "|"), want)
		}
	}
}

func TestLetIsComputedOnceARowAndOnlyIfAskedFor(t *testing.T) {
	s := &Scope{Columns: columns()}
	if _, err := s.Let("day", "date(name)"); err != nil {
		t.Fatal(err)
	}
	e, err := s.Compile("qty > 5 ? null : day")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"name", "qty"}, s.Needs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 1}, e.Reads()); diff != "" {
		t.Error(diff)
	}
	f := s.NewFrame()
	for _, test := range []struct {
		name string
		qty  int64
		want string
	}{
		{"nonsense", 7, "null"}, {"2024-01-01", 1, "2024-01-01"}, {"2024-01-02", 1, "2024-01-02"}, {"x", 1, `error: not a date (want 2006-01-31): "x"`},
	} {
		f.Use(record.Row{record.Text(test.name), record.Int(test.qty)})
		for range 2 {
			if got := show(e.Eval(f)); got != test.want {
				t.Errorf("%s: got %s, want %s", test.name, got, test.want)
			}
		}
	}
}
