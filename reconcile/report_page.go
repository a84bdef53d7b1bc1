package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// entity is the account of one table of the target, drawn as a bar.
type entity struct {
	Name    string
	Read    int64
	Bar     []segment
	Spoken  string // the bar in words
	Adds    bool
	Gap     string // what does not add up
	Besides string // counts of rows that were not read from a source
}

// segment is one part of a bar. X and Width are percentages of the bar.
type segment struct {
	Name, X, Width, Share string
	Rows                  int64
}

// thin is the least width of a segment in percent: narrower, nobody sees it.
const thin = 0.8

func (r *Report) entities() []entity {
	var all []entity
	for _, sum := range r.byEntity() {
		e := entity{Name: sum.Entity, Read: sum.Read, Adds: sum.Adds}
		var parts, besides []string
		for _, column := range countColumns()[1:] {
			n := column.Of(&sum)
			switch {
			case n == 0:
			case r.sums(column):
				e.Bar = append(e.Bar, segment{Name: column.Name, Rows: n})
				parts = append(parts, Thousands(n)+" "+column.Name)
			default:
				besides = append(besides, Thousands(n)+" "+column.Name)
			}
		}
		if gap := r.gap(&sum); !sum.Adds {
			e.Gap = gapText(gap)
			if gap > 0 {
				e.Bar = append(e.Bar, segment{Name: "lost", Rows: gap})
			}
			parts = append(parts, e.Gap)
		}
		e.Besides = strings.Join(besides, ", ")
		e.Spoken = fmt.Sprintf("%s: %s read = %s", sum.Entity, Thousands(sum.Read), strings.Join(parts, " + "))
		layOut(e.Bar)
		all = append(all, e)
	}
	return all
}

// byEntity sums the counts of each table, in the order in which tables appear.
func (r *Report) byEntity() []Counts {
	var sums []Counts
	for _, c := range r.Counts {
		i := slices.IndexFunc(sums, func(s Counts) bool { return s.Entity == c.Entity })
		if i < 0 {
			sums = append(sums, c)
		} else {
			sums[i] = sums[i].Plus(c)
		}
	}
	return sums
}

// layOut places the segments of a bar side by side. Thin ones are widened at
// the cost of the others.
func layOut(bar []segment) {
	var rows int64
	for _, s := range bar {
		rows += s.Rows
	}
	widths, wide := make([]float64, len(bar)), 0.0
	free := 100.0
	for i, s := range bar {
		widths[i] = 100 * float64(s.Rows) / float64(rows)
		if widths[i] <= thin {
			widths[i] = thin
			free -= thin
		} else {
			wide += widths[i]
		}
	}
	x := 0.0
	for i := range bar {
		if widths[i] > thin {
			widths[i] *= free / wide
		}
		bar[i].X, bar[i].Width = percent(x), percent(widths[i])
		bar[i].Share = share(bar[i].Rows, rows)
		x += widths[i]
	}
}

func percent(f float64) string { return fmt.Sprintf("%.3f%%", f) }

// share is what part of all n is, rounded so that only all reads 100%.
func share(n, all int64) string {
	switch {
	case all == 0 || n == 0:
		return "0%"
	case n*1000 < all:
		return "<0.1%"
	case n < all && n*1000 > all*999:
		return ">99.9%"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*float64(n)/float64(all)), ".0") + "%"
}

// accountTable is the account of every mapping.
type accountTable struct {
	Columns []string
	Rows    []accountRow
	Total   []string // no total for a single account
}

type accountRow struct {
	Entity, Mapping string
	Cells           []string
	Adds            bool
}

func (r *Report) accountTable() accountTable {
	var t accountTable
	columns := r.usedColumns()
	for _, column := range columns {
		t.Columns = append(t.Columns, column.Name)
	}
	for i := range r.Counts {
		c := &r.Counts[i]
		t.Rows = append(t.Rows, accountRow{Entity: c.Entity, Mapping: c.mappingTitle(), Cells: numberCells(c, columns), Adds: c.Adds})
	}
	if total := r.Total(); len(r.Counts) > 1 {
		t.Total = numberCells(&total, columns)
	}
	return t
}

func numberCells(c *Counts, columns []countColumn) []string {
	cells := make([]string, len(columns))
	for i, column := range columns {
		cells[i] = Thousands(column.Of(c))
	}
	return cells
}

// diff is one finding, with its values side by side.
type diff struct {
	Sign, Kind, Class, Entity, Key, Source, Mapping string
	Fields                                          []fieldDiff
	Span                                            int // lines it takes
}

type fieldDiff struct {
	Name       string
	Want, Have shown
	Lacks      string // the side that has no row at all: want or have
}

// pageLimit is how many characters of a value the page shows.
const pageLimit = 160

func (r *Report) diffs() []diff {
	all := make([]diff, 0, len(r.Findings))
	for _, f := range r.Findings {
		d := diff{Sign: sign(f.Kind), Kind: f.Kind, Class: classTitle(f.Class), Entity: f.Entity, Key: f.Key, Mapping: f.Mapping, Span: max(1, len(f.Fields))}
		if f.Source != f.Key {
			d.Source = f.Source
		}
		for _, c := range f.Fields {
			d.Fields = append(d.Fields, newFieldDiff(f.Kind, c))
		}
		all = append(all, d)
	}
	return all
}

func newFieldDiff(kind string, c FieldChange) fieldDiff {
	switch kind {
	case Missing.Name():
		return fieldDiff{Name: c.Name, Want: showOne(c.Want, pageLimit), Lacks: "have"}
	case Extra.Name():
		return fieldDiff{Name: c.Name, Have: showOne(c.Have, pageLimit), Lacks: "want"}
	}
	want, have := showPair(c.Want, c.Have, pageLimit)
	return fieldDiff{Name: c.Name, Want: want, Have: have}
}

// cause is a reason why rows were set aside, with the rows shown as examples.
type cause struct {
	Reason
	Width    string // of its bar: most rows is 100%
	Share    string // of the rows read by its mapping
	Examples []Aside
}

// causes are the reasons, most rows first.
func (r *Report) causes() []cause {
	sorted := slices.Clone(r.Reasons)
	slices.SortStableFunc(sorted, func(a, b Reason) int { return moreFirst(a.Rows, b.Rows) })
	var all []cause
	for _, reason := range sorted {
		c := cause{Reason: reason, Width: percent(max(thin, 100*float64(reason.Rows)/float64(max(1, sorted[0].Rows))))}
		for _, a := range r.SetAside {
			if a.Entity == reason.Entity && a.Mapping == reason.Mapping && a.Outcome == reason.Outcome && a.Rule == reason.Rule {
				c.Examples = append(c.Examples, a)
			}
		}
		for _, n := range r.Counts {
			if n.Entity == reason.Entity && n.Mapping == reason.Mapping {
				c.Share = share(reason.Rows, n.Read)
			}
		}
		all = append(all, c)
	}
	return all
}

// readableTime writes a time of the report for people.
func readableTime(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return t.UTC().Format("January 2, 2006, 15:04:05 UTC")
}
