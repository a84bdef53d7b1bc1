// Package reconcile finds and removes the difference between what a target
// should hold and what it holds.
//
//	want ──┐             ┌─▶ Report   (drift: look, do not touch)
//	       ├─▶ Compare ──┤
//	have ──┘   findings  └─▶ Plan ─▶ Apply ─▶ Target
//
// A migration is a difference from nothing, a sync is a difference since a
// cursor, drift is a difference that is only reported, and a cutover is the
// moment the difference is empty. All of them are one Compare, one Plan and
// one Apply, so drift is by construction what a plan would change.
//
// Compare reads both sides in any order and in flat memory (compare.go tells
// how). It knows neither mappings nor files: it is given two Sides.
package reconcile

import (
	"context"

	"crosswalk/record"
)

// Side is one side of a comparison.
type Side struct {
	// Open starts reading: one Reader for each part that may be read at the
	// same time. It may be called twice and must yield the same rows again.
	//
	// Rows begin with the fields of Spec.Schema. The rows that are wanted may
	// have two more, which travel with them: which source they come from (an
	// int, Finding.Origin) and their rank among rows of the same key.
	Open func(ctx context.Context) ([]record.Reader, error)

	// Unique promises that no two rows share a key, because the system that
	// they come from enforces it.
	Unique bool
}

// Spec says how rows are compared.
type Spec struct {
	Schema   *record.Schema // the fields of both sides; Key identifies a row
	Compared []int          // the fields compared, beyond the key
	Policy   Policy         // what to make of wanted rows that share a key

	// Soft holds, for each field with a declared lossy rule, what counts as
	// equal although it differs. Rows equal only by such a rule are counted.
	Soft map[int]func(want, have record.Value) bool

	TempDir string // where rows spill when memory does not hold them

	// Each runs the parts of a pass, one for each Reader: it calls part for 0
	// to n-1 and returns the first error. If nil, each part is a goroutine.
	Each func(ctx context.Context, n int, part func(ctx context.Context, i int) error) error
}

// Policy says what to make of several wanted rows with one key.
type Policy uint8

// Policies for wanted rows that share a key.
const (
	Strict  Policy = iota // a Duplicate, whatever they hold
	Fold                  // identical rows are one row; others are Ambiguous
	KeepMax               // the row of the highest rank; a tie of different rows is Ambiguous
)

// Finding is the difference at one key. Its rows are valid during the call
// that passes it on.
type Finding struct {
	Kind       Kind
	Want, Have record.Row // nil on the side that lacks the row
	Origin     int        // the source of Want
	Fields     []int      // Changed: which compared fields differ
	Count      int        // Duplicate: rows that share the key, on both sides
}

// Kind says how the two sides differ at a key. Its text is one character, so
// that a report reads like a diff.
type Kind byte

// Kinds of finding. The first four compare the sides; the others speak of
// wanted rows that share a key.
const (
	Same      Kind = '='
	Missing   Kind = '+' // the target lacks it: applying adds it
	Extra     Kind = '-' // only the target has it
	Changed   Kind = '*'
	Merged    Kind = '~' // folded into another wanted row of the same key
	Ambiguous Kind = '?' // shares its key with a different row: nobody can say which is right
	Duplicate Kind = '!' // the key does not identify one row
)

// Name returns the word for a kind: missing, extra, changed...
func (k Kind) Name() string {
	switch k {
	case Same:
		return "same"
	case Missing:
		return "missing"
	case Extra:
		return "extra"
	case Changed:
		return "changed"
	case Merged:
		return "merged"
	case Ambiguous:
		return "ambiguous"
	case Duplicate:
		return "duplicate"
	}
	return "unknown"
}

// Tally counts what a comparison saw.
type Tally struct {
	Want, Have int64 // rows read on each side
	Same       int64
	Missing    int64
	Extra      int64
	Changed    int64
	Merged     int64
	Ambiguous  int64
	Duplicates int64         // rows beyond the first of a key, on either side
	Soft       map[int]int64 // rows of Same that are equal only by the rule of the field
}

// Clean reports whether the target holds exactly what it should.
func (t Tally) Clean() bool { return t.Missing+t.Extra+t.Changed+t.Duplicates == 0 }
