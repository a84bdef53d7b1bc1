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
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
	"crosswalk/record"
)

const (
	fileColumn  = "_file"
	sheetColumn = "_sheet"
	rowColumn   = "_row"
)

// Source reads tables from workbooks. It is safe for concurrent use. Texts
// that the cells of a workbook share stay in memory from the first use of the
// workbook until Close.
type Source struct {
	tables map[string]table
	books  map[string]*book // by path
	closed atomic.Bool
}

// Open opens the workbooks of every table and finds their sheets.
func Open(_ context.Context, c Config) (*Source, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Source{tables: map[string]table{}, books: map[string]*book{}}
	if err := s.open(c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
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

func (s *Source) open(c Config) error {
	limit := c.MaxUnzipped
	if limit == 0 {
		limit = defaultMaxUnzipped
	}
	if len(c.Tables) == 0 {
		return s.openEach(c.Table, limit)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		t := c.Tables[name]
		if t.Path == "" {
			t.Path = c.Path
		}
		refs, err := s.find(t, limit)
		if err != nil {
			return err
		}
		s.tables[name] = table{t, name, refs, false}
	}
	return nil
}

// openEach makes each sheet that t finds a table of its own.
func (s *Source) openEach(t Table, limit int64) error {
	if t.Sheet == "" {
		t.Sheet = "*"
	}
	refs, err := s.find(t, limit)
	if err != nil {
		return err
	}
	for _, r := range refs {
		name := r.sheet.name
		if r.book.path != t.Path {
			name = baseName(r.book.path) + "/" + name
		}
		if other, taken := s.tables[name]; taken {
			return connectors.Errorf(connectors.Unknown, "open", t.Path,
				"%s and %s would both be the table %q; name the tables one by one under tables", other.refs[0].book.path, r.book.path, name)
		}
		s.tables[name] = table{t, name, []ref{r}, true}
	}
	return nil
}

func (s *Source) find(t Table, limit int64) ([]ref, error) {
	paths, err := filesource.Find(t.Path, ".xlsx", ".xlsm")
	if err != nil {
		return nil, err
	}
	var refs []ref
	for _, path := range paths {
		b := s.books[path]
		if b == nil {
			if b, err = openBook(path, limit); err != nil {
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

// Tables names the tables, sorted.
func (s *Source) Tables(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(s.tables)), nil
}

// Describe reads the headers of a table's sheets. Where they differ, the table
// has the columns of all of them, and a cell of a column that a sheet lacks is
// absent.
func (s *Source) Describe(_ context.Context, name string) (*record.Schema, error) {
	t, err := s.table("describe", name)
	if err != nil {
		return nil, err
	}
	return t.describe()
}

// Read starts reading a table. Its sheets are read one after another.
func (s *Source) Read(_ context.Context, q connectors.Query) (record.Reader, error) {
	t, err := s.table("read", q.Table)
	if err != nil {
		return nil, err
	}
	schema, err := t.describe()
	if err != nil {
		return nil, err
	}
	selection, err := filesource.Select(schema, q)
	if err != nil {
		return nil, err
	}
	var parts []func(context.Context) (filesource.Part, error)
	for _, r := range t.refs {
		parts = append(parts, func(context.Context) (filesource.Part, error) {
			return openPart(t, r, schema, selection)
		})
	}
	return filesource.NewReader(selection.Schema, parts), nil
}

// Traits are those of spreadsheets.
func (s *Source) Traits() connectors.Traits {
	return connectors.Traits{TimePrecision: time.Millisecond, EndDates: connectors.EndInclusive, Parallel: 8}
}

// Close closes the workbooks. Readers that are still open then fail.
func (s *Source) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	var errs []error
	for _, b := range s.books {
		errs = append(errs, b.zip.Close())
	}
	return errors.Join(errs...)
}

func (s *Source) table(op, name string) (table, error) {
	if s.closed.Load() {
		return table{}, connectors.Errorf(connectors.Unknown, op, name, "the source is closed")
	}
	t, ok := s.tables[name]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(s.tables)), ", ")
		return table{}, connectors.Errorf(connectors.Missing, op, name, "there is no such table; there are %s", known)
	}
	return t, nil
}
