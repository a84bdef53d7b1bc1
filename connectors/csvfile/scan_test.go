package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// scanAll writes each record as "line: a|b" and each broken one as
// "first-last! reason".
func scanAll(t testing.TB, s *scanner) []string {
	t.Helper()
	var all []string
	for {
		err := s.next()
		var bad *broken
		switch {
		case err == io.EOF:
			return all
		case errors.As(err, &bad):
			all = append(all, fmt.Sprintf("%d-%d! %s", bad.first, bad.last, bad.reason))
		case err != nil:
			t.Fatal(err)
		default:
			cells := make([]string, len(s.cells))
			for i := range cells {
				cells[i] = string(s.cell(i))
			}
			all = append(all, fmt.Sprintf("%d: %s", s.at, strings.Join(cells, "|")))
		}
	}
}

func scan(text string, want int) *scanner {
	s := newScanner(strings.NewReader(text), false, ',', '"')
	s.want = want
	return s
}

func TestSoundRecords(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "a,b\nc,d\n", []string{"1: a|b", "2: c|d"}},
		{"no last line break", "a,b\nc,d", []string{"1: a|b", "2: c|d"}},
		{"carriage returns", "a,b\r\nc,d\r\n", []string{"1: a|b", "2: c|d"}},
		{"carriage return at the very end", "a,b\r", []string{"1: a|b"}},
		{"empty cells", ",\n\"\",\n,\"\"\n", []string{"1: |", "2: |", "3: |"}},
		{"empty lines are passed over", "\n\na,b\n\r\nc,d\n\n", []string{"3: a|b", "5: c|d"}},
		{"quoted delimiter", `"a,b",c`, []string{"1: a,b|c"}},
		{"doubled quotes", `"say ""hi""","""",x` + "\n", []string{`1: say "hi"|"|x`}},
		{"quoted line break stays in one cell", "\"a\nb\",c\nd,e\n", []string{"1: a\nb|c", "3: d|e"}},
		{"quoted line break keeps its carriage return", "\"a\r\nb\",c\r\n", []string{"1: a\r\nb|c"}},
		{"cell after a quoted line break", "\"a\nb\",c\r\n\"d\",\ne,f", []string{"1: a\nb|c", "3: d|", "4: e|f"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
				got := scanAll(t, newScanner(in, false, ',', '"'))
				if d := cmp.Diff(test.want, got); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestBrokenRecordsTakeNoSoundLineWithThem(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"quote inside a cell", "1,5\" disk\n2,x\n", []string{
			"1-1! a quote inside a cell that does not begin with one", "2: 2|x"}},
		{"text after a closing quote", "1,\"a\"b\n2,x\n", []string{
			"1-1! text after a closing quote", "2: 2|x"}},
		{"unclosed quote runs into a quoted cell", "1,\"a\n2,x\n3,\"y\"\n4,z\n", []string{
			"1-1! text after a closing quote", "2: 2|x", "3: 3|y", "4: 4|z"}},
		{"unclosed quote runs to the end", "1,\"a\n2,x\n3,y\n", []string{
			"1-1! a quote is never closed", "2: 2|x", "3: 3|y"}},
		{"unclosed quote happens to be closed by a later line", "1,\"a\n2,x\n3,\",\"\n4,z\n", []string{
			"1-1! a quote is not closed on its line", "2: 2|x", "3: 3|,", "4: 4|z"}},
		{"sound cell before the unclosed quote", "\"1\n1\",\"a\n2,x\n", []string{
			"1-2! a quote is never closed", "3: 2|x"}},
		{"cell with line breaks in a record of the wrong size", "1,\"a\n2,x\nb\",c\n3,y\n", []string{
			"1-3! 3 cells instead of 2", "4: 3|y"}},
		{"too few and too many cells", "1\n1,2,3\n1,2\n", []string{
			"1-1! 1 cells instead of 2", "2-2! 3 cells instead of 2", "3: 1|2"}},
		{"not UTF-8", "1,M\xfcller\n2,x\n", []string{
			"1-1! bytes that are not UTF-8: is the encoding another one?", "2: 2|x"}},
		{"fault on the last line without a line break", "1,x\n2,\"y", []string{
			"1: 1|x", "2-2! a quote is never closed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := scanAll(t, scan(test.text, 2))
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestUnclosedQuoteStopsAtTheLimit(t *testing.T) {
	text := "1,x\n2,\"open\n" + strings.Repeat("3,y\n", 40) + strings.Repeat("long", 50) + "\n4,z\n"
	s := scan(text, 2)
	s.limit = 100
	s.buf = make([]byte, 120)
	got := scanAll(t, s)
	if len(got) != 44 || got[1] != "2-2! no end within 100 bytes: is a quote not closed?" ||
		got[2] != "3: 3|y" || got[42] != "43-43! no end within 100 bytes: is a quote not closed?" || got[43] != "44: 4|z" {
		t.Errorf("got %d: %q", len(got), got)
	}
}

func TestReadErrorIsNoEndOfFile(t *testing.T) {
	s := newScanner(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(io.ErrUnexpectedEOF)), false, ',', '"')
	if err := s.next(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	}
}

// Whatever one line of a file is turned into, the lines before and after it
// are read as they are.
func TestAnyBrokenLineLeavesTheOthersAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := rapid.SliceOfN(rapid.SampledFrom([]string{"a,b,c", `"a",b,"c"`, `,"",`, `"x""y",b,c`}), 1, 8)
		before, after := good.Draw(t, "before"), good.Draw(t, "after")
		bad := rapid.SampledFrom([]string{`"`, `a,"b,c`, `a"b,c`, `"a"b,c`, `"a`, `a,"b,""c`, `a,b`, `a,"`}).Draw(t, "bad")
		text := strings.Join(before, "\n") + "\n" + bad + "\n" + strings.Join(after, "\n") + "\n"

		var lines []int
		s := scan(text, 3)
		for err := s.next(); err != io.EOF; err = s.next() {
			if err == nil {
				lines = append(lines, s.at)
			}
		}
		for i := range len(before) + 1 + len(after) {
			if i != len(before) && !slices.Contains(lines, i+1) {
				t.Fatalf("line %d is lost: got %v of\n%s", i+1, lines, text)
			}
		}
	})
}

