package pipeline

import (
	"math"
	"slices"

	"crosswalk/record"
)

// frequent counts how often each key occurs. As long as there are no more
// keys than limit, the counts are exact. After that it keeps the thousand most
// frequent: it lowers all counts by so much that the others vanish, and
// remembers by how much (the algorithm of Misra and Gries). A count is then
// never too high, and too low by missed at most, which is below a thousandth
// of all that was added.
type frequent[K comparable] struct {
	counts map[K]*int64
	limit  int
	missed int64
}

// keepFrequent is how many keys are left when there were too many.
const keepFrequent = 1000

func newFrequent[K comparable](limit int) frequent[K] {
	return frequent[K]{counts: map[K]*int64{}, limit: limit}
}

// hit counts k if counts holds it.
func (f *frequent[K]) hit(k K) bool {
	n := f.counts[k]
	if n != nil {
		*n++
	}
	return n != nil
}

// full reports whether the next insert will be one too many.
func (f *frequent[K]) full() bool { return len(f.counts) == f.limit }

// insert adds a key that counts does not hold, and makes room if it has to.
func (f *frequent[K]) insert(k K) {
	one := int64(1)
	f.counts[k] = &one
	if len(f.counts) > f.limit {
		f.prune()
	}
}

// prune makes room.
func (f *frequent[K]) prune() {
	all := make([]int64, 0, len(f.counts))
	for _, n := range f.counts {
		all = append(all, *n)
	}
	slices.Sort(all)
	least := all[len(all)-1-keepFrequent]
	f.missed += least
	f.limit = 2 * keepFrequent
	kept := make(map[K]*int64, f.limit)
	for k, n := range f.counts {
		if *n > least {
			*n -= least
			kept[k] = n
		}
	}
	f.counts = kept
}

// counted is a key with its count.
type counted[K comparable] struct {
	key  K
	rows int64
}

// top returns the n most frequent keys; compare decides between equals.
func (f *frequent[K]) top(n int, compare func(a, b K) int) []counted[K] {
	all := make([]counted[K], 0, len(f.counts))
	for k, rows := range f.counts {
		all = append(all, counted[K]{k, *rows})
	}
	slices.SortFunc(all, func(a, b counted[K]) int {
		if a.rows != b.rows {
			return int(max(-1, min(1, b.rows-a.rows)))
		}
		return compare(a.key, b.key)
	})
	return all[:min(n, len(all))]
}

// tally counts the different values of a column and finds the frequent ones.
type tally struct {
	values frequent[record.Value]
	sketch *sketch // nil as long as values holds every value
	buf    []byte
}

// exactDistinct is up to how many different values are counted one by one.
const exactDistinct = 10_000

func newTally() tally { return tally{values: newFrequent[record.Value](exactDistinct)} }

func (t *tally) add(v record.Value) {
	v = t.condensed(v)
	if t.sketch != nil {
		t.sketch.add(t.hash(v))
	}
	if t.values.hit(v) {
		return
	}
	if t.sketch == nil && t.values.full() {
		t.sketch = newSketch()
		t.sketch.add(t.hash(v))
		for known := range t.values.counts {
			t.sketch.add(t.hash(known))
		}
	}
	t.values.insert(owned(v))
}

func (t *tally) distinct() Distinct {
	if t.sketch == nil {
		return Distinct{int64(len(t.values.counts)), true}
	}
	return Distinct{t.sketch.estimate(), false}
}

func (t *tally) hash(v record.Value) uint64 {
	t.buf = record.Append(t.buf[:0], v)
	return record.DigestOf(t.buf).Hi
}

// mark separates the beginning of a long text from its digest.
const (
	wholeText = 100 // longer texts are counted by beginning and digest
	beginning = 64
	mark      = "\x00…"
)

// condensed bounds what a value takes in memory, and keeps it different from
// all others.
func (t *tally) condensed(v record.Value) record.Value {
	text := v.AsText()
	if len(text) <= wholeText {
		return v
	}
	t.buf = record.Append(t.buf[:0], v)
	short := clip(text, beginning) + mark + record.DigestOf(t.buf).String()
	if v.Kind() == record.KindBytes {
		return record.Bytes([]byte(short))
	}
	return record.Text(short)
}

// sketch estimates how many different hashes were added from the smallest of
// them: if the k-th smallest of evenly spread numbers stands at one tenth of
// the range, there are about ten times k.
type sketch struct {
	least []uint64 // unsorted, with repeats
	below uint64   // only smaller hashes matter
}

const sketchSize = 4096

func newSketch() *sketch { return &sketch{below: math.MaxUint64} }

func (s *sketch) add(h uint64) {
	if h >= s.below {
		return
	}
	if s.least = append(s.least, h); len(s.least) == 2*sketchSize {
		s.compact()
	}
}

func (s *sketch) compact() {
	slices.Sort(s.least)
	s.least = slices.Compact(s.least)
	if len(s.least) >= sketchSize {
		s.least = s.least[:sketchSize]
		s.below = s.least[sketchSize-1]
	}
}

func (s *sketch) estimate() int64 {
	s.compact()
	if len(s.least) < sketchSize {
		return int64(len(s.least))
	}
	return int64(math.Round(float64(sketchSize-1) / (float64(s.below) / (1 << 64))))
}
