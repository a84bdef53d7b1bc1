package record_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A digest that a ledger holds must mean the same for ever: if this test
// fails, EncodingVersion goes up.
func TestEncodingV1NeverChanges(t *testing.T) {
	const golden = "testdata/encoding_v1.golden"
	if record.EncodingVersion != 1 {
		t.Fatal("a new encoding needs a golden file of its own")
	}
	var got strings.Builder
	for _, v := range vectors(t) {
		encoded := record.AppendRow(nil, v.row)
		shown := fmt.Sprintf("%x", encoded)
		if len(encoded) > 64 {
			shown = fmt.Sprintf("%x... (%d bytes)", encoded[:16], len(encoded))
		}
		fmt.Fprintf(&got, "%s\t%s\t%s\n", v.name, shown, record.DigestOf(encoded))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

type vector struct {
	name string
	row  record.Row
}

// vectors are the values at which encodings of other tools have failed.
func vectors(t *testing.T) []vector {
	var all []vector
	add := func(name string, row ...record.Value) { all = append(all, vector{name, row}) }
	text := record.Text
	add("no columns")
	add("null", record.Null())
	add("empty text", text(""))
	add("absent", record.Absent())
	add("empty bytes", record.Bytes(nil))
	add("the word NULL", text("NULL"))
	add("blank", text(" "))
	add("trailing blank", text("a "))
	add("a,b | c", text("a,b"), text("c"))
	add("a | b,c", text("a"), text("b,c"))
	add("ab | c", text("ab"), text("c"))
	add("a | bc", text("a"), text("bc"))
	add("composed e acute", text("\u00e9"))
	add("decomposed e acute", text("e\u0301"))
	add("beyond the BMP", text("😀"))
	add("NUL", text("\x00"))
	add("a NUL b", text("a\x00b"))
	add("invalid UTF-8", text("\xff\xfe"))
	add("the same as bytes", record.Bytes([]byte("\xff\xfe")))
	for _, n := range []int{127, 128, 16383, 16384} {
		add(fmt.Sprintf("text of %d", n), text(strings.Repeat("x", n)))
	}
	add("true", record.Bool(true))
	add("false", record.Bool(false))
	add("int 0", record.Int(0))
	add("int 1", record.Int(1))
	add("int -1", record.Int(-1))
	add("int max", record.Int(math.MaxInt64))
	add("int min", record.Int(math.MinInt64))
	add("uint max", record.Uint(math.MaxUint64))
	for _, s := range []string{
		"1", "1.10", "1.1", "1e2", "-0", "0.000", "-1.5", "0.1", "12345678901", "123456789012",
		"1234567890123456789012345678901234567890", "-1234567890123456789012345678901234567890.5",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"1e-30", "1e-200", "1e200", "0.1234567890123456789012345678901234567890",
	} {
		add("decimal "+s, decimal(t, s))
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, 0.1, -0.1, 1 << 53, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		add(fmt.Sprintf("float %g", f), record.Float(f))
	}
	add("another NaN", record.Float(math.Float64frombits(0xfff8dead00000000)))
	for _, d := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 12, 30, 0, 500_000_000, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	} {
		day := d.Format(time.DateOnly)
		add("date "+day, record.DateOf(d))
		add("instant "+day, record.Instant(d))
		add("local "+day, record.Local(d))
	}
	add("a row of all kinds", record.Null(), record.Bool(true), record.Int(7), decimal(t, "7.5"), record.Float(7.5), text("seven"),
		record.Bytes([]byte{7}), record.Date(2007, 7, 7), record.Instant(time.Unix(7, 0)), record.Local(time.Unix(7, 0).UTC()), record.Absent())
	return all
}

func TestEncodingsAreEqualExactlyWhenRowsAre(t *testing.T) {
	row := rapid.SliceOfN(anyValue(), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := record.Row(row.Draw(t, "a")), record.Row(row.Draw(t, "b"))
		same := bytes.Equal(record.AppendRow(nil, a), record.AppendRow(nil, b))
		if same != slices.Equal(a, b) {
			t.Fatalf("encodings equal: %v, rows equal: %v", same, slices.Equal(a, b))
		}
	})
}

func TestDecodeReadsWhatAppendWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := record.Row(rapid.SliceOfN(anyValue(), 0, 5).Draw(t, "row"))
		encoded := append(record.AppendRow(nil, row), "rest"...)
		got := make(record.Row, len(row))
		var texts record.Arena
		rest, err := record.DecodeRow(encoded, got, &texts)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(row, got) || string(rest) != "rest" {
			t.Fatalf("got %v and %q left", got, rest)
		}
		for cut := range len(encoded) - len("rest") {
			if _, err := record.DecodeRow(encoded[:cut], got, &texts); err == nil {
				t.Fatalf("%d of %d bytes were taken for a row", cut, len(encoded)-len("rest"))
			}
		}
	})
}

func TestAppendFieldsTakesTheFieldsInTheOrderGiven(t *testing.T) {
	row := record.Row{record.Text("a"), record.Int(1), record.Null()}
	got := record.AppendFields(nil, row, []int{2, 0})
	if want := record.AppendRow(nil, record.Row{row[2], row[0]}); !bytes.Equal(want, got) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestDecodeRefusesASecondSpelling(t *testing.T) {
	for name, p := range map[string]string{
		"nothing":                "",
		"a tag alone":            "\x05",
		"content cut short":      "\x05\x05abc",
		"a length without end":   "\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"a length of 2^64-1":     "\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"a length in two bytes":  "\x05\x81\x00a",
		"a long length of bytes": "\x09\x81\x00a",
		"null with content":      "\x00\x01x",
		"absent with content":    "\x01\x01x",
		"bool 2":                 "\x02\x012",
		"bool 01":                "\x02\x0201",
		"int +1":                 "\x03\x02+1",
		"int 01":                 "\x03\x0201",
		"int -0":                 "\x03\x02-0",
		"int without digits":     "\x03\x00",
		"int beyond 64 bits":     "\x03\x139223372036854775808",
		"decimal 1.10":           "\x04\x041.10",
		"decimal 1e2":            "\x04\x031e2",
		"decimal -0":             "\x04\x02-0",
		"decimal .5":             "\x04\x02.5",
		"decimal 5.":             "\x04\x025.",
		"decimal +5":             "\x04\x02+5",
		"decimal abc":            "\x04\x03abc",
		"float of 7 bytes":       "\x0c\x071234567",
		"float -0":               "\x0c\x08\x80\x00\x00\x00\x00\x00\x00\x00",
		"another NaN":            "\x0c\x08\xff\xf8\xde\xad\x00\x00\x00\x00",
		"date with a fraction":   "\x06\x031.5",
		"tag 10":                 "\x0a\x00",
		"tag 255":                "\xff\x00",
	} {
		t.Run(name, func(t *testing.T) {
			if v, _, err := record.Decode([]byte(p)); err == nil {
				t.Errorf("read as %s %q", v.Kind(), v)
			}
		})
	}
}

func TestDigestsReadBackAndSumsTellRowsThatAppearTwice(t *testing.T) {
	a, b := record.DigestOf([]byte("a")), record.DigestOf([]byte("b"))
	for _, d := range []record.Digest{{}, a, {Hi: 1}, {Lo: math.MaxUint64}} {
		if got, err := record.ParseDigest(d.String()); err != nil || got != d {
			t.Errorf("%s reads back as %s, %v", d, got, err)
		}
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 32), strings.Repeat("0", 34)} {
		if _, err := record.ParseDigest(bad); err == nil {
			t.Errorf("%q was taken for a digest", bad)
		}
	}
	sum := func(all ...record.Digest) (s record.Sum) {
		for _, d := range all {
			s.Add(d)
		}
		return s
	}
	if sum(a, a) == sum(b, b) || sum(a, a) == sum() || sum(a, b) != sum(b, a) {
		t.Error("pairs cancel, or the order counts")
	}
	parts := sum(a)
	parts.Merge(sum(b, a))
	if parts != sum(a, b, a) {
		t.Error("the sums of parts do not add up")
	}
}

func TestMaskedValuesShowOnlyWhetherTheyAreEqual(t *testing.T) {
	key := []byte("secret")
	a := record.Keyed(key, record.Text("Ann"))
	if a != record.Keyed(key, record.Text("Ann")) || a == record.Keyed(key, record.Text("Bob")) || a == record.Keyed([]byte("other"), record.Text("Ann")) {
		t.Error("a masked value depends on anything but key and value")
	}
	if record.Keyed(key, record.Null()) != "" || record.Keyed(key, record.Text("")) == "" {
		t.Error("null must stay visible, and only null")
	}
}
