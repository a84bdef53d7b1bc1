package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

var ok = status(200, `{"id":"1"}`)

func TestCallsAreRepeatedOnlyWhereThatDoesNothingTwice(t *testing.T) {
	const (
		read   = "GET sobjects/Account/describe"
		create = "POST sobjects/Account"
		bulk   = "POST composite/sobjects"
		upsert = "PATCH composite/sobjects/Account/Key__c"
		one    = "PATCH sobjects/Account/Key__c/A%2F1"
		update = "PATCH sobjects/Account/001000000000001"
	)
	unavailable := status(503, refusal("SERVER_UNAVAILABLE"))
	locked := status(400, refusal("UNABLE_TO_LOCK_ROW"))
	for _, c := range []struct {
		name    string
		call    string
		answer  http.HandlerFunc
		calls   int
		unknown bool // the outcome
	}{
		{"reading after a lost reply", read, hangUp, 2, false},
		{"reading after a reply that is cut off", read, cutOff, 2, false},
		{"reading after a page of a proxy", read, status(200, html, "Content-Type", "text/html"), 2, false},
		{"reading after a gateway's refusal", read, status(502, html), 2, false},
		{"reading after a failure of the org", read, status(500, refusal("UNKNOWN_EXCEPTION")), 2, false},
		{"upserting after a lost reply", upsert, hangUp, 1, true},
		{"upserting one row after a lost reply", one, hangUp, 1, true},
		{"upserting while the org takes no calls", upsert, unavailable, 2, false},
		{"creating after a lost reply", create, hangUp, 1, true},
		{"creating several after a lost reply", bulk, hangUp, 1, true},
		{"creating after a reply that is cut off", create, cutOff, 1, true},
		{"creating after a gateway's refusal", create, status(504, html), 1, true},
		{"creating after a 503 of something before the org", create, status(503, html), 1, true},
		{"creating after a failure of the org", create, status(500, refusal("UNKNOWN_EXCEPTION")), 1, true},
		{"updating by id after a lost reply", update, hangUp, 1, true},
		{"creating while the org takes no calls", create, unavailable, 2, false},
		{"creating while the row is locked", create, locked, 2, false},
		{"creating while too many calls run", create, status(403, `[{"message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`), 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, script(c.answer, ok))
			s := f.open(t)
			method, path, _ := strings.Cut(c.call, " ")
			var in any
			if method != "GET" {
				in = map[string]string{"Name": "Acme"}
			}
			err := s.JSON(t.Context(), method, path, in, nil)
			if errors.Is(err, session.ErrOutcomeUnknown) != c.unknown || (err != nil) != c.unknown {
				t.Errorf("got the error %v", err)
			}
			if len(f.seen().calls) != c.calls {
				t.Errorf("%d calls, want %d", len(f.seen().calls), c.calls)
			}
			for _, body := range f.seen().bodies {
				if body != f.seen().bodies[0] {
					t.Errorf("a repeat sent %q, and the first call %q", body, f.seen().bodies[0])
				}
			}
		})
	}
}

func TestRepeatsEnd(t *testing.T) {
	f := newFake(t, status(503, refusal("SERVER_UNAVAILABLE")))
	err := f.open(t).JSON(t.Context(), "GET", "limits", nil, nil)
	if connectors.ClassOf(err) != connectors.Transient || len(f.seen().calls) != 5 {
		t.Errorf("%d calls and the error %v", len(f.seen().calls), err)
	}
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	if diff := cmp.Diff(want, f.seen().waits); diff != "" {
		t.Error(diff)
	}
}

