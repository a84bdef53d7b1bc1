package xlsxfile

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
	"crosswalk/record"
)

type table struct {
	Table
	name string
	refs []ref
	each bool // one of several tables with the same settings
}

// A ref is one sheet of one workbook.
type ref struct {
	book        *book
	sheet       sheet
	file, title record.Value
}

func newRef(b *book, s sheet) ref {
	return ref{book: b, sheet: s, file: record.Text(b.base()), title: record.Text(s.name)}
}

// String returns file#sheet, as messages show it.
func (r ref) String() string { return r.book.base() + "#" + r.sheet.name }

func (r ref) fail(err error) error {
	return filesource.Fail("read", r.book.path+"#"+r.sheet.name, err)
}

// Describe implements filesource.Table.
func (t table) Describe() (*record.Schema, error) {
	var headers [][]string
	unused := maps.Clone(t.Columns)
	for _, r := range t.refs {
		found, err := r.layout(t.Table)
		if err != nil {
			return nil, err
		}
		headers = append(headers, found.names())
		maps.DeleteFunc(unused, func(key, _ string) bool { return found.uses(key) })
	}
	if len(unused) > 0 && !t.each {
		return nil, connectors.Errorf(connectors.Missing, "describe", t.name, "no sheet has the column %q that columns names; there are %q",
			slices.Min(slices.Collect(maps.Keys(unused))), slices.Concat(headers...))
	}
	schema := &record.Schema{Table: t.name}
	names, _ := filesource.Union(headers)
	for _, name := range names {
		schema.Fields = append(schema.Fields, record.Field{Name: name, Native: "cell", Nullable: true})
	}
	for _, name := range []string{fileColumn, sheetColumn} {
		schema.Fields = append(schema.Fields, record.Field{Name: name, Type: record.Type{Kind: record.KindText}, Native: "name"})
	}
	schema.Fields = append(schema.Fields, record.Field{Name: rowColumn, Type: record.Type{Kind: record.KindInt}, Native: "row number"})
	return schema, nil
}

// Parts implements filesource.Table.
func (t table) Parts(schema *record.Schema, s *filesource.Selection) []func(context.Context) (filesource.Part, error) {
	var parts []func(context.Context) (filesource.Part, error)
	for _, r := range t.refs {
		parts = append(parts, func(context.Context) (filesource.Part, error) {
			return openPart(t, r, schema, s)
		})
	}
	return parts
}

func (r ref) layout(t Table) (layout, error) {
	rows, err := r.book.read(r.sheet)
	if err != nil {
		return layout{}, r.fail(err)
	}
	defer rows.Close()
	found, err := findHeader(rows, t)
	if err != nil {
		return layout{}, r.fail(err)
	}
	return found, nil
}

// find returns the sheets that a name or a pattern means. A sheet that is
// named outright may be hidden.
func (b *book) find(want string, hidden bool) ([]sheet, error) {
	var found []sheet
	var visible []string
	for _, s := range b.sheets {
		shown := !s.hidden || hidden
		if !s.hidden {
			visible = append(visible, s.name)
		}
		fits := strings.EqualFold(s.name, want)
		if want == "" || filesource.IsPattern(want) {
			matches, _ := filepath.Match(want, s.name)
			fits = shown && (matches || want == "")
		}
		if fits {
			found = append(found, s)
		}
	}
	names := strings.Join(visible, ", ")
	switch {
	case want == "" && len(found) > 1:
		return nil, connectors.Errorf(connectors.Missing, "open", b.path, "which sheet? Name one of %s, or \"*\" for all", names)
	case len(found) == 0:
		return nil, connectors.Errorf(connectors.Missing, "open", b.path, "there is no sheet %q; visible sheets are %s", want, names)
	}
	return found, nil
}
