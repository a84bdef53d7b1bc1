package csvfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"crosswalk/connectors"
	"crosswalk/internal/yamlfile"
	"crosswalk/record"
)

// folder writes files into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func compressed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func open(t testing.TB, c Config) *Source {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read writes each row as "a|b|file|line" and each reject as "where: reason".
func read(t testing.TB, s *Source, q connectors.Query) ([]string, error) {
	t.Helper()
	r, err := s.Read(t.Context(), q)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []string
	for b := new(record.Batch); ; {
		err := r.Read(t.Context(), b)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		for i := range b.Len() {
			all = append(all, line(b.Row(i)))
		}
		for _, j := range b.Rejects {
			all = append(all, "! "+j.Where+": "+j.Reason+": "+j.Input)
		}
	}
}

func line(row record.Row) string {
	cells := make([]string, len(row))
	for i, v := range row {
		switch v.Kind() {
		case record.KindNull:
			cells[i] = "NULL"
		case record.KindAbsent:
			cells[i] = "ABSENT"
		default:
			cells[i] = v.String()
		}
	}
	return strings.Join(cells, "|")
}

func mustRead(t testing.TB, s *Source, q connectors.Query, want ...string) {
	t.Helper()
	got, err := read(t, s, q)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEachFileIsATable(t *testing.T) {
	dir := folder(t, map[string]string{"Renewals.csv": "id,sku\n1,A\n", "Old.csv.gz": compressed(t, "id\n7\n"), ".hidden.csv": "x", "notes.md": "x"})
	for _, path := range []string{dir, dir + "/*.csv*"} {
		s := open(t, Config{Table: Table{Path: path}})
		names, _ := s.Tables(t.Context())
		if d := cmp.Diff([]string{"Old", "Renewals"}, names); d != "" {
			t.Error(d)
		}
		mustRead(t, s, connectors.Query{Table: "Renewals"}, "1|A|Renewals.csv|2")
		mustRead(t, s, connectors.Query{Table: "Old"}, "7|Old.csv.gz|2")
	}
}

func TestSeveralFilesAreOneTable(t *testing.T) {
	dir := folder(t, map[string]string{"r1.csv": "id,sku\n1,A\n", "r2.csv": "sku,id,note\nB,2,n\n", "r3.csv": "id,sku\n3,C\n"})
	s := open(t, Config{Tables: map[string]Table{"renewals": {Path: dir + "/r*.csv"}}})
	schema, err := s.Describe(t.Context(), "renewals")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"id", "sku", "note", "_file", "_line"}, schema.Names()); d != "" {
		t.Error(d)
	}
	mustRead(t, s, connectors.Query{Table: "renewals"},
		"1|A|ABSENT|r1.csv|2", "2|B|n|r2.csv|2", "3|C|ABSENT|r3.csv|2")
}

