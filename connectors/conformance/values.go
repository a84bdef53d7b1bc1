package conformance

import (
	"math"
	"strings"
	"time"

	"crosswalk/record"
)

// Awkward is a value that some system somewhere loses.
type Awkward struct {
	Name  string // as Harness.Cannot spells it
	Value record.Value
}

// Values lists the awkward values. Each is tried in every Free column of its
// kind, and "null" in every Free column that may be null.
func Values() []Awkward {
	all := []Awkward{{"null", record.Null()}, {"true", record.Bool(true)}, {"false", record.Bool(false)}}
	for _, group := range [][]Awkward{texts(), numbers(), times(), binaries()} {
		all = append(all, group...)
	}
	return all
}

func texts() []Awkward {
	var controls strings.Builder
	for c := range byte(0x20) {
		if c != 0 && c != '\t' && c != '\n' && c != '\r' {
			controls.WriteByte(c)
		}
	}
	var all []Awkward
	for _, t := range [...][2]string{
		{"empty text", ""},
		{"one blank", " "},
		{"blanks around", "  two blanks  "},
		{"no-break blanks around", "\u00a0no-break\u00a0"},
		{"tab", "a\tb"},
		{"newline", "a\nb"},
		{"carriage return", "a\rb"},
		{"CRLF", "a\r\nb"},
		{"newline at the end", "a\n"},
		{"control characters", "a" + controls.String() + "\x7fb"},
		{"double quotes", `a "quoted" word""`},
		{"single quotes", `O'Brien's ''`},
		{"backslashes", `C:\new\table\`},
		{"separators", "a,b;c|d"},
		{`\N`, `\N`},
		{"the word NULL", "NULL"},
		{"leading zeros", "000123"},
		{"digits with exponent", "1e5"},
		{"date as text", "2024-02-29"},
		{"formula", "=1+1"},
		{"SQL wildcards", "100%_[a]"},
		{"markup", "<b>&amp;</b>"},
		{"_x000D_ escape", "a_x000D_b"},
		{"emoji", "👩\u200d💻 🇩🇪"},
		{"composed accents", "caf\u00e9"},
		{"decomposed accents", "cafe\u0301"},
		{"right to left", "שלום \u200fعالم"},
		{"byte order mark", "\ufeffa"},
		{"line separator", "a\u2028b"},
		{"noncharacter", "a\uffffb"},
		{"long text", strings.Repeat("0123456789 äöü ", 5000)},
	} {
		all = append(all, Awkward{t[0], record.Text(t[1])})
	}
	return all
}

func numbers() []Awkward {
	all := []Awkward{
		{"int zero", record.Int(0)},
		{"int -1", record.Int(-1)},
		{"int of 16 digits", record.Int(1<<53 + 1)},
		{"int min", record.Int(math.MinInt64)},
		{"int max", record.Int(math.MaxInt64)},
		{"float 0.1", record.Float(0.1)},
		{"float of 17 digits", record.Float(math.Nextafter(1.0/3, 1))},
		{"float min", record.Float(math.SmallestNonzeroFloat64)},
		{"float max", record.Float(math.MaxFloat64)},
		{"float negative zero", record.Float(math.Copysign(0, -1))},
		{"float infinity", record.Float(math.Inf(1))},
		{"float not a number", record.Float(math.NaN())},
	}
	for _, d := range [...][2]string{
		{"decimal zero", "0"},
		{"decimal of 38 digits", "123456789012345678901234567890.12345678"},
		{"decimal of 38 digits, negative", "-999999999999999999999999999999.99999999"},
		{"decimal with trailing zeros", "1.10000000"},
		{"decimal with zeros before the point", "1200"},
		{"decimal 0.1", "0.1"},
		{"decimal 0.00000001", "0.00000001"},
	} {
		v, err := record.ParseDecimal(d[1])
		if err != nil {
			panic(err) // the list above is wrong
		}
		all = append(all, Awkward{d[0], v})
	}
	return all
}

func times() []Awkward {
	at := func(year int, month time.Month, day, hour, minute, second, micro int) time.Time {
		return time.Date(year, month, day, hour, minute, second, micro*1000, time.UTC)
	}
	all := []Awkward{
		{"date in year 1", record.Date(1, 1, 1)},
		{"date 1582-10-10", record.Date(1582, 10, 10)},
		{"date 1899-12-31", record.Date(1899, 12, 31)},
		{"date 1900-03-01", record.Date(1900, 3, 1)},
		{"date 1969-12-31", record.Date(1969, 12, 31)},
		{"leap day", record.Date(2024, 2, 29)},
		{"date 9999-12-31", record.Date(9999, 12, 31)},
	}
	for _, t := range []struct {
		name string
		time time.Time
	}{
		{"in year 1", at(1, 1, 1, 0, 0, 0, 0)},
		{"before 1900", at(1899, 12, 31, 23, 59, 59, 0)},
		{"before 1970", at(1969, 12, 31, 23, 59, 59, 0)},
		{"in 1970", at(1970, 1, 1, 0, 0, 0, 0)},
		{"after 2038", at(2038, 1, 19, 3, 14, 8, 0)},
		{"in 9999", at(9999, 12, 31, 23, 59, 59, 0)},
		{"in the gap of summer time", at(2024, 3, 31, 2, 30, 0, 0)},
		{"twice at the end of summer time", at(2024, 10, 27, 2, 30, 0, 0)},
		{"with milliseconds", at(2024, 2, 29, 12, 0, 0, 123_000)},
		{"with microseconds", at(2024, 2, 29, 12, 0, 0, 123_457)},
		{"with microseconds before 1970", at(1950, 6, 1, 12, 0, 0, 999_999)},
	} {
		all = append(all, Awkward{"instant " + t.name, record.Instant(t.time)}, Awkward{"local " + t.name, record.Local(t.time)})
	}
	return all
}

func binaries() []Awkward {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	return []Awkward{
		{"empty bytes", record.Bytes(nil)},
		{"bytes 0x00-0xff", record.Bytes(every)},
		{"bytes that look like text", record.Bytes([]byte(`\x41`))},
		{"many bytes", record.Bytes([]byte(strings.Repeat("\x00\xff", 40_000)))},
	}
}
