package bulk

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crosswalk/internal/simulator/org"
)

// export runs a query job and returns its id.
func (t *tester) export(operation, soql string) string {
	t.Helper()
	id := t.create("query", fmt.Sprintf(`{"operation":%q,"query":%q}`, operation, soql)).ID
	t.jobs.Wait()
	return id
}

// page reads one page: its rows, how many the header tells, and the locator.
func (t *tester) page(id, parameters string) (rows [][]string, told, locator string) {
	t.Helper()
	w := t.send("GET", "/jobs/query/"+id+"/results"+parameters, nil)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows, w.Header().Get("Sforce-NumberOfRecords"), w.Header().Get("Sforce-Locator")
}

// insert writes accounts with texts that need quotes.
func (t *tester) insert(n int) {
	t.Helper()
	var changes []org.Change
	for i := range n {
		changes = append(changes, org.Change{Object: "Account", Op: org.Insert, Values: map[string]org.Cell{
			"Name": org.Text(fmt.Sprintf("Account %d", i)), "Description": org.Text("\"a\"\nb,c"),
		}})
	}
	if _, err := t.org.Apply(t.Context(), changes, true); err != nil {
		t.Fatal(err)
	}
}

func TestAResultIsReadInPages(t *testing.T) {
	c := setup(t, Options{PageRows: 10})
	c.insert(25)
	id := c.export("query", "SELECT Name, Description, AccountNumber FROM Account")
	job := c.poll("query", id)
	equal(t, told{ID: id, Object: "Account", State: "JobComplete", APIVersion: 64, JobType: "V2Query", Processed: 25}, job)

	names := map[string]bool{}
	var counts, locators []string
	for locator := ""; locator != "null"; {
		rows, told, next := c.page(id, "?locator="+locator)
		equal(t, []string{"Name", "Description", "AccountNumber"}, rows[0])
		for _, row := range rows[1:] {
			names[row[0]] = true
			equal(t, []string{"\"a\"\nb,c", ""}, row[1:])
		}
		counts, locators = append(counts, told), append(locators, next)
		locator = next
	}
	equal(t, []string{"10", "10", "5"}, counts)
	equal(t, []string{"MTA", "MjA", "null"}, locators)
	equal(t, 25, len(names))

	first, _, _ := c.page(id, "/?locator=MTA&maxRecords=3")
	again, _, next := c.page(id, "?locator=MTA&maxRecords=3")
	equal(t, first, again)
	equal(t, 4, len(again))
	equal(t, "MTM", next)
}

