package bulk_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/connectors/salesforce/session"
)

// fake is an org with one object and nothing but Bulk API 2.0. Its faults are
// named by step: POST, PUT, PATCH, GET, results.
type fake struct {
	*httptest.Server
	polls int // after which a job is complete

	mu      sync.Mutex
	jobs    map[string]*job
	order   []string
	calls   map[string]int
	table   [][]string // what a query yields
	written [][]string // what ingests wrote, in order
	refuse  map[string]string
	fault   func(step string, n int) fault // n counts the calls of a step from 1
	waits   []time.Duration
}

type fault int

const (
	none   fault = iota
	before       // the connection breaks before anything is done
	after        // it is done, and the reply is lost
	cut          // half of the reply arrives
	short        // rows are missing at the end of a page
	failed       // the job fails
	expire       // the session has expired
)

type job struct {
	ID, Object, Operation, State, Key  string
	Query                              string
	created                            time.Time
	rows                               [][]string
	good, bad, rest                    [][]string
	polls                              int
	Message                            string
	processed                          int
	headers                            []string
	uploads                            int
	foreign                            bool
	columnDelimiter, lineEnding, ctype string
}

func newFake(t *testing.T) *fake {
	f := &fake{polls: 2, jobs: map[string]*job{}, calls: map[string]int{}, refuse: map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) client(t *testing.T, o bulk.Options) *bulk.Client {
	t.Helper()
	s, err := session.Open(t.Context(), session.Config{URL: f.URL, Auth: session.ClientCredentials{ClientID: "a", ClientSecret: "b"}},
		session.Options{Wait: func(ctx context.Context, d time.Duration) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.waits = append(f.waits, d)
			return ctx.Err()
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o.Dir = t.TempDir()
	return bulk.New(s, o)
}

func (f *fake) total() int {
	n := 0
	for _, calls := range f.calls {
		n += calls
	}
	return n
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.URL.Path, "oauth2") {
		fmt.Fprintf(w, `{"access_token":"t","instance_url":"%s","id":"https://x/id/00D/005000000000001AAA"}`, f.URL)
		return
	}
	body, _ := io.ReadAll(r.Body)
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/services/data/v64.0/jobs/"), "/")
	step := r.Method
	if len(path) == 3 && r.Method == http.MethodGet {
		step = "results"
	} else if len(path) == 1 && r.Method == http.MethodGet {
		step = "list"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[step]++
	does := none
	if f.fault != nil {
		does = f.fault(step, f.calls[step])
	}
	if does == before {
		panic(http.ErrAbortHandler)
	}
	if does == expire {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]`)
		return
	}
	reply := httptest.NewRecorder()
	f.do(reply, r, step, path, body, does)
	if does == after {
		panic(http.ErrAbortHandler)
	}
	for name, values := range reply.Header() {
		w.Header()[name] = values
	}
	if text := reply.Body.Bytes(); does == cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(reply.Code)
		w.Write(text[:len(text)/2])
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(reply.Code)
	w.Write(reply.Body.Bytes())
}

func refuse(w http.ResponseWriter, code int, name string) {
	w.WriteHeader(code)
	fmt.Fprintf(w, `[{"errorCode":%q,"message":"no"}]`, name)
}

func (f *fake) do(w http.ResponseWriter, r *http.Request, step string, path []string, body []byte, does fault) {
	switch {
	case step == "POST":
		var in struct{ Object, Operation, ExternalIDFieldName, Query, ColumnDelimiter, LineEnding, ContentType string }
		if err := json.Unmarshal(body, &in); err != nil {
			refuse(w, 400, "JSON_PARSER_ERROR")
			return
		}
		j := f.make(in.Object, in.Operation)
		j.Key, j.Query, j.columnDelimiter, j.lineEnding, j.ctype = in.ExternalIDFieldName, in.Query, in.ColumnDelimiter, in.LineEnding, in.ContentType
		if path[0] == "query" {
			j.State, j.Object = "UploadComplete", "Asset"
		}
		w.Write(j.json())
		return
	case step == "list":
		// One job a page, and none if it was deleted meanwhile.
		at, _ := strconv.Atoi(r.URL.Query().Get("at"))
		page := map[string]any{"done": at+1 >= len(f.order), "records": []json.RawMessage{}}
		if at < len(f.order) && f.jobs[f.order[at]] != nil {
			page["records"] = []json.RawMessage{f.jobs[f.order[at]].json()}
		}
		if at+1 < len(f.order) {
			page["nextRecordsUrl"] = r.URL.Path + "?at=" + strconv.Itoa(at+1)
		}
		text, _ := json.Marshal(page)
		w.Write(text)
		return
	}
	j := f.jobs[path[1]]
	if j == nil {
		refuse(w, 404, "NOT_FOUND")
		return
	}
	switch step {
	case "PUT":
		if j.State != "Open" || j.uploads > 0 {
			refuse(w, 400, "INVALIDJOBSTATE")
			return
		}
		j.uploads++
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil {
			refuse(w, 400, "CLIENTINPUTERROR")
			return
		}
		j.headers, j.rows = rows[0], rows[1:]
		w.WriteHeader(http.StatusCreated)
	case "PATCH":
		var in struct{ State string }
		_ = json.Unmarshal(body, &in)
		if j.ended() || in.State == "UploadComplete" && j.State != "Open" {
			refuse(w, 400, "INVALIDJOBSTATE")
			return
		}
		j.State = in.State
		w.Write(j.json())
	case "GET":
		if does == failed {
			j.State, j.Message = "Failed", "InvalidBatch : Field name not found : Foo"
			j.rest = j.rows
		}
		if j.polls++; j.polls > f.polls && j.State == "UploadComplete" {
			f.run(j)
		}
		w.Write(j.json())
	case "DELETE":
		delete(f.jobs, j.ID)
		w.WriteHeader(http.StatusNoContent)
	case "results":
		f.results(w, r, j, path, does)
	}
}

func (f *fake) make(object, operation string) *job {
	j := &job{ID: fmt.Sprintf("750%012dAAA", len(f.order)+1), Object: object, Operation: operation, State: "Open", created: time.Now()}
	f.jobs[j.ID] = j
	f.order = append(f.order, j.ID)
	return j
}

func (j *job) ended() bool {
	return j.State == "JobComplete" || j.State == "Failed" || j.State == "Aborted"
}

func (j *job) json() []byte {
	by := "005000000000001AAA"
	if j.foreign {
		by = "005000000000002AAA"
	}
	text, _ := json.Marshal(map[string]any{"id": j.ID, "object": j.Object, "operation": j.Operation, "state": j.State, "createdById": by,
		"createdDate": j.created.UTC().Format("2006-01-02T15:04:05.000-0700"), "jobType": "V2Job", "apiVersion": 64.0,
		"numberRecordsProcessed": j.processed, "numberRecordsFailed": len(j.bad), "errorMessage": j.Message})
	return text
}

// run does the work of a closed job. Results come in another order.
func (f *fake) run(j *job) {
	j.State = "JobComplete"
	if j.Query != "" {
		j.processed = len(f.table) - 1
		return
	}
	for i := len(j.rows) - 1; i >= 0; i-- {
		row := j.rows[i]
		if why := f.refuse[row[0]]; why != "" {
			j.bad = append(j.bad, append([]string{"", why}, row...))
			continue
		}
		f.written = append(f.written, row)
		j.good = append(j.good, append([]string{"02i" + row[0], "true"}, row...))
	}
	j.processed = len(j.rows)
}

func quoted(rows ...[]string) []byte {
	var b bytes.Buffer
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (f *fake) results(w http.ResponseWriter, r *http.Request, j *job, path []string, does fault) {
	w.Header().Set("Content-Type", "text/csv")
	switch path[2] {
	case "successfulResults":
		w.Write(quoted(append([][]string{append([]string{"sf__Id", "sf__Created"}, j.headers...)}, j.good...)...))
	case "failedResults":
		w.Write(quoted(append([][]string{append([]string{"sf__Id", "sf__Error"}, j.headers...)}, j.bad...)...))
	case "unprocessedrecords":
		w.Write(quoted(append([][]string{j.headers}, j.rest...)...))
	case "results":
		size, _ := strconv.Atoi(r.URL.Query().Get("maxRecords"))
		from, _ := strconv.Atoi(r.URL.Query().Get("locator"))
		rows := f.table[1:]
		to := min(from+size, len(rows))
		w.Header().Set("Sforce-NumberOfRecords", strconv.Itoa(to-from))
		w.Header().Set("Sforce-Locator", "null")
		if to < len(rows) {
			w.Header().Set("Sforce-Locator", strconv.Itoa(to))
		}
		if does == short {
			to--
		}
		w.Write(quoted(append([][]string{f.table[0]}, rows[from:to]...)...))
	}
}
