package session_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

func TestAQueryIsReadToItsLastPage(t *testing.T) {
	f := newFake(t, script(
		status(200, `{"totalSize":3,"done":false,"nextRecordsUrl":"/services/data/v64.0/query/01g-2","records":[{"Id":"1"},{"Id":"2"}]}`),
		status(200, `{"totalSize":3,"done":false,"nextRecordsUrl":"/services/data/v64.0/query/01g-3","records":[]}`),
		status(500, refusal("UNKNOWN_EXCEPTION")),
		status(200, `{"totalSize":3,"done":true,"records":[{"Id":"3"}]}`)))
	pages := f.open(t).Query("SELECT Id FROM Account WHERE Name = 'a+b'", true)
	var got []string
	for {
		page, err := pages.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil || page.Total != 3 {
			t.Fatal(page, err)
		}
		for _, r := range page.Records {
			got = append(got, string(r))
		}
	}
	if diff := cmp.Diff([]string{`{"Id":"1"}`, `{"Id":"2"}`, `{"Id":"3"}`}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{"GET " + rest("queryAll?q=SELECT+Id+FROM+Account+WHERE+Name+%3D+%27a%2Bb%27"),
		"GET " + rest("query/01g-2"), "GET " + rest("query/01g-3"), "GET " + rest("query/01g-3")}
	if diff := cmp.Diff(want, f.seen().calls); diff != "" {
		t.Error(diff)
	}
}

func TestAPageWithoutASuccessorIsNoEnd(t *testing.T) {
	for _, body := range []string{
		`{}`,
		`{"done":false,"records":[]}`,
		`{"done":false,"nextRecordsUrl":"https://elsewhere.example.com/","records":[]}`,
		`[]`,
	} {
		f := newFake(t, status(200, body))
		if page, err := f.open(t).Query("SELECT Id FROM Account", false).Next(t.Context()); err == nil || err == io.EOF {
			t.Errorf("%s: %v, %v", body, page, err)
		}
	}
}

func TestCountsAreExact(t *testing.T) {
	f := newFake(t, status(200, `{"totalSize":9007199254740993,"done":true,"records":[]}`))
	s := f.open(t)
	for _, all := range []bool{false, true} {
		if n, err := s.Count(t.Context(), "SELECT COUNT() FROM Asset", all); err != nil || n != 9007199254740993 {
			t.Error(n, err)
		}
	}
	want := []string{"GET " + rest("query?q=SELECT+COUNT%28%29+FROM+Asset"), "GET " + rest("queryAll?q=SELECT+COUNT%28%29+FROM+Asset")}
	if diff := cmp.Diff(want, f.seen().calls); diff != "" {
		t.Error(diff)
	}
}

// limited is an org that counts its calls as the platform does.
func limited(used, limit int) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		used++
		status(200, `{}`, "Sforce-Limit-Info", fmt.Sprintf("api-usage=%d/%d; per-app-api-usage=17/250(appName=x)", used, limit))(w, r)
	}
}

func TestTheBudgetIsNeverPassed(t *testing.T) {
	f := newFake(t, limited(0, 100))
	s := f.openWith(t, session.Config{Auth: app, Budget: 0.3})
	if err := s.JSON(t.Context(), "GET", "limits", nil, nil); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				err := s.JSON(t.Context(), "GET", "limits", nil, nil)
				if err != nil && (connectors.ClassOf(err) != connectors.Throttled || !strings.Contains(err.Error(), "of the org's 100 daily API calls are used, and the budget of 30 % ends at 30")) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for s.JSON(t.Context(), "GET", "limits", nil, nil) == nil { // replies that overtook others may have stopped the workers early
	}
	if calls := s.Calls(); len(f.seen().calls) != 30 || calls.Total != 30 || calls.Used != 30 || calls.Limit != 100 {
		t.Errorf("%d calls, and counted are %+v", len(f.seen().calls), calls)
	}
}

func TestTheBudgetCountsWhatOthersUse(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	f := newFake(t, script(
		status(200, `{}`, "Sforce-Limit-Info", "api-usage=50/100"),
		status(200, `{}`, "Sforce-Limit-Info", "api-usage=20/100")))
	s, err := session.Open(t.Context(), session.Config{URL: f.URL, Auth: app}, session.Options{Now: func() time.Time { return now }, Wait: f.wait})
	if err != nil {
		t.Fatal(err)
	}
	call := func() error { return s.JSON(t.Context(), "GET", "limits", nil, nil) }
	first, second := call(), call()
	var over *connectors.Error
	if first != nil || !errors.As(second, &over) || over.Class != connectors.Throttled || over.Wait != time.Hour {
		t.Errorf("%v, then %v", first, second)
	}
	now = now.Add(time.Hour) // the day of the limit has moved on
	for range 3 {
		if err := call(); err != nil {
			t.Error(err)
		}
	}
}

func TestServerTimeIsTheServersOwn(t *testing.T) {
	f := newFake(t, status(200, `{}`, "Date", "Thu, 01 Jan 2026 00:00:00 GMT"))
	s := f.open(t)
	if err := s.JSON(t.Context(), "GET", "limits", nil, nil); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); !s.ServerTime().Equal(want) {
		t.Errorf("got %v", s.ServerTime())
	}
}
