package xlsxfile

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/record"
)

// rawBook is a workbook of one sheet in the words of XML, for what excelize
// never writes. Empty fields take the usual form.
type rawBook struct {
	sheet   string // the whole part, or only the content of sheetData
	shared  string // the content of sst
	xfs     string // number formats: ids separated by blanks, codes in numFmts
	numFmts string
	props   string // attributes of workbookPr
	parts   map[string]string
}

const mainSpace = ` xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

func (b rawBook) write(t testing.TB) string {
	t.Helper()
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	const kind = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	sheet := b.sheet
	if !strings.Contains(sheet, "sheetData") {
		sheet = `<?xml version="1.0" encoding="UTF-8"?><worksheet` + mainSpace + `><sheetData>` + sheet + `</sheetData></worksheet>`
	}
	xfs := `<xf numFmtId="0"/>`
	for id := range strings.FieldsSeq(b.xfs) {
		xfs += `<xf numFmtId="` + id + `"/>`
	}
	parts := map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":                relations + `<Relationship Id="rId1" Type="` + kind + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook` + mainSpace + `><workbookPr ` + b.props + `/><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": relations + `<Relationship Id="rId1" Type="` + kind + `worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + kind + `sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="` + kind + `styles" Target="styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
		"xl/sharedStrings.xml":       `<sst` + mainSpace + `>` + b.shared + `</sst>`,
		"xl/styles.xml":              `<styleSheet` + mainSpace + `><numFmts>` + b.numFmts + `</numFmts><cellXfs>` + xfs + `</cellXfs></styleSheet>`,
	}
	maps.Copy(parts, b.parts)
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if parts[name] == "" {
			continue
		}
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, parts[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "raw.xlsx")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// cellsOf reads the values of the one row below the header.
func cellsOf(t *testing.T, b rawBook) []string {
	t.Helper()
	s, err := OpenFile(t.Context(), b.write(t), "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, err := readAll(t.Context(), s, connectors.Query{Table: "raw"})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 {
		t.Fatalf("got %q", rows)
	}
	cells := strings.Split(rows[0], "|")
	return cells[:max(len(cells)-3, 1)]
}

// readAll writes each row as "kind:value|...|_file|_sheet|_row" and each
// reject as "! where: reason: input". Texts have no kind.
func readAll(ctx context.Context, s connectors.Source, q connectors.Query) ([]string, error) {
	r, err := s.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []string
	for b := (&record.Batch{Limit: 100}); ; {
		err := r.Read(ctx, b)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		for i := range b.Len() {
			var cells []string
			for _, v := range b.Row(i) {
				switch v.Kind() {
				case record.KindNull:
					cells = append(cells, "-")
				case record.KindText:
					cells = append(cells, v.AsText())
				default:
					cells = append(cells, v.Kind().String()+":"+v.String())
				}
			}
			all = append(all, strings.Join(cells, "|"))
		}
		for _, j := range b.Rejects {
			all = append(all, "! "+j.Where+": "+j.Reason+": "+j.Input)
		}
	}
}

// head is a header of n columns A, B, C...
func head(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`<c t="str"><v>` + columnName(i) + `</v></c>`)
	}
	return `<row r="1">` + b.String() + `</row>`
}

