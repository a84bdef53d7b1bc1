package bulk

import (
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// scanned is all that the scanner finds.
func scanned(in io.Reader, buffer int) ([][]string, error) {
	s := newScanner(in)
	s.buf = make([]byte, buffer)
	var got [][]string
	for {
		cells, err := s.next()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		row := []string{}
		for _, cell := range cells {
			row = append(row, string(cell))
		}
		got = append(got, row)
	}
}

func TestScannerReadsWhatThePlatformWrites(t *testing.T) {
	for text, want := range map[string][][]string{
		"":                         nil,
		"a,b\n":                    {{"a", "b"}},
		"\"a\",\"b\"\n":            {{"a", "b"}},
		"\"a\",\"b\"":              {{"a", "b"}},
		"\"\",\n":                  {{"", ""}},
		"\n":                       {{""}},
		"\"a\"\"b\",\"\"\"\"\n":    {{`a"b`, `"`}},
		"\"a,\nb\",c\nd,\"e\r\n\"": {{"a,\nb", "c"}, {"d", "e\r\n"}},
	} {
		for buffer := 1; buffer < 20; buffer++ {
			got, err := scanned(iotest.OneByteReader(strings.NewReader(text)), buffer)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%q with %d bytes: %v\n%s", text, buffer, err, diff)
			}
		}
	}
}

func TestUnsoundTextIsAnError(t *testing.T) {
	for _, text := range []string{
		"a,b",            // cut off, perhaps
		"\"a",            // within quotes
		"\"a\",",         // behind a comma
		"\"a\"b\n",       // behind a quote
		"a\"b\n",         // a quote in the middle
		"\"a\" ,\"b\"\n", // a blank behind a quote
	} {
		if got, err := scanned(strings.NewReader(text), 8); err == nil {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

func TestScannerAndWriterAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		width := rapid.IntRange(2, 4).Draw(r, "width")
		cell := rapid.StringMatching(`[ab", \n\t#N/Aü]{0,8}`)
		var want [][]string
		var text []byte
		for range rapid.IntRange(1, 6).Draw(r, "rows") {
			row := rapid.SliceOfN(cell, width, width).Draw(r, "row")
			want = append(want, row)
			for i, c := range row {
				if i > 0 {
					text = append(text, ',')
				}
				text = appendCell(text, []byte(c))
			}
			text = append(text, '\n')
		}
		standard, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if diff := cmp.Diff(want, standard); diff != "" || err != nil {
			r.Fatalf("the standard library reads %q otherwise: %v\n%s", text, err, diff)
		}
		got, err := scanned(strings.NewReader(string(text)), rapid.IntRange(1, 40).Draw(r, "buffer"))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			r.Fatalf("%q: %v\n%s", text, err, diff)
		}
	})
}

func FuzzScanner(f *testing.F) {
	f.Add("\"a\",\"b\"\n", 3)
	f.Add("\"a\"\"\n,\"", 1)
	f.Fuzz(func(t *testing.T, text string, buffer int) {
		small, smallErr := scanned(strings.NewReader(text), max(1, buffer%64))
		whole, wholeErr := scanned(strings.NewReader(text), len(text)+1)
		if diff := cmp.Diff(whole, small); diff != "" || (smallErr == nil) != (wholeErr == nil) {
			t.Errorf("the size of the buffer makes a difference: %v, %v\n%s", smallErr, wholeErr, diff)
		}
	})
}
