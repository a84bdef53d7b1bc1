package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"crosswalk/connectors"
	"crosswalk/internal/spill"
	"crosswalk/record"
)

// KeyProfile tells whether a key identifies the rows. It is exact.
type KeyProfile struct {
	Columns  []string   `json:"columns"`
	Missing  int64      `json:"missing"`  // rows in which a part of the key is null or empty
	Repeated Collisions `json:"repeated"` // keys that more than one row has
	Similar  Collisions `json:"similar"`  // keys that differ only in case, blanks or the way in which accents are written
}

// Collisions are keys that would become one.
type Collisions struct {
	Keys     int64       `json:"keys"`               // that several rows, or several spellings, share
	Rows     int64       `json:"rows"`               // that have one of these keys
	Examples []Collision `json:"examples,omitempty"` // those of most rows, at most five
}

// Collision is one such key: the key that several rows have, or all its
// spellings, of which at most five are shown.
type Collision struct {
	Keys [][]Shown `json:"keys"`
	Rows int64     `json:"rows"`
}

// RefProfile tells which values are not found where they point at. It is exact.
type RefProfile struct {
	Column   string      `json:"column"`
	To       string      `json:"to"`      // table.column
	Rows     int64       `json:"rows"`    // with a value that is neither null nor empty
	Orphans  int64       `json:"orphans"` // of these, rows whose value is not there
	Examples []Frequency `json:"examples,omitempty"`
}

const mostExamples = 5

// keyProfiler sorts the keys of all rows on disk, folded, so that equal and
// similar ones come to stand together.
//
//	sorted by   folded key | key     value: the length of the folded key,
//	                                 nothing if the key is folded already
type keyProfiler struct {
	columns []string
	fields  []int
	missing int64
	sorter  *spill.Sorter
	caser   cases.Caser
	exact   []byte
	folded  []byte
}

func newKeyProfiler(columns []string, fields []int, dir string) *keyProfiler {
	return &keyProfiler{columns: columns, fields: fields, sorter: spill.NewSorter(dir, 0), caser: cases.Fold()}
}

func (k *keyProfiler) add(row record.Row) error {
	k.exact, k.folded = k.exact[:0], k.folded[:0]
	for _, f := range k.fields {
		v := row[f]
		if missing(v) {
			k.missing++
			return nil
		}
		k.exact = record.Append(k.exact, v)
		k.folded = record.Append(k.folded, k.fold(v))
	}
	if bytes.Equal(k.exact, k.folded) {
		return k.sorter.Add(k.folded, nil)
	}
	length := binary.AppendUvarint(nil, uint64(len(k.folded)))
	return k.sorter.Add(append(k.folded, k.exact...), length)
}

func missing(v record.Value) bool {
	return v.IsNull() || v.Kind() == record.KindAbsent || v.Kind() == record.KindText && v.AsText() == ""
}

// fold takes away what people do not see in a text.
func (k *keyProfiler) fold(v record.Value) record.Value {
	if v.Kind() != record.KindText {
		return v
	}
	s := v.AsText()
	if isFolded(s) {
		return v
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad:
			return -1
		}
		return r
	}, s)
	return record.Text(strings.Join(strings.Fields(k.caser.String(norm.NFC.String(s))), " "))
}

// isFolded recognizes most texts that fold would leave as they are.
func isFolded(s string) bool {
	blank := true // a blank before the first character is one too many
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return !blank
}

// profile goes through the sorted keys group by group.
func (k *keyProfiler) profile() (*KeyProfile, error) {
	p := &KeyProfile{Columns: k.columns, Missing: k.missing}
	sorted, err := k.sorter.Sort()
	if err != nil {
		return nil, err
	}
	group := &keyGroup{width: len(k.fields)}
	for {
		key, value, err := sorted.Next()
		if errors.Is(err, io.EOF) {
			group.finish(p)
			return p, group.err
		}
		if err != nil {
			return nil, err
		}
		folded, exact := key, key
		if len(value) > 0 {
			length, _ := binary.Uvarint(value)
			folded, exact = key[:length], key[length:]
		}
		if group.started && !bytes.Equal(folded, group.folded) {
			group.finish(p)
		}
		group.add(p, folded, exact)
	}
}

// keyGroup is the keys that fold to the same: spelling after spelling.
type keyGroup struct {
	width     int
	started   bool
	folded    []byte
	exact     []byte // the spelling under way
	same      int64  // rows that have it
	rows      int64  // of the group
	spellings int64
	shown     [][]Shown
	err       error
}

