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
	sum := sha256.New()
	var before []byte
	err := p.lines(func(n int, line []byte) error {
		if n == 1 {
			if err := json.Unmarshal(line, &p.Plan); err != nil || p.Format == 0 {
				return fmt.Errorf("%s is no plan file", path)
			}
			if p.Format != PlanFormat {
				return fmt.Errorf("%s has plan format %d; this crosswalk reads format %d", path, p.Format, PlanFormat)
			}
		}
		if p.Hash != "" {
			return p.broken("goes on after its end")
		}
		if bytes.HasPrefix(line, []byte(`{"end":true`)) {
			return p.seal(line, before, hex.EncodeToString(sum.Sum(nil)))
		}
		sum.Write(line)
		sum.Write([]byte{'\n'})
		before = append(before[:0], line...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.Hash == "" {
		return nil, p.broken("was cut short")
	}
	return p, nil
}

func (p *PlanFile) seal(line, before []byte, sum string) error {
	var end planEnd
	var summary struct {
		Summary json.RawMessage `json:"summary"`
	}
	if json.Unmarshal(line, &end) != nil || json.Unmarshal(before, &summary) != nil {
		return p.broken("has a damaged end")
	}
	if end.SHA256 != sum {
		return p.broken("was edited after it was made")
	}
	p.Hash, p.Changes, p.Summary = end.SHA256, end.Changes, summary.Summary
	return nil
}

func (p *PlanFile) broken(how string) error {
	return fmt.Errorf("plan %s %s; make a new plan", p.path, how)
}

// Each passes the plan on to a sink, in order.
func (p *PlanFile) Each(ctx context.Context, sink Sink) error {
	r := rowReader{plan: p}
	return p.lines(func(n int, line []byte) error {
		switch {
		case n == 1 || bytes.HasPrefix(line, []byte(`{"end":`)) || bytes.HasPrefix(line, []byte(`{"summary":`)):
			return nil
		case bytes.HasPrefix(line, []byte(`{"section":`)):
			if err := r.begin(line); err != nil {
				return err
			}
			return sink.Section(ctx, r.section)
		}
		if err := r.read(line); err != nil {
			return p.broken(fmt.Sprintf("line %d: %v", n, err))
		}
		return sink.Change(ctx, &r.change)
	})
}

// lines calls visit with each line of the file.
func (p *PlanFile) lines(visit func(n int, line []byte) error) error {
	file, err := os.Open(p.path)
	if err != nil {
		return fmt.Errorf("plan file: %w", err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<18)
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
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
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
	for _, name := range s.Masked {
		schema.Fields[schema.Index(name)].Masked = true
	}
	indexes := func(names []string) (all []int) {
		for _, name := range names {
			all = append(all, schema.Index(name))
		}
		return all
	}
	schema.Key = indexes(s.Key)
	r.section = Section{Schema: schema, Compared: indexes(s.Compared), Origins: s.Origins, SelfRefs: indexes(s.SelfRefs), Deletes: s.Deletes}
	r.row, r.was = make(record.Row, len(schema.Fields)), make(record.Row, len(schema.Fields))
	return nil
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
		for _, name := range raw.Changed {
			r.change.Fields = append(r.change.Fields, r.section.Schema.Index(name))
		}
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
	rest := bytes.TrimSpace(raw)
	if len(rest) < 2 || rest[0] != '[' {
		return fmt.Errorf("row is no list")
	}
	rest = rest[1:]
	for i := range row {
		end := valueEnd(rest)
		if end <= 0 || end >= len(rest) {
			return fmt.Errorf("row has %d values, want %d", i, len(row))
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
