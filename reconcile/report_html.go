package reconcile

import (
	"crypto/sha256"
	_ "embed" // the template and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

//go:embed report_html.tmpl
var htmlSource string

//go:embed report_html.css
var htmlStyle string

// WriteHTML writes the report as one page that needs nothing else: no scripts,
// no fonts, no images. Its content security policy forbids all of them, and
// every style but its own, so nothing in the data can come alive.
func WriteHTML(w io.Writer, r *Report) error {
	parsed, err := template.New("report").Funcs(template.FuncMap{
		"n": Thousands, "legible": legible, "listed": listed, "meaning": meaning, "when": readableTime,
	}).Parse(htmlSource)
	if err != nil {
		return fmt.Errorf("report template: %w", err)
	}
	return parsed.Execute(w, newPage(r))
}

// page is what the template shows: the report, and what is worked out of it.
type page struct {
	*Report
	Style  template.CSS
	Policy string

	Title, LineTitle, Duration string
	Tone                       string // good, warn, bad
	Figures                    []figure
	Entities                   []entity
	Accounts                   accountTable
	Diffs                      []diff
	Causes                     []cause
	Violated                   int
	Prints                     []fingerprint
	Unlisted                   []string
	FindingsListed             string
	RefusedListed              string
	Shift                      string // what rows that differ by one day probably mean
}

func newPage(r *Report) *page {
	sum := sha256.Sum256([]byte(htmlStyle))
	p := &page{
		Report: r,
		Style:  template.CSS(htmlStyle),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Title:  r.title(), LineTitle: r.lineTitle(), Duration: r.duration(), Tone: verdictTone(r.Verdict),
		Entities: r.entities(), Accounts: r.accountTable(), Diffs: r.diffs(), Causes: r.causes(), Prints: r.prints(),
		FindingsListed: listed(len(r.Findings), r.FindingCount, "finding"), RefusedListed: listed(len(r.Refused), r.RefusedCount, "change"),
		Shift: r.shiftNote(),
	}
	for _, v := range r.Invariants {
		if v.Violations > 0 {
			p.Violated++
		}
	}
	if n := r.FindingCount - int64(len(r.Findings)); n > 0 {
		p.Unlisted = append(p.Unlisted, several(n, "more finding")+" are in the ledger and not on this page.")
	}
	if n := r.RefusedCount - int64(len(r.Refused)); n > 0 {
		p.Unlisted = append(p.Unlisted, several(n, "more change")+" that were not carried out are in the ledger and not on this page.")
	}
	p.Figures = p.figures()
	return p
}

func verdictTone(verdict string) string {
	switch verdict {
	case "pass":
		return "good"
	case "drift":
		return "warn"
	}
	return "bad"
}

// figure is one of the numbers at the head of the page.
type figure struct{ Label, Value, Note, Tone string }

func (p *page) figures() []figure {
	total := p.Total()
	all := []figure{{"Rows read", Thousands(total.Read), "by " + several(int64(p.mappings()), "mapping"), ""}}
	if p.writes() {
		all = append(all, figure{"Written", Thousands(total.Created + total.Updated), Thousands(total.Unchanged) + " were there already", ""})
	} else {
		all = append(all, figure{"As it should be", Thousands(total.Unchanged), share(total.Unchanged, total.Read) + " of the rows read", ""})
	}
	identity := figure{"Identity", "holds", "every row is accounted for", "good"}
	if !total.Adds {
		identity = figure{"Identity", "broken", "the counts do not add up", "bad"}
	}
	all = append(all,
		figure{"Differences", Thousands(p.FindingCount), kindCounts(&total), toneOf(p.FindingCount, "warn")},
		figure{"Set aside or merged", Thousands(total.aside()), share(total.aside(), total.Read) + " of the rows read", ""},
		identity)
	if p.writes() || p.RefusedCount > 0 {
		all = append(all, figure{"Not carried out", Thousands(p.RefusedCount), "stale, rejected or unsure", toneOf(p.RefusedCount, "bad")})
	}
	if len(p.Invariants) > 0 {
		all = append(all, figure{"Invariants violated", Thousands(int64(p.Violated)), "of " + Thousands(int64(len(p.Invariants))), toneOf(int64(p.Violated), "bad")})
	}
	if total.Withheld > 0 || len(p.Withheld) > 0 {
		all = append(all, figure{"Deletes withheld", Thousands(p.withheldRows()), "no plan would carry them out", "warn"})
	}
	return all
}

func (p *page) mappings() int {
	n := 0
	for _, c := range p.Counts {
		if c.Mapping != "" {
			n++
		}
	}
	return n
}

func (p *page) withheldRows() (n int64) {
	for _, h := range p.Withheld {
		n += h.Rows
	}
	return n
}

func kindCounts(c *Counts) string {
	return fmt.Sprintf("%s missing, %s changed, %s extra", Thousands(c.Missing), Thousands(c.Changed), Thousands(c.Extra))
}

// toneOf is good for zero and tone for anything else.
func toneOf(n int64, tone string) string {
	if n == 0 {
		return "good"
	}
	return tone
}
