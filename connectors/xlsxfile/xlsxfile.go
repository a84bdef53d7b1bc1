// Package xlsxfile reads the sheets of Excel workbooks as the tables of a
// source.
//
//	Customers.xlsx      1  Customers EMEA                          passed over
//	  sheet EMEA        2  Customer   City      Since              header
//	                    3  Aalto Oy   Helsinki  2019-04-01         row
//	                    4  Summe: 1                                reject
//
// A sheet is laid out for people. The first row with two texts is taken for
// the header, blank rows are passed over, subtotals and repeated headers are
// set aside when the settings say how to know them; a value under no header
// sets its row aside, for it would be lost otherwise. Hidden rows and columns
// are read like others; hidden sheets only if they are asked for.
//
// Any cell may hold any kind of value, so columns have no type of their own;
// what a cell becomes is told at sheetReader.value. Numbers are exact to the
// 15 digits that spreadsheet programs keep. Merged cells have their value in
// the first cell alone, unless fill_merged is set.
//
// Three columns follow those of the sheet, so that each row can be traced
// back: _file, _sheet, and _row, the number at the left margin.
package xlsxfile

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
)

const (
	fileColumn  = "_file"
	sheetColumn = "_sheet"
	rowColumn   = "_row"
)

// Source reads tables from workbooks. It is safe for concurrent use. Texts
// that the cells of a workbook share stay in memory from the first use of the
// workbook until Close. Readers that are still open then fail.
type Source struct{ *filesource.Catalog }

// Open opens the workbooks of every table and finds their sheets.
func Open(_ context.Context, c Config) (*Source, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := shelf{books: map[string]*book{}, maxUnzipped: cmp.Or(c.MaxUnzipped, defaultMaxUnzipped)}
	tables, err := s.open(c)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return &Source{filesource.NewCatalog(tables, s.close)}, nil
}

// OpenFile opens one sheet of a workbook as a source with one table. A sheet
// of "" means the only visible one.
func OpenFile(ctx context.Context, path, sheet string) (*Source, error) {
	name := sheet
	if name == "" || filesource.IsPattern(name) {
		name = baseName(path)
	}
	return Open(ctx, Config{Tables: map[string]Table{name: {Path: path, Sheet: sheet}}})
}

// Traits are those of spreadsheets.
func (s *Source) Traits() connectors.Traits {
	return connectors.Traits{TimePrecision: time.Millisecond, EndDates: connectors.EndInclusive, Parallel: 8}
}

// A shelf holds the workbooks of a Source.
type shelf struct {
	books       map[string]*book // by path
	maxUnzipped int64
}

func (s shelf) close() error {
	var errs []error
	for _, b := range s.books {
		errs = append(errs, b.zip.Close())
	}
	return errors.Join(errs...)
}

func (s shelf) open(c Config) (map[string]filesource.Table, error) {
	if len(c.Tables) == 0 {
		return s.openEach(c.Table)
	}
	tables := map[string]filesource.Table{}
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		t := c.Tables[name]
		t.Path = cmp.Or(t.Path, c.Path)
		refs, err := s.find(t)
		if err != nil {
			return nil, err
		}
		tables[name] = table{t, name, refs, false}
	}
	return tables, nil
}

// openEach makes each sheet that t finds a table of its own.
func (s shelf) openEach(t Table) (map[string]filesource.Table, error) {
	t.Sheet = cmp.Or(t.Sheet, "*")
	refs, err := s.find(t)
	if err != nil {
		return nil, err
	}
	tables, first := map[string]filesource.Table{}, map[string]ref{}
	for _, r := range refs {
		name := r.sheet.name
		if r.book.path != t.Path {
			name = baseName(r.book.path) + "/" + name
		}
		if other, taken := first[name]; taken {
			return nil, connectors.Errorf(connectors.Unknown, "open", t.Path,
				"%s and %s would both be the table %q; name the tables one by one under tables", other.book.path, r.book.path, name)
		}
		tables[name], first[name] = table{t, name, []ref{r}, true}, r
	}
	return tables, nil
}

// find opens the workbooks of a table and finds its sheets.
func (s shelf) find(t Table) ([]ref, error) {
	paths, err := filesource.Find(t.Path, ".xlsx", ".xlsm")
	if err != nil {
		return nil, err
	}
	var refs []ref
	for _, path := range paths {
		b := s.books[path]
		if b == nil {
			if b, err = openBook(path, s.maxUnzipped); err != nil {
				return nil, err
			}
			s.books[path] = b
		}
		sheets, err := b.find(t.Sheet, t.Hidden)
		if err != nil {
			return nil, err
		}
		for _, found := range sheets {
			refs = append(refs, newRef(b, found))
		}
	}
	return refs, nil
}

func baseName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}
