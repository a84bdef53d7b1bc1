package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"crosswalk/connectors"
	"crosswalk/connectors/csvfile"
	"crosswalk/connectors/sqldb"
	"crosswalk/connectors/xlsxfile"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

type diffOptions struct {
	key         []string
	columns     []string
	emptyIsNull bool
	limit       int
	csv         csvfile.Table
}

func (a *app) diffCommand() *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff LEFT RIGHT --key COLUMN[,COLUMN...]",
		Short: "Compare any two tables, files or queries, without a workspace",
		Long: `Compares two tables by key and prints what differs: LEFT is what should be,
RIGHT what is. Neither needs to be sorted.

A side is one of
  csv:PATH                      a CSV file, also gzipped
  xlsx:PATH#Sheet               a sheet of a workbook
  sqlite:PATH#table             a table or view of a SQLite file
  postgres://USER:PASSWORD@HOST/DB#table
  mysql://USER:PASSWORD@HOST/DB#table
  sqlserver://USER:PASSWORD@HOST?database=DB#table
and instead of a table, #(SELECT ...) is a query.

Lines begin with + (RIGHT lacks it), - (only RIGHT has it), * (a field differs)
or ! (the key does not identify one row). The exit code is 2 if anything
differs, and 3 if all that was compared is the same but columns were left out.`,
		Example: "  crosswalk diff csv:before.csv csv:after.csv --key id\n  crosswalk diff sqlite:old.db#license 'sqlite:new.db#(SELECT * FROM license)' --key id --json",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.diff(cmd.Context(), args[0], args[1], o)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.key, "key", "k", nil, "columns that identify a row")
	flags.StringSliceVar(&o.columns, "columns", nil, "columns to compare (default: all; a column of one side alone is named, not compared)")
	flags.BoolVar(&o.emptyIsNull, "empty-is-null", false, "take an empty text for null")
	flags.IntVar(&o.limit, "limit", 0, "most differences to print (default: all; the counts are always complete)")
	flags.StringVar(&o.csv.Delimiter, "delimiter", "", "CSV: one character or \"tab\" (default: comma)")
	flags.StringVar(&o.csv.Encoding, "encoding", "", "CSV: an IANA name such as windows-1252 (default: UTF-8)")
	if err := cmd.MarkFlagRequired("key"); err != nil {
		panic(err) // the flag is defined above
	}
	cmd.Annotations = map[string]string{noWorkspace: "true"}
	return cmd
}

func (a *app) diff(ctx context.Context, leftArg, rightArg string, o diffOptions) error {
	left, err := openSide(ctx, leftArg, o.csv)
	if err != nil {
		return err
	}
	defer left.Source.Close()
	right, err := openSide(ctx, rightArg, o.csv)
	if err != nil {
		return err
	}
	defer right.Source.Close()
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	p := &diffPrinter{out: out, json: a.json, limit: o.limit}
	options := pipeline.DiffOptions{Key: o.key, Columns: o.columns, EmptyIsNull: o.emptyIsNull, Progress: a.progress()}
	result, err := pipeline.Diff(ctx, left, right, options, p.begin, p.finding)
	a.endProgress()
	if err != nil {
		return err
	}
	if err := p.end(result); err != nil {
		return err
	}
	switch {
	case !result.Clean():
		return &exit{code: exitDifference}
	case len(result.LeftOnly)+len(result.RightOnly) > 0:
		return &exit{code: exitIncomplete}
	}
	return nil
}

