package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/internal/simulator/org"
)

// noon is where the clock of a world stands until a test moves it.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a server over real HTTP with a client that is logged in.
type world struct {
	*testing.T
	server *Server
	url    string
	token  string
	now    time.Time
}

// template is the file of an org with what tests define: to copy it costs a
// fraction of making it.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "org.db")
	o, err := org.Open(context.Background(), org.Options{Path: path, Now: func() time.Time { return noon }})
	if err != nil {
		return nil, err
	}
	err = errors.Join(define(o), o.Close())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// define gives assets an external id, Entl_Key__c, and another that several
// rows may share, Batch__c.
func define(o *org.Org) error {
	return errors.Join(
		o.Define(context.Background(), "Asset",
			org.Field{Name: "Entl_Key__c", Type: "string", Length: 255, ExternalID: true, Unique: true},
			org.Field{Name: "Batch__c", Type: "string", Length: 40, ExternalID: true}),
		o.Define(context.Background(), "Account", org.Field{Name: "LICDB_Id__c", Type: "string", Length: 40, ExternalID: true, Unique: true}))
}

// start makes a world of a copy of the template.
func start(t *testing.T, o Options) *world {
	t.Helper()
	w := &world{T: t, now: noon}
	o.Now = func() time.Time { return w.now }
	content, err := template()
	if err != nil {
		t.Fatal(err)
	}
	o.Path = filepath.Join(t.TempDir(), "org.db")
	if err := os.WriteFile(o.Path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.server = server
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	w.url = web.URL
	w.login()
	return w
}

func (w *world) login() {
	w.Helper()
	a := w.authorize(url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}})
	w.token = a.member("access_token")
}

// answer is a response that was read to its end.
type answer struct {
	*world
	status int
	header http.Header
	body   string
}

// send makes one request; headers are given as name and value in turn.
func (w *world) send(method, path, body string, headers ...string) answer {
	w.Helper()
	a, err := w.try(method, path, body, headers...)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) try(method, path, body string, headers ...string) (answer, error) {
	w.Helper()
	if !strings.Contains(path, "/services") && path != "/nothing" {
		path = "/services/data/v64.0" + path
	}
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.perform(r)
}

func (w *world) perform(r *http.Request) (answer, error) {
	w.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{w, response.StatusCode, response.Header, strings.TrimSpace(string(text))}, err
}

// authorize sends a form to the token endpoint.
func (w *world) authorize(form url.Values) answer {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.url+"/services/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := w.perform(r)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) get(path string) answer { w.Helper(); return w.send("GET", path, "") }

// find runs a query and returns its first page.
func (w *world) find(soql string) answer {
	w.Helper()
	return w.get("/query?q=" + url.QueryEscape(soql)).is(http.StatusOK)
}

// create makes a row and returns its id.
func (w *world) create(object, body string) string {
	w.Helper()
	return w.send("POST", "/sobjects/"+object, body).is(http.StatusCreated).member("id")
}

// is checks the status.
func (a answer) is(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("status %d, not %d: %s", a.status, status, a.body)
	}
	return a
}

// says checks the body. In want, * in place of a value stands for any.
func (a answer) says(want string) answer {
	a.Helper()
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `"\*"`, `"[^"]*"`)
	if !regexp.MustCompile("^" + pattern + "$").MatchString(a.body) {
		a.Errorf("the body is not as it should be:\n%s", cmp.Diff(want, a.body))
	}
	return a
}

// refuses checks an answer of the kind that tells one error.
func (a answer) refuses(status int, code string) answer {
	a.Helper()
	a.is(status)
	var problems []struct{ ErrorCode, Message string }
	if err := json.Unmarshal([]byte(a.body), &problems); err != nil || len(problems) == 0 {
		a.Fatalf("no list of errors: %s", a.body)
	}
	if problems[0].ErrorCode != code || problems[0].Message == "" {
		a.Errorf("%s, which is not %s", a.body, code)
	}
	return a
}

// member is a text of the JSON object in the body.
func (a answer) member(name string) string {
	a.Helper()
	text, ok := a.object()[name].(string)
	if !ok {
		a.Fatalf("no text %s in %s", name, a.body)
	}
	return text
}

func (a answer) object() map[string]any {
	a.Helper()
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		a.Fatalf("%v: %s", err, a.body)
	}
	return members
}

// rows are the records of a page.
func (a answer) rows() []map[string]any {
	a.Helper()
	var rows []map[string]any
	for _, r := range a.object()["records"].([]any) {
		rows = append(rows, r.(map[string]any))
	}
	return rows
}

// assets writes so many assets of a new account with the keys K0, K1, ….
func (w *world) assets(n int) {
	w.Helper()
	account := w.create("Account", `{"Name":"Acme"}`)
	changes := make([]org.Change, n)
	for i := range changes {
		changes[i] = org.Change{Object: "Asset", Op: org.Insert, Values: map[string]org.Cell{
			"Name": org.Text(fmt.Sprintf("Asset %d", i)), "AccountId": org.Text(account), "Entl_Key__c": org.Text(fmt.Sprintf("K%d", i)),
		}}
	}
	results, err := w.server.Org().Apply(w.Context(), changes, true)
	if err != nil || len(results[0].Errors) > 0 {
		w.Fatal(err, results[0])
	}
}
