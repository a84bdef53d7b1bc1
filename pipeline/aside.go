package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// asides hands rows on in batches.
type asides struct {
	mu       sync.Mutex
	recorder Recorder
	rows     []reconcile.Aside
}

const asideBatch = 1000

func (a *asides) add(ctx context.Context, row reconcile.Aside) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rows = append(a.rows, row)
	if len(a.rows) < asideBatch {
		return nil
	}
	return a.send(ctx)
}

func (a *asides) flush(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.send(ctx)
}

func (a *asides) send(ctx context.Context) error {
	if len(a.rows) == 0 || a.recorder == nil {
		a.rows = a.rows[:0]
		return nil
	}
	err := a.recorder.SetAside(ctx, a.rows)
	a.rows = a.rows[:0]
	return err
}

// shownKey is a source key as it may leave the process.
func (p *part) shownKey(key string, maskKey []byte) string {
	masked := p.program.MaskedInputs()
	for _, name := range p.file.KeyNames() {
		if key != "" && slices.Contains(masked, name) {
			return record.Keyed(maskKey, record.Text(key))
		}
	}
	return key
}

// shownText is input that is no row, as it may leave the process: nobody knows
// which part of it belongs to a masked column.
func (p *part) shownText(input string, maskKey []byte) string {
	if len(p.program.MaskedInputs()) > 0 {
		return record.Keyed(maskKey, record.Text(input))
	}
	return input
}

// shownInput is a source row as it may leave the process. Archived rows are
// found again by their key and need none.
func (p *part) shownInput(s *record.Schema, in record.Row, o mapping.Outcome, maskKey []byte) string {
	if o == mapping.Archived {
		return ""
	}
	masked := p.program.MaskedInputs()
	var out strings.Builder
	var scratch []byte
	for i, v := range in {
		if v.IsNull() {
			continue
		}
		if out.Len() == 0 {
			out.WriteByte('{')
		} else {
			out.WriteByte(',')
		}
		name, _ := json.Marshal(s.Fields[i].Name)
		out.Write(append(name, ':'))
		switch {
		case slices.Contains(masked, s.Fields[i].Name):
			v = record.Text(record.Keyed(maskKey, v))
		case v.Kind() == record.KindText:
			v = record.Text(brief(v.AsText()))
		}
		scratch = record.AppendJSON(scratch[:0], v)
		out.Write(scratch)
	}
	if out.Len() == 0 {
		return "{}"
	}
	return out.String() + "}"
}

// longest is how many bytes of a text findings and reports show whole.
const longest = 1000

// brief is a text as findings and reports show it: of a long one the
// beginning, and a hash that tells it from others that begin so.
func brief(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest / 5
	for !utf8.RuneStart(s[end]) {
		end--
	}
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%s… (%d bytes, SHA-256 %x…)", s[:end], len(s), sum[:8])
}
