// Package csvfile reads CSV files as the tables of a source.
//
//	file ─▶ gunzip ─▶ decode ─▶ scanner ─┬─▶ row      one text per column
//	                                     └─▶ reject   file:line, reason, input
//
// Every cell is text as it stands in the file: an empty one is "", and what it
// means is for the mapping to say. A record that cannot be read with certainty
// (stray quotes, too few or too many cells, bytes that the encoding does not
// know) is set aside, never padded, and takes no sound line with it. Empty
// lines are no records. A last line without a line break is read as any other.
//
// Two columns follow those of the file, so that each row can be traced back:
// _file, the name of the file, and _line, the line on which the record starts.
package csvfile

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

const (
	fileColumn = "_file"
	lineColumn = "_line"
)

// Source reads tables from CSV files. It is safe for concurrent use. Readers
// hold their files themselves and outlive it.
type Source struct{ *filesource.Catalog }

// table is files that are read one after another.
type table struct {
	Table
	name  string
	files []string
}

// Open finds the files of every table. It opens none of them: what is wrong
// inside a file shows when its table is described or read.
func Open(_ context.Context, c Config) (*Source, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	open := c.openTables
	if len(c.Tables) == 0 {
		open = c.Table.openEach
	}
	tables, err := open()
	if err != nil {
		return nil, err
	}
	return &Source{filesource.NewCatalog(tables, nil)}, nil
}

// OpenFile opens the file, or the files, of one path as a source with one
// table, which is named after the path.
func OpenFile(ctx context.Context, path string, opts Table) (*Source, error) {
	opts.Path = path
	return Open(ctx, Config{Tables: map[string]Table{tableName(path): opts}})
}

func (c Config) openTables() (map[string]filesource.Table, error) {
	tables := map[string]filesource.Table{}
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		files, err := find(c.Tables[name].Path)
		if err != nil {
			return nil, err
		}
		tables[name] = table{c.Tables[name], name, files}
	}
	return tables, nil
}

// openEach makes each file of t a table of its own.
func (t Table) openEach() (map[string]filesource.Table, error) {
	files, err := find(t.Path)
	if err != nil {
		return nil, err
	}
	tables, first := map[string]filesource.Table{}, map[string]string{}
	for _, file := range files {
		name := tableName(file)
		if other, taken := first[name]; taken {
			return nil, connectors.Errorf(connectors.Unknown, "open", t.Path,
				"%s and %s would both be the table %q; name the tables one by one under tables", other, file, name)
		}
		tables[name], first[name] = table{t, name, []string{file}}, file
	}
	return tables, nil
}

func find(path string) ([]string, error) {
	return filesource.Find(path, ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
}

func tableName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".gz")
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// Traits are those of text files.
func (s *Source) Traits() connectors.Traits {
	return connectors.Traits{TextOnly: true, EndDates: connectors.EndInclusive, Parallel: 16}
}

// Describe implements filesource.Table.
func (t table) Describe() (*record.Schema, error) {
	var headers [][]string
	for _, path := range t.files {
		f, err := openFile(t.Table, path)
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, filesource.Fail("read", path, err)
		}
		headers = append(headers, f.names)
	}
	schema := &record.Schema{Table: t.name}
	names, partial := filesource.Union(headers)
	for i, name := range names {
		schema.Fields = append(schema.Fields, record.Field{
			Name: name, Type: record.Type{Kind: record.KindText}, Native: "text",
			Nullable: partial[i] || len(t.NullTokens) > 0,
		})
	}
	schema.Fields = append(schema.Fields,
		record.Field{Name: fileColumn, Type: record.Type{Kind: record.KindText}, Native: "file name"},
		record.Field{Name: lineColumn, Type: record.Type{Kind: record.KindInt}, Native: "line number"})
	return schema, nil
}

// Parts implements filesource.Table.
func (t table) Parts(schema *record.Schema, s *filesource.Selection) []func(context.Context) (filesource.Part, error) {
	var parts []func(context.Context) (filesource.Part, error)
	for _, path := range t.files {
		parts = append(parts, func(context.Context) (filesource.Part, error) {
			return openPart(t, path, schema, s)
		})
	}
	return parts
}
