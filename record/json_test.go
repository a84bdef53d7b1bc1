package record_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"crosswalk/record"
)

func TestJSONReadsBackByKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(allKinds[:len(allKinds)-1]).Draw(t, "kind") // null stands in for absent
		v := valueOf(kind).Draw(t, "value")
		raw := record.AppendJSON(nil, v)
		if !json.Valid(raw) {
			t.Fatalf("%q is not JSON", raw)
		}
		got, err := record.ParseJSON(raw, kind)
		if err != nil || got != v {
			t.Fatalf("%s %q is written %s and reads back as %q, %v", kind, v, raw, got, err)
		}
	})
}

func TestJSONOfAValue(t *testing.T) {
	for _, test := range []struct {
		value record.Value
		want  string
	}{
		{record.Null(), `null`},
		{record.Absent(), `null`},
		{record.Bool(true), `true`},
		{record.Int(-5), `-5`},
		{record.Int(1 << 53), `9007199254740992`},
		{record.Int(1<<53 + 1), `"9007199254740993"`},
		{record.Uint(math.MaxUint64), `"18446744073709551615"`},
		{decimal(t, "1.10"), `"1.1"`},
		{record.Float(math.NaN()), `"NaN"`},
		{record.Text(`say "hi" \ <b>` + "\n\x7f"), `"say \"hi\" \\ <b>\u000a\u007f"`},
		{record.Text("é😀\u2028"), `"é😀` + "\u2028" + `"`},
		{record.Text("a\xff\xef\xbf\xbd\xef"), `"a\udcff` + "\ufffd" + `\udcef"`},
		{record.Bytes([]byte{0xca, 0xfe}), `"cafe"`},
		{record.Date(20222, 1, 31), `"20222-01-31"`},
		{record.Instant(time.Unix(0, 500_000_000)), `"1970-01-01T00:00:00.5Z"`},
		{record.Local(time.Unix(0, 0).UTC()), `"1970-01-01T00:00:00"`},
	} {
		if got := string(record.AppendJSON(nil, test.value)); got != test.want {
			t.Errorf("%s %q: got %s, want %s", test.value.Kind(), test.value, got, test.want)
		}
	}
}

// Other tools read plans and reports too; for valid text they must see what
// this package sees.
func TestOtherReadersSeeTheSameText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		var got string
		if err := json.Unmarshal(record.AppendJSON(nil, record.Text(want)), &got); err != nil || got != want {
			t.Fatalf("%q reads as %q, %v", want, got, err)
		}
	})
}

func TestParseJSONRefuses(t *testing.T) {
	for _, test := range []struct {
		raw  string
		kind record.Kind
	}{
		{``, record.KindText}, {`nul`, record.KindText}, {`trueish`, record.KindBool}, {`true`, record.KindText}, {`5`, record.KindText},
		{`"`, record.KindText}, {`"a"b"`, record.KindText}, {`"a\nb"c"`, record.KindText}, {`"a\"`, record.KindText}, {`"a\u12"`, record.KindText}, {`"\udcgg"`, record.KindText}, {`"\x"`, record.KindText},
		{`1.5`, record.KindInt}, {`1e2`, record.KindInt}, {`"1.5"`, record.KindInt}, {`1.5`, record.KindDecimal}, {`"abc"`, record.KindDecimal}, {`"0x1p-2"`, record.KindFloat},
		{`"2"`, record.KindBool}, {`"abc"`, record.KindBytes}, {`"2023-02-29"`, record.KindDate}, {`"12023-02-29"`, record.KindDate},
		{`"2023-02-28"`, record.KindInstant}, {`"2023-02-28T00:00:00Z"`, record.KindLocal}, {`[1]`, record.KindInt}, {`{}`, record.KindText},
	} {
		if v, err := record.ParseJSON([]byte(test.raw), test.kind); err == nil {
			t.Errorf("%s was read as %s %q", test.raw, v.Kind(), v)
		}
	}
}

func TestWithoutAKindJSONSpeaksForItself(t *testing.T) {
	for raw, want := range map[string]record.Value{`5`: record.Int(5), `true`: record.Bool(true), `"5"`: record.Text("5"), `null`: record.Null()} {
		if got, err := record.ParseJSON([]byte(raw), record.KindNull); err != nil || got != want {
			t.Errorf("%s: got %s %q, %v", raw, got.Kind(), got, err)
		}
	}
}