func (g *keyGroup) add(p *KeyProfile, folded, exact []byte) {
	if !g.started {
		*g = keyGroup{width: g.width, started: true, folded: append(g.folded[:0], folded...), exact: g.exact[:0], err: g.err}
	}
	if g.spellings == 0 || !bytes.Equal(exact, g.exact) {
		g.endSpelling(p)
		g.exact = append(g.exact[:0], exact...)
		g.spellings++
		if g.spellings <= mostExamples {
			g.shown = append(g.shown, g.key())
		}
	}
	g.same++
	g.rows++
}

func (g *keyGroup) endSpelling(p *KeyProfile) {
	if g.same > 1 {
		p.Repeated.add(func() [][]Shown { return [][]Shown{g.key()} }, g.same)
	}
	g.same = 0
}

func (g *keyGroup) finish(p *KeyProfile) {
	g.endSpelling(p)
	if g.spellings > 1 {
		p.Similar.add(func() [][]Shown { return g.shown }, g.rows)
	}
	g.started = false
}

// key decodes the spelling under way.
func (g *keyGroup) key() []Shown {
	key := make([]Shown, 0, g.width)
	rest := g.exact
	for range g.width {
		v, more, err := record.Decode(rest)
		if err != nil {
			g.err = err
			return nil
		}
		key, rest = append(key, *shown(v)), more
	}
	return key
}

func (c *Collisions) add(keys func() [][]Shown, rows int64) {
	c.Keys++
	c.Rows += rows
	n := len(c.Examples)
	if n == mostExamples && c.Examples[n-1].Rows >= rows {
		return
	}
	c.Examples = append(c.Examples[:min(n, mostExamples-1)], Collision{keys(), rows})
	slices.SortStableFunc(c.Examples, func(a, b Collision) int { return cmp.Compare(b.Rows, a.Rows) })
}

// refProfiler looks up every value of a column among those of another table.
type refProfiler struct {
	RefProfile
	field   int
	convert func(record.Value) record.Value // nil if the value may stay as it is
	set     *spill.Set
	orphans frequent[record.Value]
	buf     []byte
}

// newRef reads the column that a reference points at.
func (p *profiler) newRef(ctx context.Context, ref ProfileRef) (*refProfiler, error) {
	fields, err := p.fields([]string{ref.Column})
	if err != nil {
		return nil, err
	}
	schema, err := p.source.Describe(ctx, ref.Table)
	if err != nil {
		return nil, err
	}
	to, _, err := schema.Select([]string{ref.To})
	if err != nil {
		return nil, err
	}
	_, from, there := common(p.schema.Fields[fields[0]].Type.Kind, to.Fields[0].Type.Kind, true)
	r := &refProfiler{
		RefProfile: RefProfile{Column: ref.Column, To: ref.Table + "." + ref.To}, field: fields[0],
		convert: from, set: spill.NewSet(p.options.TempDir), orphans: newFrequent[record.Value](exactDistinct),
	}
	p.stage("read " + r.To)
	err = p.each(ctx, connectors.Query{Table: ref.Table, Fields: []string{ref.To}}, func(b *record.Batch) error {
		for i := range b.Len() {
			if err := r.set.Add(r.digest(b.Row(i)[0], there)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = r.set.Seal()
	}
	if err != nil {
		r.set.Close()
		return nil, err
	}
	return r, nil
}

func (r *refProfiler) digest(v record.Value, convert func(record.Value) record.Value) record.Digest {
	if convert != nil {
		v = convert(v)
	}
	r.buf = record.Append(r.buf[:0], v)
	return record.DigestOf(r.buf)
}

func (r *refProfiler) add(row record.Row) error {
	v := row[r.field]
	if missing(v) {
		return nil
	}
	r.Rows++
	found, err := r.set.Has(r.digest(v, r.convert))
	if err != nil || found {
		return err
	}
	r.Orphans++
	v = owned(v)
	if n := r.orphans.counts[v]; n != nil {
		*n++
	} else if r.orphans.insert(v) {
		r.orphans.prune()
	}
	return nil
}

func (r *refProfiler) profile() RefProfile {
	for _, top := range r.orphans.top(mostExamples, record.Compare) {
		r.Examples = append(r.Examples, Frequency{*shown(top.key), top.rows, r.orphans.missed == 0})
	}
	return r.RefProfile
}
