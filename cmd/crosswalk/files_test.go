package main

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// lines FILE N  checks that a file, or stdout or stderr, has N lines.
func linesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines FILE N")
	}
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d lines, should have %s:\n%s", args[0], n, args[1], ts.ReadFile(args[0]))
	}
}

// short FILE N  checks that a file has fewer than N bytes.
func shortCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: short FILE N")
	}
	most, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n := len(ts.ReadFile(args[0])); n >= most {
		ts.Fatalf("%s has %d bytes, should have fewer than %d", args[0], n, most)
	}
}

// edit FILE OLD NEW  replaces the first OLD, which must be there.
func editCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace
	before := ts.ReadFile(args[0])
	after := strings.Replace(before, unescape(args[1]), unescape(args[2]), 1)
	if before == after {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o600))
}

// nowhere TEXT FILE...  checks that no file holds a text, in whatever form it
// is; a file may be a pattern. ESC stands for the byte that begins control codes.
func nowhereCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[0] == "" {
		ts.Fatalf("usage: nowhere TEXT FILE...")
	}
	text := strings.Replace(args[0], "ESC", "\x1b", 1)
	for _, pattern := range args[1:] {
		files := []string{pattern}
		if pattern != "stdout" && pattern != "stderr" {
			var err error
			files, err = filepath.Glob(ts.MkAbs(pattern))
			ts.Check(err)
		}
		if len(files) == 0 {
			ts.Fatalf("no file is called %s", pattern)
		}
		for _, file := range files {
			content := ts.ReadFile(file)
			if at := strings.Index(content, text); at >= 0 {
				ts.Fatalf("%s holds %q: %.200q", file, text, content[max(0, at-60):])
			}
		}
	}
}

// workbook FILE CSV  makes an XLSX file of a CSV file: numbers become numbers.
func workbookCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: workbook FILE CSV")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[1]))).ReadAll()
	ts.Check(err)
	book := excelize.NewFile()
	defer book.Close()
	for r, row := range rows {
		for c, text := range row {
			cell, err := excelize.CoordinatesToCellName(c+1, r+1)
			ts.Check(err)
			if number, err := strconv.ParseFloat(text, 64); err == nil {
				ts.Check(book.SetCellFloat("Sheet1", cell, number, -1, 64))
			} else if text != "" {
				ts.Check(book.SetCellStr("Sheet1", cell, text))
			}
		}
	}
	ts.Check(book.SaveAs(ts.MkAbs(args[0])))
}

// bomb FILE  makes an XLSX file of 30 kB whose sheet unpacks to 30 MB.
func bombCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: bomb FILE")
	}
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	z := zip.NewWriter(file)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
	} {
		w, err := z.Create(part[0])
		ts.Check(err)
		fmt.Fprint(w, part[1])
	}
	w, err := z.Create("xl/worksheets/sheet1.xml")
	ts.Check(err)
	fmt.Fprint(w, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`)
	blanks := []byte(strings.Repeat(" ", 1<<20))
	for range 30 {
		_, err := w.Write(blanks)
		ts.Check(err)
	}
	ts.Check(z.Close())
}
