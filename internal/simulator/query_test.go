package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crosswalk/internal/simulator/org"
)

func TestRecordsShowEachTypeAsRESTDoes(t *testing.T) {
	w := start(t, Options{})
	account := w.create("Account", `{"Name":"Acme \"& Sons\"","AnnualRevenue":9007199254740993,"NumberOfEmployees":7,"LICDB_Id__c":"17"}`)
	asset := w.create("Asset", `{"Name":"A","Account":{"LICDB_Id__c":"17"},"Quantity":0.10,"Price":1234567890123456.78,"PurchaseDate":"2026-01-31","Entl_Key__c":"K"}`)
	w.find("SELECT Id, Name, Quantity, Price, PurchaseDate, SerialNumber, IsCompetitorProduct, CreatedDate, Account.Name, Account.AnnualRevenue, Account.NumberOfEmployees, Product2.Name FROM Asset").says(
		`{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Asset","url":"/services/data/v64.0/sobjects/Asset/` + asset + `"},"Id":"` + asset + `","Name":"A",` +
			`"Quantity":0.1,"Price":1234567890123456.78,"PurchaseDate":"2026-01-31","SerialNumber":null,"IsCompetitorProduct":false,"CreatedDate":"2026-03-01T12:00:00.000+0000",` +
			`"Account":{"attributes":{"type":"Account","url":"/services/data/v64.0/sobjects/Account/` + account + `"},"Name":"Acme \"& Sons\"","AnnualRevenue":9007199254740993,"NumberOfEmployees":7},"Product2":null}]}`)
}

func TestSubqueriesAreResultsOfTheirOwn(t *testing.T) {
	w := start(t, Options{})
	account := w.create("Account", `{"Name":"A"}`)
	contact := w.create("Contact", `{"LastName":"L","AccountId":"`+account+`"}`)
	w.find("SELECT Name, (SELECT LastName FROM Contacts), (SELECT Id FROM Assets) FROM Account").says(
		`{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"/services/data/v64.0/sobjects/Account/` + account + `"},"Name":"A",` +
			`"Contacts":{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Contact","url":"/services/data/v64.0/sobjects/Contact/` + contact + `"},"LastName":"L"}]},"Assets":null}]}`)
}

func TestCountsAndAggregates(t *testing.T) {
	w := start(t, Options{})
	w.assets(3)
	w.find("SELECT COUNT() FROM Asset").says(`{"totalSize":3,"done":true,"records":[]}`)
	w.find("SELECT COUNT(Id) FROM Asset").says(`{"totalSize":1,"done":true,"records":[{"attributes":{"type":"AggregateResult"},"expr0":3}]}`)
}

// collect follows a query to its end, and returns the sizes of its pages and
// the keys of its records.
func collect(w *world, a answer) (sizes []int, keys map[string]int) {
	w.Helper()
	keys = map[string]int{}
	for {
		sizes = append(sizes, len(a.rows()))
		for _, r := range a.rows() {
			keys[fmt.Sprint(r["Entl_Key__c"])]++
		}
		next, more := a.object()["nextRecordsUrl"].(string)
		if more == a.object()["done"].(bool) {
			w.Fatalf("done, and a next page: %t", more)
		}
		if !more {
			return sizes, keys
		}
		a = w.get(next).is(http.StatusOK)
	}
}

func TestQueriesComeInPages(t *testing.T) {
	w := start(t, Options{PageSize: 400})
	w.assets(1000)
	const soql = "SELECT Id, Entl_Key__c FROM Asset"
	a := w.find(soql)
	if next := a.member("nextRecordsUrl"); !strings.HasPrefix(next, "/services/data/v64.0/query/01g") || !strings.HasSuffix(next, "-400") {
		t.Errorf("the next page is at %s", next)
	}
	if got := fmt.Sprint(a.object()["totalSize"]); got != "1000" {
		t.Errorf("totalSize %s", got)
	}
	sizes, keys := collect(w, a)
	if fmt.Sprint(sizes) != "[400 400 200]" || len(keys) != 1000 {
		t.Errorf("pages of %v with %d keys", sizes, len(keys))
	}
	small := w.send("GET", "/query?q="+url.QueryEscape(soql), "", "Sforce-Query-Options", "batchSize=300").is(http.StatusOK)
	if sizes, _ := collect(w, small); len(sizes) != 4 || sizes[0] != 300 {
		t.Errorf("pages of %v in batches of 300", sizes)
	}
	tiny := w.send("GET", "/query?q="+url.QueryEscape(soql), "", "Sforce-Query-Options", "batchSize=1").is(http.StatusOK)
	if n := len(tiny.rows()); n != 200 {
		t.Errorf("a page of %d rows in batches of 1", n)
	}
}

