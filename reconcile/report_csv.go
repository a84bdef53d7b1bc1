package reconcile

import (
	"bufio"
	"io"
	"strings"
)

// WriteCSV writes one line for each finding (for each column that differs, if
// it names columns), each row set aside and each refused row that the report
// lists, as RFC 4180 says: commas, double quotes, CRLF, UTF-8.
//
// In want and have, NULL is null and an empty cell is an empty text or, where
// the row does not exist on that side, nothing. No cell is a formula to a
// spreadsheet: a text that begins like one, or like the word NULL or an
// apostrophe, has an apostrophe put before it, which a reader may cut off.
func WriteCSV(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	writeCSVLine(out, []string{"section", "entity", "mapping", "kind", "op", "key", "source_key", "field", "want", "have", "rule", "reason", "input", "class"})
	for i := range r.Findings {
		writeCSVFinding(out, &r.Findings[i])
	}
	for _, a := range r.SetAside {
		writeCSVLine(out, guardAll([]string{"set aside", a.Entity, a.Mapping, a.Outcome, "", "", a.Key, "", "", "", a.Rule, a.Reason, a.Input, ""}))
	}
	for _, f := range r.Refused {
		writeCSVLine(out, guardAll([]string{"refused", f.Entity, "", f.Outcome, f.Op, f.Key, "", "", "", "", "", f.Reason, "", ""}))
	}
	return out.Flush()
}

func writeCSVFinding(out *bufio.Writer, d *Difference) {
	cells := guardAll([]string{"finding", d.Entity, d.Mapping, d.Kind, "", d.Key, d.Source, "", "", "", "", "", "", d.Class})
	if len(d.Fields) == 0 {
		writeCSVLine(out, cells)
		return
	}
	for _, f := range d.Fields {
		cells[7], cells[8], cells[9] = guard(f.Name), guardValue(f.Want), guardValue(f.Have)
		if d.Kind == Missing.Name() {
			cells[9] = ""
		}
		if d.Kind == Extra.Name() {
			cells[8] = ""
		}
		writeCSVLine(out, cells)
	}
}

// writeCSVLine writes one record. The encoder of the standard library is not
// used because it changes line breaks within cells when it ends lines in CRLF.
func writeCSVLine(out *bufio.Writer, cells []string) {
	for i, cell := range cells {
		if i > 0 {
			out.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",;\"\r\n\t ") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		out.WriteString(cell)
	}
	out.WriteString("\r\n")
}

func guardAll(cells []string) []string {
	for i := range cells {
		cells[i] = guard(cells[i])
	}
	return cells
}

func guardValue(s *string) string {
	switch {
	case s == nil:
		return "NULL"
	case *s == "NULL":
		return "'NULL"
	}
	return guard(*s)
}

// guard keeps a spreadsheet from running a cell. Some programs take the wide
// forms of the signs for the signs.
func guard(s string) string {
	s = valid(s)
	for _, start := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, start) {
			return "'" + s
		}
	}
	return s
}
