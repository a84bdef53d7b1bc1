package soql

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// plain compares trees without the places and the text that they come from.
var plain = cmp.Options{
	cmpopts.IgnoreFields(Query{}, "Text", "Pos"),
	cmpopts.IgnoreFields(Field{}, "Pos"),
	cmpopts.IgnoreFields(Aggregate{}, "Pos"),
	cmpopts.IgnoreFields(FieldSet{}, "Pos"),
	cmpopts.IgnoreFields(Subquery{}, "Pos"),
	cmpopts.IgnoreFields(Literal{}, "Pos"),
}

func TestQueriesAreUnderstood(t *testing.T) {
	// The left is what may be written, the right its plainest form.
	for _, c := range [][2]string{
		{"select Id from Account", "SELECT Id FROM Account"},
		{"SELECT Id, Order.Name FROM Order ORDER BY Order.Name", "SELECT Id, Order.Name FROM Order ORDER BY Order.Name"},
		{"SELECT a.Id,a.Owner.Name FROM Account AS a", "SELECT a.Id, a.Owner.Name FROM Account a"},
		{"SELECT count() FROM Asset", "SELECT COUNT() FROM Asset"},
		{"SELECT COUNT(Id) n, min(Quantity), MAX( Price ) FROM Asset", "SELECT COUNT(Id) n, MIN(Quantity), MAX(Price) FROM Asset"},
		{"SELECT fields(all) FROM Asset LIMIT 200", "SELECT FIELDS(ALL) FROM Asset LIMIT 200"},
		{"SELECT Id, (SELECT Id FROM Contacts WHERE Email != null LIMIT 5) FROM Account",
			"SELECT Id, (SELECT Id FROM Contacts WHERE Email != NULL LIMIT 5) FROM Account"},
		{`SELECT Id FROM A WHERE Name = 'it\'s \\ \n'`, `SELECT Id FROM A WHERE Name = 'it\'s \\ \n'`},
		{`SELECT Id FROM A WHERE Name LIKE '50\%\\_%'`, `SELECT Id FROM A WHERE Name LIKE '50\%\\_%'`},
		{"SELECT Id FROM A WHERE x<>-1.50 AND y>=.5 AND z=true", "SELECT Id FROM A WHERE x != -1.50 AND y >= .5 AND z = true"},
		{"SELECT Id FROM A WHERE (a = 1 OR b = 2) AND NOT(c IN ('x','y')) AND d NOT IN (3)",
			"SELECT Id FROM A WHERE (a = 1 OR b = 2) AND NOT c IN ('x', 'y') AND d NOT IN (3)"},
		{"SELECT Id FROM A WHERE d=2026-01-31 OR e<2005-10-08T01:02:03Z OR f>2005-10-08T01:02:03.123+01:00 OR g=2005-10-08T01:02:03.000+0000",
			"SELECT Id FROM A WHERE d = 2026-01-31 OR e < 2005-10-08T01:02:03Z OR f > 2005-10-08T01:02:03.123+01:00 OR g = 2005-10-08T01:02:03.000+0000"},
		{"SELECT Id FROM A WHERE a=today AND b=yesterday AND c=last_n_days:30", "SELECT Id FROM A WHERE a = TODAY AND b = YESTERDAY AND c = LAST_N_DAYS:30"},
		{"SELECT Id FROM A WHERE m INCLUDES ('a;b','c') AND n EXCLUDES ('d')", "SELECT Id FROM A WHERE m INCLUDES ('a;b', 'c') AND n EXCLUDES ('d')"},
		{"SELECT Id FROM A ORDER BY x ASC NULLS FIRST, y DESC NULLS LAST LIMIT 10 OFFSET 20", "SELECT Id FROM A ORDER BY x, y DESC NULLS LAST LIMIT 10 OFFSET 20"},
	} {
		q, err := Parse(c[0])
		if err != nil {
			t.Errorf("%s: %v", c[0], err)
			continue
		}
		if got := q.String(); got != c[1] {
			t.Errorf("%s\n gives %s\n  want %s", c[0], got, c[1])
		}
	}
}

