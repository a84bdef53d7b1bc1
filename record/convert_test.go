package record_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"crosswalk/record"
)

// What Convert takes can be converted back; what would lose anything it
// refuses. Texts are left out: "1.10" comes back as "1.1".
func TestConvertLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.SampledFrom(allKinds).Draw(t, "from"), rapid.SampledFrom(allKinds).Draw(t, "to")
		v := valueOf(from).Draw(t, "value")
		got, err := record.Convert(v, record.Type{Kind: to, Scale: -1})
		if err != nil {
			if got != (record.Value{}) {
				t.Fatalf("a refused %s gives %s all the same", from, got)
			}
			return
		}
		if from == record.KindText {
			return
		}
		if back, err := record.Convert(got, record.Type{Kind: from}); err != nil || back != v {
			t.Fatalf("%s %q becomes %s %q, which goes back to %q, %v", from, v, to, got, back, err)
		}
	})
}

func TestConvertReadsTheStandardSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(allKinds[1:6]).Draw(t, "kind")
		v := valueOf(kind).Draw(t, "value")
		got, err := record.Convert(record.Text(v.String()), record.Type{Kind: kind})
		if err != nil || got != v {
			t.Fatalf("%s %q reads as %q, %v", kind, v, got, err)
		}
	})
}

func TestConvert(t *testing.T) {
	text := record.Text
	of := func(k record.Kind) record.Type { return record.Type{Kind: k} }
	sized := func(k record.Kind, size, scale int) record.Type {
		return record.Type{Kind: k, Size: size, Scale: scale}
	}
	instant := func(year int, nano int) record.Value {
		return record.Instant(time.Date(year, 2, 28, 23, 0, 0, nano, time.UTC))
	}
	for _, test := range []struct {
		name  string
		value record.Value
		to    record.Type
		want  record.Value // null: refused
	}{
		{"digits are an integer", text("-42"), of(record.KindInt), record.Int(-42)},
		{"a fraction is no integer", text("4.0"), of(record.KindInt), record.Null()},
		{"blanks are no digits", text(" 4"), of(record.KindInt), record.Null()},
		{"an integer beyond 64 bits", text("9223372036854775808"), of(record.KindInt), record.Null()},
		{"a whole decimal is an integer", decimal(t, "4.00"), of(record.KindInt), record.Int(4)},
		{"a decimal with a fraction is not", decimal(t, "4.5"), of(record.KindInt), record.Null()},
		{"a decimal of 40 digits is not", decimal(t, strings.Repeat("4", 40)), of(record.KindInt), record.Null()},
		{"2^53 as a float", record.Float(1 << 53), of(record.KindInt), record.Int(1 << 53)},
		{"above 2^53 floats blur", record.Float(1<<53 + 2), of(record.KindInt), record.Null()},
		{"a float with a fraction", record.Float(0.5), of(record.KindInt), record.Null()},
		{"NaN is no integer", record.Float(math.NaN()), of(record.KindInt), record.Null()},
		{"NaN is no decimal", record.Float(math.NaN()), of(record.KindDecimal), record.Null()},
		{"a float by its shortest digits", record.Float(0.1), of(record.KindDecimal), decimal(t, "0.1")},
		{"digits that a float keeps", text("0.1"), of(record.KindFloat), record.Float(0.1)},
		{"17 digits name a float", text("0.10000000000000001"), of(record.KindFloat), record.Float(0.1)},
		{"digits that a float loses", text("12345678901234567890"), of(record.KindFloat), record.Null()},
		{"a neighbor of 0.1", text("0.1000000000000000001"), of(record.KindFloat), record.Null()},
		{"too large for a float", text("1e400"), of(record.KindFloat), record.Null()},
		{"too small for a float", text("1e-400"), of(record.KindFloat), record.Null()},
		{"hexadecimal is no spelling", text("0x10"), of(record.KindFloat), record.Null()},
		{"infinity has one spelling", text("infinity"), of(record.KindFloat), record.Null()},
		{"a decimal that a float loses", decimal(t, "0.10000000000000001"), of(record.KindFloat), record.Null()},
		{"Yes", text("Yes"), of(record.KindBool), record.Bool(true)},
		{"on is no boolean", text("on"), of(record.KindBool), record.Null()},
		{"1", record.Int(1), of(record.KindBool), record.Bool(true)},
		{"2 is no boolean", record.Int(2), of(record.KindBool), record.Null()},
		{"a leap day", text("2024-02-29"), of(record.KindDate), record.Date(2024, 2, 29)},
		{"no leap day", text("2023-02-29"), of(record.KindDate), record.Null()},
		{"a year of five digits in a text", text("20222-01-01"), of(record.KindDate), record.Null()},
		{"a year of five digits as text", record.Date(20222, 1, 1), of(record.KindText), record.Null()},
		{"midnight is a day", record.Local(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)), of(record.KindDate), record.Date(2024, 2, 29)},
		{"noon is not", record.Local(time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)), of(record.KindDate), record.Null()},
		{"an instant is not", instant(2024, 0), of(record.KindDate), record.Null()},
		{"zones are settled", text("2024-02-29T01:00:00+02:00"), of(record.KindInstant), instant(2024, 0)},
		{"microseconds are kept", text("2024-02-28 23:00:00.000001Z"), of(record.KindInstant), instant(2024, 1000)},
		{"zeros beyond are nothing", text("2024-02-28 23:00:00.000001000Z"), of(record.KindInstant), instant(2024, 1000)},
		{"nanoseconds would be lost", text("2024-02-28T23:00:00.000000001Z"), of(record.KindInstant), record.Null()},
		{"in local times, too", text("2024-02-28T23:00:00.0000001"), of(record.KindLocal), record.Null()},
		{"no zone, no instant", text("2024-02-28T23:00:00"), of(record.KindInstant), record.Null()},
		{"a day too far for microseconds", record.Date(1, 1, 1).AddDays(1 << 40), of(record.KindLocal), record.Null()},
		{"text by characters, not bytes", text("éé"), sized(record.KindText, 2, 0), text("éé")},
		{"text too long", text("éé"), sized(record.KindText, 1, 0), record.Null()},
		{"bytes by bytes", record.Bytes([]byte("é")), sized(record.KindBytes, 1, 0), record.Null()},
		{"bytes that are no text", record.Bytes([]byte{0xff}), of(record.KindText), record.Null()},
		{"bytes are no number", record.Bytes([]byte("5")), of(record.KindInt), record.Null()},
		{"decimal(4,2) holds 99.99", decimal(t, "99.99"), sized(record.KindDecimal, 4, 2), decimal(t, "99.99")},
		{"but not 100", decimal(t, "100"), sized(record.KindDecimal, 4, 2), record.Null()},
		{"nor 0.001", decimal(t, "0.001"), sized(record.KindDecimal, 4, 2), record.Null()},
		{"negatives are no longer", decimal(t, "-99.99"), sized(record.KindDecimal, 4, 2), decimal(t, "-99.99")},
		{"decimal(2,2) holds 0", decimal(t, "0"), sized(record.KindDecimal, 2, 2), decimal(t, "0")},
		{"and 0.05", decimal(t, "0.05"), sized(record.KindDecimal, 2, 2), decimal(t, "0.05")},
		{"but not 1", decimal(t, "1"), sized(record.KindDecimal, 2, 2), record.Null()},
		{"decimal(3,0) holds 999", decimal(t, "999"), sized(record.KindDecimal, 3, 0), decimal(t, "999")},
		{"but no fraction", decimal(t, "9.5"), sized(record.KindDecimal, 3, 0), record.Null()},
		{"3 digits anywhere", decimal(t, "9.95"), sized(record.KindDecimal, 3, -1), decimal(t, "9.95")},
		{"but not 4", decimal(t, "9.955"), sized(record.KindDecimal, 3, -1), record.Null()},
		{"an integer is sized as a decimal", record.Int(1000), sized(record.KindDecimal, 3, 0), record.Null()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := record.Convert(test.value, test.to)
			if (err != nil) != test.want.IsNull() || got != test.want {
				t.Errorf("%s %q to %s: got %q, %v", test.value.Kind(), test.value, test.to, got, err)
			}
		})
	}
}

func TestNothingIsConvertedFromOrToNothing(t *testing.T) {
	for _, v := range []record.Value{record.Null(), record.Absent()} {
		if got, err := record.Convert(v, record.Type{Kind: record.KindInt}); err != nil || got != v {
			t.Errorf("%s became %s, %v", v.Kind(), got.Kind(), err)
		}
	}
	if got, err := record.Convert(record.Int(5), record.Type{}); err != nil || got != record.Int(5) {
		t.Errorf("a column of any kind made %s of 5, %v", got, err)
	}
}
