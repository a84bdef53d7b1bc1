package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

// spool is the CSV of one job, in a file without a name: it goes with the
// process, and an upload can be repeated from it.
type spool struct {
	file   *os.File
	w      *bufio.Writer
	header []byte
	limit  int64
	size   int64
	rows   int
	line   []byte
}

func newSpool(dir string, columns []string, limit int64) (*spool, error) {
	file, err := os.CreateTemp(dir, "crosswalk-*.csv")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // a system that cannot do that yet does it in close
	s := &spool{file: file, w: bufio.NewWriterSize(file, 256<<10), header: []byte(strings.Join(columns, ",") + "\n"), limit: limit}
	return s, s.reset()
}

// reset empties the spool.
func (s *spool) reset() error {
	if err := s.file.Truncate(0); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	s.w.Reset(s.file)
	s.rows, s.size = 0, int64(len(s.header))
	_, err := s.w.Write(s.header)
	return err
}

func (s *spool) close() {
	s.file.Close()
	os.Remove(s.file.Name())
}

// format makes the line of a row. It stays the same until the next one.
func (s *spool) format(cells [][]byte) error {
	if err := Check(cells); err != nil {
		return err
	}
	s.line = s.line[:0]
	for i, cell := range cells {
		if i > 0 {
			s.line = append(s.line, ',')
		}
		s.line = appendCell(s.line, cell)
	}
	s.line = append(s.line, '\n')
	return nil
}

// fits says whether the line still fits into the job. The first one always does.
func (s *spool) fits() bool { return s.rows == 0 || s.size+int64(len(s.line)) <= s.limit }

func (s *spool) add() error {
	s.rows++
	s.size += int64(len(s.line))
	_, err := s.w.Write(s.line)
	return err
}

// body is what is in the spool, which can be read several times.
func (s *spool) body() (*session.Body, error) {
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	return &session.Body{Type: "text/csv", Size: s.size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(s.file, 0, s.size)), nil
	}}, nil
}

// null is how CSV says that a field is to be null. The same text as data
// cannot be sent.
const null = "#N/A"

// appendCell writes a cell: nil as null, and all that could be misread in
// quotes. Blanks beside a quote fail a row, so a cell is quoted as a whole.
func appendCell(line, cell []byte) []byte {
	if cell == nil {
		return append(line, null...)
	}
	if len(cell) == 0 || !bytes.ContainsAny(cell, "\",\r\n\t ") {
		return append(line, cell...)
	}
	line = append(line, '"')
	for _, b := range cell {
		if b == '"' {
			line = append(line, '"')
		}
		line = append(line, b)
	}
	return append(line, '"')
}

// rowLimit is how many characters a row may have; Salesforce fails the whole
// batch of a longer one.
const rowLimit = 400_000

// Check says whether a row can be sent by an ingest job at all. If not, the
// error is of class Invalid, names no data, and the row is for another way.
func Check(cells [][]byte) error {
	size := 0
	for i, cell := range cells {
		size += len(cell)
		switch {
		case string(cell) == null:
			return refused(i, `the text #N/A cannot be sent in bulk: there it stands for null`)
		case !utf8.Valid(cell):
			return refused(i, "the text is not UTF-8")
		}
	}
	if size > rowLimit {
		return connectors.Errorf(connectors.Invalid, "write", "Salesforce", "%w", errors.New("the row is longer than the 400,000 characters that can be sent in bulk"))
	}
	return nil
}

func refused(column int, why string) error {
	return connectors.Errorf(connectors.Invalid, "write", fmt.Sprintf("Salesforce column %d", column+1), "%s", why)
}
