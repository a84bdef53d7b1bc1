package bulk

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"crosswalk/internal/simulator/org"
)

// A tester speaks to jobs as a client does.
type tester struct {
	testing.TB
	jobs *Jobs
	org  *org.Org
	now  *time.Time
}

// setup makes an org whose accounts and assets have keys, with jobs.
func setup(t testing.TB, opts Options) *tester {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	o, err := org.Open(t.Context(), org.Options{Now: clock, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	key := org.Field{Name: "Key__c", Label: "Key", Type: "string", Length: 80, ExternalID: true, Unique: true}
	for _, object := range []string{"Account", "Asset"} {
		if err := o.Define(t.Context(), object, key); err != nil {
			t.Fatal(err)
		}
	}
	opts.Dir, opts.Now, opts.UserID = t.TempDir(), clock, o.User()
	jobs, err := New(o, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := jobs.Close(); err != nil {
			t.Error(err)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return &tester{TB: t, jobs: jobs, org: o, now: &now}
}

// send makes a request of API version 64.0.
func (t *tester) send(method, path string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, body)
	r = r.WithContext(WithVersion(t.Context(), "64.0"))
	if method == http.MethodPut {
		r.Header.Set("Content-Type", "text/csv")
	}
	w := httptest.NewRecorder()
	t.jobs.ServeHTTP(w, r)
	return w
}

// call sends text and expects a status.
func (t *tester) call(status int, method, path, body string) string {
	t.Helper()
	w := t.send(method, path, strings.NewReader(body))
	if w.Code != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	return w.Body.String()
}

// refused expects an error with a code.
func (t *tester) refused(status int, code, method, path, body string) {
	t.Helper()
	answer := t.call(status, method, path, body)
	var errs []struct{ ErrorCode, Message string }
	if err := json.Unmarshal([]byte(answer), &errs); err != nil || len(errs) != 1 || errs[0].ErrorCode != code || errs[0].Message == "" {
		t.Errorf("%s %s is refused with %s, want %s", method, path, answer, code)
	}
}

// told is what a client reads of a job.
type told struct {
	ID           string  `json:"id"`
	Object       string  `json:"object"`
	State        string  `json:"state"`
	APIVersion   float64 `json:"apiVersion"`
	ContentURL   string  `json:"contentUrl"`
	JobType      string  `json:"jobType"`
	Processed    int     `json:"numberRecordsProcessed"`
	Failed       int     `json:"numberRecordsFailed"`
	ErrorMessage string  `json:"errorMessage"`
}

func (t *tester) parse(text string) told {
	t.Helper()
	var job told
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		t.Fatal(err)
	}
	return job
}

func (t *tester) create(kind, order string) told {
	t.Helper()
	return t.parse(t.call(http.StatusOK, "POST", "/jobs/"+kind, order))
}

func (t *tester) poll(kind, id string) told {
	t.Helper()
	return t.parse(t.call(http.StatusOK, "GET", "/jobs/"+kind+"/"+id, ""))
}

// load creates a job, uploads, closes it and waits.
func (t *tester) load(order, text string) told {
	t.Helper()
	id := t.begin(order, text)
	t.jobs.Wait()
	return t.poll("ingest", id)
}

// begin creates a job, uploads and closes it.
func (t *tester) begin(order, text string) string {
	t.Helper()
	id := t.create("ingest", order).ID
	t.call(http.StatusCreated, "PUT", "/jobs/ingest/"+id+"/batches", text)
	t.call(http.StatusOK, "PATCH", "/jobs/ingest/"+id, `{"state":"UploadComplete"}`)
	return id
}

// results reads a result file without its header, sorted.
func (t *tester) results(id, name string) [][]string {
	t.Helper()
	text := t.call(http.StatusOK, "GET", "/jobs/ingest/"+id+"/"+name+"/", "")
	rows, err := readAll(strings.ReplaceAll(text, "\r\n", "\n"), format{delimiter: ','})
	if err != nil {
		t.Fatal(err)
	}
	rows = slices.Delete(rows, 0, 1)
	slices.SortFunc(rows, slices.Compare)
	return rows
}

// failures are the failed rows: error, then the values as they were sent.
func (t *tester) failures(id string) [][]string {
	t.Helper()
	rows := t.results(id, "failedResults")
	for i := range rows {
		rows[i] = rows[i][1:]
	}
	slices.SortFunc(rows, slices.Compare)
	return rows
}

// ask is the result of a query in the org, a line for each row.
func (t *tester) ask(soql string) []string {
	t.Helper()
	rows, err := t.org.Query(t.Context(), soql, false)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	lines := []string{}
	for rows.Next(t.Context()) {
		var line []string
		for _, cell := range rows.Cells() {
			line = append(line, cell.Text)
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// faultOf gives every job the same fault.
type faultOf Fault

func (f faultOf) Job(string, string, string) Fault { return Fault(f) }
