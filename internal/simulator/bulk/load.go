package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"crosswalk/internal/simulator/org"
)

// An uploadedRow is a row on its way: as it was sent, and the verdict on it.
type uploadedRow struct {
	values  []string
	bad     string // a failure before the org saw the row, as sf__Error has it
	id      string
	created bool
	failure string
}

// load is the work of an ingest job. Reading and applying take turns with one
// internal batch between them.
//
//	upload.csv ──▶ header, rows ──▶ batch ──▶ org.Apply ──▶ successfulresults.csv
//	                                                 └────▶ failedresults.csv
func (j *Jobs) load(ctx context.Context, b *job, fault Fault) (state, message string) {
	file, err := os.Open(j.path(b, "upload.csv"))
	if errors.Is(err, os.ErrNotExist) {
		return failed, "InvalidBatch : No data was uploaded"
	}
	if err != nil {
		return failed, internal(err)
	}
	defer file.Close()
	in := newCSVReader(file, b.format)
	header, bad, err := in.read()
	if err != nil || bad != "" {
		return failed, b.headerProblem(bad, err)
	}
	object, ok := j.org.Object(b.object)
	if !ok {
		return failed, "InvalidBatch : Unable to find object: " + b.object
	}
	columns, err := newColumns(j.org, object, b, header)
	if err != nil {
		return failed, "InvalidBatch : " + err.Error()
	}
	results, err := j.createResults(b, header)
	if err != nil {
		return failed, internal(err)
	}
	message, err = j.loadBatches(ctx, &loading{job: b, fault: fault, in: in, columns: columns, results: results})
	if err = errors.Join(err, results.close()); err != nil {
		return failed, internal(err)
	}
	if message != "" {
		return failed, message
	}
	return jobComplete, ""
}

func internal(err error) string { return "InternalServerError : " + err.Error() }

func (b *job) headerProblem(bad string, err error) string {
	switch {
	case errors.Is(err, errLineEnding):
		return b.lineEndingProblem()
	case err == io.EOF:
		return "InvalidBatch : No data was uploaded"
	case err != nil:
		return internal(err)
	}
	return "InvalidBatch : Failed to parse CSV header : " + bad
}

func (b *job) lineEndingProblem() string {
	return "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is " + b.lineEnding
}

// A loading is one run of load.
type loading struct {
	job     *job
	fault   Fault
	in      *csvReader
	columns *columns
	results *results
}

// loadBatches applies the rows batch by batch. A message ends the job as
// Failed; what was applied before stays.
func (j *Jobs) loadBatches(ctx context.Context, l *loading) (message string, err error) {
	type read struct {
		rows []uploadedRow
		err  error
	}
	ctx, stop := context.WithCancel(ctx)
	batches := make(chan read)
	go func() {
		defer close(batches)
		for {
			rows, err := l.readBatch(j.opts.BatchRows)
			select {
			case batches <- read{rows, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() { // the reader must be done before its file is closed
		stop()
		for range batches { // what was read in vain
		}
	}()

	first := 0
	for number := 1; ; number++ {
		next := <-batches
		if len(next.rows) > 0 {
			if l.fault.FailBatch == number {
				return "InternalServerError : Batch failed after 20 retries. Batch will not be retried.", nil
			}
			if message, err := j.applyBatch(ctx, l, first, next.rows); message != "" || err != nil {
				return message, err
			}
			first += len(next.rows)
		}
		switch {
		case next.err == io.EOF:
			return "", nil
		case errors.Is(next.err, errLineEnding):
			return l.job.lineEndingProblem(), nil
		case next.err != nil:
			return "", next.err
		}
	}
}

// readBatch returns up to n rows, and why there are no more.
func (l *loading) readBatch(n int) ([]uploadedRow, error) {
	rows := make([]uploadedRow, 0, min(n, 1000))
	for len(rows) < n {
		values, bad, err := l.in.read()
		if err != nil {
			return rows, err
		}
		if bad == "" && len(values) != l.columns.count() {
			bad = fmt.Sprintf("Number of values in the row (%d) differs from the header (%d)", len(values), l.columns.count())
		}
		if bad != "" {
			bad = "ClientInputError:" + bad + ":--"
		}
		rows = append(rows, uploadedRow{values: values, bad: bad})
	}
	return rows, nil
}

// applyBatch writes one internal batch, the first of whose rows has this
// number in the upload, and its results.
func (j *Jobs) applyBatch(ctx context.Context, l *loading, first int, rows []uploadedRow) (message string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	j.mu.Lock()
	allowed := j.batches.take(j.opts.Now(), 1)
	j.mu.Unlock()
	if !allowed {
		return "ExceededQuota : ApiBatchItems Limit exceeded.", nil
	}
	changes := make([]org.Change, 0, len(rows))
	sent := make([]*uploadedRow, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		if row.bad == "" && l.fault.Locked != nil && l.fault.Locked(first+i) {
			row.bad = "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: " + l.columns.lockedID(row.values) + ":--"
		}
		if row.bad == "" {
			changes = append(changes, l.columns.change(row.values))
			sent = append(sent, row)
		}
	}
	verdicts, err := j.org.Apply(ctx, changes, false)
	if err != nil {
		return "", err
	}
	for i, v := range verdicts {
		sent[i].id, sent[i].created, sent[i].failure = v.ID, v.Created, failureText(v.Errors)
	}
	failures := l.results.write(rows)
	j.mu.Lock()
	l.job.processed += len(rows)
	l.job.failures += failures
	j.mu.Unlock()
	return "", nil
}
