package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newAssets is a world with five assets, of which the last has hardly a value.
func newAssets(t *testing.T) *world {
	w := newWorld(t)
	acme := w.insert("Account", "Name=Acme; Key__c=a1; Site=North")
	w.insert("Account", "Name=Zeta; Key__c=z1; ParentId="+acme)
	for _, text := range []string{
		"Name=alpha; Quantity=2; Price=10.5; Exact__c=x1; InstallDate=2026-03-15; Seen__c=2026-03-15T08:00:00Z; Modules__c=Core;Account=[Key__c:a1]",
		"Name=Beta; Quantity=10; Price=-3; Exact__c=X1; InstallDate=2026-03-14; Seen__c=2026-03-14T23:59:59Z; Account=[Key__c:a1]; Status=Installed",
		"Name=50% Öl_; Quantity=9007199254740993; InstallDate=2026-03-01; Seen__c=2026-03-15T00:00:00Z; Account=[Key__c:z1]; IsCompetitorProduct=true",
		"Name=gamma\\; Quantity=9007199254740992; InstallDate=2026-03-16; Account=[Key__c:z1]",
		"Name=nil; Account=[Key__c:z1]",
	} {
		c := change(Insert, "Asset", "", text)
		if n := c.Values["Quantity"].Text; len(n) > 10 { // more digits than Asset.Quantity has
			delete(c.Values, "Quantity")
			c.Values["Big__c"] = Text(n)
			w.define("Asset", Field{Name: "Big__c", Type: "double", Precision: 18})
		}
		w.do(c)
	}
	return w
}

