// Package bulk is Bulk API 2.0 of the simulator: jobs that load CSV into the
// org and jobs that export a query to CSV.
//
//	POST ──▶ Open ──PUT batches, PATCH──▶ UploadComplete ──▶ InProgress ──▶ JobComplete
//	          │                                  │               │   └─────▶ Failed
//	          └───────────── PATCH ──────────────┴───────────────┴─────────▶ Aborted
//
// A query job begins as UploadComplete. The work of a job is done by a
// goroutine, so a client sees the states pass as it polls. Uploads and results
// are files of a temporary folder, rows pass through memory in internal batches
// of 10,000, and jobs do not outlive the process; the rows that they wrote
// do, as they are the org's.
package bulk

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"crosswalk/internal/simulator/org"
)

// Options of the jobs. The zero value is what Salesforce does.
type Options struct {
	Dir    string           // holds the folder of the files; "" is the system's
	Now    func() time.Time // nil is the system's clock
	UserID string           // who creates the jobs
	Faults Faults           // nil is none

	BatchRows int   // rows of an internal batch; 0 is 10,000
	PageRows  int   // rows of a result page where the client sets no maxRecords; 0 is 50,000
	MaxUpload int64 // bytes of one upload; 0 is 112.5 MiB, which are 150 MiB in base64

	MaxBatches   int // internal batches a day; 0 is 15,000
	MaxQueryJobs int // query jobs a day; 0 is 10,000
}

// Jobs are the jobs of one org. It is safe for concurrent use.
type Jobs struct {
	org   *org.Org
	opts  Options
	dir   string
	mux   *http.ServeMux
	ctx   context.Context // ends the work of all jobs
	stop  context.CancelFunc
	work  sync.WaitGroup
	slots chan struct{} // one for each job at work

	mu      sync.Mutex // guards what follows, and the lower half of each job
	jobs    []*job     // in the order of their creation
	serial  uint64     // of ids
	batches allowance
	queries allowance
	storage allowance // MiB of query results
}

// workers is the number of jobs at work at a time; further ones wait as
// UploadComplete.
const workers = 4

// New starts with no jobs. Close must be called to remove their files.
func New(o *org.Org, opts Options) (*Jobs, error) {
	opts = opts.withDefaults()
	dir, err := os.MkdirTemp(opts.Dir, "bulk-")
	if err != nil {
		return nil, fmt.Errorf("bulk: no folder for the files of jobs: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	j := &Jobs{
		org: o, opts: opts, dir: dir, ctx: ctx, stop: stop, slots: make(chan struct{}, workers),
		batches: allowance{max: opts.MaxBatches},
		queries: allowance{max: opts.MaxQueryJobs},
		storage: allowance{max: 976_562}, // 1 TB
	}
	j.mux = j.routes()
	return j, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BatchRows == 0 {
		o.BatchRows = 10_000
	}
	if o.PageRows == 0 {
		o.PageRows = 50_000
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 150 << 20 / 4 * 3
	}
	if o.MaxBatches == 0 {
		o.MaxBatches = 15_000
	}
	if o.MaxQueryJobs == 0 {
		o.MaxQueryJobs = 10_000
	}
	return o
}

// Wait returns when no job has work left. A job whose Fault holds it back is
// waited for until it was polled often enough.
func (j *Jobs) Wait() { j.work.Wait() }

// Close stops the jobs at work and removes all files. The org stays open.
func (j *Jobs) Close() error {
	j.stop()
	j.work.Wait()
	return os.RemoveAll(j.dir)
}

type versionKey struct{}

// WithVersion tells the handler the API version of a request, such as "64.0".
func WithVersion(ctx context.Context, version string) context.Context {
	return context.WithValue(ctx, versionKey{}, version)
}

func version(ctx context.Context) string {
	if v, ok := ctx.Value(versionKey{}).(string); ok {
		return v
	}
	return "64.0"
}

// ServeHTTP answers a request whose sender is known already. Its path is
// relative to /services/data/vXX.X/, with or without slashes around it.
func (j *Jobs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.expire()
	path := "/" + strings.Trim(r.URL.Path, "/")
	relative := *r
	url := *r.URL
	url.Path, url.RawPath = path, ""
	relative.URL = &url
	j.mux.ServeHTTP(w, &relative)
}

func (j *Jobs) routes() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				answerError(w, err)
			}
		})
	}
	handle("POST /jobs/ingest", j.createIngest)
	handle("GET /jobs/ingest", j.list(ingest))
	handle("GET /jobs/ingest/{id}", j.show(ingest))
	handle("PATCH /jobs/ingest/{id}", j.setState(ingest))
	handle("DELETE /jobs/ingest/{id}", j.delete(ingest))
	handle("PUT /jobs/ingest/{id}/batches", j.upload)
	handle("GET /jobs/ingest/{id}/{results}", j.ingestResults)
	handle("POST /jobs/query", j.createQuery)
	handle("GET /jobs/query", j.list(query))
	handle("GET /jobs/query/{id}", j.show(query))
	handle("PATCH /jobs/query/{id}", j.setState(query))
	handle("DELETE /jobs/query/{id}", j.delete(query))
	handle("GET /jobs/query/{id}/results", j.queryResults)
	for _, path := range []string{
		"/jobs/ingest", "/jobs/ingest/{id}", "/jobs/ingest/{id}/{results}",
		"/jobs/query", "/jobs/query/{id}", "/jobs/query/{id}/results",
	} {
		handle(path, func(_ http.ResponseWriter, r *http.Request) error {
			return refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "HTTP Method '"+r.Method+"' not allowed")
		})
	}
	handle("/", func(http.ResponseWriter, *http.Request) error { return errNoResource })
	return mux
}

var errNoResource = refuse(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist")

// path is where a file of a job lies.
func (j *Jobs) path(b *job, name string) string { return filepath.Join(j.dir, b.id+"-"+name) }
