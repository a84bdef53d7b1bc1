package mapping

import (
	"math/big"
	"strings"

	"crosswalk/record"

	"golang.org/x/text/cases"
)

// Lossy is how a field is compared if not exactly. Reports count how often it
// made a difference.
type Lossy struct {
	Trim        bool         // texts without the white space at their ends
	Casefold    bool         // texts without regard to case
	NullEqEmpty bool         // null equals the empty text
	Tolerance   record.Value // numbers may differ by so much; null for exactly
}

// IsZero reports whether l compares exactly.
func (l Lossy) IsZero() bool { return l == Lossy{} }

// Equal reports whether a and b count as the same.
func (l Lossy) Equal(a, b record.Value) bool {
	if a == b {
		return true
	}
	a, b = l.normal(a), l.normal(b)
	return a == b || !l.Tolerance.IsNull() && l.near(a, b)
}

func (l Lossy) normal(v record.Value) record.Value {
	if v.Kind() == record.KindText && (l.Trim || l.Casefold) {
		s := v.AsText()
		if l.Trim {
			s = strings.TrimSpace(s)
		}
		if l.Casefold {
			s = cases.Fold().String(s)
		}
		v = record.Text(s)
	}
	if l.NullEqEmpty && v == record.Text("") {
		return record.Null()
	}
	return v
}

func (l Lossy) near(a, b record.Value) bool {
	x, okx := rational(a)
	y, oky := rational(b)
	limit, _ := rational(l.Tolerance)
	return okx && oky && x.Sub(x, y).Abs(x).Cmp(limit) <= 0
}

func rational(v record.Value) (*big.Rat, bool) {
	switch v.Kind() {
	case record.KindInt, record.KindDecimal, record.KindFloat:
		return new(big.Rat).SetString(v.String())
	}
	return nil, false
}
