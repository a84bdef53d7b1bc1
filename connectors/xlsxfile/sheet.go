package xlsxfile

import (
	"fmt"
	"io"
	"strconv"

	"crosswalk/record"
)

const (
	maxRows    = 1 << 20 // the limits of the format
	maxColumns = 1 << 14
)

// A sheetReader streams the rows of one sheet. A row is a slice of values, in
// which the cells that the file leaves out are null.
type sheetReader struct {
	book  *book
	part  io.ReadCloser
	xml   *tokenizer
	texts []string // shared by all cells of the book
	begun bool     // inside or behind the rows
	ended bool

	// The row that next found, valid until the next call.
	row    int
	values []record.Value
	fault  error // why a cell could not be read

	cell   cell
	inline textBuilder
	arena  record.Arena
}

// A cell is what the file says of one cell.
type cell struct {
	column  int // from 0
	style   int
	kind    []byte // b, d, e, inlineStr, n, s, str
	value   []byte
	valued  bool // there is a value, perhaps an empty one
	formula bool
}

func (b *book) read(s sheet) (*sheetReader, error) {
	texts, err := b.texts()
	if err != nil {
		return nil, err
	}
	part, err := b.open(s.part)
	if err != nil {
		return nil, err
	}
	return &sheetReader{book: b, part: part, xml: newTokenizer(part), texts: texts}, nil
}

func (r *sheetReader) Close() error { return r.part.Close() }

// next moves to the next row that the file holds. After the last the error is
// io.EOF, but only once the whole part has proved sound.
func (r *sheetReader) next() error {
	if r.ended {
		return io.EOF
	}
	for {
		if err := r.xml.next(); err != nil {
			return r.broken(err)
		}
		switch {
		case r.xml.kind == startTag && string(r.xml.name) == "sheetData":
			r.begun = true
		case r.xml.kind == endTag && string(r.xml.name) == "sheetData":
			return r.finish()
		case r.xml.kind == startTag && r.begun && string(r.xml.name) == "row":
			if err := r.readRow(); err != nil {
				return r.broken(err)
			}
			return nil
		}
	}
}

// finish reads what follows the rows, so that the checksum of the part is
// checked, and ends the sheet.
func (r *sheetReader) finish() error {
	if _, err := io.Copy(io.Discard, r.xml.in); err != nil {
		return r.broken(err)
	}
	r.ended = true
	return io.EOF
}

func (r *sheetReader) broken(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return damaged(fmt.Sprintf("of the sheet, behind row %d,", r.row), err)
}

func (r *sheetReader) readRow() error {
	r.row++
	if n := r.xml.attr("r"); n != nil {
		row, err := strconv.Atoi(string(n))
		if err != nil || row < 1 || row > maxRows {
			return fmt.Errorf("no row number: %.20q", n)
		}
		r.row = row
	}
	r.values, r.fault = r.values[:0], nil
	r.cell.column = -1
	for {
		if err := r.xml.next(); err != nil {
			return unexpectedEnd(err)
		}
		switch {
		case r.xml.kind == startTag && string(r.xml.name) == "c":
			if err := r.readCell(); err != nil {
				return err
			}
		case r.xml.kind == endTag && string(r.xml.name) == "row":
			return nil
		}
	}
}

func (r *sheetReader) readCell() error {
	if err := r.startCell(); err != nil {
		return err
	}
	c := &r.cell
	inValue, inInline := false, false
	for {
		if err := r.xml.next(); err != nil {
			return unexpectedEnd(err)
		}
		switch {
		case inInline && !(r.xml.kind == endTag && string(r.xml.name) == "is"):
			r.inline.see(r.xml)
		case r.xml.kind == textToken:
			if inValue {
				c.value = append(c.value, r.xml.text...)
			}
		case string(r.xml.name) == "v":
			inValue = r.xml.kind == startTag
			c.valued = true
		case string(r.xml.name) == "is":
			inInline = r.xml.kind == startTag
			c.valued = true
		case string(r.xml.name) == "f":
			c.formula = true
		case r.xml.kind == endTag && string(r.xml.name) == "c":
			r.endCell()
			return nil
		}
	}
}

// startCell takes the attributes. A cell that does not say where it stands
// stands behind the one before.
func (r *sheetReader) startCell() error {
	c := &r.cell
	*c = cell{column: c.column + 1, kind: c.kind[:0], value: c.value[:0]}
	r.inline.reset()
	for _, a := range r.xml.attrs {
		switch string(a.name) {
		case "r":
			column, ok := columnOf(a.value)
			if !ok {
				return fmt.Errorf("no cell: %.20q", a.value)
			}
			c.column = column
		case "s":
			c.style, _ = strconv.Atoi(string(a.value))
		case "t":
			c.kind = append(c.kind, a.value...)
		}
	}
	if c.column >= maxColumns {
		return fmt.Errorf("more than %d columns", maxColumns)
	}
	return nil
}

func (r *sheetReader) endCell() {
	v, err := r.value()
	if err != nil && r.fault == nil {
		r.fault = fmt.Errorf("cell %s%d: %w", columnName(r.cell.column), r.row, err)
	}
	if v.IsNull() {
		return
	}
	for len(r.values) <= r.cell.column {
		r.values = append(r.values, record.Null())
	}
	r.values[r.cell.column] = v
}

// columnOf returns the column of a reference such as AB12, from 0.
func columnOf(ref []byte) (int, bool) {
	column := 0
	for i, c := range ref {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' {
			return column - 1, i > 0
		}
		if column = column*26 + int(c-'A') + 1; column > maxColumns {
			return 0, false
		}
	}
	return column - 1, column > 0
}

// columnName is the inverse of columnOf.
func columnName(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}