func TestConditionsChooseRows(t *testing.T) {
	w := newAssets(t)
	beta := w.read("SELECT Id FROM Asset WHERE Name = 'Beta'")[0]
	w.do(Change{Object: "Asset", Op: Update, ID: beta, Values: map[string]Cell{"Modules__c": Text("Core;Pro")}})
	const all = "alpha Beta Öl gamma nil"
	for where, want := range map[string]string{
		"Name = 'ALPHA'":                            "alpha",
		"Name != 'ALPHA'":                           "Beta Öl gamma nil",
		"Name = '50% öL_'":                          "Öl",
		"Name LIKE '%a'":                            "alpha Beta",
		`Name LIKE '%\\'`:                           "gamma",
		`Name LIKE '50\% ÖL\_'`:                     "Öl",
		"Name LIKE '___'":                           "nil",
		"NOT Name LIKE '%A%'":                       "Öl nil",
		"Name > 'b' AND Name < 'h'":                 "Beta gamma",
		"Name IN ('BETA', 'nil')":                   "Beta nil",
		"Exact__c = 'x1'":                           "alpha",
		"Exact__c IN ('X1')":                        "Beta",
		"Exact__c != 'x1'":                          "Beta Öl gamma nil",
		"Exact__c NOT IN ('x1')":                    "Beta Öl gamma nil",
		"Exact__c NOT IN ('x1', null)":              "Beta",
		"Exact__c IN ('x1', null)":                  "alpha Öl gamma nil",
		"Exact__c = null":                           "Öl gamma nil",
		"Exact__c = ''":                             "Öl gamma nil",
		"Exact__c != null":                          "alpha Beta",
		"NOT Exact__c = 'x1'":                       "Beta Öl gamma nil",
		"NOT (Exact__c = 'x1' OR Quantity > 5)":     "Öl gamma nil",
		"Quantity > 2":                              "Beta",
		"Quantity >= 2.00":                          "alpha Beta",
		"Quantity < 9":                              "alpha",
		"Price < 0":                                 "Beta",
		"Price = 10.50":                             "alpha",
		"Price > -4 AND Price != 10.5":              "Beta",
		"Big__c = 9007199254740993":                 "Öl",
		"Big__c < 9007199254740993":                 "gamma",
		"IsCompetitorProduct = true":                "Öl",
		"IsCompetitorProduct != TRUE":               "alpha Beta gamma nil",
		"Status = 'INSTALLED'":                      "Beta",
		"InstallDate = 2026-03-15":                  "alpha",
		"InstallDate < 2026-03-15":                  "Beta Öl",
		"InstallDate = TODAY":                       "alpha",
		"InstallDate = YESTERDAY":                   "Beta",
		"InstallDate < YESTERDAY":                   "Öl",
		"InstallDate > TODAY":                       "gamma",
		"InstallDate >= YESTERDAY":                  "alpha Beta gamma",
		"InstallDate <= YESTERDAY":                  "Beta Öl",
		"InstallDate != TODAY":                      "Beta Öl gamma nil",
		"InstallDate = LAST_N_DAYS:1":               "alpha Beta",
		"Seen__c = TODAY":                           "alpha Öl",
		"Seen__c = YESTERDAY":                       "Beta",
		"Seen__c = 2026-03-15T09:00:00+01:00":       "alpha",
		"Seen__c >= 2026-03-15T00:00:00.001Z":       "alpha",
		"Modules__c INCLUDES ('pro')":               "Beta",
		"Modules__c INCLUDES ('Pro;Core', 'Edge')":  "Beta",
		"Modules__c EXCLUDES ('Pro')":               "alpha Öl gamma nil",
		"Account.Name = 'acme'":                     "alpha Beta",
		"Account.Parent.Site = 'north'":             "Öl gamma nil",
		"Account.Parent.Name = null":                "alpha Beta",
		"Asset.Account.Key__c = 'z1' AND Price = 1": "",
		"Id != null":                                all,
		"Id = '" + w.org.User() + "'":               "",
		"CreatedBy.Username LIKE 'ADMIN@%'":         all,
	} {
		var names []string
		for _, n := range w.read("SELECT Name FROM Asset WHERE " + where + " ORDER BY Id") {
			names = append(names, strings.Trim(n, `50% _\`))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s chooses %q, want %q", where, got, want)
		}
	}
}

// SQLite takes conditions that are nested up to a thousand deep.
func TestLongListsOfConditionsAreAnswered(t *testing.T) {
	w := newAssets(t)
	var terms, keys []string
	for i := range 1100 {
		terms = append(terms, fmt.Sprintf("Exact__c = 'n%d'", i))
		keys = append(keys, fmt.Sprintf("'n%d'", i))
	}
	terms, keys = append(terms, "Exact__c = 'x1'"), append(keys, "'x1'")
	w.expect("SELECT Name FROM Asset WHERE "+strings.Join(terms, " OR "), "alpha")
	w.expect("SELECT Name FROM Asset WHERE Exact__c IN ("+strings.Join(keys, ",")+")", "alpha")
}

func TestRowsComeInTheOrderThatIsAskedFor(t *testing.T) {
	w := newAssets(t)
	for order, want := range map[string]string{
		"Name":                        "50% Öl_ alpha Beta gamma\\ nil",
		"Name DESC LIMIT 2":           "nil gamma\\",
		"Name LIMIT 2 OFFSET 1":       "alpha Beta",
		"Quantity, Name":              "50% Öl_ gamma\\ nil alpha Beta",
		"Quantity DESC, Name":         "50% Öl_ gamma\\ nil Beta alpha",
		"Quantity NULLS LAST, Name":   "alpha Beta 50% Öl_ gamma\\ nil",
		"Price DESC NULLS LAST, Name": "alpha Beta 50% Öl_ gamma\\ nil",
		"Account.Name DESC, Id":       "50% Öl_ gamma\\ nil alpha Beta",
	} {
		if got := strings.Join(w.read("SELECT Name FROM Asset ORDER BY "+order), " "); got != want {
			t.Errorf("%s gives %q, want %q", order, got, want)
		}
	}
}

func TestRecordsShowParentsAndChildren(t *testing.T) {
	w := newAssets(t)
	ctx := context.Background()
	rows, err := w.org.Query(ctx, "SELECT a.Parent.Name, id, (SELECT Name, Account.Name FROM Assets WHERE Price != null ORDER BY Name LIMIT 1), "+
		"Parent.Site, Name FROM Account a ORDER BY Name", false)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	shape := func(columns []Column) string {
		var names []string
		for _, c := range columns {
			name := c.Name
			if len(c.Columns) > 0 {
				var inner []string
				for _, i := range c.Columns {
					inner = append(inner, i.Name)
				}
				name += ":" + c.Object + "(" + strings.Join(inner, ",") + ")"
			}
			names = append(names, name)
		}
		return strings.Join(names, " ")
	}
	if got, want := shape(rows.Columns()), "Parent:Account(Name,Site) Id Assets:Asset(Name,Account) Name"; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	if got, want := strings.Join(rows.Header(), " "), "Parent.Name Id Parent.Site Name"; got != want {
		t.Errorf("header %s, want %s", got, want)
	}
	var records []Record
	for rows.Next(ctx) {
		r, err := rows.Record(ctx)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if rows.Err() != nil || len(records) != 2 {
		t.Fatal(records, rows.Err())
	}
	acme, zeta := records[0], records[1]
	if acme.Values[0].Parent != nil || acme.Values[1].Text != acme.ID || len(acme.Values[2].Children) != 1 {
		t.Errorf("Acme is %+v", acme)
	}
	asset := acme.Values[2].Children[0]
	if asset.Values[0].Text != "alpha" || asset.Values[1].Parent.Values[0].Text != "Acme" || asset.Values[1].Parent.ID != acme.ID || asset.ID[:3] != "02i" {
		t.Errorf("the asset is %+v", asset)
	}
	if p := zeta.Values[0].Parent; p == nil || p.ID != acme.ID || p.Values[1].Text != "North" || len(zeta.Values[2].Children) != 0 {
		t.Errorf("Zeta is %+v", zeta)
	}
}

func TestAggregatesAreExact(t *testing.T) {
	w := newAssets(t)
	w.expect("SELECT COUNT(Id), COUNT(Price) priced, MIN(Price), MAX(Big__c), MIN(Name), MAX(Seen__c) FROM Asset",
		"5|2|-3|9007199254740993|50% Öl_|2026-03-15T08:00:00.000Z")
	w.expect("SELECT MAX(Price) FROM Asset WHERE Name = 'nobody'", "~")
	rows, err := w.org.Query(context.Background(), "SELECT COUNT() FROM Asset WHERE Price != null", false)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if n, err := rows.Size(context.Background()); n != 2 || err != nil || !rows.CountOnly() || rows.Next(context.Background()) {
		t.Errorf("COUNT() is %d, %v", n, err)
	}
	rows, err = w.org.Query(context.Background(), "SELECT COUNT(Id), MAX(Price) top FROM Asset", false)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if got := []string{rows.Columns()[0].Name, rows.Columns()[1].Name}; !cmp.Equal(got, []string{"expr0", "top"}) {
		t.Errorf("named %v", got)
	}
}

func TestFieldSetsNameTheFields(t *testing.T) {
	w := newAssets(t)
	count := func(set string) int {
		rows, err := w.org.Query(context.Background(), "SELECT FIELDS("+set+") FROM Asset LIMIT 200", false)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		return len(rows.Header())
	}
	asset, _ := w.org.Object("Asset")
	if all := count("ALL"); all != len(asset.Fields) || all != count("STANDARD")+count("CUSTOM") {
		t.Errorf("FIELDS(ALL) has %d of %d fields", all, len(asset.Fields))
	}
}

func TestQueriesThatThePlatformRefuses(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ query, code, message string }{
		{"SELECT Id FORM Asset", "MALFORMED_QUERY", "unexpected token: 'FORM'"},
		{"SELECT Id FROM Nothing", "INVALID_TYPE", "ERROR at Row:1:Column:16\nsObject type 'Nothing' is not supported."},
		{"SELECT BAD FROM Account", "INVALID_FIELD", "\nSELECT BAD FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'BAD' on entity 'Account'."},
		{"SELECT Id FROM Asset WHERE Nope = 1", "INVALID_FIELD", "No such column 'Nope'"},
		{"SELECT Owner.Nope FROM Asset", "INVALID_FIELD", "No such column 'Nope' on entity 'User'"},
		{"SELECT Acount.Name FROM Asset", "INVALID_FIELD", "Didn't understand relationship 'Acount' in field path"},
		{"SELECT (SELECT Id FROM Nothings) FROM Asset", "INVALID_TYPE", "Didn't understand relationship 'Nothings'"},
		{"SELECT Id, id FROM Asset", "MALFORMED_QUERY", "duplicate field selected: Id"},
		{"SELECT Name, COUNT(Id) FROM Asset", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"},
		{"SELECT COUNT(), COUNT(Id) FROM Asset", "MALFORMED_QUERY", "COUNT() must stand alone"},
		{"SELECT FIELDS(ALL) FROM Asset", "MALFORMED_QUERY", "must have a LIMIT of at most 200"},
		{"SELECT FIELDS(ALL) FROM Asset LIMIT 201", "MALFORMED_QUERY", "must have a LIMIT of at most 200"},
		{"SELECT Id FROM Asset LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"},
		{"SELECT Id FROM Asset WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"},
		{"SELECT Id FROM Asset ORDER BY Description", "MALFORMED_QUERY", "field 'Description' can not be sorted in a query call"},
		{"SELECT Id FROM Asset WHERE Name = 5", "INVALID_FIELD", "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes"},
		{"SELECT Id FROM Asset WHERE Quantity = '5'", "INVALID_FIELD", "must be of type double and should not be enclosed in quotes"},
		{"SELECT Id FROM Asset WHERE Quantity = '' OR InstallDate IN ('')", "INVALID_FIELD", "must be of type double and should not be enclosed in quotes"},
		{"SELECT Id FROM Asset WHERE InstallDate = '2026-01-01'", "INVALID_FIELD", "must be of type date and should not be enclosed in quotes"},
		{"SELECT Id FROM Asset WHERE InstallDate > 2026-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date"},
		{"SELECT Id FROM Asset WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD", "'SystemModstamp' must be of type dateTime and should not"},
		{"SELECT Id FROM Asset WHERE Name = TODAY", "INVALID_FIELD", "must be of type string"},
		{"SELECT Id FROM Asset WHERE Quantity LIKE '5'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on double field"},
		{"SELECT Id FROM Asset WHERE Id LIKE '02i%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"},
		{"SELECT Id FROM Asset WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"},
		{"SELECT Id FROM Asset WHERE IsDeleted > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean field"},
		{"SELECT Id FROM Asset WHERE Name INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR", "'Name' is none"},
		{"SELECT Id FROM Asset WHERE Quantity > null", "INVALID_FIELD", "must not be null"},
	} {
		_, err := w.org.Query(context.Background(), c.query, false)
		var e *Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s: want %s %s, got %v", c.query, c.code, c.message, err)
		}
	}
}

func TestAResultSeesTheOrgAsItWas(t *testing.T) {
	w := newAssets(t)
	ctx := context.Background()
	rows, err := w.org.Query(ctx, "SELECT Name, (SELECT Id FROM Assets) FROM Account ORDER BY Name", false)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	w.insert("Account", "Name=Later")
	w.insert("Asset", "Name=Later; Account=[Key__c:a1]")
	n := 0
	for rows.Next(ctx) {
		r, err := rows.Record(ctx)
		if err != nil {
			t.Fatal(err)
		}
		n += 100 + len(r.Values[1].Children)
	}
	if n != 205 {
		t.Errorf("two accounts with five assets give %d", n)
	}
}

func TestReadersAndWritersDoNotDisturbEachOther(t *testing.T) {
	w := newAssets(t)
	ctx := context.Background()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 20 {
				c := change(Insert, "Asset", "", fmt.Sprintf("Name=New; Key__c=%d-%d; Account=[Key__c:a1]", i, j))
				if results, err := w.org.Apply(ctx, []Change{c}, true); err != nil || len(results[0].Errors) > 0 {
					t.Error(results, err)
				}
			}
		})
		group.Go(func() {
			for range 20 {
				if n, err := w.org.Count(ctx, "SELECT Id FROM Asset", false); err != nil || n < 5 || n > 85 {
					t.Error(n, err)
				}
				w.org.LatestCovered(w.now)
			}
		})
	}
	group.Wait()
	w.expect("SELECT COUNT(Id) FROM Asset", "85")
}

// Whatever can be asked is answered or refused: SQLite never sees a statement that it
// does not understand.
func FuzzEveryQueryIsAnsweredOrRefused(f *testing.F) {
	for _, query := range []string{
		"SELECT Id, Account.Parent.Name, (SELECT Id FROM Entitlements WHERE Status = 'Active') FROM Asset a WHERE a.Name LIKE '%' OR NOT Price IN (1, null)",
		"SELECT COUNT(Id), MAX(TotalAmount), MIN(OrderNumber) FROM Order WHERE StatusCode = 'Draft' AND TotalAmount > 0 AND EffectiveDate < LAST_N_DAYS:3",
		"SELECT FIELDS(ALL) FROM ServiceContract WHERE LineItemCount = 0 ORDER BY Subtotal, LineItemCount DESC NULLS LAST LIMIT 200 OFFSET 1",
		"SELECT FIELDS(STANDARD) FROM Entitlement WHERE Status IN ('Active') ORDER BY Status",
		"SELECT Name FROM PricebookEntry WHERE Name = 'x' AND Product2.Family != 'y' AND CreatedDate = TODAY ORDER BY ProductCode",
	} {
		f.Add(query)
	}
	o, err := Open(context.Background(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = o.Close() })
	f.Fuzz(func(t *testing.T, query string) {
		ctx := context.Background()
		rows, err := o.Query(ctx, query, len(query)%2 == 0)
		var refused *Error
		if errors.As(err, &refused) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if _, err := rows.Size(ctx); err != nil {
			t.Fatal(err)
		}
		for rows.Next(ctx) {
			if _, err := rows.Record(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
	})
}

func TestWithoutOrderByRowsDoNotComeAsTheyWereWritten(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c"} {
		w.insert("Account", "Name="+name)
	}
	if got := w.read("SELECT Name FROM Account"); len(got) != 3 || slices.IsSorted(got) {
		t.Errorf("got %v, in an order on which a client might rely", got)
	}
}

func TestQueriesThatSQLiteCannotTakeAreRefused(t *testing.T) {
	w := newWorld(t)
	many := " FROM Asset WHERE Quantity IN (1" + strings.Repeat(",1", 20_000) + ")"
	for _, query := range []string{
		"SELECT Id" + strings.Replace(many, "(", "(1"+strings.Repeat(",1", 20_000)+",", 1),
		"SELECT COUNT(Id), MIN(Id)" + many,
		"SELECT Id FROM Asset WHERE Name LIKE '" + strings.Repeat("%", 50_001) + "'",
	} {
		_, err := w.org.Query(context.Background(), query, false)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != "MALFORMED_QUERY" {
			t.Errorf("%.60s: %v", query, err)
		}
	}
	w.expect("SELECT COUNT(Id)"+many, "0")
}

func TestAQueryReachesFiveLevelsAndFiftyFiveParents(t *testing.T) {
	w := newWorld(t)
	w.expect("SELECT Id FROM Account WHERE Parent.Parent.Parent.Parent.Parent.Name = 'x'")
	fields := ""
	for _, a := range []string{"Parent", "CreatedBy", "LastModifiedBy", "Owner"} {
		fields += a + ".Name, "
	}
	for _, a := range []string{"", "Parent.", "Parent.Parent.", "Parent.Parent.Parent."} {
		for _, b := range []string{"Parent", "CreatedBy", "LastModifiedBy", "Owner", "MasterRecord", "MasterRecord.Parent", "MasterRecord.Owner"} {
			for _, c := range []string{"CreatedBy", "LastModifiedBy"} {
				fields += a + b + "." + c + ".Id, "
			}
		}
	}
	for query, message := range map[string]string{
		"SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account": "at most 5 levels",
		"SELECT " + fields + "Id FROM Account":                               "at most 55 relationships",
	} {
		_, err := w.org.Query(context.Background(), query, false)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != "MALFORMED_QUERY" || !strings.Contains(refused.Message, message) {
			t.Errorf("%.60s: want %s, got %v", query, message, err)
		}
	}
}
