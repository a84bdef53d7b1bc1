package bulk

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"crosswalk/internal/simulator/org"
)

type kind string

const (
	ingest kind = "ingest"
	query  kind = "query"
)

// The states of a job by their names in the protocol.
const (
	open           = "Open"
	uploadComplete = "UploadComplete"
	inProgress     = "InProgress"
	jobComplete    = "JobComplete"
	failed         = "Failed"
	aborted        = "Aborted"
)

func terminal(state string) bool {
	return state == jobComplete || state == failed || state == aborted
}

// keep is how long a job can be asked for after its end.
const keep = 7 * 24 * time.Hour

// A job is one order to load or to export. Its upper half never changes; its
// lower half is guarded by Jobs.mu.
type job struct {
	kind       kind
	id         string
	serial     uint64
	object     string
	operation  string
	externalID string // the field of an upsert
	soql       string
	version    string
	delimiter  string
	lineEnding string
	format     format
	created    time.Time

	state     string
	modified  time.Time
	finished  time.Time
	started   time.Time
	uploading bool
	uploaded  bool
	processed int // rows with a verdict, be it a failure
	failures  int // of them
	message   string
	polls     int           // that must still find the job InProgress
	polled    chan struct{} // closed when polls has come to 0
	cancel    context.CancelFunc
	done      chan struct{} // closed when the work has ended; nil if it never began
	pages     *pages        // of a query job that is complete
}

// info is a job as the protocol shows it.
type info struct {
	ID              string  `json:"id"`
	Operation       string  `json:"operation"`
	Object          string  `json:"object"`
	CreatedByID     string  `json:"createdById"`
	CreatedDate     string  `json:"createdDate"`
	SystemModstamp  string  `json:"systemModstamp"`
	State           string  `json:"state"`
	ExternalID      string  `json:"externalIdFieldName,omitempty"`
	ConcurrencyMode string  `json:"concurrencyMode"`
	ContentType     string  `json:"contentType"`
	APIVersion      float64 `json:"apiVersion"`
	ContentURL      string  `json:"contentUrl,omitempty"`
	LineEnding      string  `json:"lineEnding"`
	ColumnDelimiter string  `json:"columnDelimiter"`
	*progress
}

// progress is what is told of a job beyond the answer to its creation.
type progress struct {
	JobType      string `json:"jobType"`
	Processed    int    `json:"numberRecordsProcessed"`
	Failed       *int   `json:"numberRecordsFailed,omitempty"`
	Retries      int    `json:"retries"`
	TotalTime    int64  `json:"totalProcessingTime"`
	APITime      *int64 `json:"apiActiveProcessingTime,omitempty"`
	ApexTime     *int64 `json:"apexProcessingTime,omitempty"`
	PKChunking   *bool  `json:"isPkChunkingSupported,omitempty"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

// info needs Jobs.mu.
func (b *job) info(userID string) info {
	number, _ := strconv.ParseFloat(b.version, 64)
	i := info{
		ID: b.id, Operation: b.operation, Object: b.object, CreatedByID: userID,
		CreatedDate: stamp(b.created), SystemModstamp: stamp(b.modified), State: b.state,
		ExternalID: b.externalID, ConcurrencyMode: "Parallel", ContentType: "CSV", APIVersion: number,
		LineEnding: b.lineEnding, ColumnDelimiter: b.delimiter,
	}
	if b.kind == ingest && b.state == open {
		i.ContentURL = "services/data/v" + b.version + "/jobs/ingest/" + b.id + "/batches"
	}
	return i
}

// detail needs Jobs.mu.
func (b *job) detail(userID string) info {
	i := b.info(userID)
	took := b.finished.Sub(b.started).Milliseconds()
	if b.finished.IsZero() {
		took = 0
	}
	i.progress = &progress{JobType: "V2Query", Processed: b.processed, TotalTime: took, ErrorMessage: b.message}
	if b.kind == query {
		chunking := true
		i.PKChunking = &chunking
		return i
	}
	failures, none := b.failures, int64(0)
	i.JobType, i.Failed, i.APITime, i.ApexTime = "V2Ingest", &failures, &took, &none
	return i
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// add registers a new job. It needs Jobs.mu.
func (j *Jobs) add(b *job) {
	j.serial++
	b.serial = j.serial
	b.id = jobID(j.serial)
	b.created = j.opts.Now()
	b.modified = b.created
	j.jobs = append(j.jobs, b)
}

// find returns the job of a request. It needs Jobs.mu.
func (j *Jobs) find(k kind, r *http.Request) (*job, error) {
	id := r.PathValue("id")
	for _, b := range j.jobs {
		if b.kind == k && (b.id == id || b.id[:15] == id) {
			return b, nil
		}
	}
	return nil, errNoResource
}

func (j *Jobs) list(k kind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, _ *http.Request) error {
		j.mu.Lock()
		records := []info{}
		for _, b := range j.jobs {
			if b.kind == k {
				i := b.info(j.opts.UserID)
				records = append(records, i)
			}
		}
		j.mu.Unlock()
		answer(w, http.StatusOK, struct {
			Done    bool    `json:"done"`
			Records []info  `json:"records"`
			Next    *string `json:"nextRecordsUrl"`
		}{true, records, nil})
		return nil
	}
}

func (j *Jobs) show(k kind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		j.mu.Lock()
		b, err := j.find(k, r)
		if err != nil {
			j.mu.Unlock()
			return err
		}
		i := b.detail(j.opts.UserID)
		b.poll()
		j.mu.Unlock()
		answer(w, http.StatusOK, i)
		return nil
	}
}

func (j *Jobs) delete(k kind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		j.mu.Lock()
		defer j.mu.Unlock()
		b, err := j.find(k, r)
		if err != nil {
			return err
		}
		if !terminal(b.state) && b.state != uploadComplete {
			return badState("Deleting a Job that is " + b.state + " is not allowed")
		}
		b.end(aborted, "", j.opts.Now())
		j.remove(b)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// expire removes the jobs whose time is over.
func (j *Jobs) expire() {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.opts.Now()
	for _, b := range slices.Clone(j.jobs) {
		if terminal(b.state) && now.Sub(b.finished) > keep {
			j.remove(b)
		}
	}
}

// remove forgets a job and its files. It needs Jobs.mu.
func (j *Jobs) remove(b *job) {
	j.jobs = slices.DeleteFunc(j.jobs, func(other *job) bool { return other == b })
	files, _ := filepath.Glob(j.path(b, "*"))
	for _, file := range files {
		os.Remove(file)
	}
}

// jobID is the id of 18 characters of the job of this number.
func jobID(serial uint64) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	id := []byte("750S10000000000")
	for i := len(id) - 1; serial > 0; i-- {
		id[i] = digits[serial%62]
		serial /= 62
	}
	full, _ := org.ID18(string(id))
	return full
}
