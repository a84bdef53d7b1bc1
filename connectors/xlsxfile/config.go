package xlsxfile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Config is the settings of an xlsx system. With a path alone each visible
// sheet is a table: named after the sheet, or file/sheet where the path may
// mean several files.
//
//	kind: xlsx
//	path: Customers.xlsx
//
// Or tables are named one by one, and all the sheets that one finds are one
// table:
//
//	kind: xlsx
//	path: Customers.xlsx
//	tables:
//	  customers: {sheet: "*", columns: {Cust. No: number}, subtotal: [Summe, Total]}
//	  licenses:  {path: Licenses_*.xlsx, header_row: 3}
type Config struct {
	Table       `yaml:",inline"`
	Tables      map[string]Table `yaml:"tables,omitempty" doc:"Tables by name, each with its own options; all the sheets that one finds are one table."`
	MaxUnzipped int64            `yaml:"max_unzipped,omitempty" doc:"Most bytes that one file may unpack to; 2 GiB if empty."`
}

// Table says where a table stands and what is special about its sheets.
// Everything may be left out.
type Table struct {
	Path  string `yaml:"path,omitempty" doc:"A file, a folder, or a pattern such as 2024/*.xlsx."`
	Sheet string `yaml:"sheet,omitempty" doc:"A name, or a pattern such as \"*\"; the only visible sheet if empty."`

	// HeaderRow is the number of the row that names the columns. If empty, it
	// is the first row with at least two texts; rows above it are no data.
	HeaderRow int `yaml:"header_row,omitempty" doc:"The number of the row that names the columns; the first with two texts if empty."`

	// Columns gives columns other names. Its keys are headers, or letters in
	// brackets ("[F]") for columns without a header or with one that occurs
	// twice. The name "" leaves a column out.
	Columns map[string]string `yaml:"columns,omitempty" doc:"Other names for columns, by header or by letter in brackets such as [F]; an empty name leaves the column out."`

	Hidden     bool     `yaml:"hidden,omitempty" doc:"Patterns find hidden sheets too."`
	SkipBlank  *bool    `yaml:"skip_blank,omitempty" doc:"Rows without any value are no rows; true if empty."`
	Subtotal   []string `yaml:"subtotal,omitempty" doc:"How the first text of a row to set aside begins, in any case."`
	FillMerged bool     `yaml:"fill_merged,omitempty" doc:"Every cell of a merged block has its value, not the first alone."`
}

const defaultMaxUnzipped int64 = 2 << 30

// Validate names the setting at fault.
func (c Config) Validate() error {
	if c.MaxUnzipped < 0 {
		return fmt.Errorf("xlsx: max_unzipped is %d; it counts bytes", c.MaxUnzipped)
	}
	if len(c.Tables) == 0 {
		return c.Table.validate("")
	}
	if !c.Table.onlyPath() {
		return errors.New("xlsx: beside tables only path and max_unzipped may stand; put the options inside each table")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		t := c.Tables[name]
		t.Path = cmp.Or(t.Path, c.Path)
		if err := t.validate("tables." + name + "."); err != nil {
			return err
		}
	}
	return nil
}

func (t Table) onlyPath() bool {
	return t.Sheet == "" && t.HeaderRow == 0 && t.Columns == nil && !t.Hidden && t.SkipBlank == nil && t.Subtotal == nil && !t.FillMerged
}

func (t Table) validate(at string) error {
	if t.Path == "" {
		return fmt.Errorf("xlsx: %spath is missing: give a file, a folder, or a pattern such as files/*.xlsx", at)
	}
	if t.HeaderRow < 0 || t.HeaderRow > maxRows {
		return fmt.Errorf("xlsx: %sheader_row is %d; rows count from 1 to %d", at, t.HeaderRow, maxRows)
	}
	for _, header := range slices.Sorted(maps.Keys(t.Columns)) {
		if err := checkName(t.Columns[header]); err != nil {
			return fmt.Errorf("xlsx: %scolumns.%s: %w", at, header, err)
		}
	}
	for _, prefix := range t.Subtotal {
		if strings.TrimSpace(prefix) == "" {
			return fmt.Errorf("xlsx: %ssubtotal holds an empty text, with which every row begins", at)
		}
	}
	return nil
}

func (t Table) skipBlank() bool { return t.SkipBlank == nil || *t.SkipBlank }

func checkName(name string) error {
	switch name {
	case fileColumn, sheetColumn, rowColumn:
		return fmt.Errorf("a column is called %s, which this connector adds itself", name)
	}
	return nil
}
