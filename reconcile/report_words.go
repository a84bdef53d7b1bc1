package reconcile

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// countColumn is one kind of count, as every form of the report names it.
type countColumn struct {
	Name string
	Part part // what it is a part of
	Of   func(*Counts) int64
}

// part says in which sum a count stands.
type part uint8

const (
	partAlone    part = iota // in none
	partAlways               // of the rows read
	partWrites               // of the rows read by a run that writes
	partCompares             // of the rows read by a run that only compares
)

// countColumns are the counts in the order in which a report shows them.
func countColumns() []countColumn {
	return []countColumn{
		{"read", partAlone, func(c *Counts) int64 { return c.Read }},
		{"created", partWrites, func(c *Counts) int64 { return c.Created }},
		{"updated", partWrites, func(c *Counts) int64 { return c.Updated }},
		{"missing", partCompares, func(c *Counts) int64 { return c.Missing }},
		{"changed", partCompares, func(c *Counts) int64 { return c.Changed }},
		{"unchanged", partAlways, func(c *Counts) int64 { return c.Unchanged }},
		{"merged", partAlways, func(c *Counts) int64 { return c.Merged }},
		{"archived", partAlways, func(c *Counts) int64 { return c.Archived }},
		{"excluded", partAlways, func(c *Counts) int64 { return c.Excluded }},
		{"quarantined", partAlways, func(c *Counts) int64 { return c.Quarantined }},
		{"rejected", partAlways, func(c *Counts) int64 { return c.Rejected }},
		{"stale", partWrites, func(c *Counts) int64 { return c.Stale }},
		{"unsure", partWrites, func(c *Counts) int64 { return c.Unsure }},
		{"deleted", partAlone, func(c *Counts) int64 { return c.Deleted }},
		{"extra", partAlone, func(c *Counts) int64 { return c.Extra }},
		{"shifted", partAlone, func(c *Counts) int64 { return c.Shifted }},
		{"withheld", partAlone, func(c *Counts) int64 { return c.Withheld }},
	}
}

// usedColumns leaves out the columns that are zero in every account, but never
// the rows read.
func (r *Report) usedColumns() []countColumn {
	var used []countColumn
	for i, column := range countColumns() {
		zero := i > 0
		for j := range r.Counts {
			zero = zero && column.Of(&r.Counts[j]) == 0
		}
		if !zero {
			used = append(used, column)
		}
	}
	return used
}

// writes reports whether the run wrote to the target, and so which identity
// its counts follow: see Counts.Settle.
func (r *Report) writes() bool { return r.Kind == "apply" || r.Kind == "migrate" }

// sums reports whether a count is part of the rows read in this run.
func (r *Report) sums(column countColumn) bool {
	return column.Part == partAlways || column.Part == partWrites && r.writes() || column.Part == partCompares && !r.writes()
}

// gap returns how many of the rows read are in none of the counts; less than
// zero if rows are in more than one.
func (r *Report) gap(c *Counts) int64 {
	n := c.Read
	for _, column := range countColumns() {
		if r.sums(column) {
			n -= column.Of(c)
		}
	}
	return n
}

// gapText says so in words.
func gapText(gap int64) string {
	if gap < 0 {
		return several(-gap, "row") + " too many accounted for"
	}
	return several(gap, "row") + " not accounted for"
}

// aside returns how many rows are not carried, whatever the reason.
func (c *Counts) aside() int64 {
	return c.Merged + c.Archived + c.Excluded + c.Quarantined + c.Rejected
}

// title is what the report is called by the kind of its run.
func (r *Report) title() string {
	switch r.Kind {
	case "plan":
		return "Plan"
	case "apply":
		return "Apply report"
	case "migrate":
		return "Migration report"
	case "reconcile":
		return "Drift report"
	}
	return "Report"
}

// lineTitle names the product line and, if it is not the hub, the target.
func (r *Report) lineTitle() string {
	title := r.Line
	if r.LineName != "" && r.LineName != r.Line {
		title = r.LineName + " (" + r.Line + ")"
	}
	if r.Target != "" && r.Target != "hub" {
		title += " to " + r.Target
	}
	return title
}

// classTitle says what a class of findings is, in words.
func classTitle(class string) string {
	if class == ClassDateConvention {
		return "one day apart"
	}
	return class
}

// shiftNote says what rows that differ by one day probably mean; "" if there
// are none.
func (r *Report) shiftNote() string {
	n := r.Total().Shifted
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s in nothing but dates, each by one day. Probably the systems do not mean the same by an end date: the last day of a term, or the first day after it. "+
		"See end_dates in the workspace and end_date in the mapping.", differ(n))
}

func differ(n int64) string {
	if n == 1 {
		return "1 row differs"
	}
	return Thousands(n) + " rows differ"
}

// mappingTitle names whose rows an account counts.
func (c *Counts) mappingTitle() string {
	if c.Mapping == "" {
		return "no mapping reads " + c.Source
	}
	return c.Mapping
}

// duration is how long the run took, or "" if its times cannot be read.
func (r *Report) duration() string {
	started, err := time.Parse(time.RFC3339, r.Started)
	if err != nil {
		return ""
	}
	finished, err := time.Parse(time.RFC3339, r.Finished)
	if err != nil || finished.Before(started) {
		return ""
	}
	return finished.Sub(started).String()
}

// sign is the character that stands for a kind of finding in a diff.
func sign(kind string) string {
	for _, k := range []Kind{Missing, Extra, Changed, Merged, Ambiguous, Duplicate} {
		if k.Name() == kind {
			return string(rune(k))
		}
	}
	return " "
}

// meaning says what a kind of finding is, in words.
func meaning(kind string) string {
	switch kind {
	case Missing.Name():
		return "should be there, is not"
	case Extra.Name():
		return "is there, should not be"
	case Merged.Name():
		return "is folded into another row of its key"
	case Ambiguous.Name():
		return "shares its key with a different row"
	case Duplicate.Name():
		return "has a key that another row has, too"
	}
	return kind
}

// Thousands writes n with a comma between groups of three digits.
func Thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	negative := strings.HasPrefix(digits, "-")
	digits = strings.TrimPrefix(digits, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// several counts things: "1 row", "1,200 rows".
func several(n int64, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "y"):
		return Thousands(n) + " " + strings.TrimSuffix(thing, "y") + "ies"
	}
	return Thousands(n) + " " + thing + "s"
}

// listed tells how many of all are shown: "1 row", "all 12 findings", "the
// first 1,000 of 4,212 findings".
func listed(shown int, all int64, thing string) string {
	switch {
	case all == 1:
		return several(all, thing)
	case int64(shown) >= all:
		return "all " + several(all, thing)
	case shown == 1:
		return "the first of " + several(all, thing)
	}
	return fmt.Sprintf("the first %s of %s", Thousands(int64(shown)), several(all, thing))
}

// fingerprint binds a report to one thing that it was made from.
type fingerprint struct{ Name, Value string }

// prints are the fingerprints that the report has.
func (r *Report) prints() []fingerprint {
	var out []fingerprint
	for _, f := range []fingerprint{{"mapping", r.Mapping}, {"scope", r.Scope}, {"plan", r.Plan}, {"ledger head", r.Head}} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}
