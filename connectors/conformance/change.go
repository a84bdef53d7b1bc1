package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// edit is one change in the terms of the fixture.
type edit struct {
	op     connectors.Op
	row    record.Row // as wanted; of a row to delete, only the key is sent
	before record.Row // as it was seen; nil if it was not there
	want   connectors.Outcome
}

// write sends edits of whole rows and checks each answer.
func (s *subject) write(ctx context.Context, edits ...edit) error {
	return s.writeColumns(ctx, s.fix.columns(), s.fix.columns(), edits...)
}

// writeColumns sends edits of the given columns, in that order, guarded by
// those of them that compared lists.
func (s *subject) writeColumns(ctx context.Context, columns, compared []int, edits ...edit) error {
	_, err := s.send(ctx, s.changes(columns, compared, edits), edits)
	return err
}

// send writes c, which was made of edits, and checks each answer.
func (s *subject) send(ctx context.Context, c *connectors.Changes, edits []edit) ([]connectors.Answer, error) {
	answers, err := s.Source.(connectors.Target).Write(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("Write: %w", err)
	}
	if len(answers) != len(edits) {
		return nil, fmt.Errorf("Write gives %d answers for %d rows", len(answers), len(edits))
	}
	var errs []error
	for i, e := range edits {
		errs = append(errs, wrap(checkAnswer(answers[i], e.want), "row %d, %s of%s", i, e.op, show(s.fix.Schema.KeyNames(), s.fix.Schema.KeyOf(e.row))))
	}
	return answers, errors.Join(errs...)
}

func checkAnswer(have connectors.Answer, want connectors.Outcome) error {
	if have.Outcome != want {
		return fmt.Errorf("the answer is %s %s, want %s", have.Outcome, have.Reason, want)
	}
	if want != connectors.Applied && want != connectors.Unchanged && have.Reason == "" {
		return fmt.Errorf("the answer is %s without a reason", want)
	}
	return nil
}

func (s *subject) changes(columns, compared []int, edits []edit) *connectors.Changes {
	schema := &record.Schema{Table: s.schema.Table}
	for _, c := range columns {
		schema.Fields = append(schema.Fields, s.schema.Fields[c])
	}
	for _, k := range s.fix.Schema.Key {
		schema.Key = append(schema.Key, slices.Index(columns, k))
	}
	c := &connectors.Changes{Rows: &record.Batch{Limit: len(edits)}}
	c.Rows.Reset(schema)
	for _, f := range compared {
		c.Compared = append(c.Compared, slices.Index(columns, f))
	}
	for _, e := range edits {
		row := c.Rows.Add()
		for i, f := range columns {
			if e.op != connectors.Delete || slices.Contains(s.fix.Schema.Key, f) {
				row[i] = e.row[f]
			}
		}
		c.Ops = append(c.Ops, e.op)
		c.Before = append(c.Before, s.digest(e.before, compared))
	}
	return c
}

// digest is that of some columns of a row as it reads back.
func (s *subject) digest(row record.Row, columns []int) record.Digest {
	if row == nil {
		return record.Digest{}
	}
	row = s.h.expect([]record.Row{row})[0]
	return record.DigestOf(record.AppendFields(nil, row, columns))
}

// change changes rows from outside, and s.rows with them.
func (s *subject) change(ctx context.Context, op connectors.Op, rows ...record.Row) error {
	before := s.rows
	key := func(row record.Row) string { return string(record.AppendFields(nil, row, s.fix.Schema.Key)) }
	after := map[string]record.Row{}
	for _, row := range s.h.expect(rows) {
		after[key(row)] = row
	}
	s.rows = where(before, func(row record.Row) bool { return after[key(row)] == nil })
	if op != connectors.Delete {
		s.rows = append(s.rows, s.h.expect(rows)...)
	}
	if s.h.Change != nil {
		return wrap(s.h.Change(ctx, s.Source, op, rows), "Change of the harness")
	}
	if _, ok := s.Source.(connectors.Target); !ok {
		return errors.New("the harness of a Source that is no Target needs Change")
	}
	edits := make([]edit, len(rows))
	for i, row := range rows {
		edits[i] = edit{op, row, nil, connectors.Applied}
		for _, old := range before {
			if key(old) == key(row) {
				edits[i].before = old
			}
		}
	}
	return s.write(ctx, edits...)
}