// FuzzScanner compares the scanner with encoding/csv: the same records as long
// as the input is sound, and a complaint where encoding/csv complains.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"a,b\n", "\"a\"\"b\",c\r\n\r\nd", "a\"b,c\n", "\"a", "\"a\nb\",\n,", "\r", "\"\r", "\"a\"\r", "a\r\r\nb", "\r\r\n", "\"a\r\nb\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		theirs := csv.NewReader(bytes.NewReader(text))
		theirs.FieldsPerRecord = -1
		ours := newScanner(iotest.OneByteReader(bytes.NewReader(text)), true, ',', '"')
		if bytes.Contains(text, []byte("\ufffd")) {
			return
		}
		for {
			want, theirErr := theirs.Read()
			err := ours.next()
			if err == io.EOF && theirErr == io.EOF {
				return
			}
			if (err == nil) != (theirErr == nil) {
				t.Fatalf("error %v, encoding/csv says %v", err, theirErr)
			}
			if err != nil {
				return // from here on the two resume in different places
			}
			if line, _ := theirs.FieldPos(0); ours.at != line {
				t.Errorf("line %d, encoding/csv says %d", ours.at, line)
			}
			got := make([]string, len(ours.cells))
			for i := range got {
				got[i] = strings.ReplaceAll(string(ours.cell(i)), "\r\n", "\n")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatal(d)
			}
		}
	})
}

func FuzzScannerNeverStops(f *testing.F) {
	f.Add([]byte("a,\"b\nc,d\n\"e\"f\n"), 3)
	f.Fuzz(func(t *testing.T, text []byte, want int) {
		s := newScanner(bytes.NewReader(text), false, ',', '"')
		s.want, s.limit, s.buf = want, 64, make([]byte, 70)
		consumed := 0
		for err := s.next(); err != io.EOF; err = s.next() {
			if consumed++; consumed > len(text) {
				t.Fatal("more records than bytes")
			}
		}
		if lines := 1 + bytes.Count(text, []byte("\n")); s.line != lines {
			t.Errorf("at line %d of %d", s.line, lines)
		}
	})
}
