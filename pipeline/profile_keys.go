package pipeline

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

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

// mostExamples is how many examples a list shows.
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
