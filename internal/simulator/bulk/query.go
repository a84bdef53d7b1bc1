package bulk

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"crosswalk/internal/simulator/org"
	"crosswalk/internal/simulator/soql"
)

func (j *Jobs) createQuery(w http.ResponseWriter, r *http.Request) error {
	o, err := readOrder(r)
	if err != nil {
		return err
	}
	b, err := o.job(query, r)
	if err != nil {
		return err
	}
	if o.Operation != "query" && o.Operation != "queryAll" {
		return refuse(http.StatusBadRequest, "INVALIDOPERATION", "Invalid operation: "+o.Operation)
	}
	b.soql, b.state = o.Query, uploadComplete
	if b.object, err = j.queried(r.Context(), b.soql); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.queries.take(j.opts.Now(), 1) {
		return refuse(http.StatusBadRequest, "LIMIT_EXCEEDED", "Max bulk v2 query jobs per 24 hours exceeded")
	}
	j.add(b)
	i := b.info(j.opts.UserID)
	j.start(b, j.export)
	answer(w, http.StatusOK, i)
	return nil
}

// queried checks a query and returns its object.
func (j *Jobs) queried(ctx context.Context, text string) (string, error) {
	if tree, err := soql.Parse(text); err == nil {
		if err := exportable(tree); err != nil {
			return "", err
		}
	}
	rows, err := j.org.Query(ctx, text, true)
	var refused *org.Error
	switch {
	case errors.As(err, &refused):
		return "", refuse(http.StatusBadRequest, refused.Code, refused.Message)
	case err != nil:
		return "", err
	}
	defer rows.Close()
	return rows.Object(), nil
}

// exportable refuses what a query of Bulk API 2.0 cannot have.
func exportable(q *soql.Query) error {
	if q.Offset != soql.None {
		return unsupported("OFFSET")
	}
	for _, item := range q.Select {
		switch item.(type) {
		case soql.Aggregate:
			return unsupported("aggregate functions")
		case soql.Subquery:
			return unsupported("nested queries")
		}
	}
	return nil
}

func unsupported(what string) error {
	return refuse(http.StatusBadRequest, "API_ERROR", "Implementation restriction: Bulk API 2.0 does not support "+what+" in queries")
}

// export is the work of a query job.
func (j *Jobs) export(ctx context.Context, b *job, fault Fault) (state, message string) {
	if fault.FailBatch > 0 {
		return failed, "InternalServerError : Batch failed after 20 retries"
	}
	p, err := j.exportRows(ctx, b)
	if err != nil {
		return failed, internal(err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.storage.take(j.opts.Now(), int(p.size()>>20)) {
		return failed, "ExceededQuota : Query result storage Limit exceeded."
	}
	b.pages = p
	return jobComplete, ""
}

// exportRows writes the result to a file and returns where its pages begin.
func (j *Jobs) exportRows(ctx context.Context, b *job) (p *pages, err error) {
	rows, err := j.org.Query(ctx, b.soql, b.operation == "queryAll")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	file, err := os.Create(j.path(b, "results.csv"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := newCSVWriter(bufio.NewWriterSize(file, 1<<18), b.format)
	p = newPages(file.Name(), int64(out.row(nil, rows.Header())))
	for rows.Next(ctx) {
		n := 0
		for _, cell := range rows.Cells() {
			n += out.value(cell.Text)
		}
		p.add(int64(n + out.end()))
		if p.rows%10_000 == 0 {
			j.report(b, p.rows)
		}
	}
	if err := errors.Join(rows.Err(), out.out.Flush()); err != nil {
		return nil, err
	}
	j.report(b, p.rows)
	return p, nil
}

// report tells how far an export has come.
func (j *Jobs) report(b *job, rows int) {
	j.mu.Lock()
	b.processed = rows
	j.mu.Unlock()
}

// queryResults answers one page of a result. Its locator is the number of the
// row behind it, so a page can be asked for any number of times.
func (j *Jobs) queryResults(w http.ResponseWriter, r *http.Request) error {
	j.mu.Lock()
	b, err := j.find(query, r)
	if err != nil {
		j.mu.Unlock()
		return err
	}
	p, state := b.pages, b.state
	j.mu.Unlock()
	switch {
	case b.version != version(r.Context()):
		return refuse(http.StatusConflict, "API_VERSION_CONFLICT", "The job was created with API version "+b.version)
	case state != jobComplete:
		return refuse(http.StatusPreconditionFailed, "JOB_NOT_COMPLETE", "The job is "+state+", not complete")
	}
	first, err := readLocator(r.URL.Query().Get("locator"), p.rows)
	if err != nil {
		return err
	}
	n, err := readMaxRecords(r.URL.Query().Get("maxRecords"), j.opts.PageRows)
	if err != nil {
		return err
	}
	n = min(n, p.rows-first)
	file, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer file.Close()
	page, err := p.page(file, first, n)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv")
	h.Set("Sforce-NumberOfRecords", strconv.Itoa(n))
	h.Set("Sforce-Locator", writeLocator(first+n, p.rows))
	_, _ = io.Copy(w, page) // the client is gone if this fails
	return nil
}

func writeLocator(row, rows int) string {
	if row >= rows {
		return "null"
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(row)))
}

func readLocator(locator string, rows int) (int, error) {
	if locator == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(locator)
	if err == nil {
		if row, err := strconv.Atoi(string(text)); err == nil && row >= 0 && row <= rows {
			return row, nil
		}
	}
	return 0, refuse(http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
}

func readMaxRecords(text string, usual int) (int, error) {
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, refuse(http.StatusBadRequest, "INVALID_QUERY", "maxRecords must be a number above 0")
	}
	return n, nil
}
