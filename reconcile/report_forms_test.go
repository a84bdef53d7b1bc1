package reconcile

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func decode(t *testing.T, document []byte) *Report {
	t.Helper()
	r := &Report{}
	if err := json.Unmarshal(document, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryFormShowsEveryKindOfFinding(t *testing.T) {
	for form := range reportForms() {
		for _, d := range driftReport().Findings[:7] {
			one := driftReport()
			one.Findings = []Difference{d}
			shown := readable(t, form, render(t, form, one))
			for _, part := range []string{d.Entity, d.Key} {
				if !strings.Contains(shown, part) {
					t.Errorf("%s does not show %s of the %s finding", form, part, d.Kind)
				}
			}
			kind := d.Kind
			if strings.HasSuffix(form, "txt") {
				kind = "  " + sign(d.Kind) + " " + d.Entity
			}
			if !strings.Contains(shown, kind) {
				t.Errorf("%s does not show that a finding is %s", form, d.Kind)
			}
		}
	}
}

func TestMaskedDigestsPassThrough(t *testing.T) {
	for form := range reportForms() {
		shown := readable(t, form, render(t, form, driftReport()))
		if form == "html" {
			shown = regexp.MustCompile(`</?mark>`).ReplaceAllString(shown, "")
		}
		if !strings.Contains(shown, "masked:a1b2c3d4e5f60718") {
			t.Errorf("%s does not show the digest of a masked value", form)
		}
	}
}

func TestNothingInTheDataBecomesMarkup(t *testing.T) {
	page := string(render(t, "html", driftReport()))
	for _, tag := range []string{"<script", "<img", "<b>bold", "<Suite>", "<unknown>", "<b>78"} {
		if strings.Contains(page, tag) {
			t.Errorf("the page holds %s", tag)
		}
	}
	if !strings.Contains(page, "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;") {
		t.Error("the page does not show the key that looks like markup")
	}
}

func TestThePageForbidsAllButItsOwnStyle(t *testing.T) {
	page := string(render(t, "html", cleanReport()))
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if style == nil || policy == nil {
		t.Fatal("the page has no style or no policy")
	}
	sum := sha256.Sum256([]byte(style[1]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if got := html.UnescapeString(policy[1]); got != want {
		t.Errorf("policy %s, want %s", got, want)
	}
	for _, outside := range []string{"style=", "http://", "https://", "@import", "src="} {
		if strings.Contains(page, outside) {
			t.Errorf("the page holds %s", outside)
		}
	}
}

func TestNoCellOfACSVIsAFormula(t *testing.T) {
	lines, err := csv.NewReader(bytes.NewReader(render(t, "csv", driftReport()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		for _, cell := range line {
			if strings.HasPrefix(cell, "NULL") || cell == "" {
				continue
			}
			if strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				t.Errorf("the cell %q begins like a formula", cell)
			}
		}
	}
}

func TestACSVGivesBackEveryValue(t *testing.T) {
	// The reader of the standard library turns CRLF within a cell into LF.
	text := rapid.StringMatching(`[^\r]*`)
	rapid.Check(t, func(t *rapid.T) {
		value, have := text.Draw(t, "want"), text.Draw(t, "have")
		r := &Report{Findings: []Difference{{Kind: "changed", Fields: []FieldChange{{"f", &value, &have}}}}}
		var out bytes.Buffer
		if err := WriteCSV(&out, r); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got := []string{strings.TrimPrefix(lines[1][8], "'"), strings.TrimPrefix(lines[1][9], "'")}
		if diff := cmp.Diff([]string{value, have}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAWorkbookHoldsKeysAsTextUnderAFrozenHead(t *testing.T) {
	book, err := excelize.OpenReader(bytes.NewReader(render(t, "xlsx", driftReport())))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if diff := cmp.Diff([]string{"Summary", "Counts", "Findings", "Set aside", "Refused"}, book.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	for _, name := range book.GetSheetList() {
		if panes, err := book.GetPanes(name); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the head is not frozen: %+v, %v", name, panes, err)
		}
	}
	if names := book.GetDefinedName(); len(names) != 5 {
		t.Errorf("%d filters, want one for each sheet", len(names))
	}
	for row := 2; row < 20; row++ {
		cell := fmt.Sprintf("D%d", row)
		kind, _ := book.GetCellType("Findings", cell)
		style, _ := book.GetCellStyle("Findings", cell)
		look, _ := book.GetStyle(style)
		if kind != excelize.CellTypeInlineString || look.NumFmt != 49 {
			t.Errorf("the key in %s is not text: type %d, format %d", cell, kind, look.NumFmt)
		}
	}
}

func TestColorsAreOnlyUsedWhenAskedFor(t *testing.T) {
	var plain, colored bytes.Buffer
	if err := WriteText(&plain, driftReport(), TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := WriteText(&colored, driftReport(), TextOptions{Color: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") {
		t.Error("there are control codes in plain text")
	}
	if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored.String(), ""); got != plain.String() {
		t.Error("colored text says something else than plain text")
	}
}
