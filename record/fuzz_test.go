package record_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"crosswalk/record"
)

func FuzzDecode(f *testing.F) {
	for _, text := range nastyTexts {
		f.Add(record.Append(nil, record.Text(text)))
	}
	f.Add(record.AppendRow(nil, record.Row{record.Null(), record.Absent(), record.Bool(true), record.Int(-1), record.Float(0.5), record.Date(2024, 2, 29)}))
	f.Add([]byte("\x04\x041.10"))
	f.Fuzz(func(t *testing.T, p []byte) {
		v, rest, err := record.Decode(p)
		if err != nil {
			return
		}
		if again := append(record.Append(nil, v), rest...); !bytes.Equal(p, again) {
			t.Errorf("%x is a second spelling of %x", p, again)
		}
		row := make(record.Row, 1)
		var texts record.Arena
		if left, err := record.DecodeRow(p, row, &texts); err != nil || row[0] != v || !bytes.Equal(left, rest) {
			t.Errorf("DecodeRow gives %v and %x, Decode %v and %x", row[0], left, v, rest)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.10", ".5", "5.", "1e5", "-1.5E-7", "123456789012345678901234567890", "+1", "1e1000", "0e-1000", "1.2.3", ""} {
		f.Add(s)
	}
	number := regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	f.Fuzz(func(t *testing.T, s string) {
		v, err := record.ParseDecimal(s)
		if !number.MatchString(s) {
			if err == nil {
				t.Fatalf("%q was read as %s", s, v)
			}
			return
		}
		_, exponent, _ := strings.Cut(strings.ToLower(s), "e")
		if err != nil {
			if len(s) < 400 && len(strings.TrimLeft(exponent, "+-0")) < 3 {
				t.Fatal(err)
			}
			return
		}
		want, ok := new(big.Rat).SetString(s)
		got, gotOK := new(big.Rat).SetString(v.String())
		if !ok || !gotOK || got.Cmp(want) != 0 {
			t.Fatalf("%q was read as %s", s, v)
		}
		if again, err := record.ParseDecimal(v.String()); err != nil || again != v {
			t.Fatalf("%s reads back as another value", v)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, text := range nastyTexts {
		f.Add(record.AppendJSON(nil, record.Text(text)), uint8(record.KindText))
	}
	for _, s := range []string{"null", "true", "5", `"5"`, `"1.50"`, `"cafe"`, `"20222-02-29"`, `"-0001-02-29T00:00:00.5Z"`, `"NaN"`, `"\ud83d\ude00"`} {
		for k := range allKinds {
			f.Add([]byte(s), uint8(k))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, k uint8) {
		kind := allKinds[int(k)%len(allKinds)]
		v, err := record.ParseJSON(raw, kind)
		if err != nil {
			return
		}
		if v.Kind() != kind && !v.IsNull() && kind != record.KindNull {
			t.Fatalf("%s was read as a %s, not a %s", raw, v.Kind(), kind)
		}
		again := record.AppendJSON(nil, v)
		if got, err := record.ParseJSON(again, kind); err != nil || got != v {
			t.Fatalf("%q of kind %s is %q, written %s, and reads back as %q, %v", raw, kind, v, again, got, err)
		}
		if utf8.Valid(again) && !json.Valid(again) {
			t.Fatalf("%s is not JSON", again)
		}
	})
}

func FuzzAppendKey(f *testing.F) {
	f.Add("a", "b", "a", "c", int64(1), int64(2), "1.5", "-1.5")
	f.Add("a\x00", "", "a", "\x00", int64(-1), int64(1), "1e20", "1e-20")
	f.Fuzz(func(t *testing.T, a1, a2, b1, b2 string, an, bn int64, ad, bd string) {
		x, err := record.ParseDecimal(ad)
		y, err2 := record.ParseDecimal(bd)
		if err != nil || err2 != nil {
			x, y = record.Null(), record.Bool(true)
		}
		a := record.Row{record.Text(a1), record.Int(an), x, record.Bytes([]byte(a2))}
		b := record.Row{record.Text(b1), record.Int(bn), y, record.Bytes([]byte(b2))}
		for _, fields := range [][]int{{0}, {0, 3}, {3, 0}, {1, 0}, {2, 1}, {2}} {
			var left, right record.Row
			for _, i := range fields {
				left, right = append(left, a[i]), append(right, b[i])
			}
			got, want := bytes.Compare(record.AppendKey(nil, a, fields), record.AppendKey(nil, b, fields)), record.CompareRows(left, right)
			if got != want {
				t.Fatalf("%v and %v: keys compare %d, rows %d", left, right, got, want)
			}
		}
	})
}