func TestMalformedQueriesNameTheTokenAndItsPlace(t *testing.T) {
	for _, c := range []struct{ query, message, place string }{
		{"SELECT Id FORM Account", "unexpected token: 'FORM'", "Row:1:Column:11"},
		{"SELECT Id FROM", "unexpected token: '<EOF>'", "Row:1:Column:15"},
		{"", "unexpected token: '<EOF>'", "Row:1:Column:1"},
		{"DELETE FROM A", "unexpected token: 'DELETE'", "Row:1:Column:1"},
		{"SELECT Id,\nFROM A", "unexpected token: 'FROM'", "Row:2:Column:1"},
		{"SELECT Id FROM A WHERE a = 1 AND b = 2 OR c = 3", "unexpected token: 'OR'", "Row:1:Column:40"},
		{"SELECT Id FROM A WHERE a = 1 OR b = 2 AND c = 3", "unexpected token: 'AND'", "Row:1:Column:39"},
		{"SELECT Id FROM A WHERE a == 1", "unexpected token: '='", "Row:1:Column:27"},
		{"SELECT Id FROM A WHERE a = 2026-02-30", "unexpected token: '2026-02-30'", "Row:1:Column:28"},
		{"SELECT Id FROM A WHERE a = 1e5", "unexpected token: '1e5'", "Row:1:Column:28"},
		{"SELECT Id FROM A WHERE a = LAST_N_DAYS:0", "unexpected token: '0'", "Row:1:Column:40"},
		{"SELECT Id FROM A GROUP BY x", "unexpected token: 'GROUP'", "Row:1:Column:18"},
		{"SELECT Id FROM A LIMIT -1", "unexpected token: '-1'", "Row:1:Column:24"},
		{"SELECT Id FROM A LIMIT 1 LIMIT 2", "unexpected token: 'LIMIT'", "Row:1:Column:26"},
		{"SELECT Id FROM A WHERE n = 'ü' AND x ≠ 2", "unexpected token: '≠'", "Row:1:Column:38"},
		{`SELECT Id FROM A WHERE n = '\d'`, `Illegal escape in string: '\d'`, "Row:1:Column:29"},
		{`SELECT Id FROM A WHERE n = '\%'`, `Illegal escape in string: '\%'`, "Row:1:Column:29"},
		{"SELECT Id FROM A WHERE n = 'x", "a string that does not end", "Row:1:Column:28"},
		{"SELECT (SELECT (SELECT Id FROM C) FROM B) FROM A", "unexpected token: '('", "Row:1:Column:16"},
		{"SELECT SUM(x) FROM A", "unexpected token: 'SUM'", "Row:1:Column:8"},
		{"SELECT Id FROM A WHERE " + strings.Repeat("(", 200), "nested too deep", "Row:1:Column:124"},
		{"SELECT Id FROM A WHERE " + strings.Repeat("NOT ", 200), "unexpected token: 'NOT'", "Row:1:Column:"},
		{"SELECT " + strings.Repeat("x", MaxLength), "cannot be longer than 100000", "Row:1:Column:1"},
	} {
		_, err := Parse(c.query)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), c.message) || !strings.Contains(e.Error(), "ERROR at "+c.place) {
			t.Errorf("%.60s: want %s at %s, got %v", c.query, c.message, c.place, err)
		}
	}
}

func TestAnErrorShowsThePlaceInItsLine(t *testing.T) {
	_, err := Parse("SELECT Id\nFORM Account")
	want := "\nFORM Account\n^\nERROR at Row:2:Column:1\nunexpected token: 'FORM'"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestPrintedQueryParsesToTheSameQuery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genQuery(t, true)
		text := want.String()
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got, plain); diff != "" {
			t.Fatalf("%s\n(-printed +parsed)\n%s", text, diff)
		}
	})
}

func FuzzWhatParsesPrintsAndParsesAgain(f *testing.F) {
	f.Add("SELECT Id, Account.Name, (SELECT Id FROM Contacts) FROM Asset a WHERE x = 'a\\'b' AND (y > 2026-01-31 OR NOT z LIKE '\\_%') ORDER BY x DESC NULLS LAST LIMIT 1 OFFSET 2")
	f.Add("SELECT COUNT(Id) c FROM X WHERE a NOT IN (1, -2.5, null, TODAY, LAST_N_DAYS:3)")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := Parse(text)
		if err != nil {
			return
		}
		second, err := Parse(first.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", text, first, err)
		}
		if diff := cmp.Diff(first, second, plain); diff != "" {
			t.Fatalf("%q became %q\n%s", text, first, diff)
		}
	})
}
