package xlsxfile

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"crosswalk/connectors"
	"crosswalk/internal/yamlfile"
	"crosswalk/record"
)

// workbook writes a workbook with excelize. Each sheet is a list of rows from
// row 1; a nil row is left out.
func workbook(t testing.TB, path string, sheets map[string][][]any, more func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	for _, name := range slices.Sorted(maps.Keys(sheets)) {
		rows := sheets[name]
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); row != nil && err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	if more != nil {
		more(f)
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, c Config, table string, want ...string) {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := readAll(t.Context(), s, connectors.Query{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func tables(t *testing.T, c Config) []string {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	names, err := s.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEachVisibleSheetIsATable(t *testing.T) {
	dir := t.TempDir()
	rows := [][]any{{"id", "city"}, {1, "Turku"}}
	path := workbook(t, dir+"/Customers.xlsx", map[string][][]any{"EMEA": rows, "AMER": rows, "Old": rows}, func(f *excelize.File) {
		must(t, f.SetSheetVisible("Old", false))
	})
	workbook(t, dir+"/Dongles.xlsx", map[string][][]any{"2024": rows}, nil)
	workbook(t, dir+"/~$Dongles.xlsx", map[string][][]any{"lock": rows}, nil)

	if d := cmp.Diff([]string{"AMER", "EMEA"}, tables(t, Config{Table: Table{Path: path}})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"AMER", "EMEA", "Old"}, tables(t, Config{Table: Table{Path: path, Hidden: true}})); d != "" {
		t.Error(d)
	}
	for _, several := range []string{dir, dir + "/*.xlsx"} {
		c := Config{Table: Table{Path: several}}
		if d := cmp.Diff([]string{"Customers/AMER", "Customers/EMEA", "Dongles/2024"}, tables(t, c)); d != "" {
			t.Error(d)
		}
		read(t, c, "Dongles/2024", "int:1|Turku|Dongles.xlsx|2024|int:2")
	}
	named := Config{Table: Table{Path: path}, Tables: map[string]Table{"old": {Sheet: "old"}}}
	read(t, named, "old", "int:1|Turku|Customers.xlsx|Old|int:2")
}

func TestSheetsOfOneTableMayDiffer(t *testing.T) {
	path := workbook(t, t.TempDir()+"/c.xlsx", map[string][][]any{
		"AMER": {{"Customer", "State"}, {"A", "NY"}},
		"EMEA": {{"Kunde", "Land", "Customer No"}, {"B", "FI", 7}},
		"None": {},
	}, nil)
	c := Config{Tables: map[string]Table{"customers": {Path: path, Sheet: "*", Columns: map[string]string{"Kunde": "Customer", "Land": ""}}}}
	read(t, c, "customers", // an absent value prints as absent
		"A|NY|absent:|c.xlsx|AMER|int:2", "B|absent:|int:7|c.xlsx|EMEA|int:2")
}

func TestHeaderIsFound(t *testing.T) {
	when := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	path := workbook(t, t.TempDir()+"/h.xlsx", map[string][][]any{"S": {
		{"Licenses of Bryndal"}, {"as of", when}, {}, {"Order\nNo", " Product ", 2024}, {"1", "P", 5}, {"2", "Q", 6},
	}}, nil)
	c := Config{Table: Table{Path: path}}
	read(t, c, "S", "1|P|int:5|h.xlsx|S|int:5", "2|Q|int:6|h.xlsx|S|int:6")
	s, err := Open(t.Context(), c)
	must(t, err)
	defer s.Close()
	schema, err := s.Describe(t.Context(), "S")
	must(t, err)
	if d := cmp.Diff([]string{"Order No", "Product", "2024", "_file", "_sheet", "_row"}, schema.Names()); d != "" {
		t.Error(d)
	}
	read(t, Config{Table: Table{Path: path, HeaderRow: 5}}, "S", "2|Q|int:6|h.xlsx|S|int:6")
}

func TestHeadersThatAreNoNames(t *testing.T) {
	rows := map[string][][]any{"S": {{"id", "qty", nil, "qty"}, {1, 2, "note", 3}}}
	path := workbook(t, t.TempDir()+"/h.xlsx", rows, nil)
	columns := func(m map[string]string) Config { return Config{Table: Table{Path: path, Sheet: "S", Columns: m}} }
	read(t, columns(map[string]string{"[D]": "qty2", "[C]": "note"}), "S", "int:1|int:2|note|int:3|h.xlsx|S|int:2")
	read(t, columns(map[string]string{"[D]": "", "[C]": ""}), "S", "int:1|int:2|h.xlsx|S|int:2")

	for _, test := range []struct {
		table Table
		want  string
	}{
		{Table{}, `read h.xlsx#S: row 1, the header: columns B and D are both called "qty"; give one another name under columns, as "[D]"`},
		{Table{Columns: map[string]string{"qty": ""}, HeaderRow: 9}, "read h.xlsx#S: the sheet ends before row 9; header_row must be the row that names the columns"},
		{Table{Columns: map[string]string{"qyt": "x", "[D]": "d"}}, `describe t: no sheet has the column "qyt" that columns names; there are ["id" "qty" "d"]`},
	} {
		test.table.Path = path
		s, err := Open(t.Context(), Config{Tables: map[string]Table{"t": test.table}})
		must(t, err)
		_, err = s.Describe(t.Context(), "t")
		s.Close()
		if err == nil || strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "") != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

func TestRowsThatAreNoDataAreSetAside(t *testing.T) {
	path := workbook(t, t.TempDir()+"/r.xlsx", map[string][][]any{"S": {
		{"id", "product", "qty"}, {1, "A", 5}, {}, {nil, " ", nil}, {nil, "SUMME A", 5}, {"id", "product", "qty"}, {2, "Total Care", 6}, {"Total:", nil, 11},
	}}, nil)
	read(t, Config{Table: Table{Path: path, Subtotal: []string{"Summe", "total:"}}}, "S",
		"int:1|A|int:5|r.xlsx|S|int:2",
		"int:2|Total Care|int:6|r.xlsx|S|int:7",
		`! r.xlsx#S:5: a subtotal: it begins with "Summe":  | SUMME A | 5`,
		"! r.xlsx#S:6: the header again: id | product | qty",
		`! r.xlsx#S:8: a subtotal: it begins with "total:": Total: |  | 11`)
	no := false
	read(t, Config{Tables: map[string]Table{"t": {Path: path, HeaderRow: 7, SkipBlank: &no}}}, "t", "Total:|-|int:11|r.xlsx|S|int:8")
}

func TestMergedCells(t *testing.T) {
	path := workbook(t, t.TempDir()+"/m.xlsx", map[string][][]any{"S": {
		{"region", "customer", "city"}, {"EMEA", "A", "Turku"}, {nil, "B", "Oulu"}, {nil, "C and D", nil}, {"AMER", "E", "Reno"},
	}}, func(f *excelize.File) {
		must(t, f.MergeCell("S", "A2", "A4"))
		must(t, f.MergeCell("S", "B4", "C4"))
	})
	read(t, Config{Table: Table{Path: path}}, "S",
		"EMEA|A|Turku|m.xlsx|S|int:2", "-|B|Oulu|m.xlsx|S|int:3", "-|C and D|-|m.xlsx|S|int:4", "AMER|E|Reno|m.xlsx|S|int:5")
	read(t, Config{Table: Table{Path: path, FillMerged: true}}, "S",
		"EMEA|A|Turku|m.xlsx|S|int:2", "EMEA|B|Oulu|m.xlsx|S|int:3", "EMEA|C and D|C and D|m.xlsx|S|int:4", "AMER|E|Reno|m.xlsx|S|int:5")
}

func TestQueriesChooseRowsAndColumns(t *testing.T) {
	path := workbook(t, t.TempDir()+"/q.xlsx", map[string][][]any{"S": {{"id", "sku"}, {1, "A"}, {2, "B"}, {3, nil}}}, nil)
	s, err := OpenFile(t.Context(), path, "S")
	must(t, err)
	defer s.Close()
	got, err := readAll(t.Context(), s, connectors.Query{Table: "S", Fields: []string{"_row", "id"},
		Match: []connectors.Match{{Field: "sku", In: []record.Value{record.Null(), record.Text("A")}}}})
	if d := cmp.Diff([]string{"int:2|int:1", "int:4|int:3"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, q := range []connectors.Query{{Sorted: true}, {After: "x"}, {Range: record.Range{To: record.Row{}}}} {
		q.Table = "S"
		if _, err := s.Read(t.Context(), q); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%+v: got %v", q, err)
		}
	}
}

func TestSheetsAreNamedWhereOneIsNotFound(t *testing.T) {
	rows := [][]any{{"id", "city"}}
	path := workbook(t, t.TempDir()+"/s.xlsx", map[string][][]any{"One": rows, "Two": rows}, nil)
	for _, test := range []struct{ sheet, want string }{
		{"", `which sheet? Name one of One, Two, or "*" for all`},
		{"Three", `there is no sheet "Three"; visible sheets are One, Two`},
	} {
		_, err := OpenFile(t.Context(), path, test.sheet)
		if connectors.ClassOf(err) != connectors.Missing || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{}, "xlsx: path is missing: give a file, a folder, or a pattern such as files/*.xlsx"},
		{Config{Tables: map[string]Table{"t": {}}}, "xlsx: tables.t.path is missing: give a file, a folder, or a pattern such as files/*.xlsx"},
		{Config{Table: Table{Path: "x", Sheet: "s"}, Tables: map[string]Table{"t": {}}}, "xlsx: beside tables only path and max_unzipped may stand; put the options inside each table"},
		{Config{Table: Table{Path: "x", HeaderRow: -1}}, "xlsx: header_row is -1; rows count from 1 to 1048576"},
		{Config{Table: Table{Path: "x", Subtotal: []string{" "}}}, "xlsx: subtotal holds an empty text, with which every row begins"},
		{Config{Table: Table{Path: "x", Columns: map[string]string{"No": "_row"}}}, "xlsx: columns.No: a column is called _row, which this connector adds itself"},
		{Config{Table: Table{Path: "x"}, MaxUnzipped: -1}, "xlsx: max_unzipped is -1; it counts bytes"},
	} {
		if err := test.config.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

func TestSettingsAsAWorkspaceSpellsThem(t *testing.T) {
	const text = `{path: a.xlsx, max_unzipped: 5, tables: {t: {sheet: "*", header_row: 2, skip_blank: false, columns: {No: number, "[F]": ""}, subtotal: [Total], hidden: true, fill_merged: true}}}`
	no := false
	want := Config{Table: Table{Path: "a.xlsx"}, MaxUnzipped: 5, Tables: map[string]Table{"t": {Sheet: "*", HeaderRow: 2, SkipBlank: &no,
		Columns: map[string]string{"No": "number", "[F]": ""}, Subtotal: []string{"Total"}, Hidden: true, FillMerged: true}}}
	var got Config
	file, err := yamlfile.Parse("crosswalk.yaml", []byte(text))
	must(t, err)
	must(t, file.Decode(&got))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	must(t, got.Validate())
}

func TestLongCells(t *testing.T) {
	long := strings.Repeat("ä", excelize.TotalCellChars)
	path := workbook(t, t.TempDir()+"/l.xlsx", map[string][][]any{"S": {{"id", "text"}, {1, long}}}, nil)
	read(t, Config{Table: Table{Path: path}}, "S", "int:1|"+long+"|l.xlsx|S|int:2")
}

// entitlements writes a workbook of n rows with 14 columns.
func entitlements(b *testing.B, n int) string {
	b.Helper()
	f := excelize.NewFile()
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(b, err)
	w, err := f.NewStreamWriter("Sheet1")
	must(b, err)
	must(b, w.SetRow("A1", []any{"id", "org", "user", "sku", "product", "quantity", "unit", "start", "end", "price", "currency", "created", "changed", "note"}))
	for i := range n {
		day := excelize.Cell{StyleID: style, Value: 45292 + i%365}
		must(b, w.SetRow(fmt.Sprintf("A%d", i+2), []any{i, fmt.Sprintf("ORG-%06d", i/7), fmt.Sprintf("user%d@example.com", i), fmt.Sprintf("SKU-%03d", i%300),
			"Insight Pro", i % 100, "seat", day, day, float64(i%1000) + 0.5, "EUR", day, day, fmt.Sprintf("note %d", i)}))
	}
	must(b, w.Flush())
	path := b.TempDir() + "/entitlements.xlsx"
	must(b, f.SaveAs(path))
	must(b, f.Close())
	return path
}

func BenchmarkRead(b *testing.B) {
	path := entitlements(b, 20_000)
	b.ReportAllocs()
	for b.Loop() {
		if rows := count(b, path); rows != 20_000 {
			b.Fatal(rows)
		}
	}
}

func count(b *testing.B, path string) int {
	ctx := b.Context()
	s, err := OpenFile(ctx, path, "Sheet1")
	must(b, err)
	defer s.Close()
	r, err := s.Read(ctx, connectors.Query{Table: "Sheet1"})
	must(b, err)
	defer r.Close()
	rows := 0
	for batch := new(record.Batch); err == nil; {
		err = r.Read(ctx, batch)
		rows += batch.Len()
	}
	if err != io.EOF {
		b.Fatal(err)
	}
	return rows
}
