package bulk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// errLineEnding says that a row ends otherwise than its job declares.
var errLineEnding = errors.New("line ending")

// A csvReader reads delimited text as Bulk API 2.0 wants it: values are not
// trimmed, a value in quotes may hold anything, and a quote stands nowhere
// else. Package encoding/csv would accept too much, and would turn CRLF
// within a value to LF.
type csvReader struct {
	in        *bufio.Reader
	delimiter byte
	crlf      bool // rows end with CRLF, else with LF
	lenient   bool // rows may end with either

	text []byte // the values of the row, one after the other
	ends []int  // where each value ends in text
	bad  string // why the row cannot be taken, or ""
}

func newCSVReader(in io.Reader, format format) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(in, 1<<18), delimiter: format.delimiter, crlf: format.crlf}
}

// read returns the values of the next row, or io.EOF after the last. A row
// that breaks the rules within a line is returned with the reason in bad; the
// next row can be read. Blank lines are passed over.
func (r *csvReader) read() (values []string, bad string, err error) {
	for {
		r.text, r.ends, r.bad = r.text[:0], r.ends[:0], ""
		if err := r.row(); err != nil {
			return nil, "", err
		}
		if len(r.ends) == 1 && r.ends[0] == 0 && r.bad == "" {
			continue
		}
		return r.values(), r.bad, nil
	}
}

// values cuts one string, so a row costs two allocations whatever its width.
func (r *csvReader) values() []string {
	text := string(r.text)
	values := make([]string, len(r.ends))
	start := 0
	for i, end := range r.ends {
		values[i] = text[start:end]
		start = end
	}
	return values
}

// row reads up to and with the end of the row.
func (r *csvReader) row() error {
	for {
		last, err := r.value()
		if err != nil {
			return err
		}
		r.ends = append(r.ends, len(r.text))
		if last {
			return nil
		}
	}
}

// value reads one value and what ends it; last tells that the row ends too.
func (r *csvReader) value() (last bool, err error) {
	b, err := r.in.ReadByte()
	if err == io.EOF && len(r.ends) > 0 {
		return true, nil // the file ends after a delimiter: a last, empty value
	}
	if err != nil {
		return false, err
	}
	if b == '"' {
		return r.quoted()
	}
	if err := r.in.UnreadByte(); err != nil {
		return false, err
	}
	return r.plain()
}

// quoted reads on behind an opening quote.
func (r *csvReader) quoted() (last bool, err error) {
	for {
		b, err := r.in.ReadByte()
		if err == io.EOF {
			r.bad = "A value in quotes does not end"
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if b != '"' {
			r.text = append(r.text, b)
			continue
		}
		next, err := r.in.ReadByte()
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if next == '"' {
			r.text = append(r.text, '"')
			continue
		}
		if err := r.in.UnreadByte(); err != nil {
			return false, err
		}
		if next != r.delimiter && next != '\n' && next != '\r' {
			r.bad = unescapedQuote
		}
		return r.plain()
	}
}

const unescapedQuote = "Found unescaped quote. A value with quote should be within a quote"

// plain reads up to a delimiter or the end of the row.
func (r *csvReader) plain() (last bool, err error) {
	for {
		b, err := r.in.ReadByte()
		switch {
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, err
		case b == r.delimiter:
			return false, nil
		case b == '\n' && r.crlf && !r.lenient:
			return false, errLineEnding
		case b == '\n':
			return true, nil
		case b == '\r':
			next, err := r.in.ReadByte()
			if err != nil && err != io.EOF {
				return false, err
			}
			if err == nil && next == '\n' && (r.crlf || r.lenient) {
				return true, nil
			}
			return false, errLineEnding
		case b == '"':
			r.bad = unescapedQuote
		}
		r.text = append(r.text, b)
	}
}

// format is how the values and rows of a file are separated.
type format struct {
	delimiter byte
	crlf      bool
}

var delimiters = map[string]byte{
	"COMMA": ',', "TAB": '\t', "PIPE": '|', "SEMICOLON": ';', "CARET": '^', "BACKQUOTE": '`',
}

// newFormat reads the names that a job gives. Empty ones stand for the
// defaults.
func newFormat(columnDelimiter, lineEnding string) (format, error) {
	delimiter, ok := delimiters[columnDelimiter]
	if !ok {
		return format{}, fmt.Errorf("unknown columnDelimiter: %s", columnDelimiter)
	}
	if lineEnding != "LF" && lineEnding != "CRLF" {
		return format{}, fmt.Errorf("unknown lineEnding: %s", lineEnding)
	}
	return format{delimiter: delimiter, crlf: lineEnding == "CRLF"}, nil
}
