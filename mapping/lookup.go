package mapping

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/mapping/expression"
)

// readTable reads a look-up file: CSV in UTF-8 with a header. Two rows with
// one key are an error, since nobody could say which of them counts.
func readTable(def lookupDef, data []byte) (*expression.Table, error) {
	path := def.File.Value
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	header, err := r.Read()
	if err != nil {
		return nil, csvProblem(path, err)
	}
	columns, err := find(path, header, append(slices.Clone(def.Key), def.Value))
	if err != nil {
		return nil, err
	}
	table := expression.NewTable(len(def.Key))
	var problems yamlfile.Problems
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return table, problems.Err()
		}
		if err != nil {
			return nil, csvProblem(path, err)
		}
		key := make([]string, len(def.Key))
		for i := range key {
			key[i] = row[columns[i]]
		}
		if !table.Put(key, row[columns[len(key)]]) {
			line, column := r.FieldPos(columns[0])
			problems = append(problems, yamlfile.Problem{File: path, Line: line, Column: column,
				Message: fmt.Sprintf("the key %s stands in an earlier line already", strings.Join(key, ", "))})
		}
	}
}

// find returns where the named columns stand in the header.
func find(path string, header []string, names []yamlfile.Text) ([]int, error) {
	columns := make([]int, len(names))
	for i, name := range names {
		columns[i] = slices.Index(header, name.Value)
		if columns[i] < 0 {
			return nil, fmt.Errorf("%s has no column `%s`; %s", path, name, yamlfile.Suggest(name.Value, header))
		}
	}
	return columns, nil
}

func csvProblem(path string, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is empty; it needs a header", path)
	}
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return yamlfile.Problem{File: path, Line: e.Line, Column: max(e.Column, 1), Message: e.Err.Error()}
	}
	return fmt.Errorf("%s: %w", path, err)
}
