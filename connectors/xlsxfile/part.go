package xlsxfile

import (
	"context"
	"fmt"
	"io"
	"strings"

	"crosswalk/internal/filesource"
	"crosswalk/record"
)

// Where a column of the table stands when it is not a column of the sheet.
const (
	absent = -1 - iota
	fileName
	sheetName
	rowNumber
)

// inputShown is how much of a row its reject keeps, in bytes.
const inputShown = 300

// A part turns the rows of one sheet into rows of its table.
type part struct {
	*sheetReader
	table     table
	origin    ref
	layout    layout
	selection *filesource.Selection
	from      []int  // for each column of the table: column of the sheet, or one of the above
	known     []bool // columns of the sheet that the table has or leaves out
	merged    filler
}

func openPart(t table, origin ref, schema *record.Schema, selection *filesource.Selection) (*part, error) {
	found, err := origin.layout(t.Table)
	if err != nil {
		return nil, err
	}
	p := &part{table: t, origin: origin, layout: found, selection: selection}
	p.place(schema)
	if t.FillMerged {
		if p.merged.waiting, err = origin.book.mergedBlocks(origin.sheet, found.row); err != nil {
			return nil, origin.fail(err)
		}
	}
	if p.sheetReader, err = origin.book.read(origin.sheet); err != nil {
		return nil, origin.fail(err)
	}
	return p, nil
}

// place finds the columns of the table in the sheet.
func (p *part) place(schema *record.Schema) {
	at := map[string]int{fileColumn: fileName, sheetColumn: sheetName, rowColumn: rowNumber}
	for _, c := range p.layout.columns {
		for len(p.known) <= c.at {
			p.known = append(p.known, false)
		}
		p.known[c.at] = true
		if c.name != "" {
			at[c.name] = c.at
		}
	}
	for _, f := range schema.Fields {
		if column, ok := at[f.Name]; ok {
			p.from = append(p.from, column)
		} else {
			p.from = append(p.from, absent)
		}
	}
}

func (p *part) Read(_ context.Context, b *record.Batch) error {
	value := p.column
	for looked := 0; looked < filesource.Look && !b.Full(); looked++ {
		if err := p.next(); err == io.EOF {
			return io.EOF
		} else if err != nil {
			return p.origin.fail(err)
		}
		if p.row <= p.layout.row {
			continue
		}
		if p.table.FillMerged {
			p.values = p.merged.fill(p.row, p.values)
		}
		if p.fault == nil && p.table.skipBlank() && blank(p.values) {
			continue
		}
		if reason := p.unfit(); reason != "" {
			b.Rejects = append(b.Rejects, p.reject(reason))
			continue
		}
		p.selection.Add(b, value)
	}
	return nil
}

// unfit says why the current row is no row of the table.
func (p *part) unfit() string {
	if p.fault != nil {
		return p.fault.Error()
	}
	if p.layout.repeats(p.values) {
		return "the header again"
	}
	if prefix := p.subtotal(); prefix != "" {
		return fmt.Sprintf("a subtotal: it begins with %q", prefix)
	}
	for at, v := range p.values {
		if (at >= len(p.known) || !p.known[at]) && !isBlank(v) {
			return fmt.Sprintf("cell %s%d stands under no header; name its column under columns, as \"[%[1]s]\", or leave it out by the name \"\"",
				columnName(at), p.row)
		}
	}
	return ""
}

// subtotal returns the prefix with which the first text of the row begins.
func (p *part) subtotal() string {
	for _, v := range p.values {
		if v.Kind() != record.KindText || isBlank(v) {
			continue
		}
		text := strings.TrimSpace(v.AsText())
		for _, prefix := range p.table.Subtotal {
			if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
				return prefix
			}
		}
		return ""
	}
	return ""
}

func (p *part) reject(reason string) record.Reject {
	var input strings.Builder
	for i, v := range p.values {
		if i > 0 {
			input.WriteString(" | ")
		}
		input.WriteString(v.String())
		if input.Len() > inputShown {
			break
		}
	}
	shown := input.String()
	if len(shown) > inputShown {
		shown = strings.ToValidUTF8(shown[:inputShown], "") + "..."
	}
	return record.Reject{Where: fmt.Sprintf("%s:%d", p.origin, p.row), Reason: reason, Input: shown}
}

// column returns a column of the table in the current row.
func (p *part) column(column int) record.Value {
	at := p.from[column]
	switch at {
	case absent:
		return record.Absent()
	case fileName:
		return p.origin.file
	case sheetName:
		return p.origin.title
	case rowNumber:
		return record.Int(int64(p.row))
	}
	if at < len(p.values) {
		return p.values[at]
	}
	return record.Null()
}
