package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"crosswalk/connectors"
)

// Rows are the rows of a result. Not for use by several goroutines.
type Rows struct {
	c        *Client
	ctx      context.Context // of all pages, as Query has it
	object   string
	path     string // of the result, without its query
	paged    bool   // a query's result comes in pages
	total    int    // rows that the job says there are
	at       position
	header   []string
	page     io.ReadCloser // nil before the first page
	scan     *scanner
	declared int    // rows of the page, by its header; -1 if it does not say
	next     string // locator of the next page
	tries    int    // of the present page
	done     error  // why there are no more rows: io.EOF, or a failure
}

var errClosed = errors.New("the rows are closed")

// position is a place in the result of a query.
type position struct {
	Job     string `json:"job"`
	Locator string `json:"locator,omitempty"` // of the page; empty for the first
	Skip    int    `json:"skip,omitempty"`    // rows of the page that are behind it
	Before  int    `json:"before,omitempty"`  // rows of earlier pages
}

// result opens the result of a query at a position.
func (c *Client) result(ctx context.Context, j *info, at position) (*Rows, error) {
	r := &Rows{c: c, ctx: ctx, object: j.Object, path: queries.path(at.Job) + "/results", paged: true, total: j.Processed, at: at}
	if err := r.open(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Resume goes on at a Position of Rows that were left. A job that is gone is an
// Error of class Missing.
func (c *Client) Resume(ctx context.Context, text string) (*Rows, error) {
	var at position
	if err := json.Unmarshal([]byte(text), &at); err != nil || at.Job == "" {
		return nil, connectors.Errorf(connectors.Invalid, "read", "Salesforce", "this is no position in a result")
	}
	j, err := c.get(ctx, queries, at.Job)
	if err != nil {
		return nil, err
	}
	if err := j.failure("read"); err != nil {
		return nil, err
	}
	return c.result(ctx, j, at)
}

// Header names the columns, in the order of the SELECT list. It may be empty
// if there are no rows.
func (r *Rows) Header() []string { return r.header }

// Position says where the next row stands, for Resume.
func (r *Rows) Position() string {
	text, _ := json.Marshal(r.at) // strings and numbers
	return string(text)
}

// Next returns the cells of the next row, valid until the next call, and
// io.EOF after the last one. An empty cell is null or empty: Salesforce does
// not tell. A connection that breaks is replaced by another one.
func (r *Rows) Next() ([][]byte, error) {
	for r.done == nil {
		cells, err := r.scan.next()
		if err == nil && len(cells) != len(r.header) {
			err = fmt.Errorf("a row has %d cells and the header %d", len(cells), len(r.header))
		}
		if err == io.EOF && r.declared >= 0 && r.at.Skip != r.declared {
			err = fmt.Errorf("a page ends after %d of %d rows", r.at.Skip, r.declared)
		}
		switch {
		case err == nil:
			r.at.Skip++
			return cells, nil
		case err == io.EOF:
			r.done = r.turn()
		default:
			r.done = r.reopen(err)
		}
	}
	return nil, r.done
}

// turn goes to the next page, or to the end.
func (r *Rows) turn() error {
	r.page.Close()
	r.at = position{Job: r.at.Job, Locator: r.next, Before: r.at.Before + r.at.Skip}
	r.tries = 0
	switch {
	case r.next != "":
		return r.open()
	case r.at.Before < r.total:
		return r.fail(connectors.Transient, fmt.Errorf("the result has %d rows and holds %d; read again", r.total, r.at.Before))
	}
	return io.EOF
}

// reopen fetches the page again, whose reading has failed, and passes over the
// rows that were given out: a page is the same each time.
func (r *Rows) reopen(cause error) error {
	r.page.Close()
	if r.tries++; r.tries == attempts || r.ctx.Err() != nil {
		return r.fail(connectors.Transient, cause)
	}
	if err := r.c.s.Wait(r.ctx, time.Second<<r.tries); err != nil {
		return r.fail(connectors.Unknown, errors.Join(err, cause))
	}
	return r.open()
}

// open fetches the page at r.at.
func (r *Rows) open() error {
	path := r.path
	if r.paged {
		values := url.Values{"maxRecords": {strconv.Itoa(r.c.o.PageRows)}}
		if r.at.Locator != "" {
			values.Set("locator", r.at.Locator)
		}
		path += "?" + values.Encode()
	}
	resp, err := r.c.s.Stream(r.ctx, http.MethodGet, path, nil) //nolint:bodyclose // turn, reopen and Leave close it
	if err != nil {
		return err
	}
	r.page, r.scan, r.declared, r.next = resp.Body, newScanner(resp.Body), -1, ""
	if resp.StatusCode == http.StatusNoContent {
		return r.fail(connectors.Transient, errors.New("the result is not there yet"))
	}
	if n, err := strconv.Atoi(resp.Header.Get("Sforce-NumberOfRecords")); err == nil {
		r.declared = n
	}
	if r.paged {
		switch r.next = resp.Header.Get("Sforce-Locator"); r.next {
		case "null":
			r.next = ""
		case "", r.at.Locator:
			return r.fail(connectors.Unknown, errors.New("the reply does not say where the next page is"))
		}
	}
	return r.begin()
}

// begin reads the header, which stands on every page, and passes over the rows
// that are behind the position.
func (r *Rows) begin() error {
	cells, err := r.scan.next()
	if err == io.EOF && r.declared <= 0 && r.next == "" && r.at.Skip == 0 {
		return nil // an empty result may come without a header
	}
	if err != nil {
		return r.reopen(err)
	}
	header := make([]string, len(cells))
	for i, cell := range cells {
		header[i] = string(cell)
	}
	if r.header == nil {
		r.header = header
	} else if !slices.Equal(r.header, header) {
		return r.fail(connectors.Unknown, errors.New("the pages of the result have different columns"))
	}
	for range r.at.Skip {
		if _, err := r.scan.next(); err == io.EOF {
			return r.fail(connectors.Unknown, errors.New("a page that was read again is shorter than before"))
		} else if err != nil {
			return r.reopen(err)
		}
	}
	return nil
}

func (r *Rows) fail(class connectors.Class, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		class = connectors.Unknown
	}
	return &connectors.Error{Op: "read", Where: "Salesforce " + r.object, Class: class, Err: err}
}

// Leave closes the Rows and lets the result stand, so that Resume can go on
// there. Salesforce keeps it for a week.
func (r *Rows) Leave() {
	r.done, r.paged = errClosed, false
	if r.page != nil {
		r.page.Close()
	}
}

// Close closes the Rows and deletes the job of a query. Closing twice does no
// harm.
func (r *Rows) Close() error {
	owned := r.paged
	r.Leave()
	if owned {
		r.c.remove(r.ctx, queries, r.at.Job)
	}
	return nil
}