// openSide opens what a side of diff names. Messages never show the password.
func openSide(ctx context.Context, arg string, csv csvfile.Table) (pipeline.DiffSide, error) {
	location, table, _ := strings.Cut(arg, "#")
	scheme, rest, ok := strings.Cut(location, ":")
	side := pipeline.DiffSide{Name: redact(arg), Table: table}
	var err error
	switch {
	case ok && scheme == "csv":
		var source *csvfile.Source
		if source, err = csvfile.OpenFile(ctx, rest, csv); err == nil {
			side.Source, side.Table, err = only(ctx, source, table)
		}
		return side, err
	case ok && scheme == "xlsx":
		var source *xlsxfile.Source
		if source, err = xlsxfile.OpenFile(ctx, rest, table); err == nil {
			side.Source, side.Table, err = only(ctx, source, table)
		}
		return side, err
	case !ok:
		return side, fmt.Errorf("%s: a side begins with csv:, xlsx:, sqlite:, postgres://, mysql:// or sqlserver://", side.Name)
	case table == "":
		return side, fmt.Errorf("%s: name the table after #, or a query as #(SELECT ...)", side.Name)
	}
	switch scheme {
	case "sqlite":
		side.Source, err = opened(sqldb.SQLite(ctx, sqldb.Config{Path: rest}))
	case "postgres", "postgresql":
		side.Source, err = opened(sqldb.Postgres(ctx, sqldb.Config{DSN: location}))
	case "mysql", "mariadb":
		side.Source, err = opened(sqldb.MySQL(ctx, sqldb.Config{DSN: "mysql:" + rest}))
	case "sqlserver":
		side.Source, err = opened(sqldb.SQLServer(ctx, sqldb.Config{DSN: location}))
	default:
		err = fmt.Errorf("%s: there is no %s:; a side begins with csv:, xlsx:, sqlite:, postgres://, mysql:// or sqlserver://", side.Name, scheme)
	}
	return side, err
}

func opened(s *sqldb.Source, err error) (connectors.Source, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// only finds the table of a file that holds one, or the one that is named.
func only(ctx context.Context, s connectors.Source, name string) (connectors.Source, string, error) {
	tables, err := s.Tables(ctx)
	if err != nil {
		s.Close()
		return nil, "", err
	}
	if len(tables) == 1 {
		return s, tables[0], nil
	}
	if name == "" {
		s.Close()
		return nil, "", fmt.Errorf("name one of the sheets after #: %s", strings.Join(tables, ", "))
	}
	return s, name, nil
}

// redact hides the password of a URL, and its parameters, among which may be
// another.
func redact(arg string) string {
	scheme, rest, ok := strings.Cut(arg, "://")
	if !ok {
		return arg
	}
	user := ""
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, rest = rest[:at], rest[at+1:]
		if end := strings.IndexAny(user, ":/?#"); end >= 0 {
			user = user[:end]
		}
		user += ":***@"
	}
	location, table, named := strings.Cut(rest, "#")
	if server, _, found := strings.Cut(location, "?"); found {
		location = server + "?***"
	}
	if named {
		location += "#" + table
	}
	return scheme + "://" + user + location
}

// diffPrinter prints findings as they come.
type diffPrinter struct {
	out    *bufio.Writer
	json   bool
	limit  int
	schema *record.Schema
	count  int64
}

func (p *diffPrinter) begin(r *pipeline.DiffResult) {
	p.schema = r.Schema
	if p.json {
		p.out.WriteString("{\n\"findings\": [")
	}
}

func (p *diffPrinter) finding(f *reconcile.Finding) error {
	p.count++
	if p.limit > 0 && p.count > int64(p.limit) {
		return nil
	}
	if p.json {
		return p.jsonFinding(f)
	}
	row := f.Want
	if row == nil {
		row = f.Have
	}
	fmt.Fprintf(p.out, "%c %s", f.Kind, p.keyText(row))
	switch f.Kind {
	case reconcile.Duplicate:
		fmt.Fprintf(p.out, " stands for %d rows", f.Count)
	case reconcile.Changed:
		for i, field := range f.Fields {
			separator := ";"
			if i == 0 {
				separator = ""
			}
			fmt.Fprintf(p.out, "%s %s: should be %s, is %s", separator, p.schema.Fields[field].Name, literal(f.Want[field]), literal(f.Have[field]))
		}
	}
	_, err := fmt.Fprintln(p.out)
	return err
}

func (p *diffPrinter) keyText(row record.Row) string {
	var parts []string
	for _, k := range p.schema.Key {
		parts = append(parts, p.schema.Fields[k].Name+"="+literal(row[k]))
	}
	return strings.Join(parts, " ")
}

