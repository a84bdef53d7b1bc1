// Package bulk reads and writes large tables through Bulk API 2.0: a job is
// made, Salesforce works on it, and the results are streamed as CSV.
//
//	Query   create ─▶ poll … ─▶ page ─▶ page ─▶ delete
//	Ingest  create ─▶ upload ─▶ close ─▶ poll … ─▶ failed, unprocessed rows
//
// Each arrow is one API call, of which an org has few a day. So pages are large
// and the waits between polls grow. Memory is flat: results are never held,
// and uploads go through a file.
//
// When the reply to a step is lost, the job is read back, and a job that
// nobody knows is aborted; no step is repeated that could be done twice:
//
//	lost      what is done                             why it is safe
//	create    abort it, make another                   a job without rows does nothing
//	upload    abort it, make another, upload again     rows are read only after close
//	close     read the job back; close if still open   a job is closed once
package bulk

import (
	"sync"
	"time"

	"crosswalk/connectors/salesforce/session"
)

// Options are limits with good defaults.
type Options struct {
	PageRows int           // most rows of a page of a query; 0 for 250,000
	JobBytes int64         // most bytes of CSV in an ingest job; 0 for 100 MB, the platform's limit
	Longest  time.Duration // how long a job may take; 0 for 24 hours
	Dir      string        // where uploads are spooled; empty for the system's folder
}

// Client runs jobs. It may be used by many goroutines, and a Session should
// have but one: a Client tells its own jobs from lost ones.
type Client struct {
	s *session.Session
	o Options

	// making is held for reading while a job is made, and for writing while a
	// lost one is looked for, when every job of ours must be known.
	making sync.RWMutex
	mu     sync.Mutex
	known  map[string]bool // ids of the jobs that this Client made
}

// New returns a Client.
func New(s *session.Session, o Options) *Client {
	if o.PageRows == 0 {
		o.PageRows = 250_000
	}
	if o.JobBytes == 0 {
		o.JobBytes = 100_000_000
	}
	if o.Longest == 0 {
		o.Longest = 24 * time.Hour
	}
	return &Client{s: s, o: o, known: map[string]bool{}}
}
