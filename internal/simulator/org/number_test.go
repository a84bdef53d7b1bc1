package org

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func genNumber(t *rapid.T, name string) string {
	return rapid.StringMatching(`-?[0-9]{1,18}(\.[0-9]{1,6})?`).Draw(t, name)
}

func rat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

func TestDecimalsComputeExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genNumber(t, "a"), genNumber(t, "b")
		x, _ := parseDecimal(a)
		y, _ := parseDecimal(b)
		if rat(x.String()).Cmp(rat(a)) != 0 {
			t.Fatalf("%s is written %s", a, x)
		}
		if got, want := rat(x.plus(y).String()), new(big.Rat).Add(rat(a), rat(b)); got.Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s", a, b, got)
		}
		if got, want := rat(x.times(y).String()), new(big.Rat).Mul(rat(a), rat(b)); got.Cmp(want) != 0 {
			t.Fatalf("%s * %s = %s", a, b, got)
		}
		if got, want := rat(x.round(2).String()), rat(rat(a).FloatString(2)); got.Cmp(want) != 0 {
			t.Fatalf("%s rounds to %s, want %s", a, got, want)
		}
	})
}

func TestOrderOfTextsIsOrderOfNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genNumber(t, "a"), genNumber(t, "b")
		texts := 0
		switch x, y := orderly(a), orderly(b); {
		case x < y:
			texts = -1
		case x > y:
			texts = 1
		}
		if numbers := rat(a).Cmp(rat(b)); numbers != texts {
			t.Fatalf("%s and %s: %d as numbers, %d as texts", a, b, numbers, texts)
		}
	})
}

func FuzzNumbersAreReadOrRefused(f *testing.F) {
	for _, s := range []string{"1", "-0.50", "+.5", "1e3", "1E-3", "", ".", "1.", "e5", "--1", "0x1", "1_000", "1e999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseDecimal(s)
		if !ok {
			return
		}
		r, good := new(big.Rat).SetString(s)
		if !good || r.Cmp(rat(d.String())) != 0 {
			t.Fatalf("%q is read as %s", s, d)
		}
	})
}
