package record_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"crosswalk/record"
)

// allKinds are the kinds of which there are values.
var allKinds = []record.Kind{
	record.KindNull, record.KindBool, record.KindInt, record.KindDecimal, record.KindFloat, record.KindText,
	record.KindBytes, record.KindDate, record.KindInstant, record.KindLocal, record.KindAbsent,
}

var nastyTexts = []string{
	"", " ", "a", "A", "a,b", "b,c", "a\x00", "a\x00b", "\x00", "\x00\x00", "\x00\xff", "\xff", "\xef", "\xef\xbf\xbd", "\xc3", "é", "e\u0301",
	"NULL", "null", `"`, `\`, `\udcff`, "\u2028", "😀", "\x7f", "\t\r\n", strings.Repeat("x", 200),
}

// valueOf draws values of one kind, nasty ones often.
func valueOf(kind record.Kind) *rapid.Generator[record.Value] {
	switch kind {
	case record.KindBool:
		return rapid.Map(rapid.Bool(), record.Bool)
	case record.KindInt:
		return rapid.Map(anyInt(), record.Int)
	case record.KindDecimal:
		return anyDecimal()
	case record.KindFloat:
		return rapid.Map(anyFloat(), record.Float)
	case record.KindText:
		return rapid.Map(anyText(), record.Text)
	case record.KindBytes:
		return rapid.Map(anyText(), func(s string) record.Value { return record.Bytes([]byte(s)) })
	case record.KindDate:
		return rapid.Map(anyTime(), record.DateOf)
	case record.KindInstant:
		return rapid.Map(anyTime(), record.Instant)
	case record.KindLocal:
		return rapid.Map(anyTime(), record.Local)
	case record.KindAbsent:
		return rapid.Just(record.Absent())
	}
	return rapid.Just(record.Null())
}

func anyValue() *rapid.Generator[record.Value] {
	return rapid.Custom(func(t *rapid.T) record.Value {
		return valueOf(rapid.SampledFrom(allKinds).Draw(t, "kind")).Draw(t, "value")
	})
}

func anyInt() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3),
		rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 1 << 53, 1<<53 + 1, -1 << 53, -1<<53 - 1}))
}

func anyFloat() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{
		0, math.Copysign(0, -1), 0.1, -0.1, 1, -1, 1 << 53, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(),
	}))
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(nastyTexts), rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(p []byte) string { return string(p) }))
}

func anyDecimal() *rapid.Generator[record.Value] {
	spelled := rapid.StringMatching(`-?[0-9]{1,24}(\.[0-9]{1,24})?(e-?[0-9]{1,2})?`)
	return rapid.OneOf(
		rapid.Map(spelled, func(s string) record.Value {
			v, err := record.ParseDecimal(s)
			if err != nil {
				panic(err)
			}
			return v
		}),
		rapid.Custom(func(t *rapid.T) record.Value {
			return record.Decimal(anyInt().Draw(t, "unscaled"), rapid.IntRange(0, 25).Draw(t, "scale"))
		}),
	)
}

// anyTime draws times of the years -12000 to 12000, often near each other.
func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		year := rapid.OneOf(rapid.IntRange(1999, 2001), rapid.IntRange(-12_000, 12_000), rapid.SampledFrom([]int{-1, 0, 1, 1899, 1969, 1970, 9999, 10_000})).Draw(t, "year")
		nano := rapid.SampledFrom([]int{0, 1_000, 123_456_000, 999_999_000}).Draw(t, "nanosecond")
		hour := rapid.SampledFrom([]int{0, 0, 12, 23}).Draw(t, "hour")
		return time.Date(year, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 31).Draw(t, "day"), hour, 0, rapid.IntRange(0, 59).Draw(t, "second"), nano, time.UTC)
	})
}

func decimal(t testing.TB, s string) record.Value {
	t.Helper()
	v, err := record.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
