package csvfile

import (
	"bytes"
	"io"
)

// split finds the record at the start of data and notes its cells. It returns
// the size of the record with its line break, or 0 if data does not hold all
// of it yet. If the input is no record, it says why, and s.fault tells where.
func (s *scanner) split(data []byte) (size int, reason string) {
	s.cells, s.fault, s.multi = s.cells[:0], 0, -1
	end := bytes.IndexByte(data, '\n')
	size = end + 1
	if end < 0 {
		if s.failed != io.EOF {
			return 0, ""
		}
		end, size = len(data), len(data)
	}
	if s.quote != 0 && bytes.IndexByte(data[:end], s.quote) >= 0 {
		return s.splitQuoted(data, end)
	}
	s.splitPlain(data[:lineEnd(data, end)])
	return size, ""
}

// lineEnd is end without the carriage return of a line break.
func lineEnd(data []byte, end int) int {
	if end > 0 && data[end-1] == '\r' {
		return end - 1
	}
	return end
}

// splitPlain notes the cells of a line without quotes: nearly every line.
func (s *scanner) splitPlain(line []byte) {
	from := 0
	for {
		i := bytes.IndexByte(line[from:], s.delimiter)
		if i < 0 {
			break
		}
		s.cells = append(s.cells, span{from: from, to: from + i})
		from += i + 1
	}
	s.cells = append(s.cells, span{from: from, to: len(line)})
}

// splitQuoted is split for a record with quotes; its first line ends at end.
func (s *scanner) splitQuoted(data []byte, end int) (size int, reason string) {
	at := 0
	for {
		var next int
		if at < len(data) && data[at] == s.quote {
			next, reason = s.quotedCell(data, at)
		} else {
			if at > end { // a quoted cell went on to a later line
				i := bytes.IndexByte(data[at:], '\n')
				if end = at + i; i < 0 {
					end = len(data)
				}
			}
			next, reason = s.plainCell(data, at, end)
		}
		switch {
		case reason != "" || next < 0:
			return 0, reason
		case next < len(data) && data[next] == s.delimiter:
			at = next + 1
		default:
			return endOfRecord(data, next), ""
		}
	}
}

func endOfRecord(data []byte, at int) int {
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

// plainCell notes the cell without quotes at data[at:]. It returns the offset
// of what follows it, or -1 if data does not show that yet.
func (s *scanner) plainCell(data []byte, at, end int) (next int, reason string) {
	if end == len(data) && s.failed != io.EOF {
		return -1, ""
	}
	next = lineEnd(data, end)
	if i := bytes.IndexByte(data[at:next], s.delimiter); i >= 0 {
		next = at + i
	}
	if bytes.IndexByte(data[at:next], s.quote) >= 0 {
		s.fault = at
		return 0, "a quote inside a cell that does not begin with one"
	}
	s.cells = append(s.cells, span{from: at, to: next})
	return next, ""
}

// quotedCell does the same for the cell whose opening quote is data[at].
func (s *scanner) quotedCell(data []byte, at int) (next int, reason string) {
	final := s.failed == io.EOF
	s.fault = at
	doubled := false
	for next = at + 1; ; next++ {
		i := bytes.IndexByte(data[next:], s.quote)
		if i < 0 {
			if final {
				return 0, "a quote is never closed"
			}
			return -1, ""
		}
		next += i + 1
		if next == len(data) || data[next] != s.quote {
			break
		}
		doubled = true
	}
	if !final && (next == len(data) || next+1 == len(data) && data[next] == '\r') {
		return -1, ""
	}
	if !s.ends(data[next:]) {
		return 0, "text after a closing quote"
	}
	s.cells = append(s.cells, span{from: at + 1, to: next - 1, quoted: true, doubled: doubled})
	if s.multi < 0 && bytes.IndexByte(data[at:next], '\n') >= 0 {
		s.multi = at
	}
	return next, ""
}

// ends reports whether rest begins with what may follow a closing quote.
func (s *scanner) ends(rest []byte) bool {
	if len(rest) == 0 || rest[0] == s.delimiter || rest[0] == '\n' {
		return true
	}
	return rest[0] == '\r' && (len(rest) == 1 || rest[1] == '\n')
}
