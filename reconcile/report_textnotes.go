package reconcile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// counts writes the accounts as a table or, where the table is wider than the
// page, as one equation each.
func (p *textPage) counts() {
	if len(p.report.Counts) == 0 {
		return
	}
	p.section("Rows")
	table := p.countTable()
	for line := range strings.Lines(table) {
		if p.options.Width > 0 && utf8.RuneCountInString(strings.TrimRight(line, " \n")) > p.options.Width {
			p.countEquations()
			return
		}
	}
	p.out.WriteString(table)
}

func (p *textPage) countTable() string {
	r := p.report
	columns := r.usedColumns()
	var table bytes.Buffer
	tab := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	names := []string{"entity", "mapping"}
	for _, column := range columns {
		names = append(names, column.Name)
	}
	rows := [][]string{append(names, "adds up")}
	for i := range r.Counts {
		rows = append(rows, countCells(&r.Counts[i], columns))
	}
	if len(r.Counts) > 1 {
		total := r.Total()
		cells := countCells(&total, columns)
		cells[0], cells[1] = "total", ""
		rows = append(rows, cells)
	}
	padLeft(rows, 2)
	for _, cells := range rows {
		fmt.Fprintln(tab, strings.Join(cells[:2], "  ")+"\t"+strings.Join(cells[2:], "\t")+"\t")
	}
	tab.Flush()
	return table.String()
}

func countCells(c *Counts, columns []countColumn) []string {
	cells := []string{legible(c.Entity), legible(c.mappingTitle())}
	for _, column := range columns {
		cells = append(cells, Thousands(column.Of(c)))
	}
	return append(cells, yesNo(c.Adds))
}

// padLeft makes the first n columns equally wide, since a tabwriter can only
// align all columns to the same side.
func padLeft(rows [][]string, n int) {
	for column := range n {
		width := 0
		for _, cells := range rows {
			width = max(width, utf8.RuneCountInString(cells[column]))
		}
		for _, cells := range rows {
			cells[column] += strings.Repeat(" ", width-utf8.RuneCountInString(cells[column]))
		}
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}

// countEquations writes each account as the sum that it is.
func (p *textPage) countEquations() {
	for i := range p.report.Counts {
		c := &p.report.Counts[i]
		var parts, beside []string
		for _, column := range countColumns()[1:] {
			n := column.Of(c)
			switch {
			case n == 0:
			case p.report.sums(column):
				parts = append(parts, Thousands(n)+" "+column.Name)
			default:
				beside = append(beside, Thousands(n)+" "+column.Name)
			}
		}
		if len(parts) == 0 {
			parts = []string{"0"}
		}
		equation := fmt.Sprintf("%s read = %s", Thousands(c.Read), strings.Join(parts, " + "))
		if !c.Adds {
			equation += ": DOES NOT ADD UP, " + gapText(p.report.gap(c))
		}
		if len(beside) > 0 {
			equation += "; besides " + strings.Join(beside, ", ")
		}
		p.para("  " + c.Entity + ", " + c.mappingTitle())
		p.para("    " + equation)
	}
}

func (p *textPage) withheld() {
	if len(p.report.Withheld) == 0 {
		return
	}
	p.section("Deletes withheld")
	for _, h := range p.report.Withheld {
		note := ""
		if h.Gate {
			note = " (an operator may lift this)"
		}
		p.para(fmt.Sprintf("  %s: %s: %s%s", h.Entity, several(h.Rows, "extra row"), h.Reason, note))
	}
}

func (p *textPage) invariants() {
	var violated []Invariant
	for _, v := range p.report.Invariants {
		if v.Violations > 0 {
			violated = append(violated, v)
		}
	}
	if len(p.report.Invariants) == 0 {
		return
	}
	if len(violated) == 0 {
		p.section(fmt.Sprintf("Invariants (%s hold)", listed(len(p.report.Invariants), int64(len(p.report.Invariants)), "check")))
		return
	}
	p.section(fmt.Sprintf("Invariants (%d of %s violated)", len(violated), several(int64(len(p.report.Invariants)), "check")))
	for _, v := range violated {
		p.para(fmt.Sprintf("  %s: %s: %s", v.Name, v.Title, several(v.Violations, "violation")))
		for _, example := range v.Examples {
			p.para("    " + word(example))
		}
	}
}

func (p *textPage) reasons() {
	if len(p.report.Reasons) == 0 {
		return
	}
	p.section("Set aside")
	for _, g := range byOutcome(p.report.Reasons) {
		p.para(fmt.Sprintf("  %s: %s", g.Outcome, several(g.Rows, "row")))
		width := len(Thousands(g.Reasons[0].Rows))
		for _, reason := range g.Reasons {
			p.para(fmt.Sprintf("    %*s  %s: %s", width, Thousands(reason.Rows), reason.Mapping, reason.Rule))
		}
	}
}

// outcomeGroup is the reasons that share an outcome.
type outcomeGroup struct {
	Outcome string
	Rows    int64
	Reasons []Reason // most rows first
}

// byOutcome groups reasons, most rows first.
func byOutcome(reasons []Reason) []outcomeGroup {
	var groups []outcomeGroup
	for _, reason := range reasons {
		i := slices.IndexFunc(groups, func(g outcomeGroup) bool { return g.Outcome == reason.Outcome })
		if i < 0 {
			i = len(groups)
			groups = append(groups, outcomeGroup{Outcome: reason.Outcome})
		}
		groups[i].Rows += reason.Rows
		groups[i].Reasons = append(groups[i].Reasons, reason)
	}
	slices.SortStableFunc(groups, func(a, b outcomeGroup) int { return moreFirst(a.Rows, b.Rows) })
	for _, g := range groups {
		slices.SortStableFunc(g.Reasons, func(a, b Reason) int { return moreFirst(a.Rows, b.Rows) })
	}
	return groups
}

func moreFirst(a, b int64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

func (p *textPage) soft() {
	if len(p.report.Soft) == 0 {
		return
	}
	p.section("Equal only by a declared rule")
	for _, s := range p.report.Soft {
		p.para(fmt.Sprintf("  %s.%s: %s", s.Entity, s.Column, several(s.Rows, "row")))
	}
}

func (p *textPage) notChecked() {
	if len(p.report.NotChecked) == 0 {
		return
	}
	p.section("Not checked")
	for _, s := range p.report.NotChecked {
		p.para("  " + s)
	}
}

func (p *textPage) evidence() {
	r := p.report
	p.section("Run")
	when := r.Started
	if d := r.duration(); d != "" {
		when += ", took " + d
	}
	fmt.Fprintf(p.out, "  %s\n", legible(r.Kind+" "+r.Run+", "+when))
	for _, e := range r.prints() {
		fmt.Fprintf(p.out, "  %-11s  %s\n", e.Name, legible(e.Value))
	}
}
