package reconcile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"crosswalk/connectors"
	"crosswalk/record"
)

// PlanFile is a plan that was read and whose seal was found intact.
type PlanFile struct {
	Plan
	Hash    string          // the seal
	Changes int64           // rows to write
	Summary json.RawMessage // as it was given to PlanWriter.Close
	path    string
}

// OpenPlan reads a plan file through once and checks its seal, so that a file
// that was cut short or edited is refused before anything is applied.
func OpenPlan(path string) (*PlanFile, error) {
	p := &PlanFile{path: path}
	end, err := p.scan(func(n int, line []byte) error {
		switch {
		case n == 1:
			return p.header(line)
		case begins(line, summaryMark):
			return p.readSummary(line)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.Hash, p.Changes = end.SHA256, end.Changes
	return p, nil
}

func (p *PlanFile) header(line []byte) error {
	if err := json.Unmarshal(line, &p.Plan); err != nil || p.Format == 0 {
		return fmt.Errorf("%s is no plan file", p.path)
	}
	if p.Format != PlanFormat {
		return fmt.Errorf("%s has plan format %d; this crosswalk reads format %d", p.path, p.Format, PlanFormat)
	}
	return nil
}

func (p *PlanFile) readSummary(line []byte) error {
	var summary struct {
		Summary json.RawMessage `json:"summary"`
	}
	if json.Unmarshal(line, &summary) != nil {
		return p.broken("has a damaged summary")
	}
	p.Summary = summary.Summary
	return nil
}

func (p *PlanFile) broken(how string) error {
	return fmt.Errorf("plan %s %s; make a new plan", p.path, how)
}

// Each passes the plan on to a sink, in order. The seal is checked once more:
// a file that was changed after OpenPlan is an error, though perhaps a late one.
func (p *PlanFile) Each(ctx context.Context, sink Sink) error {
	r := rowReader{plan: p}
	end, err := p.scan(func(n int, line []byte) error {
		switch {
		case n == 1 || begins(line, summaryMark):
			return nil
		case begins(line, sectionMark):
			if err := r.begin(line); err != nil {
				return err
			}
			return sink.Section(ctx, r.section)
		}
		if err := r.read(line); err != nil {
			return p.broken(fmt.Sprintf("has a damaged line %d: %v", n, err))
		}
		return sink.Change(ctx, &r.change)
	})
	if err == nil && end.SHA256 != p.Hash {
		err = p.broken("was replaced while it was being read")
	}
	return err
}

// How lines begin.
const (
	sectionMark = `{"section":`
	summaryMark = `{"summary":`
	changeMark  = `{"op":`
	endMark     = `{"end":`
)

func begins(line []byte, mark string) bool {
	return len(line) >= len(mark) && string(line[:len(mark)]) == mark
}

// scan calls visit for each line but the last, which must be the seal of the
// others to the letter.
func (p *PlanFile) scan(visit func(n int, line []byte) error) (end planEnd, err error) {
	sum := sha256.New()
	changes := int64(0)
	err = p.lines(func(n int, line []byte) error {
		switch {
		case end.End:
			return p.broken("goes on after its end")
		case begins(line, endMark):
			end = planEnd{End: true, Changes: changes, SHA256: hex.EncodeToString(sum.Sum(nil))}
			want, err := json.Marshal(end)
			if err == nil && !bytes.Equal(line, want) {
				err = p.broken("was edited after it was made")
			}
			return err
		case begins(line, changeMark):
			changes++
		}
		sum.Write(line)
		sum.Write([]byte{'\n'})
		return visit(n, line)
	})
	if err == nil && !end.End {
		err = p.broken("was cut short")
	}
	return end, err
}

// lines calls visit with each line of the file.
func (p *PlanFile) lines(visit func(n int, line []byte) error) error {
	file, err := os.Open(p.path)
	if err != nil {
		return fmt.Errorf("plan file: %w", err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<16)
	var long []byte
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long[:0], line...)
			for errors.Is(err, bufio.ErrBufferFull) {
				line, err = r.ReadSlice('\n')
				long = append(long, line...)
			}
			line = long
		}
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				return p.broken("was cut short")
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("plan file: %w", err)
		}
		if err := visit(n, bytes.TrimSuffix(line, []byte{'\n'})); err != nil {
			return err
		}
	}
}

