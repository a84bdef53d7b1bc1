package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

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

// Done is a job that has ended, well or not.
type Done struct {
	ID          string
	State       string // JobComplete, Failed or Aborted
	Message     string // of a job that failed: why
	Rows        int    // sent
	Failed      int    // refused, each with its reason
	Unprocessed int    // not tried: the job ended before
	object      string
}

// Successful is the number of rows that were written.
func (d *Done) Successful() int { return d.Rows - d.Failed - d.Unprocessed }

// Complete says that the job was worked on to its end.
func (d *Done) Complete() bool { return d.State == stateComplete }

// Kind is one of the three results of a job.
type Kind string

// Kinds of results. Rows come in any order, so they are told apart by the
// external id in their cells.
const (
	Successful  Kind = "successfulResults"
	Failed      Kind = "failedResults"
	Unprocessed Kind = "unprocessedrecords"
)

// Ingest sends rows, in as many jobs as their size asks for, one after the
// other, and yields each when it has ended. Cells stand in the order of
// job.Columns; nil sets a field to null, and an empty cell leaves it alone.
//
// An error ends it. If it wraps session.ErrOutcomeUnknown, rows that were not
// yet answered for may or may not have been written.
func (c *Client) Ingest(ctx context.Context, job Job, rows iter.Seq2[[][]byte, error]) iter.Seq2[*Done, error] {
	return func(yield func(*Done, error) bool) {
		s, err := newSpool(c.o.Dir, job.Columns, c.o.JobBytes)
		if err != nil {
			yield(nil, job.failed(connectors.Unknown, err))
			return
		}
		defer s.close()
		flush := func() bool {
			done, err := c.run(ctx, job, s)
			return yield(done, err) && err == nil
		}
		for cells, err := range rows {
			if err == nil && len(cells) != len(job.Columns) {
				err = job.failed(connectors.Invalid, fmt.Errorf("a row has %d cells for %d columns", len(cells), len(job.Columns)))
			}
			if err == nil {
				err = s.format(cells)
			}
			if err == nil && !s.fits() {
				if !flush() {
					return
				}
				err = s.reset()
			}
			if err == nil {
				err = s.add()
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if s.rows > 0 {
			flush()
		}
	}
}

// run brings the rows of the spool through one job.
func (c *Client) run(ctx context.Context, job Job, s *spool) (*Done, error) {
	id, err := c.upload(ctx, job, s)
	if err != nil {
		return nil, err
	}
	if err := c.close(ctx, id); err != nil {
		c.abort(ctx, ingests, id)
		return nil, err
	}
	ended, err := c.wait(ctx, ingests, id, s.rows)
	if err != nil {
		c.abort(ctx, ingests, id) // what it has written stays
		return nil, job.failed(connectors.Unknown, fmt.Errorf("job %s: %w: %w", id, session.ErrOutcomeUnknown, err))
	}
	done := &Done{ID: id, State: ended.State, Rows: s.rows, Failed: ended.Failed, Unprocessed: max(0, s.rows-ended.Processed), object: job.Object}
	if ended.State != stateComplete {
		done.Message = ended.reason()
	}
	return done, nil
}

// upload makes a job and sends its rows. Whether a lost upload has arrived
// cannot be told, and a job takes only one: so it is aborted for a new one.
func (c *Client) upload(ctx context.Context, job Job, s *spool) (string, error) {
	body, err := s.body()
	if err != nil {
		return "", job.failed(connectors.Unknown, err)
	}
	settings := map[string]string{"object": job.Object, "operation": string(job.Operation),
		"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
	if job.ExternalID != "" {
		settings["externalIdFieldName"] = job.ExternalID
	}
	for n := 1; ; n++ {
		made, err := c.create(ctx, ingests, job.Object, string(job.Operation), settings)
		if err != nil {
			return "", nothing(err)
		}
		resp, err := c.s.Stream(ctx, http.MethodPut, ingests.path(made.ID)+"/batches", body)
		if err == nil {
			resp.Body.Close()
			return made.ID, nil
		}
		c.abort(ctx, ingests, made.ID)
		if n == attempts || !errors.Is(err, session.ErrOutcomeUnknown) {
			return "", nothing(err)
		}
	}
}

// nothing takes the doubt from an error: of a job that was not closed, no row
// is written.
func nothing(err error) error {
	if !errors.Is(err, session.ErrOutcomeUnknown) {
		return err
	}
	return connectors.Errorf(connectors.Transient, "write", "Salesforce", "the upload did not get through: %v", err)
}

// close tells that the rows of a job are complete, from when on it is worked
// on.
func (c *Client) close(ctx context.Context, id string) error {
	for n := 1; ; n++ {
		err := c.setState(ctx, ingests, id, "UploadComplete")
		if n == 1 && !errors.Is(err, session.ErrOutcomeUnknown) {
			return err
		}
		if err == nil {
			return nil
		}
		// A refusal after a lost reply may mean that the lost call got through.
		j, readErr := c.get(ctx, ingests, id)
		switch {
		case readErr != nil:
			return fmt.Errorf("%w: %w; reading the job back: %w", session.ErrOutcomeUnknown, err, readErr)
		case j.State != stateOpen:
			return nil
		case n == attempts:
			return err
		}
	}
}

// Results streams one of the results of a job. Successful rows have the
// columns sf__Id and sf__Created before those of the job, failed ones sf__Id
// and sf__Error, unprocessed ones neither.
func (c *Client) Results(ctx context.Context, done *Done, kind Kind) (*Rows, error) {
	r := &Rows{c: c, ctx: ctx, object: done.object, path: ingests.path(done.ID) + "/" + string(kind), at: position{Job: done.ID}}
	switch kind {
	case Successful:
		r.total = done.Successful()
	case Failed:
		r.total = done.Failed
	case Unprocessed:
		r.total = done.Unprocessed
	}
	if err := r.open(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (j Job) failed(class connectors.Class, err error) error {
	return &connectors.Error{Op: "write", Where: "Salesforce " + j.Object, Class: class, Err: err}
}