func TestCellsAsProgramsWriteThem(t *testing.T) {
	for _, test := range []struct {
		name string
		book rawBook
		want string
	}{
		{"shared, inline and formula texts", rawBook{
			shared: `<si><t>one</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space="preserve">ch </t></r><rPh sb="0" eb="1"><t>no</t></rPh></si><si/>`,
			sheet:  head(5) + `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><t>in</t><rPh><t>x</t></rPh></is></c><c r="D2" t="str"><f>A2</f><v>f</v></c><c r="E2" t="s"><v>2</v></c></row>`,
		}, "one|rich |in|f|"},
		{"missing references", rawBook{sheet: `<row><c t="str"><v>A</v></c><c t="str"><v>B</v></c></row><row><c><v>1</v></c><c r="B2"><v>2</v></c></row>`}, "int:1|int:2"},
		{"sparse cells", rawBook{sheet: head(4) + `<row r="9"><c r="D9"><v>4</v></c></row>`}, "-|-|-|int:4"},
		{"empty cells", rawBook{sheet: head(4) + `<row r="2"><c r="A2" s="1"/><c r="B2"><v/></c><c r="C2"></c><c r="D2" t="b"><v>1</v></c></row>`}, "-|-|-|bool:true"},
		{"numbers", rawBook{sheet: head(8) + `<row r="2"><c><v>5</v></c><c t="n"><v>-5.50</v></c><c><v>1E3</v></c><c><v>0.30000000000000004</v></c><c><v>12345678901234567</v></c><c><v>1.23E-7</v></c><c><v>5.0</v></c><c><v>123456789012345678901</v></c></row>`},
			"int:5|decimal:-5.5|int:1000|decimal:0.3|int:12345678901234567|decimal:0.000000123|int:5|decimal:123456789012345678901"},
		{"booleans and errors", rawBook{sheet: head(4) + `<row r="2"><c t="b"><v>0</v></c><c t="b"><v>true</v></c><c t="e"><v>#N/A</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`}, "bool:false|bool:true|#N/A|#DIV/0!"},
		{"ISO dates", rawBook{sheet: head(5) + `<row r="2"><c t="d"><v>2024-02-29</v></c><c t="d"><v>2024-02-29T00:00:00</v></c><c t="d"><v>2024-02-29T12:30:00.5Z</v></c><c t="d"><v>T07:30:00</v></c><c t="d"><v>07:30</v></c></row>`},
			"date:2024-02-29|date:2024-02-29|local:2024-02-29T12:30:00.5|07:30:00|07:30:00"},
		{"dates by style", rawBook{xfs: "14 22 20 46 164 165", numFmts: `<numFmt numFmtId="164" formatCode="[$-407]d\. mmmm yyyy;@"/><numFmt numFmtId="165" formatCode="0.00&quot; d&quot;"/>`,
			sheet: head(7) + `<row r="2"><c s="1"><v>45351</v></c><c s="2"><v>45351.520833333336</v></c><c s="3"><v>0.3125</v></c><c s="4"><v>1.5</v></c><c s="5"><v>44259</v></c><c s="6"><v>44259</v></c><c><v>44259</v></c></row>`},
			"date:2024-02-29|local:2024-02-29T12:30:00|07:30:00|36:00:00|date:2021-03-04|int:44259|int:44259"},
		{"1904 date system", rawBook{props: `date1904="1"`, xfs: "14", sheet: head(2) + `<row r="2"><c s="1"><v>42797</v></c><c s="1"><v>0</v></c></row>`}, "date:2021-03-04|date:1904-01-01"},
		{"days that never were", rawBook{xfs: "14", sheet: head(6) + `<row r="2"><c s="1"><v>59</v></c><c s="1"><v>60</v></c><c s="1"><v>61</v></c><c s="1"><v>0</v></c><c s="1"><v>-1</v></c><c s="1"><v>1</v></c></row>`},
			"date:1900-02-28|int:60|date:1900-03-01|int:0|int:-1|date:1900-01-01"},
		{"escaped characters", rawBook{shared: `<si><t>a_x000D_b_x005F_x000D_ _x00e_ &lt;&#233;&amp;&#x1F600;</t></si>`, sheet: head(2) + `<row r="2"><c t="s"><v>0</v></c><c t="inlineStr"><is><t><![CDATA[<a&b>]]></t></is></c></row>`}, "a\rb_x000D_ _x00e_ <é&😀|<a&b>"},
		{"prefixed elements, comments and other parts of a sheet", rawBook{sheet: `<!-- x > y --><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetPr><x:tabColor rgb="a>b"/></x:sheetPr><x:dimension ref="A1:B2"/><x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>A</x:v></x:c><x:c r="B1" t="str"><x:v>B</x:v></x:c></x:row><x:row r='2'><x:c r='B2'><!-- no --><x:v>2</x:v></x:c></x:row></x:sheetData><x:extLst/></x:worksheet>`}, "-|int:2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(strings.Split(test.want, "|"), cellsOf(t, test.book)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPartsAreFoundWhereTheRelationsSay(t *testing.T) {
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	const strict = `http://purl.oclc.org/ooxml/officeDocument/relationships/`
	path := rawBook{parts: map[string]string{
		"_rels/.rels":                   relations + `<Relationship Id="a" Type="` + strict + `officeDocument" Target="/Book/Main.xml"/></Relationships>`,
		"book/main.xml":                 `<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main" xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships"><sheets><sheet name="Data" sheetId="1" r:id="s"/><sheet name="Chart" sheetId="2" r:id="c"/></sheets></workbook>`,
		`Book\_rels\Main.xml.rels`:      relations + `<Relationship Id="s" Type="` + strict + `worksheet" Target="/Book/Sheets/A.xml"/><Relationship Id="c" Type="` + strict + `chartsheet" Target="c.xml"/><Relationship Id="t" Type="` + strict + `sharedStrings" Target="../texts.xml"/><Relationship Id="y" Type="` + strict + `styles" Target="look.xml"/></Relationships>`,
		"Book/Sheets/A.xml":             `<worksheet><sheetData>` + head(2) + `<row r="2"><c t="s"><v>0</v></c><c s="1"><v>45351</v></c></row></sheetData></worksheet>`,
		"texts.xml":                     `<sst><si><t>found</t></si></sst>`,
		"Book/look.xml":                 `<styleSheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"xl/workbook.xml":               "",
		"xl/_rels/workbook.xml.rels":    "",
		"xl/worksheets/sheet1.xml":      "",
		"xl/sharedStrings.xml":          "",
		"xl/styles.xml":                 "",
		"Book/a/folder/that/is/ignored": "x",
	}}.write(t)
	s, err := Open(t.Context(), Config{Table: Table{Path: path}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := readAll(t.Context(), s, connectors.Query{Table: "Data"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"found|date:2024-02-29|raw.xlsx|Data|int:2"}, got); d != "" {
		t.Error(d)
	}
}

func TestCellsThatCannotBeReadSetTheirRowAside(t *testing.T) {
	for _, test := range []struct{ cell, want string }{
		{`<c><v>1,5</v></c>`, `cell A2: "1,5" is no number`},
		{`<c t="s"><v>7</v></c>`, `cell A2: there is no shared text "7"`},
		{`<c t="b"><v>maybe</v></c>`, `cell A2: "maybe" is no truth value`},
		{`<c t="d"><v>29.2.2024</v></c>`, `cell A2: "29.2.2024" is no date`},
		{`<c t="z"><v>1</v></c>`, `cell A2: an unknown type of cell: "z"`},
		{`<c><f>SUM(B1:B9)</f></c>`, `cell A2: a formula without its result; open the file in a spreadsheet program and save it`},
		{`<c/><c/><c t="str"><v>stray</v></c>`, `cell C2 stands under no header; name its column under columns, as "[C]", or leave it out by the name ""`},
	} {
		s, err := OpenFile(t.Context(), rawBook{sheet: head(2) + `<row r="2">` + test.cell + `</row><row r="3"><c><v>1</v></c></row>`}.write(t), "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(t.Context(), s, connectors.Query{Table: "raw"})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0] != "int:1|-|raw.xlsx|Data|int:3" || !strings.HasPrefix(got[1], "! raw.xlsx#Data:2: "+test.want) {
			t.Errorf("%s: got %q", test.cell, got)
		}
		s.Close()
	}
}

func TestDamagedWorkbooksAreOneClearError(t *testing.T) {
	good, err := os.ReadFile(rawBook{sheet: head(2) + strings.Repeat(`<row><c><v>1</v></c></row>`, 500)}.write(t))
	if err != nil {
		t.Fatal(err)
	}
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "raw.xlsx")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	body := bytes.Index(good, []byte("xl/worksheets/sheet1.xml")) + 60
	spoiled := slices.Clone(good)
	spoiled[body] ^= 0xff
	for _, test := range []struct{ name, path, want string }{
		{"no file", filepath.Join(t.TempDir(), "raw.xlsx"), "open raw.xlsx: no such file or directory; check the path, and that the file has arrived"},
		{"empty", file(""), "open raw.xlsx: this is no .xlsx file, or its copy was cut short; get it again"},
		{"no zip", file(strings.Repeat("a,b\n", 100)), "open raw.xlsx: this is no .xlsx file, or its copy was cut short; get it again"},
		{"cut short", file(string(good[:len(good)/2])), "open raw.xlsx: this is no .xlsx file, or its copy was cut short; get it again"},
		{"password or old format", file("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 600)), "open raw.xlsx: the workbook is protected by a password, or is an old .xls file; save it as .xlsx without a password"},
		{"other kind of zip", rawBook{parts: map[string]string{"_rels/.rels": `<Relationships/>`}}.write(t), "open raw.xlsx: there is no workbook inside; save it as .xlsx"},
		{"no relations", rawBook{parts: map[string]string{"_rels/.rels": ""}}.write(t), "open raw.xlsx: the part _rels/.rels is missing; save the workbook again as .xlsx"},
		{"missing sheet", rawBook{parts: map[string]string{"xl/worksheets/sheet1.xml": ""}}.write(t), "read raw.xlsx#Data: the part xl/worksheets/sheet1.xml is missing; save the workbook again as .xlsx"},
		{"spoiled bytes", file(string(spoiled)), "damaged"},
		{"sheet without its end", rawBook{sheet: `<worksheet><sheetData>` + head(2) + `<row><c><v>1</v></c></row>`}.write(t), "read raw.xlsx#Data: the part of the sheet, behind row 2, is damaged: it ends too early; get the file again"},
		{"row without its end", rawBook{sheet: `<worksheet><sheetData>` + head(2) + `<row><c><v>1</v>`}.write(t), "read raw.xlsx#Data: the part of the sheet, behind row 2, is damaged: it ends too early; get the file again"},
		{"document type", rawBook{sheet: `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>`}.write(t), "read raw.xlsx#Data: the part of the sheet, behind row 0, is damaged: a document type, which workbooks do not have; get the file again"},
		{"no header", rawBook{sheet: `<row><c t="str"><v>title</v></c></row><row><c><v>1</v></c></row>`}.write(t), "read raw.xlsx#Data: no row holds two texts that could name the columns; give header_row"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := OpenFile(t.Context(), test.path, "")
			if err == nil {
				_, err = readAll(t.Context(), s, connectors.Query{Table: "raw"})
				s.Close()
			}
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), filepath.Dir(test.path)+"/", ""); !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestUnpackingIsLimited(t *testing.T) {
	path := rawBook{sheet: head(2) + strings.Repeat(" ", 1<<20)}.write(t)
	_, err := Open(t.Context(), Config{Table: Table{Path: path}, MaxUnzipped: 1 << 20})
	if err == nil || !strings.Contains(err.Error(), "it unpacks to more than 1048576 bytes; if it is to be trusted, set max_unzipped higher") {
		t.Errorf("got %v", err)
	}
}

func TestPartThatClaimsToBeEndlessIsTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raw.xlsx")
	file, err := os.Create(path)
	must(t, err)
	w := zip.NewWriter(file)
	for _, size := range []uint64{1, math.MaxUint64} { // 0 in all, if the sum overflows
		_, err := w.CreateRaw(&zip.FileHeader{Name: "xl/workbook.xml", UncompressedSize64: size})
		must(t, err)
	}
	must(t, errors.Join(w.Close(), file.Close()))
	_, err = Open(t.Context(), Config{Table: Table{Path: path}})
	if err == nil || !strings.Contains(err.Error(), "set max_unzipped higher") {
		t.Errorf("got %v", err)
	}
}

// FuzzSheet reads any bytes as a sheet: it ends, and stays within the limits
// of the format.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData>` + head(2) + `<row r="2"><c t="s" s="1"><v>0</v></c><c t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>`))
	f.Add([]byte(`<sheetData><row r="9"><c r="XFD9"><f>1</f></c><c><v>1</v></c></row>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := &sheetReader{book: &book{formats: []format{plainNumber, dayFormat}}, texts: []string{"shared"},
			part: io.NopCloser(bytes.NewReader(text)), xml: newTokenizer(bytes.NewReader(text))}
		rows := 0
		for r.next() == nil {
			if rows++; rows > len(text) || len(r.values) > maxColumns || r.row < 1 {
				t.Fatalf("row %d of %d, %d cells", r.row, rows, len(r.values))
			}
		}
	})
}
