package reconcile

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"crosswalk/connectors"
	"crosswalk/record"
)

// A plan file is lines of JSON: the Plan, then for each section a line that
// names its columns, followed by its rows, and a last line that seals the file:
//
//	{"crosswalk_plan":1,"line":"fleet",…}
//	{"section":"orders","columns":[["id","text"],["order_no","text"],…],…}
//	{"op":"+","row":["6f1c…","A-1001",…]}
//	{"op":"*","row":[…],"was":[…],"changed":["qty"],"before":"91ab…"}
//	{"op":"-","row":[…],"before":"77d0…"}
//	{"summary":{…}}
//	{"end":true,"changes":3,"sha256":"…"}
//
// The seal is the SHA-256 of every byte before the last line; it is the name
// under which a plan is approved, and a file that was cut or edited has none.

// PlanWriter writes a plan file. It appears under its name only when it is
// complete. It belongs to one goroutine.
type PlanWriter struct {
	path    string
	file    *os.File
	w       *bufio.Writer
	sum     hash.Hash
	section Section
	changes int64
	line    []byte
}

// CreatePlan begins a plan file at path, readable by its owner only.
func CreatePlan(path string, p Plan) (*PlanWriter, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".crosswalk-plan-*")
	if err != nil {
		return nil, fmt.Errorf("plan file %s: %w", path, withoutName(err))
	}
	w := &PlanWriter{path: path, file: file, sum: sha256.New()}
	w.w = bufio.NewWriterSize(io.MultiWriter(file, w.sum), 1<<18)
	return w, w.json(p)
}

// Section begins the changes of one table.
func (w *PlanWriter) Section(_ context.Context, s Section) error {
	w.section = s
	return w.json(sectionLine(s))
}

// Change writes one change.
func (w *PlanWriter) Change(_ context.Context, c *Change) error {
	if err := w.readable(c); err != nil {
		return err
	}
	w.changes++
	w.line = append(w.line[:0], `{"op":"`...)
	w.line = append(append(w.line, opMark(c.Op)), `","row":`...)
	w.line = appendJSONRow(w.line, c.Row)
	if c.Op == connectors.Update {
		w.line = appendJSONRow(append(w.line, `,"was":`...), c.Was)
		names := make([]string, len(c.Fields))
		for i, f := range c.Fields {
			names[i] = w.section.Schema.Fields[f].Name
		}
		changed, err := json.Marshal(names)
		if err != nil {
			return err
		}
		w.line = append(append(w.line, `,"changed":`...), changed...)
	}
	if c.Op != connectors.Create {
		w.line = append(append(append(w.line, `,"before":"`...), c.Before.String()...), '"')
	}
	if c.Origin != 0 {
		w.line = fmt.Appendf(w.line, `,"origin":%d`, c.Origin)
	}
	w.line = append(w.line, "}\n"...)
	_, err := w.w.Write(w.line)
	return w.failed(err)
}

// readable refuses a value that would read back as another one.
func (w *PlanWriter) readable(c *Change) error {
	for _, row := range []record.Row{c.Row, c.Was} {
		for i, v := range row {
			field := &w.section.Schema.Fields[i]
			if v.Kind() != field.Type.Kind && !v.IsNull() {
				return fmt.Errorf("plan file %s: column %s.%s is of kind %s and cannot hold a value of kind %s; convert it in the mapping",
					w.path, w.section.Schema.Table, field.Name, field.Type.Kind, v.Kind())
			}
		}
	}
	return nil
}

// Changes is the number of changes written so far.
func (w *PlanWriter) Changes() int64 { return w.changes }

// Close seals the plan, puts it under its name and returns its hash. The
// summary is shown with the plan and sealed with it.
func (w *PlanWriter) Close(summary any) (string, error) {
	summaryJSON, err := json.Marshal(summary)
	if err != nil {
		return "", err
	}
	if err := w.json(map[string]any{"summary": json.RawMessage(summaryJSON)}); err != nil {
		return "", err
	}
	if err := w.w.Flush(); err != nil {
		return "", w.failed(err)
	}
	seal := hex.EncodeToString(w.sum.Sum(nil))
	if err := w.json(planEnd{End: true, Changes: w.changes, SHA256: seal}); err != nil {
		return "", err
	}
	if err := w.w.Flush(); err != nil {
		return "", w.failed(err)
	}
	if err := w.file.Sync(); err != nil {
		return "", w.failed(err)
	}
	if err := w.file.Close(); err != nil {
		return "", w.failed(err)
	}
	if err := os.Rename(w.file.Name(), w.path); err != nil {
		return "", w.failed(err)
	}
	return seal, nil
}

// Abort drops what was written. After Close it does nothing.
func (w *PlanWriter) Abort() {
	w.file.Close()
	os.Remove(w.file.Name())
}

func (w *PlanWriter) json(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.w.Write(append(line, '\n'))
	return w.failed(err)
}

func (w *PlanWriter) failed(err error) error {
	if err != nil {
		return fmt.Errorf("plan file %s: %w", w.path, withoutName(err))
	}
	return nil
}

// withoutName leaves the name of the temporary file out of an error, for nobody
// has ever heard of it.
func withoutName(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	if at, ok := errors.AsType[*os.LinkError](err); ok {
		return at.Err
	}
	return err
}

// planSection is the line that introduces a section.
type planSection struct {
	Section  string      `json:"section"`
	Deletes  bool        `json:"deletes,omitempty"`
	Columns  [][2]string `json:"columns"`
	Key      []string    `json:"key"`
	Compared []string    `json:"compared"`
	Masked   []string    `json:"masked,omitempty"`
	SelfRefs []string    `json:"self_refs,omitempty"`
	Origins  []string    `json:"origins"`
}

type planEnd struct {
	End     bool   `json:"end"`
	Changes int64  `json:"changes"`
	SHA256  string `json:"sha256"`
}

func sectionLine(s Section) planSection {
	out := planSection{Section: s.Schema.Table, Deletes: s.Deletes, Key: s.Schema.KeyNames(), Origins: s.Origins}
	for _, f := range s.Schema.Fields {
		out.Columns = append(out.Columns, [2]string{f.Name, f.Type.Kind.String()})
		if f.Masked {
			out.Masked = append(out.Masked, f.Name)
		}
	}
	for _, i := range s.Compared {
		out.Compared = append(out.Compared, s.Schema.Fields[i].Name)
	}
	for _, i := range s.SelfRefs {
		out.SelfRefs = append(out.SelfRefs, s.Schema.Fields[i].Name)
	}
	return out
}

func opMark(op connectors.Op) byte {
	switch op {
	case connectors.Create:
		return byte(Missing)
	case connectors.Update:
		return byte(Changed)
	}
	return byte(Extra)
}

func appendJSONRow(dst []byte, row record.Row) []byte {
	dst = append(dst, '[')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendJSON(dst, v)
	}
	return append(dst, ']')
}
