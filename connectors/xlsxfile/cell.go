package xlsxfile

import (
	"errors"
	"fmt"
	"strconv"

	"crosswalk/record"
)

// value turns what the file says of a cell into a value:
//
//	t           value
//	s           Text, a shared string
//	inlineStr   Text
//	str         Text, the result of a formula
//	b           Bool
//	e           Text, the error as shown: #N/A
//	d           Date, Local, or a Text such as 07:30:00
//	n or none   by the number format of the style, see number and temporal
//
// The result of a formula is the one that was saved with it.
func (r *sheetReader) value() (record.Value, error) {
	c := &r.cell
	if !c.valued {
		if c.formula {
			return record.Value{}, errors.New("a formula without its result; open the file in a spreadsheet program and save it")
		}
		return record.Null(), nil
	}
	switch string(c.kind) {
	case "inlineStr":
		return r.text(r.inline.text), nil
	case "str":
		return r.text(c.value), nil
	case "e":
		return r.text(c.value), nil
	}
	if len(c.value) == 0 {
		return record.Null(), nil
	}
	switch string(c.kind) {
	case "s":
		i, err := strconv.Atoi(string(c.value))
		if err != nil || i < 0 || i >= len(r.texts) {
			return record.Value{}, fmt.Errorf("there is no shared text %.20q", c.value)
		}
		return record.Text(r.texts[i]), nil
	case "b":
		return boolean(string(c.value))
	case "d":
		return isoDate(string(c.value))
	case "", "n":
		return r.numeric(c)
	}
	return record.Value{}, fmt.Errorf("an unknown type of cell: %.20q", c.kind)
}

func (r *sheetReader) text(raw []byte) record.Value {
	return record.Text(r.arena.String(unescape(raw)))
}

func boolean(text string) (record.Value, error) {
	switch text {
	case "1", "true":
		return record.Bool(true), nil
	case "0", "false":
		return record.Bool(false), nil
	}
	return record.Value{}, fmt.Errorf("%.20q is no truth value", text)
}

func (r *sheetReader) numeric(c *cell) (record.Value, error) {
	f := plainNumber
	if c.style >= 0 && c.style < len(r.book.formats) {
		f = r.book.formats[c.style]
	}
	if f != plainNumber {
		serial, err := strconv.ParseFloat(string(c.value), 64)
		if err != nil {
			return record.Value{}, noNumber(c.value)
		}
		if v, ok := temporal(serial, f, r.book.since1904); ok {
			return v, nil
		}
	}
	return number(c.value)
}