func TestServerSaysHowLongToWait(t *testing.T) {
	for _, c := range []struct {
		name, after string
		want        time.Duration
	}{
		{"in seconds", "7", 7 * time.Second},
		{"until a time by its own clock", "Thu, 01 Jan 2026 00:01:00 GMT", time.Minute},
		{"less than our own wait", "0", time.Second},
		{"nothing sensible", "soon", time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, script(status(503, refusal("SERVER_UNAVAILABLE"), "Retry-After", c.after, "Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ok))
			if err := f.open(t).JSON(t.Context(), "GET", "limits", nil, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]time.Duration{c.want}, f.seen().waits); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("longer than a call may take", func(t *testing.T) {
		f := newFake(t, status(503, refusal("SERVER_UNAVAILABLE"), "Retry-After", "3600"))
		err := f.open(t).JSON(t.Context(), "GET", "limits", nil, nil)
		var e *connectors.Error
		if !errors.As(err, &e) || e.Wait != time.Hour || len(f.seen().calls) != 1 {
			t.Errorf("%d calls and the error %v", len(f.seen().calls), err)
		}
	})
}

func TestWhereNothingListensEverythingMayBeRepeated(t *testing.T) {
	f := newFake(t, ok)
	s := f.open(t)
	f.Close()
	s.Close() // or else the call leaves on a connection that is dead
	err := s.JSON(t.Context(), "POST", "sobjects/Account", map[string]string{}, nil)
	if connectors.ClassOf(err) != connectors.Transient || errors.Is(err, session.ErrOutcomeUnknown) || len(f.seen().waits) != 4 {
		t.Errorf("%d waits and the error %v", len(f.seen().waits), err)
	}
	if calls := s.Calls(); calls.Total != 0 {
		t.Errorf("%d calls are counted that never left", calls.Total)
	}
}

func TestErrorsAreClassedByWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		class  connectors.Class
		want   string // in the message
	}{
		{"no body", status(400, ``), connectors.Invalid, "HTTP 400"},
		{"an empty array", status(400, `[]`), connectors.Invalid, "HTTP 400"},
		{"an object as OAuth has it", status(403, `{"error":"invalid_scope","error_description":"this app may not"}`), connectors.Denied, "invalid_scope: this app may not"},
		{"a page", status(404, html), connectors.Missing, "HTTP 404"},
		{"a number", status(400, `17`), connectors.Invalid, "HTTP 400"},
		{"an object that is not enabled", status(404, refusal("NOT_FOUND")), connectors.Missing, "enabled in the org"},
		{"an unknown type", status(400, `[{"message":"\nSELECT X FROM Foo\n  ^\nERROR at Row:1:Column:15\nsObject type 'Foo' is not supported. If you are attempting","errorCode":"INVALID_TYPE"}]`), connectors.Missing, "sObject type 'Foo' is not supported"},
		{"an unknown field", status(400, `[{"message":"\nSELECT BAD FROM Account WHERE Email = 'jane@example.com'\n ^\nERROR at Row:1:Column:8\nNo such column 'BAD' on entity 'Account'. If you","errorCode":"INVALID_FIELD"}]`), connectors.Missing, "No such column 'BAD' on entity 'Account'"},
		{"a parent that is not there", status(400, `[{"message":"Foreign key external ID: jane@example.com not found","errorCode":"INVALID_FIELD","fields":["Account"]}]`), connectors.Invalid, "INVALID_FIELD (Account)"},
		{"a missing permission", status(403, refusal("INSUFFICIENT_ACCESS_OR_READONLY")), connectors.Denied, "permission sets"},
		{"an org without API", status(403, refusal("API_DISABLED_FOR_ORG")), connectors.Denied, "edition"},
		{"a missing value", status(400, `[{"message":"Required fields are missing: [Name]","errorCode":"REQUIRED_FIELD_MISSING","fields":["Name"]}]`), connectors.Invalid, "Required fields are missing: [Name]"},
		{"a text that is too long", status(400, `[{"message":"Account Name: data value too large: jane@example.com (max length=10)","errorCode":"STRING_TOO_LONG","fields":["Name"]}]`), connectors.Invalid, "STRING_TOO_LONG (Name)"},
		{"the end of the daily calls", status(403, `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`), connectors.Throttled, "daily API calls are used up"},
		{"two records for one key", status(300, `["/services/data/v64.0/sobjects/Contact/003jane@example.com"]`), connectors.Invalid, "several records"},
		{"a retired version", status(410, refusal("UNSUPPORTED_API_VERSION")), connectors.Missing, "version"},
		{"no such org", status(420, html), connectors.Missing, "check the url"},
		{"a moved org", status(302, ``, "Location", "https://elsewhere.example.com/"), connectors.Unknown, "has moved"},
		{"a lost cursor", status(400, refusal("INVALID_QUERY_LOCATOR")), connectors.Unknown, "read again from the start"},
		{"a log that begins later", status(400, refusal("INVALID_REPLICATION_DATE")), connectors.Unknown, "compare in full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, c.answer)
			err := f.open(t).JSON(t.Context(), "GET", "sobjects/Account/describe", nil, nil)
			if connectors.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", connectors.ClassOf(err), err)
			}
			if strings.Contains(err.Error(), "jane") || strings.Contains(err.Error(), "SELECT") {
				t.Errorf("the message quotes data: %v", err)
			}
			var cause *session.APIError
			if !errors.As(err, &cause) || cause.Status == 0 {
				t.Errorf("the refusal is not the cause of %v", err)
			}
			if len(f.seen().calls) != 1 {
				t.Errorf("%d calls", len(f.seen().calls))
			}
		})
	}
}

