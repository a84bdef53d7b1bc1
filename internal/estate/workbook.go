package estate

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook writes one XLSX file, sheet by sheet, row by row.
type workbook struct {
	file  *excelize.File
	sheet *excelize.StreamWriter
	row   int
	epoch int // days from the workbook's day 0 to 1970-01-01
	dates map[string]int
	red   int
	names int
	err   error // the first failure; later rows are not written
}

// Days between day 0 of Excel's two date systems and 1970-01-01.
const (
	since1900 = 25569
	since1904 = 24107
)

func newWorkbook(date1904 bool) *workbook {
	w := &workbook{file: excelize.NewFile(), epoch: since1900, dates: make(map[string]int)}
	if date1904 {
		w.epoch = since1904
		w.err = w.file.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904})
	}
	var err error
	w.red, err = w.file.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FF0000"}}})
	w.err = cmp.Or(w.err, err)
	return w
}

// begin starts a sheet with its header.
func (w *workbook) begin(sheet string, header ...any) {
	w.end()
	if w.err != nil {
		return
	}
	if w.names++; w.names == 1 {
		w.err = w.file.SetSheetName("Sheet1", sheet)
	} else {
		_, w.err = w.file.NewSheet(sheet)
	}
	if w.err == nil {
		w.sheet, w.err = w.file.NewStreamWriter(sheet)
	}
	w.row = 0
	w.add(header...)
}

// add writes one row; a day becomes a date cell in the sheet's format.
func (w *workbook) add(cells ...any) {
	if w.err != nil {
		return
	}
	w.row++
	at, err := excelize.CoordinatesToCellName(1, w.row)
	if err == nil {
		err = w.sheet.SetRow(at, cells)
	}
	w.err = err
}

// cell makes a date cell; format is Excel's, such as dd/mm/yyyy.
func (w *workbook) cell(d day, format string) any {
	style, ok := w.dates[format]
	if !ok && w.err == nil {
		style, w.err = w.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		w.dates[format] = style
	}
	return excelize.Cell{StyleID: style, Value: int(d) + w.epoch}
}

func (w *workbook) end() {
	if w.err == nil && w.sheet != nil {
		w.err = w.sheet.Flush()
	}
	w.sheet = nil
}

func (w *workbook) save(path string) error {
	w.end()
	if w.err != nil {
		return fmt.Errorf("estate: write %s: %w", path, cmp.Or(w.err, w.file.Close()))
	}
	var packed bytes.Buffer
	if err := cmp.Or(w.file.Write(&packed), w.file.Close()); err != nil {
		return fmt.Errorf("estate: write %s: %w", path, err)
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return cmp.Or(sortParts(out, packed.Bytes()), out.Close())
}

// sortParts copies a workbook with its parts in the order of their names;
// excelize writes the sheets in the random order of a map.
func sortParts(to io.Writer, packed []byte) error {
	from, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return err
	}
	slices.SortFunc(from.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(to)
	for _, part := range from.File {
		if err := out.Copy(part); err != nil {
			return err
		}
	}
	return out.Close()
}

// styled is a cell in red.
func (w *workbook) styled(text string) any { return excelize.Cell{StyleID: w.red, Value: text} }
