package reconcile

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "write the golden files anew")

// reportForms are the forms of a report by the end of their file names.
func reportForms() map[string]func(io.Writer, *Report) error {
	return map[string]func(io.Writer, *Report) error{
		"txt":    func(w io.Writer, r *Report) error { return WriteText(w, r, TextOptions{}) },
		"80.txt": func(w io.Writer, r *Report) error { return WriteText(w, r, TextOptions{Width: 80}) },
		"json":   WriteJSON,
		"csv":    WriteCSV,
		"html":   WriteHTML,
		"xlsx":   WriteXLSX,
	}
}

func sampleReports() map[string]*Report {
	return map[string]*Report{"clean": cleanReport(), "drift": driftReport()}
}

// render returns a report in one form.
func render(t *testing.T, form string, r *Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reportForms()[form](&out, r); err != nil {
		t.Fatalf("%s: %v", form, err)
	}
	return out.Bytes()
}

// readable is a form as text: of a workbook, its cells.
func readable(t *testing.T, form string, content []byte) string {
	t.Helper()
	if form != "xlsx" {
		return string(content)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	var out strings.Builder
	for _, name := range book.GetSheetList() {
		fmt.Fprintf(&out, "== %s\n", name)
		rows, err := book.GetRows(name, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			fmt.Fprintln(&out, strings.Join(row, " | "))
		}
	}
	return out.String()
}

func TestEachFormOfAReportIsAsAgreed(t *testing.T) {
	for name, report := range sampleReports() {
		for form := range reportForms() {
			t.Run(name+"."+form, func(t *testing.T) {
				got := readable(t, form, render(t, form, report))
				path := filepath.Join("testdata", "report-"+name+"."+strings.Replace(form, "xlsx", "xlsx.cells", 1))
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("not as in %s (-want +got), run with -update if it should be:\n%s", path, diff)
				}
			})
		}
	}
}

func TestTheSameReportIsTheSameBytes(t *testing.T) {
	for form := range reportForms() {
		first := render(t, form, driftReport())
		for range 5 {
			if !bytes.Equal(first, render(t, form, driftReport())) {
				t.Errorf("%s: other bytes the second time", form)
			}
		}
	}
}

func TestAReportThatWasStoredLooksTheSame(t *testing.T) {
	for name, report := range sampleReports() {
		stored := decode(t, render(t, "json", report))
		for form := range reportForms() {
			if diff := cmp.Diff(readable(t, form, render(t, form, report)), readable(t, form, render(t, form, stored))); diff != "" {
				t.Errorf("%s as %s differs after it was stored:\n%s", name, form, diff)
			}
		}
	}
}

func TestAnEmptyReportHasEveryForm(t *testing.T) {
	for form := range reportForms() {
		if len(render(t, form, &Report{})) == 0 {
			t.Errorf("%s: empty", form)
		}
	}
}
