package csvfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
	"crosswalk/record"
)

// Where a column of the table stands when it is not a cell of the file.
const (
	absent = -1 - iota
	fileName
	lineNumber
)

// A part turns the records of one file into rows of its table.
type part struct {
	*file
	selection *filesource.Selection
	from      []int // for each column of the table: cell of the file, or one of the above
	trim      bool
	nulls     []string
	name      record.Value
	batch     *record.Batch // being filled
}

func openPart(t table, path string, schema *record.Schema, selection *filesource.Selection) (*part, error) {
	f, err := openFile(t.Table, path)
	if err != nil {
		return nil, err
	}
	p := &part{file: f, selection: selection, trim: t.Trim, nulls: t.NullTokens, name: record.Text(f.base())}
	for _, field := range schema.Fields {
		at := slices.Index(f.names, field.Name)
		switch {
		case field.Name == fileColumn:
			at = fileName
		case field.Name == lineColumn:
			at = lineNumber
		case at < 0:
			at = absent
		}
		p.from = append(p.from, at)
	}
	for _, name := range f.names {
		if schema.Index(name) < 0 {
			f.Close()
			return nil, connectors.Errorf(connectors.Transient, "read", path, "the header changed since the table was described; start again")
		}
	}
	return p, nil
}

func (p *part) Read(_ context.Context, b *record.Batch) error {
	p.batch = b
	value := p.value
	for looked := 0; looked < filesource.Look && !b.Full(); looked++ {
		if err := p.next(); err == nil {
			p.selection.Add(b, value)
		} else if err := p.handle(b, err); err != nil {
			return err
		}
	}
	return nil
}

// handle deals with what next returned instead of a record.
func (p *part) handle(b *record.Batch, err error) error {
	if bad, ok := errors.AsType[*broken](err); ok {
		b.Rejects = append(b.Rejects, p.reject(bad))
		return nil
	}
	if err != io.EOF {
		return filesource.Fail("read", fmt.Sprintf("%s:%d", p.path, p.line), p.explain(err))
	}
	if err := p.unchanged(); err != nil {
		return err
	}
	return io.EOF
}

func (p *part) reject(bad *broken) record.Reject {
	r := record.Reject{
		Where:  fmt.Sprintf("%s:%d", p.base(), bad.first),
		Reason: bad.reason,
		Input:  bad.input,
	}
	if bad.last > bad.first {
		r.Reason = fmt.Sprintf("lines %d to %d: %s", bad.first, bad.last, bad.reason)
	}
	return r
}

// value returns a column of the table in the current record.
func (p *part) value(column int) record.Value {
	at := p.from[column]
	switch at {
	case absent:
		return record.Absent()
	case fileName:
		return p.name
	case lineNumber:
		return record.Int(int64(p.at))
	}
	text := p.cell(at)
	if p.trim {
		text = bytes.TrimSpace(text)
	}
	if !p.cells[at].quoted {
		for _, null := range p.nulls {
			if string(text) == null {
				return record.Null()
			}
		}
	}
	return p.batch.Text(text)
}
