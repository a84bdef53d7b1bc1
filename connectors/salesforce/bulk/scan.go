package bulk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	firstBuffer = 256 << 10
	recordLimit = 16 << 20 // bytes; the platform's rows end at 400,000 characters
)

// scanner cuts CSV as the platform writes it into records: comma, line feed,
// and quotes that are doubled inside quotes. It copies nothing: cells are
// parts of its buffer. Whatever is not sound CSV is an error.
type scanner struct {
	in         io.Reader
	buf        []byte
	start, end int // buf[start:end] is not consumed
	failed     error

	cells   [][]byte
	doubled []int // cells that hold doubled quotes
}

func newScanner(in io.Reader) *scanner { return &scanner{in: in, buf: make([]byte, firstBuffer)} }

var (
	errMore  = errors.New("the record goes on")
	errQuote = errors.New("the result is not sound CSV: a quote stands where none may be")
)

// next returns the cells of the next record, valid until the next call, and
// io.EOF after the last one.
func (s *scanner) next() ([][]byte, error) {
	for {
		if s.start < s.end || s.failed == nil {
			size, err := s.split(s.buf[s.start:s.end])
			if err == nil {
				s.start += size
				s.collapse()
				return s.cells, nil
			}
			if !errors.Is(err, errMore) {
				return nil, err
			}
		}
		if s.failed != nil {
			return nil, s.ending()
		}
		s.fill()
	}
}

// ending is the error after the last record. Within a record, the end of the
// input is no end.
func (s *scanner) ending() error {
	if s.failed == io.EOF && s.start < s.end {
		return fmt.Errorf("the result is cut off: %w", io.ErrUnexpectedEOF)
	}
	return s.failed
}

// split finds the cells of the record with which data begins, and its size.
func (s *scanner) split(data []byte) (int, error) {
	s.cells, s.doubled = s.cells[:0], s.doubled[:0]
	for i := 0; ; i++ {
		from, quoted := i, i < len(data) && data[i] == '"'
		var to int
		if quoted {
			if to = s.closing(data, i+1); to < 0 {
				return 0, errMore
			}
			from, i = i+1, to+1
		} else {
			for i < len(data) && data[i] != ',' && data[i] != '\n' && data[i] != '"' {
				i++
			}
			to = i
		}
		// Of a last line without its line feed only a quoted cell is whole for sure.
		if i == len(data) && !(quoted && s.failed == io.EOF) {
			return 0, errMore
		}
		s.cells = append(s.cells, data[from:to])
		switch {
		case i == len(data):
			return i, nil
		case data[i] == '\n':
			return i + 1, nil
		case data[i] != ',':
			return 0, errQuote
		}
	}
}

// closing finds the quote that closes a cell, or -1 if it is not there yet.
func (s *scanner) closing(data []byte, i int) int {
	for first := true; ; first = false {
		n := bytes.IndexByte(data[i:], '"')
		i += n
		switch {
		case n < 0, i+1 == len(data) && s.failed == nil:
			return -1
		case i+1 == len(data) || data[i+1] != '"':
			return i
		case first:
			s.doubled = append(s.doubled, len(s.cells))
		}
		i += 2
	}
}

// collapse makes one quote of two, in place: the record is whole, so its bytes
// are not looked at again.
func (s *scanner) collapse() {
	for _, n := range s.doubled {
		cell := s.cells[n]
		to := 0
		for i := 0; i < len(cell); i++ {
			cell[to] = cell[i]
			to++
			if cell[i] == '"' {
				i++
			}
		}
		s.cells[n] = cell[:to]
	}
}

// fill reads on. The record in the buffer moves to its start.
func (s *scanner) fill() {
	if s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= recordLimit {
			s.failed = fmt.Errorf("a record is larger than %d MB", recordLimit>>20)
			return
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.in.Read(s.buf[s.end:])
	s.end += n
	s.failed = err
}
