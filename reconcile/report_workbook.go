package reconcile

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/xuri/excelize/v2"
)

// workbook is a file of sheets that all look the same: a dark head that stays
// in sight, filters, text that is text.
type workbook struct {
	file                                        *excelize.File
	headStyle, textStyle, numberStyle, nilStyle int
}

// sheet is a table before it is written.
type sheet struct {
	name    string
	columns []sheetColumn
	rows    [][]any // of excelize.Cell
}

type sheetColumn struct {
	title string
	width float64 // in characters
}

// newWorkbook makes an empty workbook. Its times are those of the run, since
// the same report must be the same bytes.
func newWorkbook(r *Report) (*workbook, error) {
	b := &workbook{file: excelize.NewFile().SetZipWriter(newSortedZip)}
	err := b.file.SetDocProps(&excelize.DocProperties{
		Creator: "crosswalk", Title: legible(r.title() + " of " + r.lineTitle()), Identifier: legible(r.Run), Created: r.Finished, Modified: r.Finished,
	})
	if err != nil {
		return nil, err
	}
	const asText, grouped = 49, 3 // number formats @ and #,##0
	top := &excelize.Alignment{Vertical: "top"}
	for _, style := range []struct {
		id   *int
		look excelize.Style
	}{
		{&b.headStyle, excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F3A4D"}}}},
		{&b.textStyle, excelize.Style{NumFmt: asText, Alignment: top}},
		{&b.numberStyle, excelize.Style{NumFmt: grouped, Alignment: top}},
		{&b.nilStyle, excelize.Style{NumFmt: asText, Alignment: top, Font: &excelize.Font{Italic: true, Color: "808080"}}},
	} {
		if *style.id, err = b.file.NewStyle(&style.look); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// text is a cell of text.
func (b *workbook) text(s string) excelize.Cell {
	return excelize.Cell{StyleID: b.textStyle, Value: cut([]rune(legible(s)), 0, 0, cellLimit).String()}
}

// value is a cell of a value that has been made ready.
func (b *workbook) value(s shown) excelize.Cell {
	if s.Null {
		return excelize.Cell{StyleID: b.nilStyle, Value: s.String()}
	}
	return excelize.Cell{StyleID: b.textStyle, Value: s.String()}
}

func (b *workbook) number(n int64) excelize.Cell {
	return excelize.Cell{StyleID: b.numberStyle, Value: n}
}

// write adds s to the workbook. The first sheet takes the place of the one
// that a new file comes with.
func (b *workbook) write(s sheet) error {
	if b.file.GetSheetName(0) == "Sheet1" {
		if err := b.file.SetSheetName("Sheet1", s.name); err != nil {
			return err
		}
	} else if _, err := b.file.NewSheet(s.name); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(s.columns), len(s.rows)+1)
	if err != nil {
		return err
	}
	if err := b.file.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	out, err := b.file.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	if err := b.head(out, s.columns); err != nil {
		return err
	}
	for i, row := range s.rows {
		if err := out.SetRow(fmt.Sprintf("A%d", i+2), row); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (b *workbook) head(out *excelize.StreamWriter, columns []sheetColumn) error {
	titles := make([]any, len(columns))
	for i, column := range columns {
		if err := out.SetColWidth(i+1, i+1, column.width); err != nil {
			return err
		}
		titles[i] = excelize.Cell{StyleID: b.headStyle, Value: column.title}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return out.SetRow("A1", titles)
}

// sortedZip writes the parts of a workbook in the order of their names, so
// that the same report is the same bytes.
type sortedZip struct {
	*zip.Writer
	parts map[string]*bytes.Buffer
}

func newSortedZip(w io.Writer) excelize.ZipWriter {
	return &sortedZip{zip.NewWriter(w), map[string]*bytes.Buffer{}}
}

// Create begins a part. It stays in memory until Close.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	part := &bytes.Buffer{}
	z.parts[name] = part
	return part, nil
}

// Close writes all parts.
func (z *sortedZip) Close() error {
	for _, name := range slices.Sorted(maps.Keys(z.parts)) {
		part, err := z.Writer.Create(name)
		if err != nil {
			return err
		}
		if _, err := part.Write(z.parts[name].Bytes()); err != nil {
			return err
		}
	}
	return z.Writer.Close()
}
