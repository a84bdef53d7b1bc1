package session_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"crosswalk/connectors/salesforce/session"
)

// fake is an org that answers as it is told. It knows how to log in.
type fake struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request)

	mu    sync.Mutex
	noted notes
}

// notes are what a fake has seen.
type notes struct {
	logins int
	calls  []string // method and address of each call
	bodies []string
	waits  []time.Duration
}

func (f *fake) seen() notes {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.noted
}

func newFake(t *testing.T, answer http.HandlerFunc) *fake {
	f := &fake{answer: answer}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/services/oauth2/token" {
		f.mu.Lock()
		f.noted.logins++
		n := f.noted.logins
		f.mu.Unlock()
		fmt.Fprintf(w, `{"access_token":"token-%d","instance_url":"%s","id":"https://x/id/00D000000000001AAA/005000000000001AAA"}`, n, f.URL)
		return
	}
	f.mu.Lock()
	f.noted.calls = append(f.noted.calls, r.Method+" "+r.URL.RequestURI())
	f.noted.bodies = append(f.noted.bodies, string(body))
	f.mu.Unlock()
	f.answer(w, r)
}

// wait stands in for the clock and never waits.
func (f *fake) wait(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.noted.waits = append(f.noted.waits, d)
	return ctx.Err()
}

var app = session.ClientCredentials{ClientID: "app", ClientSecret: "s3cret"}

func (f *fake) open(t *testing.T) *session.Session {
	t.Helper()
	return f.openWith(t, session.Config{Auth: app})
}

func (f *fake) openWith(t *testing.T, c session.Config) *session.Session {
	t.Helper()
	c.URL = f.URL
	s, err := session.Open(t.Context(), c, session.Options{Wait: f.wait})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// script answers one call after the other, and the last one for ever.
func script(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		answer(w, r)
	}
}

// status answers with a body, and pairs of header and value.
func status(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

// hangUp does what is asked and drops the connection instead of a reply.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cutOff sends a part of its reply.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	fmt.Fprint(w, `{"id":`)
	panic(http.ErrAbortHandler)
}

const html = `<html><body>Service Unavailable: try SELECT Name FROM Contact later</body></html>`

func refusal(code string) string {
	return fmt.Sprintf(`[{"message":"no, because of jane@example.com","errorCode":"%s"}]`, code)
}

func rest(path string) string { return "/services/data/v64.0/" + path }

func soapReply(url string) string {
	return strings.ReplaceAll(`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><soapenv:Body><loginResponse><result><serverUrl>URL/services/Soap/u/64.0/00D</serverUrl><sessionId>soap-token</sessionId><userInfo><userName>jane@example.com</userName></userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>`, "URL", url)
}
