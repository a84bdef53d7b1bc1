package salesforce

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/org"
	"crosswalk/record"
)

func TestARowReadsAlikeByRESTAndByJobs(t *testing.T) {
	t.Parallel()
	l := newLab(t, simulator.Options{})
	rest := openLab(t, l, 2000)
	c := l.config()
	c.BulkFrom = 1
	jobs, err := l.open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer jobs.Close()
	fix := fixture(t)
	awkward := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\"',\n\r\t\\#N/A")))).Filter(func(s string) bool {
		return admitText(s) == "" && len(s) < 80
	})
	numbers := rapid.Int64Range(-999_999_999, 999_999_999)
	var rows []record.Row
	for i := range 100 {
		row := fix.Row(i)
		for f, field := range fix.Schema.Fields {
			switch field.Name {
			case "SerialNumber", "Description":
				row[f], _ = (&column{typ: field.Type}).admit(record.Text(awkward.Example(2*i + f)))
			case "Price", "Quantity":
				row[f] = record.Decimal(numbers.Example(2*i+f), 2)
			}
		}
		rows = append(rows, row)
	}
	if err := l.apply(t.Context(), changes(fix.Schema, rows)); err != nil {
		t.Fatal(err)
	}
	q := connectors.Query{Table: "Asset", Fields: fix.Schema.Names()}
	one, other := content(t, rest, q), content(t, jobs, q)
	slices.SortFunc(one, slices.Compare)
	slices.SortFunc(other, slices.Compare)
	if diff := cmp.Diff(one, other); diff != "" || len(one) != len(rows) {
		t.Errorf("%d rows, %s", len(one), diff)
	}
}

// They cannot be written, but whoever reads the table must account for them.
func TestRowsWithoutAnExternalIDAreReadWithoutAKey(t *testing.T) {
	l := newLab(t, simulator.Options{})
	o := openLab(t, l, 2000)
	if err := l.apply(t.Context(), []org.Change{{Object: "Account", Op: org.Insert, Values: map[string]org.Cell{"Name": org.Text("native")}}}); err != nil {
		t.Fatal(err)
	}
	rows := content(t, o, connectors.Query{Table: "Account", Fields: []string{"Name"}})
	rest := content(t, o, connectors.Query{Table: "(SELECT Name, Parent.Name FROM Account WHERE LICDB_Id__c = null)"})
	if diff := cmp.Diff([][]string{{"native", ""}}, rest); diff != "" || len(rows) != 4 {
		t.Errorf("%d rows were read; %s", len(rows), diff)
	}
}

func TestAQueryInBracketsIsATable(t *testing.T) {
	l := newLab(t, simulator.Options{})
	o := openLab(t, l, 1)
	fix := fixture(t)
	if err := l.apply(t.Context(), changes(fix.Schema, []record.Row{fix.Row(0), fix.Row(1), fix.Row(2)})); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][][]string{
		"(select Name, account.licdb_id__c, Price from Asset where Quantity > 0 order by Name)": {{"License 1", "A-1", "20.24"}, {"License 2", "A-2", "20.49"}},
		"(SELECT Name FROM Asset ORDER BY Name DESC LIMIT 2)":                                   {{"License 2"}, {"License 1"}},
		"(SELECT Account.Owner.Name FROM Asset WHERE Name = 'none')":                            nil,
	} {
		if diff := cmp.Diff(want, content(t, o, connectors.Query{Table: query})); diff != "" {
			t.Error(query, diff)
		}
	}
	for query, class := range map[string]connectors.Class{
		"(SELECT COUNT() FROM Asset)":                           connectors.Invalid,
		"(SELECT Name, (SELECT Id FROM Contacts) FROM Account)": connectors.Invalid,
		"(SELECT Nonsense FROM Asset)":                          connectors.Missing,
		"(SELECT Nobody.Name FROM Asset)":                       connectors.Missing,
		"(SELECT Name FROM Nothing)":                            connectors.Missing,
	} {
		if _, err := o.Describe(t.Context(), query); connectors.ClassOf(err) != class {
			t.Errorf("%s: got %v, want an error of class %s", query, err, class)
		}
	}
}

func TestManyKeysAreAskedForInPiecesThatFitAnAddress(t *testing.T) {
	l := newLab(t, simulator.Options{})
	o := openLab(t, l, 2000)
	keys := []record.Row{{record.Text("A-1")}}
	for i := range 1500 {
		keys = append(keys, record.Row{record.Text(fmt.Sprintf("O'Brien & Söhne %d", i))})
	}
	before := l.TotalCalls()
	r, err := o.Lookup(t.Context(), "Account", []string{"Name"}, keys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"Account A-1"}}, rowsOf(t, r)); diff != "" {
		t.Error(diff)
	}
	if calls := l.TotalCalls() - before; calls < 5 || calls > 30 {
		t.Errorf("%d calls for 1500 keys", calls)
	}
}

func TestWhatIsRefusedAsAWholeIsNamedWithWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		options simulator.Options
		adapt   func(*Config)
		table   string
		class   connectors.Class
		says    string
	}{
		"wrong secret":              {adapt: func(c *Config) { c.ClientSecret = "wrong" }, class: connectors.Denied, says: "invalid_client"},
		"wrong password":            {adapt: func(c *Config) { *c = Config{URL: c.URL, Username: "u", Password: "wrong"} }, class: connectors.Denied, says: "INVALID_LOGIN"},
		"feature not enabled":       {options: simulator.Options{Profile: simulator.Profile{HiddenObjects: []string{"Entitlement"}}}, table: "Entitlement", class: connectors.Missing, says: "Entitlement Management"},
		"no such external id":       {adapt: func(c *Config) { c.ExternalIDs = map[string]string{"Asset": "Nope__c"} }, table: "Asset", class: connectors.Missing, says: "it has Entl_Key__c"},
		"no external id":            {adapt: func(c *Config) { c.ExternalIDs = map[string]string{"Asset": "SerialNumber"} }, table: "Asset", class: connectors.Invalid, says: "not marked as an external id"},
		"no such parent key":        {adapt: func(c *Config) { c.ExternalIDs = map[string]string{"Account": "Nope__c"} }, table: "Asset", class: connectors.Missing, says: "it has LICDB_Id__c"},
		"quota used up":             {options: simulator.Options{DailyAPIRequests: 4}, table: "Asset", class: connectors.Throttled, says: "daily API calls"},
		"budget used up":            {options: simulator.Options{DailyAPIRequests: 10}, adapt: func(c *Config) { c.Budget = 20 }, table: "Asset", class: connectors.Throttled, says: "raise the budget"},
		"hidden from the connector": {adapt: func(c *Config) { c.Tables = []string{"A*"} }, table: "Order", class: connectors.Missing, says: "Account, Asset"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, test.options)
			c := l.config()
			if test.adapt != nil {
				test.adapt(&c)
			}
			o, err := l.open(t.Context(), c)
			for n := 0; err == nil && n < 5; n++ {
				_, err = o.Lookup(t.Context(), test.table, nil, nil)
				if err == nil {
					_, err = o.Head(t.Context(), test.table)
				}
			}
			if err == nil || connectors.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "wrong") {
				t.Errorf("got %s: %v; want %s: %s", connectors.ClassOf(err), err, test.class, test.says)
			}
		})
	}
}