func TestARowIsFoundFromTheMarkBeforeIt(t *testing.T) {
	var text bytes.Buffer
	out := newCSVWriter(bufio.NewWriter(&text), format{delimiter: ','})
	path := filepath.Join(t.TempDir(), "results.csv")
	p := newPages(path, int64(out.row(nil, []string{"N"})))
	const rows = 2*markEvery + 10
	for i := range rows {
		p.add(int64(out.row(nil, []string{fmt.Sprintf("\"\n%d", i)})))
	}
	if err := errors.Join(out.out.Flush(), os.WriteFile(path, text.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, first := range []int{0, 1, markEvery - 1, markEvery, markEvery + 1, 2 * markEvery, rows - 1} {
		page, err := p.page(file, first, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(page)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("\"N\"\n\"\"\"\n%d\"\n", first), string(got))
	}
}

func TestAnEmptyResultHasAHeader(t *testing.T) {
	c := setup(t, Options{})
	rows, told, locator := c.page(c.export("query", "SELECT Id, Owner.Name FROM Account"), "")
	equal(t, [][]string{{"Id", "Owner.Name"}}, rows)
	equal(t, []string{"0", "null"}, []string{told, locator})
}

func TestQueryAllSeesTheBin(t *testing.T) {
	c := setup(t, Options{})
	c.load(upsertAccounts, accounts(2))
	id := c.ask("SELECT Id FROM Account")[0]
	c.load(`{"object":"Account","operation":"delete"}`, "Id\n"+id+"\n")
	rows, _, _ := c.page(c.export("query", "SELECT Key__c, IsDeleted FROM Account"), "")
	equal(t, [][]string{{"Key__c", "IsDeleted"}, {"K-001", "false"}}, rows)
	rows, _, _ = c.page(c.export("queryAll", "SELECT Key__c, IsDeleted FROM Account"), "")
	slices.SortFunc(rows[1:], slices.Compare)
	equal(t, [][]string{{"Key__c", "IsDeleted"}, {"K-000", "true"}, {"K-001", "false"}}, rows)
}

func TestResultsHaveTheFormOfTheJob(t *testing.T) {
	c := setup(t, Options{})
	c.load(upsertAccounts, accounts(1))
	id := c.create("query", `{"operation":"query","query":"SELECT Key__c, Name FROM Account","columnDelimiter":"PIPE","lineEnding":"CRLF"}`).ID
	c.jobs.Wait()
	equal(t, "\"Key__c\"|\"Name\"\r\n\"K-000\"|\"Account 0\"\r\n", c.call(http.StatusOK, "GET", "/jobs/query/"+id+"/results", ""))
}

func TestQueriesThatBulkDoesNotTakeAreRefused(t *testing.T) {
	c := setup(t, Options{})
	for soql, code := range map[string]string{
		"SELECT Id FORM Account":                            "MALFORMED_QUERY",
		"SELECT Foo FROM Account":                           "INVALID_FIELD",
		"SELECT Id FROM Foo":                                "INVALID_TYPE",
		"SELECT COUNT() FROM Account":                       "API_ERROR",
		"SELECT COUNT(Id) FROM Account":                     "API_ERROR",
		"SELECT Id FROM Account LIMIT 5 OFFSET 5":           "API_ERROR",
		"SELECT Id, (SELECT Id FROM Contacts) FROM Account": "API_ERROR",
	} {
		c.refused(http.StatusBadRequest, code, "POST", "/jobs/query", fmt.Sprintf(`{"operation":"query","query":%q}`, soql))
	}
	c.refused(http.StatusBadRequest, "INVALIDOPERATION", "POST", "/jobs/query", `{"operation":"insert","query":"SELECT Id FROM Account"}`)
	equal(t, Limit{Max: 10_000, Remaining: 10_000}, c.jobs.Limits()["DailyBulkV2QueryJobs"])
}

func TestResultsNeedACompleteJobOfTheSameVersion(t *testing.T) {
	c := setup(t, Options{Faults: faultOf{Polls: 1}})
	id := c.create("query", `{"operation":"query","query":"SELECT Id FROM Account"}`).ID
	path := "/jobs/query/" + id + "/results"
	c.refused(http.StatusPreconditionFailed, "JOB_NOT_COMPLETE", "GET", path, "")
	for c.poll("query", id).State != "InProgress" {
		continue
	}
	c.jobs.Wait()
	c.call(http.StatusOK, "GET", path, "")
	c.refused(http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "GET", path+"?locator=OTk5", "")
	c.refused(http.StatusBadRequest, "INVALID_QUERY", "GET", path+"?maxRecords=0", "")

	r := httptest.NewRequest(http.MethodGet, path, nil)
	w := httptest.NewRecorder()
	c.jobs.ServeHTTP(w, r.WithContext(WithVersion(t.Context(), "63.0")))
	equal(t, http.StatusConflict, w.Code)
}

func TestQueryJobsAreCountedForADay(t *testing.T) {
	c := setup(t, Options{MaxQueryJobs: 1})
	c.export("query", "SELECT Id FROM Account")
	equal(t, Limit{Max: 1, Remaining: 0}, c.jobs.Limits()["DailyBulkV2QueryJobs"])
	c.refused(http.StatusBadRequest, "LIMIT_EXCEEDED", "POST", "/jobs/query", `{"operation":"query","query":"SELECT Id FROM Account"}`)
}

func TestAFailedQueryJobSaysSo(t *testing.T) {
	c := setup(t, Options{Faults: faultOf{FailBatch: 1}})
	id := c.export("query", "SELECT Id FROM Account")
	if job := c.poll("query", id); job.State != "Failed" || job.ErrorMessage == "" {
		t.Errorf("%+v", job)
	}
	c.refused(http.StatusPreconditionFailed, "JOB_NOT_COMPLETE", "GET", "/jobs/query/"+id+"/results", "")
}

// upload is half a million assets as the benchmarks load them.
func upload(rows int) string {
	var text strings.Builder
	text.WriteString("Key__c,Name,SerialNumber,Quantity,Price,PurchaseDate,UsageEndDate,Account.Key__c\n")
	for i := range rows {
		fmt.Fprintf(&text, "S-%07d,Asset %d,SN-%d,%d,%d.50,2024-01-31,2027-01-30,K-%03d\n", i, i, i, i%7, i%1000, i%1000)
	}
	return text.String()
}

func BenchmarkUpsertOfHalfAMillionAssets(b *testing.B) {
	text := upload(500_000)
	for b.Loop() {
		b.StopTimer()
		c := setup(b, Options{})
		c.load(upsertAccounts, accounts(1000))
		b.StartTimer()
		if job := c.load(upsertAssets, text); job.Failed > 0 || job.State != "JobComplete" {
			b.Fatalf("%+v", job)
		}
	}
	b.ReportMetric(500_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkQueryOfHalfAMillionAssets(b *testing.B) {
	c := setup(b, Options{})
	c.load(upsertAccounts, accounts(1000))
	c.load(upsertAssets, upload(500_000))
	for b.Loop() {
		id := c.export("query", "SELECT Id, Key__c, Name, SerialNumber, Quantity, Price, PurchaseDate, UsageEndDate, Account.Key__c, SystemModstamp FROM Asset")
		if job := c.poll("query", id); job.Processed != 500_000 {
			b.Fatalf("%+v", job)
		}
	}
	b.ReportMetric(500_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