func TestOptions(t *testing.T) {
	no := false
	win := func(s string) string { out, _ := charmap.Windows1252.NewEncoder().String(s); return out }
	utf16 := func(e unicode.Endianness, s string) string {
		out, _ := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String(s)
		return out
	}
	for _, test := range []struct {
		name, text string
		table      Table
		want       []string
	}{
		{"delimiter", "a;b\n1,5;2\n", Table{Delimiter: ";"}, []string{"1,5|2|f.csv|2"}},
		{"tab", "a\tb\n1\t2\n", Table{Delimiter: "tab"}, []string{"1|2|f.csv|2"}},
		{"other quote", "a,b\n'1,5',\"\n", Table{Quote: "'"}, []string{"1,5|\"|f.csv|2"}},
		{"no quote", "a,b\n\"1,5\"\n", Table{Quote: "none"}, []string{"\"1|5\"|f.csv|2"}},
		{"skipped lines", "Report \"x\n\na,b\n1,2\n", Table{Skip: 1}, []string{"1|2|f.csv|4"}},
		{"no header", "1,2\n", Table{Header: &no, Columns: []string{"a", "b"}}, []string{"1|2|f.csv|1"}},
		{"header replaced", "x,x\n1,2\n", Table{Columns: []string{"a", "b"}}, []string{"1|2|f.csv|2"}},
		{"trim", " a ,b\n 1 ,\" 2 \"\n", Table{Trim: true}, []string{"1|2|f.csv|2"}},
		{"no trim", "a,b\n 1 ,2\n", Table{}, []string{" 1 |2|f.csv|2"}},
		{"null tokens are unquoted", "a,b,c,d\nNULL,\"NULL\",,\"\"\n", Table{NullTokens: []string{"NULL", ""}}, []string{"NULL|NULL|NULL||f.csv|2"}},
		{"utf-8 with a byte order mark", "\ufeffa,b\nä,2\n", Table{}, []string{"ä|2|f.csv|2"}},
		{"windows-1252", win("a,b\n€ä,2\n"), Table{Encoding: "windows-1252"}, []string{"€ä|2|f.csv|2"}},
		{"latin-1", "a,b\nM\xfcller,2\n", Table{Encoding: "latin-1"}, []string{"Müller|2|f.csv|2"}},
		{"utf-16 by its byte order mark", utf16(unicode.LittleEndian, "a,b\n€ä,2\n"), Table{}, []string{"€ä|2|f.csv|2"}},
		{"utf-16be", utf16(unicode.BigEndian, "a,b\r\n€ä,2\r\n")[2:], Table{Encoding: "utf-16be"}, []string{"€ä|2|f.csv|2"}},
		{"shift-jis", "a,b\n\x83\x5c,2\n", Table{Encoding: "shift_jis"}, []string{"ソ|2|f.csv|2"}},
		{"only a header", "a,b\n", Table{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"f.csv": test.text})
			s, err := OpenFile(t.Context(), dir+"/f.csv", test.table)
			if err != nil {
				t.Fatal(err)
			}
			mustRead(t, s, connectors.Query{Table: "f"}, test.want...)
		})
	}
}

func TestRejectsSayWhereAndWhy(t *testing.T) {
	dir := folder(t, map[string]string{"f.csv": "a,b\n1\n\"x\ny\"\n2,\x81\n3,4\n"})
	s := open(t, Config{Table: Table{Path: dir + "/f.csv", Encoding: "windows-1252"}})
	mustRead(t, s, connectors.Query{Table: "f"},
		"3|4|f.csv|6",
		"! f.csv:2: 1 cells instead of 2: 1",
		"! f.csv:3: lines 3 to 4: 1 cells instead of 2: \"x\ny\"",
		"! f.csv:5: bytes that the encoding does not know: is it another one?: 2,\ufffd")
}

