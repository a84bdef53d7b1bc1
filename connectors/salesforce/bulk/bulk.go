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
// nobody knows is aborted; no step is repeated that could be done twice.
package bulk

import (
	"context"
	"iter"
	"time"

	"crosswalk/connectors/salesforce/session"
)

// Options are limits with good defaults.
type Options struct {
	PageRows int           // most rows of a page; 0 for 250,000
	JobBytes int64         // most bytes of CSV in an ingest job; 0 for 100 MB, the platform's limit
	Longest  time.Duration // how long a job may take; 0 for 24 hours
	Dir      string        // where uploads are spooled; empty for the system's folder
}

// Client runs jobs. It may be used by many goroutines.
type Client struct {
	s *session.Session
	o Options
}

// New returns a Client.
func New(s *session.Session, o Options) *Client { return &Client{s: s, o: o} }

// Rows are the rows of a query. Not for use by several goroutines.
type Rows struct{}

// Query runs a query job and waits until its result stands; all includes
// deleted rows. ctx holds until the Rows are closed.
func (c *Client) Query(ctx context.Context, soql string, all bool) (*Rows, error) { return nil, nil }

// Header names the columns, in the order of the SELECT list.
func (r *Rows) Header() []string { return nil }

// Next returns the cells of the next row, valid until the next call, and
// io.EOF after the last one. An empty cell is null or empty: Salesforce does
// not tell.
func (r *Rows) Next() ([][]byte, error) { return nil, nil }

// Position says where the next row stands: Resume goes on there for as long as
// the job exists.
func (r *Rows) Position() string { return "" }

// Close deletes the job, or aborts it if it still runs.
func (r *Rows) Close() error { return nil }

// Job says what an ingest does.
type Job struct {
	Object     string
	Operation  Operation
	ExternalID string   // of Upsert: the field by which rows are found
	Columns    []string // API names; Parent.Field__c refers to a parent by its external id
}

// Operation is what becomes of each row.
type Operation string

// Operations.
const (
	Insert     Operation = "insert"
	Update     Operation = "update"
	Upsert     Operation = "upsert"
	Delete     Operation = "delete"
	HardDelete Operation = "hardDelete"
)

// Ingest sends rows, in as many jobs as their size asks for, one after the
// other, and yields each when it has ended. Cells stand in the order of
// job.Columns; nil sets a field to null, and an empty cell leaves it alone.
func (c *Client) Ingest(ctx context.Context, job Job, rows iter.Seq2[[][]byte, error]) iter.Seq2[*Done, error] {
	return nil
}

// Done is a job that has ended, well or not.
type Done struct {
	ID          string
	State       string // JobComplete, Failed or Aborted
	Message     string // of a job that failed
	Rows        int    // sent
	Failed      int    // refused, each with its reason
	Unprocessed int    // not tried: the job ended before
}

// Kind is one of the three results of a job.
type Kind string

// Kinds of results. Rows come in any order, so they are told apart by the
// external id in their cells.
const (
	Successful  Kind = "successfulResults"
	Failed      Kind = "failedResults"
	Unprocessed Kind = "unprocessedrecords"
)

// Results streams one of the results of a job. Successful rows have the
// columns sf__Id and sf__Created before those of the job, failed ones sf__Id
// and sf__Error, unprocessed ones neither.
func (c *Client) Results(ctx context.Context, done *Done, kind Kind) (*Rows, error) { return nil, nil }
