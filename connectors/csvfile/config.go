package csvfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Config is the settings of a csv system. Either path stands alone, with the
// options that hold for all its files, and each file is a table named after it
// without its extension:
//
//	kind: csv
//	path: files/*.csv
//	delimiter: ";"
//
// or tables are named one by one, and all the files of a path are one table:
//
//	kind: csv
//	tables:
//	  renewals: {path: renewals-*.csv, delimiter: ";", encoding: windows-1252}
type Config struct {
	Table  `yaml:",inline"`
	Tables map[string]Table `yaml:"tables,omitempty" doc:"Tables by name, each with its own options; all the files of a path are one table."`
}

// Table says where a table stands and how it is written. Everything but the
// path may be left out.
type Table struct {
	Path       string   `yaml:"path,omitempty" doc:"A file, a folder, or a pattern such as 2024/*.csv."`
	Delimiter  string   `yaml:"delimiter,omitempty" doc:"One ASCII character, or \"tab\"; a comma if empty."`
	Quote      string   `yaml:"quote,omitempty" doc:"One ASCII character, or \"none\"; \" if empty."`
	Encoding   string   `yaml:"encoding,omitempty" doc:"An IANA name such as windows-1252; UTF-8 if empty."`
	Header     *bool    `yaml:"header,omitempty" doc:"Whether the first line names the columns; true if empty."`
	Columns    []string `yaml:"columns,omitempty" doc:"Names of the columns, instead of those in the header."`
	Skip       int      `yaml:"skip,omitempty" doc:"Lines to pass over before the header."`
	Trim       bool     `yaml:"trim,omitempty" doc:"Take blanks off both ends of names and cells."`
	NullTokens []string `yaml:"null_tokens,omitempty" doc:"Unquoted cells that mean null, such as NULL or \\N."`
}

// Validate names the setting at fault.
func (c Config) Validate() error {
	if len(c.Tables) == 0 {
		return c.Table.validate("")
	}
	if !c.Table.isZero() {
		return errors.New("csv: give either path with its options, or tables, not both; put the options inside each table")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		if err := c.Tables[name].validate("tables." + name + "."); err != nil {
			return err
		}
	}
	return nil
}

func (t Table) validate(at string) error {
	if t.Path == "" {
		return fmt.Errorf("csv: %spath is missing: give a file, a folder, or a pattern such as files/*.csv", at)
	}
	delimiter, err := t.delimiter()
	if err != nil {
		return fmt.Errorf("csv: %sdelimiter: %w", at, err)
	}
	quote, err := t.quote()
	if err != nil {
		return fmt.Errorf("csv: %squote: %w", at, err)
	}
	if delimiter == quote {
		return fmt.Errorf("csv: %sdelimiter and quote are both %q", at, delimiter)
	}
	if _, err := decoderOf(t.Encoding); err != nil {
		return fmt.Errorf("csv: %sencoding: %w", at, err)
	}
	if t.Skip < 0 {
		return fmt.Errorf("csv: %sskip is %d; it counts lines, from 0", at, t.Skip)
	}
	if !t.header() && len(t.Columns) == 0 {
		return fmt.Errorf("csv: %scolumns is missing: a file without a header needs the names of its columns", at)
	}
	if err := checkNames(t.Columns); err != nil {
		return fmt.Errorf("csv: %scolumns: %w", at, err)
	}
	return nil
}

func (t Table) isZero() bool {
	return t.Path == "" && t.Delimiter == "" && t.Quote == "" && t.Encoding == "" && t.Header == nil &&
		len(t.Columns) == 0 && t.Skip == 0 && !t.Trim && t.NullTokens == nil
}

func (t Table) header() bool { return t.Header == nil || *t.Header }

func (t Table) delimiter() (byte, error) {
	switch t.Delimiter {
	case "":
		return ',', nil
	case "tab", `\t`:
		return '\t', nil
	}
	return character(t.Delimiter)
}

// quote returns 0 where no character quotes.
func (t Table) quote() (byte, error) {
	switch t.Quote {
	case "":
		return '"', nil
	case "none":
		return 0, nil
	}
	return character(t.Quote)
}

func character(s string) (byte, error) {
	if len(s) != 1 || s[0] >= 0x80 || s[0] == 0 || s[0] == '\n' || s[0] == '\r' {
		return 0, fmt.Errorf("%q is not one ASCII character", s)
	}
	return s[0], nil
}

// checkNames refuses names that would make two columns one, or none.
func checkNames(names []string) error {
	for i, name := range names {
		switch {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("column %d has no name", i+1)
		case name == fileColumn || name == lineColumn:
			return fmt.Errorf("column %d is called %s, which this connector adds itself", i+1, name)
		}
		if first := slices.Index(names, name); first < i {
			return fmt.Errorf("columns %d and %d are both called %q", first+1, i+1, name)
		}
	}
	return nil
}