// rowReader decodes the lines of a section.
type rowReader struct {
	plan    *PlanFile
	section Section
	change  Change
	row     record.Row
	was     record.Row
}

func (r *rowReader) begin(line []byte) error {
	var s planSection
	if err := json.Unmarshal(line, &s); err != nil {
		return r.plan.broken("has a damaged section")
	}
	schema := &record.Schema{Table: s.Section}
	for _, c := range s.Columns {
		kind, err := record.ParseKind(c[1])
		if err != nil {
			return r.plan.broken("has a damaged section")
		}
		schema.Fields = append(schema.Fields, record.Field{Name: c[0], Type: record.Type{Kind: kind}})
	}
	var indexes [4][]int
	for i, names := range [][]string{s.Key, s.Compared, s.SelfRefs, s.Masked} {
		all, err := indexesOf(schema, names)
		if err != nil {
			return r.plan.broken("has a damaged section: " + err.Error())
		}
		indexes[i] = all
	}
	schema.Key = indexes[0]
	for _, i := range indexes[3] {
		schema.Fields[i].Masked = true
	}
	r.section = Section{Schema: schema, Compared: indexes[1], Origins: s.Origins, SelfRefs: indexes[2], Deletes: s.Deletes}
	r.row, r.was = make(record.Row, len(schema.Fields)), make(record.Row, len(schema.Fields))
	return nil
}

func indexesOf(schema *record.Schema, names []string) (all []int, err error) {
	for _, name := range names {
		i := schema.Index(name)
		if i < 0 {
			return nil, fmt.Errorf("there is no column %s", name)
		}
		all = append(all, i)
	}
	return all, nil
}

func (r *rowReader) read(line []byte) error {
	var raw struct {
		Op      string          `json:"op"`
		Row     json.RawMessage `json:"row"`
		Was     json.RawMessage `json:"was"`
		Changed []string        `json:"changed"`
		Before  string          `json:"before"`
		Origin  int             `json:"origin"`
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return err
	}
	if r.section.Schema == nil {
		return fmt.Errorf("a row before the first section")
	}
	r.change = Change{Row: r.row, Origin: raw.Origin}
	if err := parseJSONRow(raw.Row, r.section.Schema, r.row); err != nil {
		return err
	}
	switch raw.Op {
	case "+":
		r.change.Op = connectors.Create
		return nil
	case "*":
		r.change.Op, r.change.Was = connectors.Update, r.was
		if err := parseJSONRow(raw.Was, r.section.Schema, r.was); err != nil {
			return err
		}
		fields, err := indexesOf(r.section.Schema, raw.Changed)
		if err != nil {
			return err
		}
		r.change.Fields = fields
	case "-":
		r.change.Op, r.change.Was = connectors.Delete, r.row
	default:
		return fmt.Errorf("unknown operation %q", raw.Op)
	}
	before, err := record.ParseDigest(raw.Before)
	r.change.Before = before
	return err
}

func parseJSONRow(raw json.RawMessage, schema *record.Schema, row record.Row) error {
	if len(raw) == 0 || raw[0] != '[' {
		return fmt.Errorf("row is no list")
	}
	rest := []byte(raw[1:])
	for i := range row {
		end, after := valueEnd(rest), byte(',')
		if i == len(row)-1 {
			after = ']'
		}
		if end <= 0 || end >= len(rest) || rest[end] != after {
			return fmt.Errorf("row is no list of %d values", len(row))
		}
		v, err := record.ParseJSON(rest[:end], schema.Fields[i].Type.Kind)
		if err != nil {
			return fmt.Errorf("%s: %w", schema.Fields[i].Name, err)
		}
		row[i], rest = v, rest[end+1:]
	}
	return nil
}

// valueEnd finds the end of the JSON scalar that p begins with.
func valueEnd(p []byte) int {
	if len(p) > 0 && p[0] == '"' {
		for i := 1; i < len(p); i++ {
			switch p[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return 0
	}
	return bytes.IndexAny(p, ",]") // -1 is refused like 0 by the caller's bounds
}
