package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"crosswalk/internal/simulator/faults"
)

func TestASessionThatAFaultEndsStaysEnded(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{{Kind: faults.SessionExpired, Path: "/query", First: 1}}})
	w.get("/limits").is(http.StatusOK)
	w.get("/query?q=SELECT+Id+FROM+Account").refuses(http.StatusUnauthorized, "INVALID_SESSION_ID")
	w.get("/limits").refuses(http.StatusUnauthorized, "INVALID_SESSION_ID")
	w.login()
	w.get("/query?q=SELECT+Id+FROM+Account").is(http.StatusOK)
}

func TestAnUnavailableOrgSaysWhenToComeBack(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{
		{Kind: faults.Unavailable, Path: "/limits", First: 1, RetryAfter: 2 * time.Second},
		{Kind: faults.Unavailable, Path: "/sobjects", First: 1, HTML: true},
		{Kind: faults.Unavailable, Path: "/services/oauth2/userinfo", First: 1},
	}})
	a := w.get("/limits").refuses(http.StatusServiceUnavailable, "SERVER_UNAVAILABLE")
	if got := a.header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After: %q", got)
	}
	w.get("/limits").is(http.StatusOK)
	page := w.get("/sobjects").is(http.StatusServiceUnavailable)
	if !strings.HasPrefix(page.body, "<html>") || page.header.Get("Retry-After") != "" {
		t.Errorf("%v %s", page.header, page.body)
	}
	w.get("/services/oauth2/userinfo").is(http.StatusServiceUnavailable)
	if got := w.server.Struck()[faults.Unavailable]; got != 3 {
		t.Errorf("%d faults struck", got)
	}
}

func TestALimitThatIsReachedTellsSo(t *testing.T) {
	w := start(t, Options{DailyAPIRequests: 10, Faults: []faults.Rule{{Kind: faults.LimitReached, First: 1}}})
	a := w.get("/limits").refuses(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED")
	if got := a.header.Get("Sforce-Limit-Info"); got != "api-usage=10/10" {
		t.Errorf("Sforce-Limit-Info: %s", got)
	}
	w.get("/limits").is(http.StatusOK)
}

func TestLockedRowsSucceedLater(t *testing.T) {
	w := start(t, Options{Seed: 3, Faults: []faults.Rule{{Kind: faults.RowLock, Path: "/composite/sobjects", First: 1, Rows: 0.5}}})
	var records []string
	for i := range 40 {
		records = append(records, fmt.Sprintf(`{"attributes":{"type":"Account"},"LICDB_Id__c":"%d","Name":"a"}`, i))
	}
	body := `{"records":[` + strings.Join(records, ",") + `]}`
	a := w.send("PATCH", "/composite/sobjects/Account/LICDB_Id__c", body).is(http.StatusOK)
	locked, created := strings.Count(a.body, `"statusCode":"UNABLE_TO_LOCK_ROW"`), strings.Count(a.body, `"created":true`)
	if locked < 5 || created < 5 || locked+created != 40 {
		t.Fatalf("%d locked, %d created", locked, created)
	}
	again := w.send("PATCH", "/composite/sobjects/Account/LICDB_Id__c", body).is(http.StatusOK)
	if got := strings.Count(again.body, `"created":true`); got != locked {
		t.Errorf("%d rows are created by the second try, %d were locked", got, locked)
	}
}

func TestALockedRowRollsAllBackIfAllOrNone(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{{Kind: faults.RowLock, First: 1, Rows: 0.9}}})
	one := `{"attributes":{"type":"Account"},"Name":"a"}`
	w.send("POST", "/composite/sobjects", `{"allOrNone":true,"records":[`+one+`,`+one+`,`+one+`]}`).is(http.StatusOK)
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":0,"done":true,"records":[]}`)
}

func TestWhatIsLostIsDoneAllTheSame(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{{Kind: faults.ResponseLost, Method: "POST", First: 1}}})
	if a, err := w.try("POST", "/sobjects/Account", `{"Name":"a"}`); err == nil {
		t.Fatalf("an answer came: %s", a.body)
	}
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":1,"done":true,"records":[]}`)
	w.create("Account", `{"Name":"b"}`)
}

func TestALostAnswerOfAJobLeavesTheJob(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{{Kind: faults.ResponseLost, Path: "/jobs/ingest", First: 1}}})
	if a, err := w.try("POST", "/jobs/ingest", `{"object":"Account","operation":"insert"}`); err == nil {
		t.Fatalf("an answer came: %s", a.body)
	}
	if got := len(w.get("/jobs/ingest").is(http.StatusOK).rows()); got != 1 {
		t.Errorf("%d jobs", got)
	}
}

func TestTheClockOfTheOrgMayBeShifted(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{{Kind: faults.ClockShift, By: -7 * time.Minute}}})
	w.create("Account", `{"Name":"a"}`)
	a := w.find("SELECT CreatedDate FROM Account")
	if got := a.header.Get("Date"); got != "Sun, 01 Mar 2026 11:53:00 GMT" {
		t.Errorf("Date: %s", got)
	}
	if got := a.rows()[0]["CreatedDate"]; got != "2026-03-01T11:53:00.000+0000" {
		t.Errorf("created at %v", got)
	}
}