func TestQueriesChooseRowsAndColumns(t *testing.T) {
	dir := folder(t, map[string]string{"f.csv": "id,sku,qty\n1,A,5\n2,B,6\n3,A,\n"})
	s := open(t, Config{Table: Table{Path: dir + "/f.csv"}})
	a := connectors.Match{Field: "sku", In: []record.Value{record.Text("A")}}
	mustRead(t, s, connectors.Query{Table: "f", Fields: []string{"qty", "id"}, Match: []connectors.Match{a}}, "5|1", "|3")
	line := connectors.Match{Field: "_line", In: []record.Value{record.Int(4), record.Int(3)}}
	mustRead(t, s, connectors.Query{Table: "f", Fields: []string{"id"}, Match: []connectors.Match{a, line}}, "3")

	for _, q := range []connectors.Query{{Sorted: true}, {After: "x"}, {Range: record.Range{From: record.Row{}}}} {
		q.Table = "f"
		if _, err := s.Read(t.Context(), q); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%+v: got %v", q, err)
		}
	}
	for _, q := range []connectors.Query{{Table: "g"}, {Table: "f", Fields: []string{"x"}}, {Table: "f", Match: []connectors.Match{{Field: "x"}}}} {
		if _, err := s.Read(t.Context(), q); connectors.ClassOf(err) != connectors.Missing {
			t.Errorf("%+v: got %v", q, err)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	whole := compressed(t, "a,b\n"+strings.Repeat("1,2\n", 1000))
	dir := folder(t, map[string]string{
		"empty.csv": "", "twice.csv": "a,b,a\n", "nameless.csv": "a,,b\n", "reserved.csv": "_line\n", "broken.csv": "a,\"b\n1,2\n",
		"mac.csv": "a,b\r1,2\r3,4\r", "binary.csv": "a\x00,\x00b\x00\n", "latin.csv": "M\xfcller,b\n", "cut.csv.gz": whole[:len(whole)-20], "plain.csv.gz": "a,b\n", "none.csv.gz": "",
		"spoiled.csv.gz": whole[:len(whole)-8] + "\x00\x00\x00\x00" + whole[len(whole)-4:],
	})
	for _, test := range []struct{ file, columns, want string }{
		{"missing.csv", "", "open DIR/missing.csv: no such file or directory; check the path, and that the file has arrived"},
		{"*.xyz", "", "open DIR/*.xyz: no file matches the pattern; check it, and that the files have arrived"},
		{"empty.csv", "", "read DIR/empty.csv: the file is empty, without even a header; get it again, or set header: false"},
		{"twice.csv", "", `read DIR/twice.csv: line 1, the header: columns 1 and 3 are both called "a"; correct it, or give the names under columns`},
		{"nameless.csv", "", "read DIR/nameless.csv: line 1, the header: column 2 has no name; correct it, or give the names under columns"},
		{"reserved.csv", "", "read DIR/reserved.csv: line 1, the header: column 1 is called _line, which this connector adds itself; correct it, or give the names under columns"},
		{"broken.csv", "", "read DIR/broken.csv: line 1, the header: a quote is never closed"},
		{"binary.csv", "", "read DIR/binary.csv: line 1, the header, holds a zero byte: this is no text, or its encoding is utf-16le or utf-16be and must be given"},
		{"mac.csv", "", "read DIR/mac.csv: line 1, the header, holds a carriage return: lines that end in one alone are not read; save the file with other line ends"},
		{"latin.csv", "", "read DIR/latin.csv: line 1, the header: bytes that are not UTF-8: is the encoding another one?"},
		{"twice.csv", "a b", "read DIR/twice.csv: line 1, the header, has 3 columns, but 2 names are given under columns"},
		{"cut.csv.gz", "", "read DIR/cut.csv.gz: the file ends too early, its copy was cut short; get it again"},
		{"spoiled.csv.gz", "", "read DIR/spoiled.csv.gz: the file is damaged or not compressed by gzip: gzip: invalid checksum; get it again"},
		{"plain.csv.gz", "", "read DIR/plain.csv.gz: the file ends too early, its copy was cut short; get it again"},
		{"none.csv.gz", "", "read DIR/none.csv.gz: the file ends too early, its copy was cut short; get it again"},
	} {
		t.Run(test.file, func(t *testing.T) {
			var rows []string
			s, err := OpenFile(t.Context(), dir+"/"+test.file, Table{Columns: strings.Fields(test.columns)})
			if err == nil {
				names, _ := s.Tables(t.Context())
				rows, err = read(t, s, connectors.Query{Table: names[0]})
			}
			if err == nil {
				t.Fatalf("no error, but %d rows", len(rows))
			}
			got := strings.ReplaceAll(err.Error(), dir, "DIR")
			if i := strings.Index(got, ".gz:"); i > 0 && got[i+4] != ' ' {
				got = got[:i+3] + got[i+strings.Index(got[i:], ": "):] // without the line, which buffering decides
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestFileThatChangesWhileReadIsAnError(t *testing.T) {
	dir := folder(t, map[string]string{"f.csv": "a\n1\n"})
	s := open(t, Config{Table: Table{Path: dir + "/f.csv"}})
	r, err := s.Read(t.Context(), connectors.Query{Table: "f"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := &record.Batch{Limit: 1}
	if err := r.Read(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "f.csv"), []byte("a\n1\n2\n3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = r.Read(t.Context(), b)
	}
	if connectors.ClassOf(err) != connectors.Transient {
		t.Errorf("got %v", err)
	}
}

func TestTablesOfOneNameAreAnError(t *testing.T) {
	dir := folder(t, map[string]string{"f.csv": "a\n", "f.csv.gz": ""})
	_, err := Open(t.Context(), Config{Table: Table{Path: dir}})
	if err == nil || !strings.Contains(err.Error(), `would both be the table "f"`) {
		t.Errorf("got %v", err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	no := false
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{}, "csv: path is missing: give a file, a folder, or a pattern such as files/*.csv"},
		{Config{Tables: map[string]Table{"t": {}}}, "csv: tables.t.path is missing: give a file, a folder, or a pattern such as files/*.csv"},
		{Config{Table: Table{Trim: true}, Tables: map[string]Table{"t": {Path: "x"}}}, "csv: give either path with its options, or tables, not both; put the options inside each table"},
		{Config{Table: Table{Path: "x", Delimiter: "||"}}, `csv: delimiter: "||" is not one ASCII character`},
		{Config{Table: Table{Path: "x", Quote: "'", Delimiter: "'"}}, `csv: delimiter and quote are both '\''`},
		{Config{Table: Table{Path: "x", Encoding: "klingon"}}, `csv: encoding: "klingon" is not known; give an IANA name such as utf-8, utf-16le, windows-1252 or iso-8859-15`},
		{Config{Table: Table{Path: "x", Header: &no}}, "csv: columns is missing: a file without a header needs the names of its columns"},
		{Config{Table: Table{Path: "x", Columns: []string{"a", "a"}}}, `csv: columns: columns 1 and 2 are both called "a"`},
		{Config{Table: Table{Path: "x", Skip: -1}}, "csv: skip is -1; it counts lines, from 0"},
	} {
		if err := test.config.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

func TestSettingsAsAWorkspaceSpellsThem(t *testing.T) {
	no := false
	for text, want := range map[string]Config{
		"path: x.csv\ndelimiter: tab\nheader: false\ncolumns: [a, b]\n": {Table: Table{Path: "x.csv", Delimiter: "tab", Header: &no, Columns: []string{"a", "b"}}},
		"tables: {r: {path: x, null_tokens: [NULL], skip: 2}}\n":        {Tables: map[string]Table{"r": {Path: "x", NullTokens: []string{"NULL"}, Skip: 2}}},
	} {
		var got Config
		file, err := yamlfile.Parse("crosswalk.yaml", []byte(text))
		if err == nil {
			err = file.Decode(&got)
		}
		if err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestCanceledReadStops(t *testing.T) {
	dir := folder(t, map[string]string{"f.csv": "a\n" + strings.Repeat("1\n", 20_000)})
	s := open(t, Config{Table: Table{Path: dir + "/f.csv"}})
	none := connectors.Match{Field: "a", In: []record.Value{record.Text("2")}}
	r, err := s.Read(t.Context(), connectors.Query{Table: "f", Match: []connectors.Match{none}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Read(ctx, new(record.Batch)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := r.Read(t.Context(), new(record.Batch)); err != io.EOF {
		t.Errorf("after that got %v", err)
	}
}

// entitlements writes a file of n rows with 14 columns.
func entitlements(b *testing.B, n int) string {
	b.Helper()
	var text bytes.Buffer
	text.WriteString("id,org,user,sku,product,quantity,unit,start,end,price,currency,created,changed,note\n")
	for i := range n {
		fmt.Fprintf(&text, "%d,ORG-%06d,user%d@example.com,SKU-%03d,Insight Pro,%d,seat,2024-01-%02d,2025-01-01,%d.50,EUR,2024-01-01T12:00:00Z,2024-06-30T08:15:30Z,note %d\n",
			i, i/7, i, i%300, i%100, i%28+1, i%1000, i)
	}
	path := filepath.Join(b.TempDir(), "entitlements.csv")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkRead(b *testing.B) {
	path := entitlements(b, 100_000)
	s, err := OpenFile(b.Context(), path, Table{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.Read(b.Context(), connectors.Query{Table: "entitlements"})
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
		for batch := new(record.Batch); err == nil; {
			err = r.Read(b.Context(), batch)
			rows += batch.Len()
		}
		if err != io.EOF || rows != 100_000 {
			b.Fatal(rows, err)
		}
	}
}
