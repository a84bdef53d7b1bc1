package csvfile

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

const (
	firstBuffer = 256 << 10
	recordLimit = 16 << 20 // bytes of one record; an unclosed quote stops there
	inputShown  = 300      // bytes of a broken record that its reject keeps
)

// A scanner cuts text into records, and knows how to go on after input that is
// none. It works as encoding/csv does on sound input, with two differences: a
// line break inside quotes keeps its carriage return, and after broken input
// it resumes at the line after the one that holds the fault, so a stray quote
// takes no sound line with it.
type scanner struct {
	delimiter, quote byte // quote 0: nothing quotes
	want             int  // cells of a whole record; 0 takes any number
	limit            int  // most bytes of a record
	decoded          bool // U+FFFD stands for bytes that were unsound

	in         io.Reader
	failed     error // why in gives no more; io.EOF at its end
	buf        []byte
	start, end int // buf[start:end] is not consumed yet
	line       int // line number of buf[start]

	// The record that next found, valid until the next call.
	at     int // line on which it starts
	record []byte
	cells  []span
	undone []byte // room for a cell without its doubled quotes

	// What split learned besides the cells.
	fault int // offset of what broke the record, or may yet break it
	multi int // offset of the first quote that closes on another line, or -1
}

// A span is one cell: its bytes in the record, without the outer quotes.
type span struct {
	from, to        int
	quoted, doubled bool // doubled: holds doubled quotes
}

// broken is input that is no record. It is the error of one call of next.
type broken struct {
	first, last int // lines
	reason      string
	input       string
}

func (b *broken) Error() string { return b.reason }

func newScanner(in io.Reader, decoded bool, delimiter, quote byte) *scanner {
	return &scanner{in: in, decoded: decoded, delimiter: delimiter, quote: quote, limit: recordLimit, line: 1}
}

// next finds the next record, passing over empty lines. It returns a *broken
// for input that is no record, after which reading goes on, io.EOF after the
// last record, and any other error for good.
func (s *scanner) next() error {
	for {
		data := s.buf[s.start:s.end]
		size, reason := s.split(data)
		switch {
		case reason != "":
			return s.setAside(s.fault, reason)
		case size > 0:
			if len(s.cells) == 1 && s.cells[0].to == 0 { // an empty line
				s.take(size)
				continue
			}
			return s.accept(data[:size])
		case s.failed != nil:
			return s.failed
		case len(data) >= s.limit:
			return s.setAside(s.fault, fmt.Sprintf("no end within %d bytes: is a quote not closed?", s.limit))
		}
		s.fill()
	}
}

// accept checks what only a whole record can show.
func (s *scanner) accept(data []byte) error {
	last := len(data) - 1
	switch {
	case s.want > 0 && len(s.cells) != s.want:
		return s.setAside(last, fmt.Sprintf("%d cells instead of %d", len(s.cells), s.want))
	case !s.decoded && !utf8.Valid(data):
		return s.setAside(last, "bytes that are not UTF-8: is the encoding another one?")
	case s.decoded && bytes.Contains(data, []byte("\ufffd")):
		return s.setAside(last, "bytes that the encoding does not know: is it another one?")
	}
	s.record, s.at = data, s.line
	s.take(len(data))
	return nil
}

// setAside passes over everything up to the end of the line that holds offset
// fault, and returns it as broken. If a stray quote further up made one record
// of several good ones, only the line of that quote goes.
func (s *scanner) setAside(fault int, reason string) error {
	data := s.buf[s.start:s.end]
	end := endOfRecord(data, fault)
	if s.multi >= 0 && s.standAlone(data[s.multi:end]) {
		fault, reason = s.multi, "a quote is not closed on its line"
		end = endOfRecord(data, fault)
	}
	b := &broken{first: s.line, reason: reason, input: shown(data[:end])}
	s.take(fault)
	s.skipLine()
	b.last = max(b.first, s.line-1)
	return b
}

// standAlone tells good records that a stray quote runs together from a cell
// that truly has line breaks: every line after that of the quote is a whole
// record by itself. A true closing quote would spoil the last line.
func (s *scanner) standAlone(data []byte) bool {
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	probe := scanner{delimiter: s.delimiter, quote: s.quote, failed: io.EOF}
	for len(rest) > 0 {
		size, reason := probe.split(rest)
		if reason != "" || len(probe.cells) != s.want {
			return false
		}
		rest = rest[size:]
	}
	return true
}

// skipLine passes over the rest of a line of any length. A failed read shows
// at the next call of next.
func (s *scanner) skipLine() {
	for {
		if i := bytes.IndexByte(s.buf[s.start:s.end], '\n'); i >= 0 {
			s.take(i + 1)
			return
		}
		s.start = s.end
		if s.failed != nil {
			return
		}
		s.fill()
	}
}

func (s *scanner) take(n int) {
	s.line += bytes.Count(s.buf[s.start:s.start+n], []byte("\n"))
	s.start += n
}

// fill fills buf, which grows only for a record that needs it. It fills all of
// it because split starts anew each time.
func (s *scanner) fill() {
	if s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		s.buf = slices.Grow(s.buf, max(firstBuffer, len(s.buf)))
		s.buf = s.buf[:cap(s.buf)]
	}
	for s.end < len(s.buf) && s.failed == nil {
		var n int
		n, s.failed = s.in.Read(s.buf[s.end:])
		s.end += n
	}
}

// cell returns the bytes of cell i, valid until the next call.
func (s *scanner) cell(i int) []byte {
	c := s.cells[i]
	text := s.record[c.from:c.to]
	if !c.doubled {
		return text
	}
	s.undone = s.undone[:0]
	for {
		q := bytes.IndexByte(text, s.quote)
		if q < 0 {
			s.undone = append(s.undone, text...)
			return s.undone
		}
		s.undone = append(s.undone, text[:q+1]...)
		text = text[q+2:]
	}
}

func shown(p []byte) string {
	p = bytes.TrimRight(p, "\r\n")
	if len(p) > inputShown {
		return string(p[:inputShown]) + "..."
	}
	return string(p)
}
