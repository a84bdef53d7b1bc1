package simulator

import (
	"net/http"
	"strings"
	"testing"

	"crosswalk/internal/simulator/faults"
)

// load runs an ingest job to its end and returns its last state.
func (w *world) load(operation, csv string) answer {
	w.Helper()
	job := `{"object":"Account","operation":"` + operation + `","contentType":"CSV"`
	if operation == "upsert" {
		job += `,"externalIdFieldName":"LICDB_Id__c"`
	}
	id := w.send("POST", "/jobs/ingest", job+"}").is(http.StatusOK).member("id")
	w.send("PUT", "/jobs/ingest/"+id+"/batches/", csv, "Content-Type", "text/csv").is(http.StatusCreated)
	w.send("PATCH", "/jobs/ingest/"+id, `{"state":"UploadComplete"}`).is(http.StatusOK)
	for {
		a := w.get("/jobs/ingest/" + id).is(http.StatusOK)
		if state := a.member("state"); state != "UploadComplete" && state != "InProgress" {
			return a
		}
	}
}

func TestJobsWriteToTheSameOrg(t *testing.T) {
	w := start(t, Options{})
	if state := w.load("upsert", "LICDB_Id__c,Name\n1,a\n2,b\n").member("state"); state != "JobComplete" {
		t.Fatalf("the job is %s", state)
	}
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":2,"done":true,"records":[]}`)
	if w.server.Calls()["bulk ingest"] < 4 {
		t.Errorf("calls: %v", w.server.Calls())
	}
	a := w.send("GET", "/jobs/ingest", "").is(http.StatusOK)
	if a.header.Get("Sforce-Limit-Info") == "" {
		t.Error("a job tells no limit")
	}
	w.token = ""
	w.get("/jobs/ingest").refuses(http.StatusUnauthorized, "INVALID_SESSION_ID")
}

func TestJobsWriteNoFieldThatTheUserMayNot(t *testing.T) {
	w := start(t, Options{Profile: Profile{ReadOnlyFields: []string{"Account.Phone"}}})
	id := w.load("insert", "Name,Phone\na,1\nb,\n").member("id")
	failed := w.get("/jobs/ingest/" + id + "/failedResults").is(http.StatusOK).body
	if !strings.Contains(failed, `"INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Phone.`) || !strings.HasSuffix(failed, `"a","1"`) {
		t.Error(failed)
	}
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":1,"done":true,"records":[]}`)
}

func TestFaultsStrikeJobs(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{
		{Kind: faults.FailedBatch, Path: "/jobs/ingest", First: 1},
		{Kind: faults.SlowJob, Path: "/jobs/ingest", Every: 2, Polls: 5},
	}})
	if a := w.load("insert", "Name\na\n"); a.member("state") != "Failed" {
		t.Errorf("the first job is %s", a.body)
	}
	before := w.server.TotalCalls()
	if a := w.load("insert", "Name\na\n"); a.member("state") != "JobComplete" {
		t.Errorf("the second job is %s", a.body)
	}
	if made := w.server.TotalCalls() - before; made < 3+5 {
		t.Errorf("a slow job took %d calls", made)
	}
	if !strings.Contains(w.get("/limits").body, `"DailyBulkV2QueryJobs":{"Max":10000`) {
		t.Error("the limits of jobs are missing")
	}
}
