package record_test

import (
	"bytes"
	"cmp"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"crosswalk/record"
)

func TestCompareIsATotalOrderThatAgreesWithEquality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyValue().Draw(t, "a"), anyValue().Draw(t, "b"), anyValue().Draw(t, "c")
		ab, ba, bc, ac := record.Compare(a, b), record.Compare(b, a), record.Compare(b, c), record.Compare(a, c)
		if ab != -ba {
			t.Fatalf("a to b is %d, b to a %d", ab, ba)
		}
		if (ab == 0) != (a == b) {
			t.Fatalf("compared %d, equal %v", ab, a == b)
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 {
			t.Fatalf("a to b %d, b to c %d, a to c %d", ab, bc, ac)
		}
	})
}

func TestNumbersCompareBySizeWhateverTheirKind(t *testing.T) {
	number := rapid.OneOf(anyDecimal(), valueOf(record.KindInt))
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		want := rational(t, a).Cmp(rational(t, b))
		if want == 0 {
			want = cmp.Compare(a.Kind(), b.Kind())
		}
		if got := record.Compare(a, b); got != want {
			t.Fatalf("%s to %s is %d, want %d", a, b, got, want)
		}
	})
}

func rational(t *rapid.T, v record.Value) *big.Rat {
	r, ok := new(big.Rat).SetString(v.String())
	if !ok {
		t.Fatalf("%s is spelled as no number", v)
	}
	return r
}

func TestKeyBytesSortAsCompareRowsDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b record.Row
		var fields []int
		for i := range rapid.IntRange(1, 3).Draw(t, "columns") {
			column := rapid.OneOf(valueOf(rapid.SampledFrom(allKinds).Draw(t, "kind")), rapid.Just(record.Null()))
			a, b = append(a, column.Draw(t, "a")), append(b, column.Draw(t, "b"))
			fields = append(fields, i)
		}
		want := record.CompareRows(a, b)
		if got := bytes.Compare(record.AppendKey(nil, a, fields), record.AppendKey(nil, b, fields)); got != want {
			t.Fatalf("%v and %v: keys compare %d, rows %d", a, b, got, want)
		}
	})
}

// A composite key must not sort as if its texts were joined.
func TestAShorterFirstColumnSortsFirst(t *testing.T) {
	row := func(a, b string) record.Row { return record.Row{record.Text(a), record.Text(b)} }
	ascending := []record.Row{row("", ""), row("", "\x00"), row("a", "b"), row("a", "c"), row("a\x00", ""), row("a\x00", "b"), row("a\x01", ""), row("ab", ""), row("b", "")}
	for i := 1; i < len(ascending); i++ {
		a, b := record.AppendKey(nil, ascending[i-1], []int{0, 1}), record.AppendKey(nil, ascending[i], []int{0, 1})
		if bytes.Compare(a, b) >= 0 || record.CompareRows(ascending[i-1], ascending[i]) >= 0 {
			t.Errorf("%q does not sort before %q", ascending[i-1], ascending[i])
		}
	}
}

func TestAKeyThatIsCutShortSortsBeforeThoseThatBeginWithIt(t *testing.T) {
	short, long := record.Row{record.Int(1)}, record.Row{record.Int(1), record.Null()}
	if record.CompareRows(short, long) != -1 || record.CompareRows(long, short) != 1 {
		t.Error("want the shorter key first")
	}
}