func TestWideRowsComeInSmallerPages(t *testing.T) {
	w := start(t, Options{})
	columns := func(n int) []org.Column {
		all := make([]org.Column, n)
		for i := range all {
			all[i].Kind = org.Plain
		}
		return all
	}
	for n, want := range map[int]int{5: 2000, 20: 2000, 40: 1000, 80: 500, 200: 250, 500: 250} {
		if got := w.server.rowsOfPage(&call{header: http.Header{}}, columns(n)); got != want {
			t.Errorf("%d columns: pages of %d rows, not %d", n, got, want)
		}
	}
}

func TestPagesStayAsTheyWereForTwoDays(t *testing.T) {
	w := start(t, Options{PageSize: 200, SessionLife: 1000 * time.Hour})
	w.assets(500)
	next := w.find("SELECT Name, Entl_Key__c FROM Asset").member("nextRecordsUrl")
	first := w.get(next).is(http.StatusOK)
	for _, r := range w.find("SELECT Id FROM Asset").rows() {
		w.send("DELETE", "/sobjects/Asset/"+fmt.Sprint(r["Id"]), "").is(http.StatusNoContent)
	}
	w.now = w.now.Add(47 * time.Hour)
	w.get(next).is(http.StatusOK).says(first.body)
	w.now = w.now.Add(2 * time.Hour)
	w.get(next).refuses(http.StatusBadRequest, "INVALID_QUERY_LOCATOR")
	for _, locator := range []string{"01gnone-5", strings.TrimSuffix(next[len("/services/data/v64.0/query/"):], "-200") + "-9999", "x"} {
		w.get("/query/"+locator).refuses(http.StatusBadRequest, "INVALID_QUERY_LOCATOR")
	}
}

func TestDeletedRowsAreSeenByQueryAllOnly(t *testing.T) {
	w := start(t, Options{PageSize: 200})
	w.assets(300)
	id := fmt.Sprint(w.find("SELECT Id FROM Asset LIMIT 1").rows()[0]["Id"])
	w.send("DELETE", "/sobjects/Asset/"+id, "").is(http.StatusNoContent)
	sizes, keys := collect(w, w.find("SELECT Entl_Key__c FROM Asset"))
	if len(keys) != 299 {
		t.Errorf("query: pages of %v with %d keys", sizes, len(keys))
	}
	all := w.get("/queryAll?q=" + url.QueryEscape("SELECT Entl_Key__c, IsDeleted FROM Asset")).is(http.StatusOK)
	if !strings.Contains(all.member("nextRecordsUrl"), "/query/") {
		t.Errorf("the next page of queryAll is at %s", all.member("nextRecordsUrl"))
	}
	if sizes, keys := collect(w, all); len(keys) != 300 {
		t.Errorf("queryAll: pages of %v with %d keys", sizes, len(keys))
	}
}

func TestBigResultsLieInAFileAsLongAsTheyHaveFurtherPages(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	files := func() int {
		names, _ := filepath.Glob(filepath.Join(folder, "crosswalk-cursor-*")) // the pattern is a good one
		return len(names)
	}
	w := start(t, Options{PageSize: 100})
	w.assets(240)
	const wide = "SELECT Name, AccountId, CreatedDate, LastModifiedDate, SystemModstamp, Account.Name, Account.CreatedDate, Entl_Key__c FROM Asset"
	sizes, keys := collect(w, w.find(wide))
	if fmt.Sprint(sizes) != "[100 100 40]" || len(keys) != 240 || files() != 1 {
		t.Errorf("pages of %v with %d keys, %d files", sizes, len(keys), files())
	}
	w.server.pageSize = maxPage
	w.find(wide)
	w.find("SELECT Id, (" + wide + "s) FROM Account")
	if files() != 1 {
		t.Errorf("%d files, though nothing can be asked for in two of them", files())
	}
}

func TestManyChildrenHavePagesOfTheirOwn(t *testing.T) {
	w := start(t, Options{PageSize: 200})
	w.assets(450)
	a := w.find("SELECT Name, (SELECT Entl_Key__c FROM Assets) FROM Account")
	assets := a.rows()[0]["Assets"].(map[string]any)
	if n := len(assets["records"].([]any)); n != 200 || fmt.Sprint(assets["totalSize"]) != "450" {
		t.Fatalf("%d children of %v", n, assets["totalSize"])
	}
	sizes, keys := collect(w, w.get(assets["nextRecordsUrl"].(string)).is(http.StatusOK))
	if fmt.Sprint(sizes) != "[200 50]" || len(keys) != 250 {
		t.Errorf("further pages of %v", sizes)
	}
}

func TestWrongQueriesAreRefused(t *testing.T) {
	w := start(t, Options{Profile: Profile{HiddenObjects: []string{"Entitlement"}}})
	for soql, code := range map[string]string{
		"":                           "MALFORMED_QUERY",
		"SELECT Id FORM Account":     "MALFORMED_QUERY",
		"SELECT Bad FROM Account":    "INVALID_FIELD",
		"SELECT Id FROM Nothing":     "INVALID_TYPE",
		"SELECT Id FROM Entitlement": "INVALID_TYPE",
	} {
		w.get("/query?q="+url.QueryEscape(soql)).refuses(http.StatusBadRequest, code)
	}
}
