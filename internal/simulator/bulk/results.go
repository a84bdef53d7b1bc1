package bulk

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"crosswalk/internal/simulator/org"
)

// results are the two files that say what became of the rows.
type results struct {
	files      [2]*os.File
	successful *csvWriter
	failed     *csvWriter
}

func (j *Jobs) createResults(b *job, header []string) (*results, error) {
	var r results
	var writers [2]*csvWriter
	for i, kind := range []struct{ name, column string }{{"successfulresults", "sf__Created"}, {"failedresults", "sf__Error"}} {
		file, err := os.Create(j.path(b, kind.name+".csv"))
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		r.files[i] = file
		writers[i] = newCSVWriter(bufio.NewWriterSize(file, 1<<16), b.format)
		writers[i].row([]string{"sf__Id", kind.column}, header)
	}
	r.successful, r.failed = writers[0], writers[1]
	return &r, nil
}

// write adds a batch and returns how many of its rows failed. It begins with
// the last row: results promise no order, and a client that relies on the one
// of its upload is to notice it here.
func (r *results) write(rows []uploadedRow) (failures int) {
	for _, row := range slices.Backward(rows) {
		failure := row.bad
		if failure == "" {
			failure = row.failure
		}
		if failure != "" {
			r.failed.row([]string{row.id, failure}, row.values)
			failures++
			continue
		}
		r.successful.row([]string{row.id, strconv.FormatBool(row.created)}, row.values)
	}
	return failures
}

func (r *results) close() error {
	var errs []error
	for _, w := range []*csvWriter{r.successful, r.failed} {
		if w != nil {
			errs = append(errs, w.out.Flush())
		}
	}
	for _, file := range r.files {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// failureText is a verdict as sf__Error has it: CODE:message:fields --.
func failureText(errs []org.RowError) string {
	if len(errs) == 0 {
		return ""
	}
	e := errs[0]
	fields := strings.Join(e.Fields, ",")
	if fields != "" {
		fields += " "
	}
	return e.Status + ":" + e.Message + ":" + fields + "--"
}

// ingestResults answers one of the three result files.
func (j *Jobs) ingestResults(w http.ResponseWriter, r *http.Request) error {
	j.mu.Lock()
	b, err := j.find(ingest, r)
	if err != nil {
		j.mu.Unlock()
		return err
	}
	ended, done := terminal(b.state), b.done
	j.mu.Unlock()
	name := strings.ToLower(r.PathValue("results"))
	switch {
	case name != "successfulresults" && name != "failedresults" && name != "unprocessedrecords":
		return errNoResource
	case !ended:
		return badState("Results are not available: the Job is not in a terminal state")
	}
	if done != nil {
		<-done // a job that was aborted may still write its last results
	}
	w.Header().Set("Content-Type", "text/csv")
	if name == "unprocessedrecords" {
		return j.unprocessed(w, b)
	}
	file, err := os.Open(j.path(b, name+".csv"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // the job ended before its first row
	}
	if err != nil {
		return err
	}
	defer file.Close()
	_, _ = io.Copy(w, file)
	return nil
}

// unprocessed copies the rows of the upload that have no verdict. They are
// read whatever their line ending, since a wrong one is why a job fails.
func (j *Jobs) unprocessed(w io.Writer, b *job) error {
	j.mu.Lock()
	settled := b.processed
	j.mu.Unlock()
	file, err := os.Open(j.path(b, "upload.csv"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in := newCSVReader(file, b.format)
	in.lenient = true
	buffer := bufio.NewWriterSize(w, 1<<16)
	out := newCSVWriter(buffer, b.format)
	for n := 0; ; n++ {
		values, _, err := in.read()
		if err == io.EOF {
			return buffer.Flush()
		}
		if err != nil {
			return err
		}
		if n == 0 || n > settled { // the header is row 0
			out.row(nil, values)
		}
	}
}
