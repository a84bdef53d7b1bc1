package salesforce

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
)

// split tells the rows that a job cannot carry: that take away a parent, that
// hold a text which reads as null in CSV, or that are too long.
func (w *work) split(s shipment) (odd, plain shipment) {
	odd, plain = shipment{fields: s.fields, deletes: s.deletes}, shipment{fields: s.fields, deletes: s.deletes}
	n := 0
	for cells := range w.cells(s) {
		i, to := s.rows[n], &plain
		if !s.deletes && (w.orphaned[i] || bulk.Check(cells) != nil) {
			to = &odd
		}
		to.rows = append(to.rows, i)
		n++
	}
	return odd, plain
}

// ingest sends rows as jobs of the Bulk API.
func (w *work) ingest(ctx context.Context, s shipment) error {
	left := s.rows
	rows := func(yield func([][]byte, error) bool) {
		for cells := range w.cells(s) {
			if !yield(cells, nil) {
				return
			}
		}
	}
	for done, err := range w.org.bulk.Ingest(ctx, w.job(s), rows) {
		if err != nil {
			return w.lost(left, err)
		}
		if done.Rows > len(left) {
			return fmt.Errorf("job %s has %d rows, and %d were sent", done.ID, done.Rows, len(left))
		}
		if err := w.settle(ctx, s, left[:done.Rows], done); err != nil {
			return err
		}
		left = left[done.Rows:]
	}
	if len(left) > 0 {
		return fmt.Errorf("%d rows were not sent", len(left))
	}
	return nil
}

func (w *work) job(s shipment) bulk.Job {
	job := bulk.Job{Object: w.table.name, Operation: bulk.Upsert, ExternalID: w.table.keyField.Name}
	switch {
	case s.deletes:
		return bulk.Job{Object: w.table.name, Operation: bulk.Delete, Columns: []string{"Id"}}
	case w.table.byID():
		job.Operation, job.ExternalID = bulk.Update, ""
	}
	for _, f := range s.fields {
		job.Columns = append(job.Columns, w.table.columns[w.columns[f]].path)
	}
	return job
}

// cells yields the rows of a job. A row is valid until the next one. A parent
// that is null is left alone: what #N/A means there, Salesforce does not say.
func (w *work) cells(s shipment) iter.Seq[[][]byte] {
	return func(yield func([][]byte) bool) {
		cells := make([][]byte, max(1, len(s.fields)))
		buffer := make([]byte, 0, 1024)
		for _, i := range s.rows {
			buffer = buffer[:0]
			if s.deletes {
				cells[0] = append(buffer, w.ids[i]...)
			}
			for n, f := range s.fields {
				start := len(buffer)
				switch v := w.rows[i][f]; {
				case !v.IsNull():
					buffer = appendCell(buffer, v)
					cells[n] = buffer[start:len(buffer):len(buffer)]
				case w.table.columns[w.columns[f]].relation != "":
					cells[n] = []byte{}
				default:
					cells[n] = nil
				}
			}
			if !yield(cells) {
				return
			}
		}
	}
}

// settle answers the rows of a job that has ended. A job is asked only for the
// rows that failed or were not tried: if it is complete, all others were
// written. If it is not, its counts prove nothing, and they are read back.
func (w *work) settle(ctx context.Context, s shipment, rows []int, done *bulk.Done) error {
	if strings.HasPrefix(done.Message, "InvalidBatch") || strings.HasPrefix(done.Message, "ClientInputError") {
		return connectors.Errorf(connectors.Invalid, "write", w.org.where(w.table.name), "Salesforce refuses the job %s: %s", done.ID, done.Message)
	}
	apart := make(map[int]bool)
	if done.Failed > 0 {
		err := w.results(ctx, s, rows, done, bulk.Failed, func(i int, message string) {
			apart[i] = true
			w.refuse(i, []rowError{parseRowError(message)})
		})
		if err != nil {
			return err
		}
	}
	if done.Unprocessed > 0 {
		err := w.results(ctx, s, rows, done, bulk.Unprocessed, func(i int, _ string) {
			apart[i] = true
			w.postpone(i, "the job ended before this row was tried: "+done.Message)
		})
		if err != nil {
			return err
		}
	}
	if done.Complete() && len(apart) != done.Failed+done.Unprocessed {
		return fmt.Errorf("job %s tells of %d failed and %d unprocessed rows, but names %d", done.ID, done.Failed, done.Unprocessed, len(apart))
	}
	for _, i := range rows {
		switch {
		case apart[i]:
		case done.Complete():
			w.answers[i] = connectors.Answer{Outcome: connectors.Applied}
		default:
			w.wait[i] = wait{lost: true, reason: "the job ended early, and the row was not as wanted when it was read back: make a new plan"}
		}
	}
	return nil
}

// results calls each with the rows of one result of a job, found by their key,
// and with the message of those that failed.
func (w *work) results(ctx context.Context, s shipment, rows []int, done *bulk.Done, kind bulk.Kind, each func(i int, message string)) error {
	r, err := w.org.bulk.Results(ctx, done, kind)
	if err != nil {
		return err
	}
	defer r.Close()
	column := w.table.keyField.Name
	if s.deletes {
		column = "Id"
	}
	key, message := slices.Index(r.Header(), column), slices.Index(r.Header(), "sf__Error")
	if key < 0 || message < 0 && kind == bulk.Failed {
		return fmt.Errorf("a result of job %s has the columns %v", done.ID, r.Header())
	}
	find := w.finder(s, rows)
	for {
		cells, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		i, ok := find(string(cells[key]))
		if !ok {
			return fmt.Errorf("job %s tells of a row that was not sent", done.ID)
		}
		text := ""
		if message >= 0 {
			text = string(cells[message])
		}
		each(i, text)
	}
}

// finder finds rows by what their key cell holds: the Id of a record to
// delete, or the key.
func (w *work) finder(s shipment, rows []int) func(cell string) (int, bool) {
	if !s.deletes {
		return func(cell string) (int, bool) {
			i, ok := w.byKey[w.table.fold(cell)]
			return i, ok
		}
	}
	byID := make(map[string]int, len(rows))
	for _, i := range rows {
		byID[w.ids[i]] = i
	}
	return func(cell string) (int, bool) {
		i, ok := byID[longID(cell)]
		return i, ok
	}
}
