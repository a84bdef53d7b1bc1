package simulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Whatever a client sends, the server has an answer that is no failure of its own.
func FuzzNoRequestBreaksTheServer(f *testing.F) {
	server, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := server.Close(); err != nil {
			f.Error(err)
		}
	})
	token := server.sessions.open()
	for _, path := range []string{"sobjects/Account", "composite/sobjects", "composite/tree/Account", "composite", "composite/batch", "composite/sobjects/Account/Id"} {
		for _, body := range []string{
			`{"Name":"a"}`, `{"records":[{"attributes":{"type":"Account","referenceId":"r"},"Name":"a","Contacts":{"records":[]}}]}`, `{"records":null}`, `null`,
			`{"allOrNone":true,"compositeRequest":[{"method":"POST","url":"/services/data/v64.0/sobjects/Account","referenceId":"a","body":{"Name":"@{b.c[0]}"}}]}`,
			`{"batchRequests":[{"method":"DELETE","url":"v64.0/sobjects/Account/x"}]}`, `{"Name":{"a":{"b":1}},"Owner":{"attributes":1}}`,
		} {
			f.Add("POST", path, body)
		}
	}
	f.Add("GET", "query/?q=SELECT+Id+FROM+Account+LIMIT+1", "")
	f.Add("GET", "query/01g-1-2", "")
	f.Add("GET", "sobjects/Account/updated?start=2026&end=", "")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://org.example/services/data/v64.0/"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.RequestURI = r.URL.RequestURI()
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		if answer.Code == http.StatusInternalServerError {
			t.Errorf("%s %s: %s", method, path, answer.Body)
		}
	})
}

func TestWorkersDoNotDisturbEachOther(t *testing.T) {
	w := start(t, Options{PageSize: 200})
	w.assets(250)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range 3 {
				for _, do := range []struct{ method, path, body string }{
					{"GET", "/query?q=SELECT+Id,Name+FROM+Asset", ""},
					{"POST", "/sobjects/Account", `{"Name":"a"}`},
					{"GET", "/sobjects/Asset/describe", ""},
					{"GET", "/limits", ""},
				} {
					if a, err := w.try(do.method, do.path, do.body); err != nil || a.status >= http.StatusBadRequest {
						t.Errorf("%s %s: %v %s", do.method, do.path, err, a.body)
					}
				}
			}
		})
	}
	workers.Wait()
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":25,"done":true,"records":[]}`)
	if got := w.server.Calls()["row"]; got != 25 {
		t.Errorf("%d calls of rows are counted", got)
	}
}