// literal spells a value so that null, "" and a text of blanks look different.
func literal(v record.Value) string {
	switch v.Kind() {
	case record.KindNull, record.KindAbsent:
		return "null"
	case record.KindText:
		s := v.AsText()
		if s == "" || s == "null" || strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\r\t\";") {
			return fmt.Sprintf("%q", s)
		}
		return s
	}
	return v.String()
}

// diffFinding is a finding as --json prints it.
type diffFinding struct {
	Kind   string                     `json:"kind"`
	Key    map[string]json.RawMessage `json:"key"`
	Fields []diffField                `json:"fields,omitempty"`
	Rows   int                        `json:"rows,omitempty"` // of a duplicate
}

type diffField struct {
	Name  string          `json:"name"`
	Left  json.RawMessage `json:"left"`
	Right json.RawMessage `json:"right"`
}

func (p *diffPrinter) jsonFinding(f *reconcile.Finding) error {
	row := f.Want
	if row == nil {
		row = f.Have
	}
	d := diffFinding{Kind: f.Kind.Name(), Key: map[string]json.RawMessage{}, Rows: f.Count}
	for _, k := range p.schema.Key {
		d.Key[p.schema.Fields[k].Name] = record.AppendJSON(nil, row[k])
	}
	for _, i := range f.Fields {
		d.Fields = append(d.Fields, diffField{p.schema.Fields[i].Name, record.AppendJSON(nil, f.Want[i]), record.AppendJSON(nil, f.Have[i])})
	}
	line, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if p.count > 1 {
		p.out.WriteByte(',')
	}
	p.out.WriteString("\n  ")
	_, err = p.out.Write(line)
	return err
}

func (p *diffPrinter) end(r *pipeline.DiffResult) error {
	if !p.json {
		return p.endText(r)
	}
	p.out.WriteString("\n],\n")
	document, err := json.MarshalIndent(struct {
		LeftRows   int64    `json:"left_rows"`
		RightRows  int64    `json:"right_rows"`
		Same       int64    `json:"same"`
		Missing    int64    `json:"missing"`
		Extra      int64    `json:"extra"`
		Changed    int64    `json:"changed"`
		Duplicates int64    `json:"duplicates"`
		LeftOnly   []string `json:"left_only_columns,omitempty"`
		RightOnly  []string `json:"right_only_columns,omitempty"`
		Reads      []string `json:"conversions,omitempty"`
	}{r.Want, r.Have, r.Same, r.Missing, r.Extra, r.Changed, r.Duplicates, r.LeftOnly, r.RightOnly, r.Reads}, "", "")
	if err != nil {
		return err
	}
	p.out.Write(document[2:])
	p.out.WriteByte('\n')
	return p.out.Flush()
}

func (p *diffPrinter) endText(r *pipeline.DiffResult) error {
	if p.limit > 0 && p.count > int64(p.limit) {
		fmt.Fprintf(p.out, "… and %s more\n", reconcile.Thousands(p.count-int64(p.limit)))
	}
	fmt.Fprintf(p.out, "%s left, %s right: %s same, %s missing, %s extra, %s changed", rowCount(r.Want), rowCount(r.Have),
		reconcile.Thousands(r.Same), reconcile.Thousands(r.Missing), reconcile.Thousands(r.Extra), reconcile.Thousands(r.Changed))
	if r.Duplicates > 0 {
		fmt.Fprintf(p.out, ", %s beyond the first of a key", rowCount(r.Duplicates))
	}
	fmt.Fprintln(p.out)
	for _, note := range r.Reads {
		fmt.Fprintln(p.out, "note:", note)
	}
	for _, only := range []struct {
		side    string
		columns []string
	}{{"left", r.LeftOnly}, {"right", r.RightOnly}} {
		if len(only.columns) > 0 {
			fmt.Fprintf(p.out, "not compared: only %s has %s; name what to compare with --columns\n", only.side, strings.Join(only.columns, ", "))
		}
	}
	return p.out.Flush()
}
