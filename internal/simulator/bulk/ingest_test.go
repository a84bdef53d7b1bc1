package bulk

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	insertAccounts = `{"object":"account","operation":"insert","externalIdFieldName":""}`
	upsertAccounts = `{"object":"Account","operation":"upsert","externalIdFieldName":"Key__c"}`
	upsertAssets   = `{"object":"Asset","operation":"upsert","externalIdFieldName":"Key__c"}`
)

// accounts is an upload of n accounts.
func accounts(n int) string {
	var text strings.Builder
	text.WriteString("Key__c,Name\n")
	for i := range n {
		fmt.Fprintf(&text, "K-%03d,Account %d\n", i, i)
	}
	return text.String()
}

func equal(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestANewJobSaysHowToGoOn(t *testing.T) {
	c := setup(t, Options{})
	job := c.create("ingest", insertAccounts)
	if len(job.ID) != 18 || !strings.HasPrefix(job.ID, "750") {
		t.Errorf("id %s", job.ID)
	}
	equal(t, told{
		ID: job.ID, Object: "Account", State: "Open", APIVersion: 64,
		ContentURL: "services/data/v64.0/jobs/ingest/" + job.ID + "/batches",
	}, job)
}

func TestAJobTellsTheVerdictOnEachRow(t *testing.T) {
	c := setup(t, Options{BatchRows: 2})
	job := c.load(upsertAccounts, "Key__c,Name\nA,One\nB,\nC,Three\nD\nE, \"x\"\n")
	equal(t, told{ID: job.ID, Object: "Account", State: "JobComplete", APIVersion: 64, JobType: "V2Ingest", Processed: 5, Failed: 3}, job)
	equal(t, [][]string{
		{"ClientInputError:" + unescapedQuote + ":--", "E", ` "x"`},
		{"ClientInputError:Number of values in the row (1) differs from the header (2):--", "D"},
		{"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "B", ""},
	}, c.failures(job.ID))
	for _, row := range c.results(job.ID, "successfulResults") {
		if len(row[0]) != 18 || row[1] != "true" {
			t.Errorf("a created row is reported as %q", row)
		}
	}
	equal(t, [][]string{}, c.results(job.ID, "unprocessedrecords"))
	equal(t, []string{"A|One", "C|Three"}, c.ask("SELECT Key__c, Name FROM Account"))

	again := c.load(upsertAccounts, "Key__c,Name\nA,One more\n")
	equal(t, "false", c.results(again.ID, "successfulResults")[0][1])
	equal(t, []string{"A|One more", "C|Three"}, c.ask("SELECT Key__c, Name FROM Account"))
}

func TestResultsComeInAnotherOrderThanTheUpload(t *testing.T) {
	c := setup(t, Options{})
	job := c.load(upsertAccounts, accounts(3))
	text := c.call(http.StatusOK, "GET", "/jobs/ingest/"+job.ID+"/successfulResults", "")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	equal(t, `"sf__Id","sf__Created","Key__c","Name"`, lines[0])
	if !strings.HasSuffix(lines[1], `"K-002","Account 2"`) {
		t.Errorf("the first result is %s", lines[1])
	}
}

func TestEmptyValuesAreLeftAloneAndNAEmptiesAField(t *testing.T) {
	c := setup(t, Options{})
	c.load(upsertAccounts, "Key__c,Name,Phone,Website\nA,One,123,x.example\n")
	job := c.load(upsertAccounts, "Key__c,Name,Phone,Website\nA,,#N/A,\n")
	equal(t, 0, job.Failed)
	equal(t, []string{"One||x.example"}, c.ask("SELECT Name, Phone, Website FROM Account"))
}

func TestParentsAreNamedByTheirKey(t *testing.T) {
	c := setup(t, Options{})
	c.load(upsertAccounts, accounts(2))
	job := c.load(upsertAssets, "Key__c,Name,Account.Key__c\nS-1,First,K-001\nS-2,Second,K-009\n")
	equal(t, 1, job.Failed)
	equal(t, []string{"First|Account 1"}, c.ask("SELECT Name, Account.Name FROM Asset"))
	if f := c.failures(job.ID); !strings.Contains(f[0][0], "K-009") || f[0][1] != "S-2" {
		t.Errorf("the missing parent is told as %q", f)
	}
}

func TestDelimitersAndLineEndingsAreThoseOfTheJob(t *testing.T) {
	c := setup(t, Options{})
	for name, delimiter := range delimiters {
		for _, ending := range []string{"LF", "CRLF"} {
			eol := "\n"
			if ending == "CRLF" {
				eol = "\r\n"
			}
			order := fmt.Sprintf(`{"object":"Account","operation":"upsert","externalIdFieldName":"Key__c","columnDelimiter":%q,"lineEnding":%q}`, name, ending)
			d := string(delimiter)
			job := c.load(order, "Key__c"+d+"Name"+d+"Description"+eol+"A"+d+name+ending+d+"\"a\nb"+d+"c\""+eol)
			equal(t, told{ID: job.ID, Object: "Account", State: "JobComplete", APIVersion: 64, JobType: "V2Ingest", Processed: 1}, job)
			equal(t, []string{name + ending + "|a\nb" + d + "c"}, c.ask("SELECT Name, Description FROM Account"))
		}
	}
}

func TestAJobThatFailsGivesItsRowsBack(t *testing.T) {
	c := setup(t, Options{})
	for name, test := range map[string]struct{ order, text, message string }{
		"unknown column": {insertAccounts, "Name,Foo\nOne,1\n", "InvalidBatch : Field name not found : Foo"},
		"unknown parent": {upsertAssets, "Key__c,Foo.Key__c\nOne,1\n", "InvalidBatch : Field name not found : Foo.Key__c"},
		"column twice":   {insertAccounts, "Name,name\nOne,1\n", "InvalidBatch : Field name stands twice : name"},
		"no key":         {upsertAccounts, "Name\nOne\n", "InvalidBatch : Field name not found : Key__c"},
		"no id":          {`{"object":"Account","operation":"update"}`, "Name\nOne\n", "InvalidBatch : Field name not found : Id"},
		"line ending":    {insertAccounts, "Name\r\nOne\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"},
		"other ending": {
			`{"object":"Account","operation":"insert","lineEnding":"CRLF"}`, "Name\nOne\n",
			"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF",
		},
	} {
		job := c.load(test.order, test.text)
		if job.State != "Failed" || job.ErrorMessage != test.message || job.Processed != 0 {
			t.Errorf("%s: %+v", name, job)
		}
		equal(t, 1, len(c.results(job.ID, "unprocessedrecords")))
		equal(t, []string{}, c.ask("SELECT Id FROM Account"))
	}
}

func TestAFailedBatchLeavesTheRowsFromThereOn(t *testing.T) {
	c := setup(t, Options{BatchRows: 2, Faults: faultOf{FailBatch: 2}})
	job := c.load(upsertAccounts, accounts(5))
	if job.State != "Failed" || job.ErrorMessage == "" || job.Processed != 2 {
		t.Errorf("%+v", job)
	}
	equal(t, 2, len(c.results(job.ID, "successfulResults")))
	equal(t, [][]string{{"K-002", "Account 2"}, {"K-003", "Account 3"}, {"K-004", "Account 4"}}, c.results(job.ID, "unprocessedrecords"))
	equal(t, []string{"K-000", "K-001"}, c.ask("SELECT Key__c FROM Account"))
}

func TestLockedRowsFailAlone(t *testing.T) {
	c := setup(t, Options{BatchRows: 2, Faults: faultOf{Locked: func(row int) bool { return row == 2 }}})
	job := c.load(upsertAccounts, accounts(4))
	equal(t, 1, job.Failed)
	f := c.failures(job.ID)[0]
	if !strings.HasPrefix(f[0], "UNABLE_TO_LOCK_ROW:") || f[1] != "K-002" {
		t.Errorf("%q", f)
	}
	equal(t, []string{"K-000", "K-001", "K-003"}, c.ask("SELECT Key__c FROM Account"))
}

func TestASlowJobIsInProgressAfterItsRowsAreWritten(t *testing.T) {
	c := setup(t, Options{Faults: faultOf{Polls: 2}})
	id := c.begin(upsertAccounts, accounts(1))
	for c.poll("ingest", id).State != "InProgress" {
		continue
	}
	c.refused(http.StatusBadRequest, "INVALIDJOBSTATE", "GET", "/jobs/ingest/"+id+"/successfulResults", "")
	c.poll("ingest", id)
	c.jobs.Wait()
	equal(t, "JobComplete", c.poll("ingest", id).State)
	equal(t, []string{"K-000"}, c.ask("SELECT Key__c FROM Account"))
}

func TestRowsAreDeletedToTheBinOrForGood(t *testing.T) {
	c := setup(t, Options{})
	c.load(upsertAccounts, accounts(3))
	ids := c.ask("SELECT Id FROM Account")
	job := c.load(`{"object":"Account","operation":"delete"}`, "Id\n"+ids[0]+"\n"+ids[0][:15]+"\n001000000000000AAA\n")
	equal(t, 2, job.Failed)
	job = c.load(`{"object":"Account","operation":"hardDelete"}`, "Id\n"+ids[1]+"\n")
	equal(t, 0, job.Failed)
	equal(t, ids[2:], c.ask("SELECT Id FROM Account"))
	all, err := c.org.Count(t.Context(), "SELECT COUNT() FROM Account", true)
	if err != nil || all != 2 {
		t.Errorf("%d rows with the bin: %v", all, err)
	}
	job = c.load(`{"object":"Account","operation":"delete"}`, "Id,Name\n"+ids[2]+",x\n")
	equal(t, "Failed", job.State)
}

func TestWhatAJobDoesNotAllowIsRefused(t *testing.T) {
	c := setup(t, Options{MaxUpload: 100})
	bad := http.StatusBadRequest
	for order, code := range map[string]string{
		`{`:                                     "JSON_PARSER_ERROR",
		`{"object":"Foo","operation":"insert"}`: "INVALIDJOB",
		`{"object":"Account","operation":"merge"}`:                                 "INVALIDOPERATION",
		`{"object":"Account","operation":"upsert"}`:                                "INVALIDJOB",
		`{"object":"Account","operation":"upsert","externalIdFieldName":"Phone"}`:  "INVALIDJOB",
		`{"object":"Account","operation":"insert","contentType":"JSON"}`:           "INVALIDJOB",
		`{"object":"Account","operation":"insert","columnDelimiter":"SPACE"}`:      "INVALIDJOB",
		`{"object":"Account","operation":"insert","lineEnding":"CR"}`:              "INVALIDJOB",
		`{"object":"Account","operation":"insert","externalIdFieldName":{"a":"b"}`: "JSON_PARSER_ERROR",
	} {
		c.refused(bad, code, "POST", "/jobs/ingest", order)
	}
	c.refused(http.StatusNotFound, "NOT_FOUND", "GET", "/jobs/ingest/750000000000000AAA", "")
	c.refused(http.StatusNotFound, "NOT_FOUND", "GET", "/jobs/ingest/750000000000000AAA/nonsense", "")
	c.refused(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "PUT", "/jobs/ingest", "")

	path := "/jobs/ingest/" + c.create("ingest", upsertAccounts).ID
	c.refused(bad, "EXCEEDED_MAX_SIZE_REQUEST", "PUT", path+"/batches", accounts(100))
	c.refused(bad, "INVALIDJOBSTATE", "DELETE", path, "")
	c.refused(bad, "INVALIDJOBSTATE", "PATCH", path, `{"state":"JobComplete"}`)
	c.call(http.StatusCreated, "PUT", path+"/batches", accounts(1))
	c.refused(bad, "INVALIDJOBSTATE", "PUT", path+"/batches", accounts(1))
	c.call(http.StatusOK, "PATCH", path, `{"id":"x","state":"UploadComplete"}`)
	c.jobs.Wait()
	c.refused(bad, "INVALIDJOBSTATE", "PATCH", path, `{"state":"UploadComplete"}`)
	c.refused(bad, "INVALIDJOBSTATE", "PATCH", path, `{"state":"Aborted"}`)
	c.call(http.StatusNoContent, "DELETE", path, "")
	c.refused(http.StatusNotFound, "NOT_FOUND", "GET", path, "")
}

func TestAnAbortedJobWritesNothing(t *testing.T) {
	c := setup(t, Options{})
	id := c.create("ingest", upsertAccounts).ID
	c.call(http.StatusCreated, "PUT", "/jobs/ingest/"+id+"/batches", accounts(2))
	c.call(http.StatusOK, "PATCH", "/jobs/ingest/"+id, `{"state":"Aborted"}`)
	equal(t, "Aborted", c.poll("ingest", id).State)
	equal(t, 2, len(c.results(id, "unprocessedrecords")))
	equal(t, []string{}, c.ask("SELECT Id FROM Account"))
}

func TestAJobAbortedAtWorkAccountsForEachRow(t *testing.T) {
	at := make(chan struct{})
	c := setup(t, Options{BatchRows: 2, Faults: faultOf{Locked: func(row int) bool {
		if row == 4 {
			at <- struct{}{}
			<-at
		}
		return false
	}}})
	id := c.begin(upsertAccounts, accounts(9))
	<-at
	c.call(http.StatusOK, "PATCH", "/jobs/ingest/"+id, `{"state":"Aborted"}`)
	close(at)
	written := c.results(id, "successfulResults")
	left := c.results(id, "unprocessedrecords")
	equal(t, []int{4, 5}, []int{len(written), len(left)})
	equal(t, len(written), len(c.ask("SELECT Id FROM Account")))
	equal(t, "Aborted", c.poll("ingest", id).State)
}

func TestJobsAreListedUntilTheirTimeIsOver(t *testing.T) {
	c := setup(t, Options{})
	c.load(upsertAccounts, accounts(1))
	waiting := c.create("ingest", upsertAccounts).ID
	if list := c.call(http.StatusOK, "GET", "/jobs/ingest?jobType=V2Ingest", ""); strings.Count(list, `"id":`) != 2 {
		t.Error(list)
	}
	*c.now = c.now.Add(8 * 24 * time.Hour)
	if list := c.call(http.StatusOK, "GET", "/jobs/ingest/", ""); strings.Count(list, `"id":`) != 1 || !strings.Contains(list, waiting) {
		t.Error(list)
	}
}

func TestInternalBatchesAreCountedForADay(t *testing.T) {
	c := setup(t, Options{BatchRows: 2, MaxBatches: 3})
	c.load(upsertAccounts, accounts(3))
	equal(t, Limit{Max: 3, Remaining: 1}, c.jobs.Limits()["DailyBulkApiBatches"])
	job := c.load(upsertAccounts, accounts(3))
	if job.State != "Failed" || !strings.HasPrefix(job.ErrorMessage, "ExceededQuota : ") || job.Processed != 2 {
		t.Errorf("%+v", job)
	}
	*c.now = c.now.Add(24 * time.Hour)
	equal(t, Limit{Max: 3, Remaining: 3}, c.jobs.Limits()["DailyBulkApiBatches"])
}
