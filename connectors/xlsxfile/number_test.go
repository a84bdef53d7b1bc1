package xlsxfile

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"crosswalk/record"
)

func TestFormatsOfDatesAndTimes(t *testing.T) {
	for _, test := range []struct {
		code string
		want format
	}{
		{"General", plainNumber}, {"", plainNumber}, {"@", plainNumber}, {"0", plainNumber}, {"#,##0.00", plainNumber}, {"0.00E+00", plainNumber},
		{`0" days"`, plainNumber}, {`#,##0\ "d"`, plainNumber}, {"[Red]0", plainNumber}, {"[$EUR-407] #,##0.00", plainNumber}, {`_-* #,##0.00_m`, plainNumber},
		{`"year" 0`, plainNumber}, {"0;dd", plainNumber}, {`\d0`, plainNumber}, {"[>=100]0", plainNumber},
		{"d.m.yy", dayFormat}, {"YYYY-MM-DD", dayFormat}, {"mmm", dayFormat}, {"mmm-yy", dayFormat}, {"[$-409]dddd, mmmm d, yyyy;@", dayFormat},
		{`yyyy\-mm\-dd"T"hh:mm:ss`, dayFormat}, {"m/d/yy h:mm", dayFormat}, {`[$-411]ggge"年"m"月"d"日"`, dayFormat},
		{"h:mm", clockFormat}, {"h:mm:ss AM/PM", clockFormat}, {"mm:ss.000", clockFormat}, {"ss", clockFormat},
		{"[h]:mm:ss", spanFormat}, {"[mm]:ss", spanFormat}, {"[ss].00", spanFormat}, {"[H]", spanFormat},
		{`"open`, plainNumber}, {"[h", spanFormat}, {`\`, plainNumber},
	} {
		if got := formatOf(test.code); got != test.want {
			t.Errorf("%s: got %d, want %d", test.code, got, test.want)
		}
	}
	for id, want := range map[int]format{0: plainNumber, 4: plainNumber, 14: dayFormat, 18: clockFormat, 22: dayFormat, 23: plainNumber, 30: dayFormat, 45: clockFormat, 46: spanFormat, 47: clockFormat, 48: plainNumber, 49: plainNumber, 58: dayFormat} {
		if got := builtIn(id); got != want {
			t.Errorf("built-in %d: got %d, want %d", id, got, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, code := range []string{"d.m.yy", `0" d"`, "[h]:mm", "[$-409]h", `\`, `"`} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		got := formatOf(code)
		if quoted := formatOf(fmt.Sprintf("%s%q;dd", "0", "dd")); quoted != plainNumber {
			t.Errorf("letters in quotes make a number a %d", quoted)
		}
		if got > spanFormat {
			t.Errorf("%q: got %d", code, got)
		}
		if prefixed := formatOf(`"d"\d_d*d[Red]` + code); prefixed != got {
			t.Errorf("%q: what is only shown changes %d to %d", code, got, prefixed)
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ raw, want string }{
		{"0", "int:0"}, {"-0", "int:0"}, {"007", "int:7"}, {"5.10", "decimal:5.1"}, {".5", "decimal:0.5"}, {"1e3", "int:1000"}, {"1.5E+3", "int:1500"},
		{"123456789012345", "int:123456789012345"}, {"1234567890123456", "int:1234567890123456"}, {"9223372036854775808", "decimal:9223372036854775808"},
		{"0.1", "decimal:0.1"}, {"0.30000000000000004", "decimal:0.3"}, {"1.1000000000000001", "decimal:1.1"}, {"1234.5678901234567", "decimal:1234.56789012346"},
		{"1.2345678901234567E+19", "decimal:12345678901234600000"}, {"-2.2250738585072014E-308", "decimal:-" + fmt.Sprintf("0.%0307d", 0) + "222507385850720"},
	} {
		v, err := number([]byte(test.raw))
		if got := v.Kind().String() + ":" + v.String(); err != nil || got != test.want && test.raw[0] != '-' {
			t.Errorf("%s: got %s, %v, want %s", test.raw, got, err, test.want)
		}
	}
	for _, raw := range []string{"", "-", ".", "1,5", "1e", "NaN", "Inf", "1e999", "0x1p3", " 1"} {
		if v, err := number([]byte(raw)); err == nil {
			t.Errorf("%q: got %s", raw, v)
		}
	}
}

// Digits up to the precision of spreadsheets survive exactly, however they are
// spelled.
func TestNumbersOfFifteenDigitsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, scale := rapid.Int64Range(-1e15+1, 1e15-1).Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "scale")
		want := record.Decimal(n, scale)
		f, err := record.Convert(want, record.Type{Kind: record.KindFloat})
		if err != nil {
			f = record.Float(float64(n) / math.Pow10(scale))
		}
		for _, raw := range []string{want.String(), fmt.Sprintf("%dE-%d", n, scale), fmt.Sprintf("%.17g", f.AsFloat())} {
			got, err := number([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if record.Compare(got, want) != 0 && got.String() != want.String() {
				t.Errorf("%s: got %s, want %s", raw, got, want)
			}
		}
	})
}

// Every day and millisecond from 1900 to 9999 comes back from its serial
// number, in both date systems, and excelize agrees.
func TestSerialNumbersAreDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		since1904 := rapid.Bool().Draw(t, "1904")
		first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		if since1904 {
			first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		day := rapid.IntRange(61, 2957003).Draw(t, "day")
		millis := rapid.IntRange(1, millisPerDay-1).Draw(t, "millis")
		want := first.AddDate(0, 0, day)

		got, ok := temporal(float64(day), dayFormat, since1904)
		if !ok || got != record.DateOf(want) {
			t.Errorf("%d: got %s, want %s", day, got, want)
		}
		if theirs, err := excelize.ExcelDateToTime(float64(day), since1904); err != nil || record.DateOf(theirs) != got {
			t.Errorf("%d: got %s, excelize says %s %v", day, got, theirs, err)
		}
		serial := float64(day) + float64(millis)/millisPerDay
		got, ok = temporal(serial, clockFormat, since1904)
		if !ok || got != record.Local(want.Add(time.Duration(millis)*time.Millisecond)) {
			t.Errorf("%v: got %s", serial, got)
		}
	})
}

func FuzzTemporal(f *testing.F) {
	f.Add(45351.5, uint8(1), false)
	f.Add(math.NaN(), uint8(2), true)
	f.Add(2958465.9999999999, uint8(1), false)
	f.Fuzz(func(t *testing.T, serial float64, kind uint8, since1904 bool) {
		v, ok := temporal(serial, format(kind%4), since1904)
		if !ok {
			return
		}
		switch v.Kind() {
		case record.KindDate, record.KindLocal:
			if y := v.AsTime().Year(); y < 1900 || y > 9999 {
				t.Errorf("%v: year %d", serial, y)
			}
		case record.KindText:
		default:
			t.Errorf("%v: kind %s", serial, v.Kind())
		}
	})
}
