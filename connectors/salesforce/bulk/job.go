package bulk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

// A family of jobs: the resource under which they stand.
type family string

const (
	queries family = "jobs/query"
	ingests family = "jobs/ingest"
)

// info is a job as the platform shows it.
type info struct {
	ID        string `json:"id"`
	Type      string `json:"jobType"`
	Object    string `json:"object"`
	Operation string `json:"operation"`
	State     string `json:"state"`
	CreatedBy string `json:"createdById"`
	Created   string `json:"createdDate"`
	Processed int    `json:"numberRecordsProcessed"` // with those that failed
	Failed    int    `json:"numberRecordsFailed"`
	Message   string `json:"errorMessage"`
}

// States of a job.
const (
	stateOpen     = "Open"
	stateComplete = "JobComplete"
	stateFailed   = "Failed"
	stateAborted  = "Aborted"
)

func (j *info) ended() bool {
	return j.State == stateComplete || j.State == stateFailed || j.State == stateAborted
}

const (
	attempts  = 4                      // of a step whose outcome was lost
	firstPoll = 500 * time.Millisecond // after the start; doubled each time: a job of an hour costs 21 polls
	lastPoll  = 5 * time.Minute
	perRow    = 20 * time.Microsecond // an ingest takes at least this: to ask sooner would waste a call
	cleanup   = 5 * time.Second       // for what is done after the caller has given up, who may be waiting at a terminal
	failures  = 5                     // polls that may fail in a row: the job goes on meanwhile
	failPoll  = 5 * time.Second       // the longest pause before a failed poll; nobody should wait for an org that is gone
)

func (f family) path(id string) string { return string(f) + "/" + url.PathEscape(id) }

// create makes a job. Of a job whose reply was lost nothing is known, so those
// that could be it are aborted before another one is made.
func (c *Client) create(ctx context.Context, f family, object, operation string, in any) (*info, error) {
	for n := 1; ; n++ {
		began := time.Now()
		j, err := c.make(ctx, f, in)
		if err == nil || n == attempts || !errors.Is(err, session.ErrOutcomeUnknown) {
			return j, err
		}
		if err := c.abortLost(ctx, f, object, operation, began); err != nil {
			return nil, err
		}
	}
}

func (c *Client) make(ctx context.Context, f family, in any) (*info, error) {
	c.making.RLock()
	defer c.making.RUnlock()
	var j info
	if err := c.s.JSON(ctx, http.MethodPost, string(f), in, &j); err != nil {
		return nil, err
	}
	if j.ID == "" {
		return nil, connectors.Errorf(connectors.Unknown, "make a job", "Salesforce "+string(f), "the reply names no job")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[j.ID] = true
	return &j, nil
}

// abortLost aborts the jobs that this user has made for this purpose since
// then, and that no one here knows of.
func (c *Client) abortLost(ctx context.Context, f family, object, operation string, began time.Time) error {
	c.making.Lock()
	defer c.making.Unlock()
	for next := string(f); next != ""; {
		var page struct {
			Done    bool   `json:"done"`
			Next    string `json:"nextRecordsUrl"`
			Records []info `json:"records"`
		}
		if err := c.s.JSON(ctx, http.MethodGet, next, nil, &page); err != nil {
			return err
		}
		// The org's clock says when a job was made, and only how long ago the
		// try began is known here.
		since := c.s.ServerTime().Add(-time.Since(began) - 2*time.Second)
		for _, j := range page.Records {
			if f.stoppable(j) && !c.knows(j.ID) && j.Operation == operation && strings.EqualFold(j.Object, object) && c.ours(j, since) {
				c.abort(ctx, f, j.ID)
			}
		}
		if next = page.Next; page.Done {
			return nil
		}
	}
	return nil
}

// stoppable says that a lost job could be in this state. An ingest job of which
// we do not know has not been closed by us: once it is at work, it is another's.
func (f family) stoppable(j info) bool {
	return !j.ended() && (f == queries || j.State == stateOpen)
}

// ours says that a job is of Bulk API 2.0, of this user, and no older.
func (c *Client) ours(j info, since time.Time) bool {
	created, err := time.Parse("2006-01-02T15:04:05.000-0700", j.Created)
	user := c.s.UserID()
	return err == nil && !created.Before(since) && (j.Type == "" || strings.HasPrefix(j.Type, "V2")) &&
		(user == "" || j.CreatedBy == "" || session.SameID(j.CreatedBy, user))
}

func (c *Client) knows(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[id]
}

// forget is for a job that has ended, which no one can abort any more.
func (c *Client) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, id)
}

func (c *Client) get(ctx context.Context, f family, id string) (*info, error) {
	var j info
	if err := c.s.JSON(ctx, http.MethodGet, f.path(id), nil, &j); err != nil {
		return nil, err
	}
	return &j, nil
}

func (c *Client) setState(ctx context.Context, f family, id, state string) error {
	return c.s.JSON(ctx, http.MethodPatch, f.path(id), map[string]string{"state": state}, nil)
}

// abort stops a job, even if the caller has given up. That it fails is no
// error: a job that was not closed does nothing, and one that is being worked
// on ends by itself.
func (c *Client) abort(ctx context.Context, f family, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanup)
	defer cancel()
	for range attempts {
		if err := c.setState(ctx, f, id, stateAborted); !errors.Is(err, session.ErrOutcomeUnknown) {
			return
		}
	}
}

// remove deletes a job that has ended, with its results. They would go by
// themselves after a week.
func (c *Client) remove(ctx context.Context, f family, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanup)
	defer cancel()
	_ = c.s.JSON(ctx, http.MethodDelete, f.path(id), nil, nil)
}

// wait polls a job until it has ended. Of a job that writes so many rows the
// end is not awaited too soon.
func (c *Client) wait(ctx context.Context, f family, id string, rows int) (*info, error) {
	failed := 0
	first := max(firstPoll, time.Duration(rows)*perRow)
	for pause, waited := first, time.Duration(0); ; pause = min(2*pause, lastPoll) {
		if err := c.s.Wait(ctx, pause); err != nil {
			return nil, connectors.Errorf(connectors.Unknown, "wait for", "Salesforce job "+id, "%w", err)
		}
		waited += pause
		switch j, err := c.get(ctx, f, id); {
		case err != nil && (!passing(err) || failed == failures):
			return nil, err
		case err != nil:
			failed++
			pause = min(pause, failPoll)
		case j.ended():
			c.forget(id)
			return j, nil
		case waited > c.o.Longest:
			return nil, connectors.Errorf(connectors.Transient, "wait for", "Salesforce job "+id, "it is still in state %s after %v", j.State, waited)
		default:
			failed = 0
		}
	}
}

// passing says that an error may be gone the next time. A quota that is used
// up is not.
func passing(err error) bool {
	var e *connectors.Error
	return errors.As(err, &e) && (e.Class == connectors.Transient || e.Class == connectors.Throttled) && e.Wait <= lastPoll
}

// reason is the platform's word on a failed job, without the query that it
// may quote.
func (j *info) reason() string {
	said := j.Message
	if at := strings.Index(said, "No such column"); at >= 0 {
		said = said[at:]
	} else if at := strings.Index(strings.ToUpper(said), "SELECT"); at >= 0 {
		said = said[:at]
	}
	const most = 200
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + "…"
	}
	if said = strings.Join(strings.Fields(said), " "); said == "" {
		return "Salesforce does not say why"
	}
	return said
}
