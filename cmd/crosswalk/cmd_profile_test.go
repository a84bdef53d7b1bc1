package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors/all"
)

// profileSample is a workspace with two files that have seen some years.
var profileSample = map[string]string{
	"crosswalk.yaml": `version: 1
systems:
  shop: {kind: csv, path: "*.csv"}
hub: {driver: sqlite, path: hub.db}
ledger: {driver: sqlite, path: ledger.db}
lines: []
`,
	"customers.csv": "id,name\n1,Acme\n2,Bolt\n",
	"orders.csv": `no,customer,ordered,amount,currency,note
A-1001,1,2020-01-31,"1,200.50",EUR,
A-1002,2,2020-02-30,"80.00",EUR,n/a
A-1003,1,31.12.2020,"99.90",USD,M` + "Ã¼" + `ller ` + `
a-1003,9,2020-04-01,"5.00",EUR,"urgent,  please"
A-1004,,2099-12-31,"7.00",EUR,call back
too,few
`,
}

const profileText = `shop.orders: 5 rows, 6 columns
set aside when reading, not counted: 1 row
  orders.csv:7: 2 cells instead of 6

COLUMN    TYPE  NULL  EMPTY  DISTINCT  LENGTH  SMALLEST    LARGEST
no        text               5         6       A-1001      a-1003
customer  text        1      3         1       1           9
ordered   text               5         10      2020-01-31  31.12.2020
amount    text               5         4-8     1,200.50    99.90
currency  text               2         3       EUR         USD
note      text        1      4         3-15    "MÃ¼ller "  "urgent,  please"

MOST FREQUENT
customer  1 2 (40%)
currency  EUR 4 (80%)

PATTERNS
no        A-9999 4 (80%) · a-9999 1 (20%)
customer  9 4 (80%)
ordered   9999-99-99 4 (80%) · 99.99.9999 1 (20%)
amount    9.99 2 (40%) · 99.99 2 (40%) · 9,999.99 1 (20%)
currency  AAA 5
note      "AA¼aaaa " 1 (20%) · "a+,  a+" 1 (20%) · a/a 1 (20%) · aaaa aaaa 1 (20%)

DATE LAYOUTS, AND HOW MANY TEXTS EACH CAN READ
ordered   yyyy-mm-dd 3 (60%) · dd.mm.yyyy 1 (20%)

SUSPICIOUS  ROWS  WHAT                               SUCH AS
ordered     1     dates in another layout than most
ordered     1     dates that do not exist            "2020-02-30"
ordered     1     sentinel date 2099-12-31
amount      1     numbers with separators            "1,200.50"
note        1     UTF-8 that was encoded twice       "MÃ¼ller "
note        1     double blanks                      "urgent,  please"
note        1     text that means null               "n/a"
note        1     trailing blanks                    "MÃ¼ller "

KEY no
1 key is written in several ways, which differ in case, blanks or accents (2 rows)
  a-1003 · A-1003  2 rows

REFERENCE                ROWS  ORPHANS  SUCH AS
customer → customers.id  4     1        9 (1 row)

This shows data of the system; --no-values leaves counts and patterns.
`

func TestProfileShowsWhatATableHolds(t *testing.T) {
	code, out, errs := runProfile(t, "profile", "shop.orders", "--key", "no", "--ref", "customer=customers.id")
	if code != exitClean {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if diff := cmp.Diff(profileText, out); diff != "" {
		t.Error(diff)
	}
}

func TestProfileWithoutValuesShowsNone(t *testing.T) {
	for _, form := range []string{"--json=false", "--json"} {
		_, out, _ := runProfile(t, "profile", "shop.orders", "--key", "no", "--ref", "customer=customers.id", "--no-values", form)
		for _, value := range []string{"A-1001", "2020-01-31", "1,200.50", "EUR", "ller", "urgent", "This shows data"} {
			if strings.Contains(out, value) {
				t.Errorf("%s shows %s:\n%s", form, value, out)
			}
		}
		if !strings.Contains(out, "A-9999") || !strings.Contains(out, "UTF-8 that was encoded twice") {
			t.Errorf("%s shows too little:\n%s", form, out)
		}
	}
}

func TestProfileAsJSONHasTheNamesThatHelpTells(t *testing.T) {
	_, out, _ := runProfile(t, "profile", "shop.orders", "--key", "no", "--ref", "customer=customers.id", "--json")
	var document any
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	_, help, _ := runProfile(t, "profile", "--help")
	var check func(v any)
	check = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				check(element)
			}
		case map[string]any:
			for name, element := range v {
				if !strings.Contains(help, `"`+name+`"`) {
					t.Errorf("help does not tell of %q", name)
				}
				check(element)
			}
		}
	}
	check(document)
}

func TestProfileTellsHowItIsCalled(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no table":      {[]string{"shop"}, "crosswalk: \"shop\" names no table; write SYSTEM.TABLE, such as licdb.license (`crosswalk tables shop` lists them)\n"},
		"no system":     {[]string{"shpo.orders"}, "crosswalk: no system \"shpo\"; crosswalk.yaml has shop\n"},
		"no column":     {[]string{"shop.orders", "--key", "nr"}, "crosswalk: key: orders has no column \"nr\"; it has no, customer, ordered, amount, currency, note, _file, _line\n"},
		"odd reference": {[]string{"shop.orders", "--ref", "customer=id"}, "crosswalk: --ref customer=id: write COLUMN=TABLE.COLUMN, such as company_id=company.id\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := runProfile(t, append([]string{"profile"}, c.args...)...)
			if code != exitError || out != "" || errs != c.want {
				t.Errorf("exit %d\ngot  %s%s\nwant %s", code, out, errs, c.want)
			}
		})
	}
}

// runProfile runs a command in the sample workspace.
func runProfile(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range profileSample {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	a := &app{
		stdout: &stdout, stderr: &stderr, env: func(string) (string, bool) { return "", false }, registry: all.Connectors(),
		now: func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) },
	}
	code = a.run(append(args, "--quiet"))
	return code, stdout.String(), stderr.String()
}
