package reconcile

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes the report as a workbook with the sheets Summary, Counts,
// Findings, Set aside and Refused. Keys and values are text, so that no
// spreadsheet makes a number, a date or a formula of them; null is a gray null.
// Values beyond 32,000 characters are cut around the difference.
func WriteXLSX(w io.Writer, r *Report) error {
	b, err := newWorkbook(r)
	if err != nil {
		return err
	}
	defer b.file.Close()
	for _, s := range []sheet{b.summary(r), b.counts(r), b.findings(r), b.setAside(r), b.refused(r)} {
		if err := b.write(s); err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	return b.file.Write(w)
}

// cellLimit is how many characters of a value go into a cell. Spreadsheets
// take 32,767 and would cut the rest in silence.
const cellLimit = 32000

func (b *workbook) summary(r *Report) sheet {
	s := sheet{name: "Summary", columns: []sheetColumn{{"what", 30}, {"value", 90}}}
	add := func(what string, value excelize.Cell) { s.rows = append(s.rows, []any{b.text(what), value}) }
	total := r.Total()
	add("verdict", b.text(r.Verdict))
	add("message", b.text(r.Message))
	add("report", b.text(r.title()))
	add("product line", b.text(r.lineTitle()))
	add("run", b.text(r.Run))
	add("started", b.text(r.Started))
	add("finished", b.text(r.Finished))
	add("tool", b.text(r.Tool))
	add("encoding", b.number(int64(r.Encoding)))
	for _, f := range r.prints() {
		add(f.Name, b.text(f.Value))
	}
	add("rows read", b.number(total.Read))
	add("adds up", b.text(yesNo(total.Adds)))
	add("findings", b.text(listed(len(r.Findings), r.FindingCount, "finding")))
	add("not carried out", b.text(listed(len(r.Refused), r.RefusedCount, "change")))
	add("rows not carried", b.number(total.aside()))
	if note := r.shiftNote(); note != "" {
		add(classTitle(ClassDateConvention), b.text(note))
	}
	for _, reason := range r.Reasons {
		add(reason.Outcome+" by a rule", b.text(fmt.Sprintf("%s: %s: %s", reason.Mapping, reason.Rule, several(reason.Rows, "row"))))
	}
	for _, h := range r.Withheld {
		add("deletes withheld", b.text(fmt.Sprintf("%s: %s: %s", h.Entity, several(h.Rows, "row"), h.Reason)))
	}
	for _, v := range r.Invariants {
		add("invariant "+v.Name, b.text(fmt.Sprintf("%s: %s", v.Title, several(v.Violations, "violation"))))
	}
	for _, soft := range r.Soft {
		add("equal by a rule", b.text(fmt.Sprintf("%s.%s: %s", soft.Entity, soft.Column, several(soft.Rows, "row"))))
	}
	for _, n := range r.NotChecked {
		add("not checked", b.text(n))
	}
	return s
}

// counts has all columns, zero or not, so that workbooks of two nights can be
// laid side by side.
func (b *workbook) counts(r *Report) sheet {
	s := sheet{name: "Counts", columns: []sheetColumn{{"entity", 24}, {"source", 14}, {"mapping", 30}}}
	for _, column := range countColumns() {
		s.columns = append(s.columns, sheetColumn{column.Name, 13})
	}
	s.columns = append(s.columns, sheetColumn{"adds up", 10})
	for i := range r.Counts {
		c := &r.Counts[i]
		row := []any{b.text(c.Entity), b.text(c.Source), b.text(c.Mapping)}
		for _, column := range countColumns() {
			row = append(row, b.number(column.Of(c)))
		}
		s.rows = append(s.rows, append(row, b.text(yesNo(c.Adds))))
	}
	return s
}

func (b *workbook) findings(r *Report) sheet {
	s := sheet{name: "Findings", columns: []sheetColumn{
		{"entity", 20}, {"mapping", 26}, {"kind", 12}, {"key", 40}, {"source key", 24}, {"field", 20}, {"should be", 44}, {"is", 44}, {"class", 16},
	}}
	for i := range r.Findings {
		d := &r.Findings[i]
		head := []any{b.text(d.Entity), b.text(d.Mapping), b.text(d.Kind), b.text(d.Key), b.text(d.Source)}
		if len(d.Fields) == 0 {
			s.rows = append(s.rows, head)
		}
		for _, f := range d.Fields {
			want, have := b.pair(d.Kind, f)
			s.rows = append(s.rows, append(head[:len(head):len(head)], b.text(f.Name), want, have, b.text(d.Class)))
		}
	}
	return s
}

// pair shows both values of a field. The side that has no row has no value.
func (b *workbook) pair(kind string, f FieldChange) (want, have excelize.Cell) {
	switch kind {
	case Missing.Name():
		return b.value(showOne(f.Want, cellLimit)), excelize.Cell{}
	case Extra.Name():
		return excelize.Cell{}, b.value(showOne(f.Have, cellLimit))
	}
	w, h := showPair(f.Want, f.Have, cellLimit)
	return b.value(w), b.value(h)
}

func (b *workbook) setAside(r *Report) sheet {
	s := sheet{name: "Set aside", columns: []sheetColumn{
		{"entity", 20}, {"source", 14}, {"mapping", 26}, {"outcome", 13}, {"rule", 30}, {"source key", 30}, {"reason", 60}, {"input", 80},
	}}
	for _, a := range r.SetAside {
		s.rows = append(s.rows, []any{
			b.text(a.Entity), b.text(a.Source), b.text(a.Mapping), b.text(a.Outcome), b.text(a.Rule), b.text(a.Key), b.text(a.Reason), b.text(a.Input),
		})
	}
	return s
}

func (b *workbook) refused(r *Report) sheet {
	s := sheet{name: "Refused", columns: []sheetColumn{{"entity", 20}, {"change", 12}, {"key", 40}, {"outcome", 12}, {"reason", 80}}}
	for _, f := range r.Refused {
		s.rows = append(s.rows, []any{b.text(f.Entity), b.text(f.Op), b.text(f.Key), b.text(f.Outcome), b.text(f.Reason)})
	}
	return s
}
