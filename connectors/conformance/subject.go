package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// subject is a connector under test and what its table should read as.
type subject struct {
	connectors.Source
	h      Harness
	fix    *Fixture
	whole  *record.Schema // as the connector describes the table
	schema *record.Schema // the columns of the fixture, as described
	rows   []record.Row   // as they should read back
}

// on opens a connector whose table holds rows, lets test examine it, and
// closes it.
func (h Harness) on(ctx context.Context, rows []record.Row, test func(*subject) error) error {
	s, err := h.subject(ctx, rows)
	if err != nil {
		return err
	}
	return errors.Join(test(s), s.Close())
}

func (h Harness) subject(ctx context.Context, rows []record.Row) (*subject, error) {
	s := &subject{h: h, fix: h.fixture(), rows: h.expect(rows)}
	var err error
	if s.Source, err = h.Open(ctx, s.fix.Schema, rows); err != nil {
		return nil, fmt.Errorf("Open of the harness: %w", err)
	}
	if err := s.describe(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("Describe(%q): %w", s.fix.Schema.Table, err), s.Close())
	}
	return s, nil
}

// describe finds the columns of the fixture among those of the table.
func (s *subject) describe(ctx context.Context) (err error) {
	if s.whole, err = s.Describe(ctx, s.fix.Schema.Table); err != nil {
		return err
	}
	own := slices.DeleteFunc(s.whole.Names(), func(name string) bool { return slices.Contains(s.h.Adds, name) })
	if want := s.fix.Schema.Names(); !slices.Equal(own, want) || len(s.whole.Fields) != len(want)+len(s.h.Adds) {
		return fmt.Errorf("the columns are %q, want %q and besides %q", s.whole.Names(), want, s.h.Adds)
	}
	s.schema, _, err = s.whole.Select(own)
	return err
}

// fields asks for the columns of the fixture.
func (s *subject) fields() []string {
	if len(s.h.Adds) == 0 {
		return nil
	}
	return s.schema.Names()
}

// expect returns the rows as they should read back.
func (h Harness) expect(rows []record.Row) []record.Row {
	expected := make([]record.Row, len(rows))
	for i, row := range rows {
		expected[i] = slices.Clone(row)
		for f, v := range row {
			if h.As != nil && !v.IsNull() {
				expected[i][f] = h.As(h.fixture().Schema.Fields[f], v)
			}
		}
	}
	return expected
}

// query asks for the fixture's table.
func (s *subject) query() connectors.Query {
	return connectors.Query{Table: s.fix.Schema.Table, Fields: s.fields()}
}

// read reads all that q asks for.
func (s *subject) read(ctx context.Context, q connectors.Query) ([]record.Row, error) {
	return readAll(ctx, func() (record.Reader, error) { return s.Read(ctx, q) })
}

// readAll opens a Reader and reads it to the end, a few rows at a time.
func readAll(ctx context.Context, open func() (record.Reader, error)) ([]record.Row, error) {
	r, err := open()
	if err != nil {
		return nil, fmt.Errorf("opening a Reader: %w", err)
	}
	rows, _, err := drain(ctx, r, 7)
	return rows, errors.Join(err, r.Close())
}

// holds checks that the table holds exactly these rows.
func (s *subject) holds(ctx context.Context, want []record.Row) error {
	have, err := s.read(ctx, s.query())
	if err != nil {
		return err
	}
	return s.sameRows(have, want, nil)
}

// stop is a place between two batches: how many rows were read, and the
// cursor that was given.
type stop struct {
	rows   int
	cursor record.Cursor
}

// drain reads to the end, at most limit rows at once, and checks each batch.
func drain(ctx context.Context, r record.Reader, limit int) ([]record.Row, []stop, error) {
	var rows []record.Row
	var stops []stop
	b := &record.Batch{Limit: limit}
	for {
		err := r.Read(ctx, b)
		if err == io.EOF {
			return rows, stops, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("after %d rows: %w", len(rows), err)
		}
		if err := checkBatch(r, b); err != nil {
			return nil, nil, err
		}
		for i := range b.Len() {
			rows = append(rows, slices.Clone(b.Row(i)))
		}
		if stops = append(stops, stop{len(rows), b.Cursor}); len(stops) > 100_000 {
			return nil, nil, errors.New("the reader does not end")
		}
	}
}

// checkBatch checks what every batch owes to its caller.
func checkBatch(r record.Reader, b *record.Batch) error {
	switch {
	case len(b.Rejects) > 0:
		return fmt.Errorf("set aside %s: %s", b.Rejects[0].Where, b.Rejects[0].Reason)
	case b.Len() == 0:
		return errors.New("Read returned nil with no rows")
	case !slices.Equal(b.Schema.Names(), r.Schema().Names()):
		return fmt.Errorf("a batch has columns %q, its reader %q", b.Schema.Names(), r.Schema().Names())
	}
	return nil
}

// sameRows compares two sets of rows, in any order, and names the rows that
// are on one side only. The fields are those of the columns, all if nil.
func (s *subject) sameRows(have, want []record.Row, columns []string) error {
	if columns == nil {
		columns = s.schema.Names()
	}
	seen := make(map[string]int, len(want))
	for _, row := range want {
		seen[string(record.AppendRow(nil, row))]++
	}
	var problems []string
	for _, row := range have {
		key := string(record.AppendRow(nil, row))
		if seen[key]--; seen[key] < 0 {
			problems = append(problems, "unexpected "+show(columns, row))
		}
	}
	for _, row := range want {
		key := string(record.AppendRow(nil, row))
		if seen[key] > 0 {
			seen[key]--
			problems = append(problems, "missing    "+show(columns, row))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b string) int { return strings.Compare(a[11:], b[11:]) })
	return fmt.Errorf("have %d rows, want %d:\n%s", len(have), len(want), strings.Join(problems[:min(len(problems), 8)], "\n"))
}

// show writes a row for a message.
func show(columns []string, row record.Row) string {
	var b strings.Builder
	for i, v := range row {
		fmt.Fprintf(&b, " %s=%s", columns[i], showValue(v))
	}
	return b.String()
}

// showValue writes a value so that two values look alike only if they are.
func showValue(v record.Value) string {
	if v.IsNull() {
		return "null"
	}
	text := v.String()
	if len(text) > 60 {
		text = fmt.Sprintf("%.50s... (%d bytes)", text, len(text))
	}
	if v.Kind() == record.KindText {
		return fmt.Sprintf("%+q", text)
	}
	return v.Kind().String() + ":" + text
}

// project returns the given columns of rows.
func project(rows []record.Row, columns []int) []record.Row {
	out := make([]record.Row, len(rows))
	for i, row := range rows {
		out[i] = make(record.Row, len(columns))
		for j, c := range columns {
			out[i][j] = row[c]
		}
	}
	return out
}

// names returns the names of the given columns.
func names(s *record.Schema, columns []int) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = s.Fields[c].Name
	}
	return names
}

// where returns the rows that pass the test.
func where(rows []record.Row, keep func(record.Row) bool) []record.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r record.Row) bool { return !keep(r) })
}

// wrap adds what was being done to an error.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}
