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
	"sync/atomic"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
	"crosswalk/record"
)

const (
	fileColumn = "_file"
	lineColumn = "_line"
)

// Source reads tables from CSV files. It is safe for concurrent use.
type Source struct {
	tables map[string]table
	closed atomic.Bool
}

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
	if len(c.Tables) == 0 {
		return openEach(c.Table)
	}
	s := &Source{tables: map[string]table{}}
	for name, t := range c.Tables {
		files, err := find(t.Path)
		if err != nil {
			return nil, err
		}
		s.tables[name] = table{t, name, files}
	}
	return s, nil
}

// OpenFile opens the file, or the files, of one path as a source with one
// table, which is named after the path.
func OpenFile(ctx context.Context, path string, opts Table) (*Source, error) {
	opts.Path = path
	return Open(ctx, Config{Tables: map[string]Table{tableName(path): opts}})
}

// openEach makes each file of t a table of its own.
func openEach(t Table) (*Source, error) {
	files, err := find(t.Path)
	if err != nil {
		return nil, err
	}
	s := &Source{tables: map[string]table{}}
	for _, file := range files {
		name := tableName(file)
		if other, taken := s.tables[name]; taken {
			return nil, connectors.Errorf(connectors.Unknown, "open", t.Path,
				"%s and %s would both be the table %q; name the tables one by one under tables", other.files[0], file, name)
		}
		s.tables[name] = table{t, name, []string{file}}
	}
	return s, nil
}

func find(path string) ([]string, error) {
	return filesource.Find(path, ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
}

func tableName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".gz")
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// Tables names the tables, sorted.
func (s *Source) Tables(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(s.tables)), nil
}

// Describe reads the headers of a table's files. Where they differ, the table
// has the columns of all of them, and a cell of a column that a file lacks is
// absent.
func (s *Source) Describe(_ context.Context, name string) (*record.Schema, error) {
	t, err := s.table("describe", name)
	if err != nil {
		return nil, err
	}
	return t.describe()
}

// Read starts reading a table. Its files are read one after another.
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
	for _, path := range t.files {
		parts = append(parts, func(context.Context) (filesource.Part, error) {
			return openPart(t, path, schema, selection)
		})
	}
	return filesource.NewReader(selection.Schema, parts), nil
}

// Traits are those of text files.
func (s *Source) Traits() connectors.Traits {
	return connectors.Traits{TextOnly: true, EndDates: connectors.EndInclusive, Parallel: 16}
}

// Close ends the use of the Source. Readers hold their files themselves and
// stay open.
func (s *Source) Close() error {
	s.closed.Store(true)
	return nil
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

func (t table) describe() (*record.Schema, error) {
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