// Not parallel: the standard log is one for all.
func TestNothingIsLogged(t *testing.T) {
	var lines bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&lines)
	soap := newFake(t, nil)
	soap.answer = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/services/Soap") {
			status(200, soapReply(soap.URL), "Content-Type", "text/xml")(w, r)
			return
		}
		status(500, html)(w, r)
	}
	s := soap.openWith(t, session.Config{Auth: session.Password{Username: "jane@example.com", Password: "p"}})
	_, count := s.Count(t.Context(), "SELECT COUNT() FROM Contact WHERE Email = 'jane@example.com'", false)
	_, query := s.Query("SELECT Name FROM Contact", true).Next(t.Context())
	bad := s.JSON(t.Context(), "GET", "sobjects/Contact/%zz", nil, nil)
	for _, err := range []error{count, query, bad} {
		if err == nil {
			t.Error("no error")
		}
	}
	f := newFake(t, nil)
	f.answer = status(500, strings.ReplaceAll(soapReply(""), "loginResponse", "other"))
	if _, err := session.Open(t.Context(), session.Config{URL: f.URL, Auth: session.Password{Username: "u", Password: "p"}}, session.Options{Wait: f.wait}); err == nil {
		t.Error("a login without a session")
	}
	log.Print("a line of the program")
	if got := lines.String(); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "a line of the program\n") {
		t.Errorf("logged: %s", got)
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	f := newFake(t, status(200, `{"price":12345678901234567.89,"id":9007199254740993}`))
	var got map[string]any
	if err := f.open(t).JSON(t.Context(), "GET", "sobjects/Asset/1", nil, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"price": json.Number("12345678901234567.89"), "id": json.Number("9007199254740993")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysAreEscapedOnce(t *testing.T) {
	f := newFake(t, status(204, ""))
	if err := f.open(t).JSON(t.Context(), "PATCH", session.Path("sobjects", "Account", "Key__c", "A/B #1?x%ü"), map[string]string{}, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PATCH " + rest("sobjects/Account/Key__c/A%2FB%20%231%3Fx%25%C3%BC")}, f.seen().calls); diff != "" {
		t.Error(diff)
	}
}

func TestARedirectNeverSeesTheToken(t *testing.T) {
	var seen bool
	other := newFake(t, func(w http.ResponseWriter, r *http.Request) { seen = true })
	f := newFake(t, status(307, "", "Location", other.URL+"/services/data/"))
	if err := f.open(t).JSON(t.Context(), "GET", "limits", nil, nil); err == nil || seen {
		t.Errorf("followed: %v, %v", seen, err)
	}
}

func TestStreamSendsItsBodyAgain(t *testing.T) {
	f := newFake(t, script(status(401, refusal("INVALID_SESSION_ID")), status(503, refusal("SERVER_UNAVAILABLE")), status(201, "")))
	opened := 0
	resp, err := f.open(t).Stream(t.Context(), "PUT", "jobs/ingest/750/batches", &session.Body{Type: "text/csv", Size: 4, Open: func() (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader("Id\n1")), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if diff := cmp.Diff([]string{"Id\n1", "Id\n1", "Id\n1"}, f.seen().bodies); diff != "" || opened != 3 {
		t.Error(opened, diff)
	}
}

func TestACanceledCallStopsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, func(http.ResponseWriter, *http.Request) { cancel(); <-ctx.Done() })
	s := f.open(t)
	err := s.JSON(ctx, "GET", "limits", nil, nil)
	if !errors.Is(err, context.Canceled) || connectors.ClassOf(err) != connectors.Unknown {
		t.Errorf("got %v", err)
	}
	if err := s.JSON(ctx, "POST", "sobjects/Account", map[string]string{}, nil); !errors.Is(err, context.Canceled) || errors.Is(err, session.ErrOutcomeUnknown) {
		t.Errorf("a call that was never sent: %v", err)
	}
	if len(f.seen().calls) != 1 {
		t.Errorf("%d calls", len(f.seen().calls))
	}
}

// silent is an org that logs in and then says nothing more.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "oauth2") {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"access_token":"t","instance_url":"https://x.my.salesforce.com"}`))}, nil
	}
	if strings.Contains(r.URL.Path, "results") {
		reader, writer := io.Pipe()
		context.AfterFunc(r.Context(), func() { writer.CloseWithError(r.Context().Err()) })
		return &http.Response{StatusCode: http.StatusOK, Body: reader}, nil
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestASilentServerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := session.Open(t.Context(), session.Config{URL: "https://x.my.salesforce.com", Auth: app}, session.Options{Transport: silent{}, Stall: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		err = s.JSON(t.Context(), "POST", "sobjects/Account", map[string]string{}, nil)
		if !errors.Is(err, session.ErrOutcomeUnknown) || time.Since(start) != time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		resp, err := s.Stream(t.Context(), "GET", "jobs/query/750/results", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		time.Sleep(time.Hour) // the caller may take its time
		start = time.Now()
		if _, err := io.ReadAll(resp.Body); err == nil || time.Since(start) != time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestWorkersShareASession(t *testing.T) {
	f := newFake(t, nil)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-2" { // the first one has expired
			status(401, refusal("INVALID_SESSION_ID"))(w, r)
			return
		}
		status(200, `{"totalSize":1,"done":true,"records":[{"Id":"1"}]}`, "Sforce-Limit-Info", "api-usage=1/100000")(w, r)
	}
	s := f.open(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if err := s.JSON(t.Context(), "POST", "composite/sobjects", []int{1}, nil); err != nil {
					t.Error(err)
				}
				if n, err := s.Count(t.Context(), "SELECT COUNT() FROM Account", false); err != nil || n != 1 {
					t.Error(n, err)
				}
				if _, err := s.Query("SELECT Id FROM Account", false).Next(t.Context()); err != nil {
					t.Error(err)
				}
				s.Calls()
				s.ServerTime()
			}
		})
	}
	wg.Wait()
	if f.seen().logins != 2 {
		t.Errorf("%d logins", f.seen().logins)
	}
	calls := s.Calls()
	if calls.Total != len(f.seen().calls) || calls.Logins != 2 || calls.Kinds["query"]+calls.Kinds["composite/sobjects"] != calls.Total {
		t.Errorf("%d calls, and counted are %+v", len(f.seen().calls), calls)
	}
}

func TestAnEmptyReplyIsNotTakenForOneThatSaysThereIsNothing(t *testing.T) {
	f := newFake(t, status(200, ``))
	var reply struct{ Records []string }
	if err := f.open(t).JSON(t.Context(), "GET", "sobjects/Account/deleted", nil, &reply); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("got %v", err)
	}
}
