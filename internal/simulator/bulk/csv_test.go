package bulk

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// readAll returns all rows, with the reason in place of the values of a bad one.
func readAll(text string, f format) ([][]string, error) {
	in := newCSVReader(strings.NewReader(text), f)
	var rows [][]string
	for {
		values, bad, err := in.read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if bad != "" {
			values = []string{"bad: " + bad}
		}
		rows = append(rows, values)
	}
}

func TestCSVIsReadByTheRulesOfBulk(t *testing.T) {
	comma := format{delimiter: ','}
	quote := "bad: " + unescapedQuote
	for name, c := range map[string]struct {
		format format
		text   string
		want   [][]string
	}{
		"plain":                           {comma, "a,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"no end of line at the end":       {comma, "a,b\n1,", [][]string{{"a", "b"}, {"1", ""}}},
		"values are not trimmed":          {comma, " a , b\n", [][]string{{" a ", " b"}}},
		"quotes":                          {comma, `"a ""x"", b",c` + "\n", [][]string{{`a "x", b`, "c"}}},
		"line ends in a value stay":       {comma, "\"a\r\nb\",c\n", [][]string{{"a\r\nb", "c"}}},
		"empty in quotes":                 {comma, `"",""`, [][]string{{"", ""}}},
		"a blank line is no row":          {comma, "a\n\nb\n", [][]string{{"a"}, {"b"}}},
		"blank before a quote":            {comma, "a, \"b\"\nc,d\n", [][]string{{quote}, {"c", "d"}}},
		"blank behind a quote":            {comma, "\"a\" ,b\nc,d\n", [][]string{{quote}, {"c", "d"}}},
		"quote in a plain value":          {comma, "a\"b,c\nd,e\n", [][]string{{quote}, {"d", "e"}}},
		"a quote that does not end":       {comma, "\"a,b\nc,d\n", [][]string{{"bad: A value in quotes does not end"}}},
		"tab":                             {format{delimiter: '\t'}, "a,b\tc\n", [][]string{{"a,b", "c"}}},
		"CRLF":                            {format{delimiter: ',', crlf: true}, "a,b\r\n\"c\",d\r\n", [][]string{{"a", "b"}, {"c", "d"}}},
		"last line of CRLF without CRLF":  {format{delimiter: ',', crlf: true}, "a\r\nb", [][]string{{"a"}, {"b"}}},
		"LF in a value of a file of CRLF": {format{delimiter: ',', crlf: true}, "\"a\nb\"\r\n", [][]string{{"a\nb"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(c.text, c.format)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrongLineEndingIsNoticed(t *testing.T) {
	for text, crlf := range map[string]bool{
		"a,b\r\n1,2\r\n": false, "a\r1": false, "a,b\n1,2\n": true, "a\r\n1\n": true, "\"a\"\n": true,
	} {
		if _, err := readAll(text, format{delimiter: ',', crlf: crlf}); err != errLineEnding { //nolint:errorlint // the reader returns it itself
			t.Errorf("%q with CRLF %t: %v", text, crlf, err)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := format{
			delimiter: rapid.SampledFrom([]byte(",\t|;^`")).Draw(t, "delimiter"),
			crlf:      rapid.Bool().Draw(t, "crlf"),
		}
		values := rapid.StringOf(rapid.SampledFrom([]rune("ab\"\r\n,\t|;^` é")))
		rows := rapid.SliceOfN(rapid.SliceOfN(values, 2, 2), 0, 5).Draw(t, "rows")
		var text bytes.Buffer
		out := newCSVWriter(bufio.NewWriter(&text), f)
		bytes := 0
		for _, row := range rows {
			bytes += out.row(row[:1], row[1:])
		}
		if err := out.out.Flush(); err != nil || bytes != text.Len() {
			t.Fatalf("%d bytes were told, %d written: %v", bytes, text.Len(), err)
		}
		in := newCSVReader(&text, f)
		for _, row := range rows {
			values, bad, err := in.read()
			if err != nil || bad != "" || !slices.Equal(values, row) {
				t.Fatalf("%q was read as %q, %q, %v", row, values, bad, err)
			}
		}
	})
}

func FuzzCSVReader(f *testing.F) {
	f.Add("a,b\n\"c\"\"\",d\r\n", true)
	f.Add("\"a\n", false)
	f.Fuzz(func(t *testing.T, text string, crlf bool) {
		in := newCSVReader(strings.NewReader(text), format{delimiter: ',', crlf: crlf})
		rows := 0
		for {
			values, _, err := in.read()
			if err != nil {
				return
			}
			if rows++; rows > len(text)+1 || len(values) == 0 {
				t.Fatalf("row %d of %d bytes: %q", rows, len(text), values)
			}
		}
	})
}
