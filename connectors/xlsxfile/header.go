package xlsxfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"crosswalk/record"
)

// A layout says what the columns of one sheet are. The zero layout is that of
// a sheet without any value.
type layout struct {
	row     int // of the header
	columns []column
}

type column struct {
	at     int    // from 0
	header string // as it stands in the sheet, in one line; empty if there is none
	cell   record.Value
	name   string // in the table; empty if the column is left out
}

// minTexts is how many texts make a row the header where no row is named: a
// title above the table is a single text.
const minTexts = 2

// findHeader reads up to the header of a sheet.
func findHeader(r *sheetReader, t Table) (layout, error) {
	empty := true
	for {
		err := r.next()
		if err == io.EOF {
			return noHeader(t, empty)
		}
		if err != nil {
			return layout{}, err
		}
		empty = empty && blank(r.values)
		switch {
		case r.row == t.HeaderRow && !blank(r.values), t.HeaderRow == 0 && countTexts(r.values) >= minTexts:
			if r.fault != nil {
				return layout{}, r.fault
			}
			return newLayout(r.row, r.values, t.Columns)
		case t.HeaderRow > 0 && r.row >= t.HeaderRow:
			return layout{}, fmt.Errorf("row %d is empty; header_row must be the row that names the columns", t.HeaderRow)
		}
	}
}

func noHeader(t Table, empty bool) (layout, error) {
	switch {
	case empty:
		return layout{}, nil
	case t.HeaderRow > 0:
		return layout{}, fmt.Errorf("the sheet ends before row %d; header_row must be the row that names the columns", t.HeaderRow)
	}
	return layout{}, errors.New("no row holds two texts that could name the columns; give header_row")
}

// newLayout makes columns of the cells of a header.
func newLayout(row int, cells []record.Value, names map[string]string) (layout, error) {
	l := layout{row: row}
	for at := range max(len(cells), lastLetter(names)+1) {
		c := column{at: at}
		if at < len(cells) {
			c.header, c.cell = oneLine(cells[at]), cells[at]
		}
		given, isGiven := names["["+columnName(at)+"]"]
		if !isGiven {
			given, isGiven = names[c.header]
		}
		if c.name = c.header; isGiven {
			c.name = given
		}
		if c.header == "" && !isGiven {
			continue
		}
		if err := l.check(c); err != nil {
			return layout{}, fmt.Errorf("row %d, the header: %w", row, err)
		}
		l.columns = append(l.columns, c)
	}
	return l, nil
}

func (l layout) check(c column) error {
	for _, other := range l.columns {
		if c.name != "" && other.name == c.name {
			return fmt.Errorf("columns %s and %s are both called %q; give one another name under columns, as \"[%[2]s]\"",
				columnName(other.at), columnName(c.at), c.name)
		}
	}
	if err := checkName(c.name); err != nil {
		return fmt.Errorf("%w; give it another name under columns", err)
	}
	return nil
}

// lastLetter returns the last column that the keys of names give as "[F]".
func lastLetter(names map[string]string) int {
	last := -1
	for key := range names {
		letters, ok := strings.CutPrefix(key, "[")
		if letters, closed := strings.CutSuffix(letters, "]"); ok && closed {
			if at, ok := columnOf([]byte(letters)); ok && columnName(at) == letters {
				last = max(last, at)
			}
		}
	}
	return last
}

// names returns the names of the columns that are not left out.
func (l layout) names() []string {
	var names []string
	for _, c := range l.columns {
		if c.name != "" {
			names = append(names, c.name)
		}
	}
	return names
}

// uses reports whether a key of Table.Columns names one of the columns.
func (l layout) uses(key string) bool {
	return slices.ContainsFunc(l.columns, func(c column) bool {
		return c.header == key || "["+columnName(c.at)+"]" == key
	})
}

// repeats reports whether a row is the header once more.
func (l layout) repeats(cells []record.Value) bool {
	for _, c := range l.columns {
		if c.header != "" && (c.at >= len(cells) || cells[c.at] != c.cell) {
			return false
		}
	}
	return len(l.columns) > 0
}

// oneLine is a header without the line breaks that make a column narrow.
func oneLine(v record.Value) string { return strings.Join(strings.Fields(v.String()), " ") }

func blank(cells []record.Value) bool {
	return !slices.ContainsFunc(cells, func(v record.Value) bool { return !isBlank(v) })
}

func isBlank(v record.Value) bool {
	return v.IsNull() || v.Kind() == record.KindText && strings.TrimSpace(v.AsText()) == ""
}

func countTexts(cells []record.Value) int {
	n := 0
	for _, v := range cells {
		if v.Kind() == record.KindText && !isBlank(v) {
			n++
		}
	}
	return n
}
