package pipeline

import (
	"math/bits"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"crosswalk/record"
)

// columnProfiler gathers what is told of one column.
type columnProfiler struct {
	field    int
	name     string
	declared record.Type
	kinds    [16]int64 // by record.Kind
	empty    int64
	tally    tally
	min, max record.Value
	shortest int
	longest  int
	looks    looker
	layouts  map[string]int64
	dated    int64 // texts that some layout can read
	days     frequent[int64]
	suspects suspects
}

func newColumnProfiler(field int, f record.Field) *columnProfiler {
	return &columnProfiler{
		field: field, name: f.Name, declared: f.Type, tally: newTally(), shortest: -1,
		looks: newLooker(), layouts: map[string]int64{}, days: newFrequent[int64](100_000),
	}
}

func (c *columnProfiler) add(v record.Value) {
	kind := v.Kind()
	c.kinds[kind]++
	switch kind {
	case record.KindNull, record.KindAbsent:
		return
	case record.KindText:
		if v.AsText() == "" {
			c.empty++
			return
		}
		c.text(v)
	case record.KindBytes:
		c.length(len(v.AsText()))
	case record.KindDate, record.KindInstant, record.KindLocal:
		c.date(v.AsTime())
	}
	c.tally.add(v)
	if c.min.IsNull() || record.Compare(v, c.min) < 0 {
		c.min = owned(v)
	}
	if c.max.IsNull() || record.Compare(v, c.max) > 0 {
		c.max = owned(v)
	}
}

func (c *columnProfiler) text(v record.Value) {
	s := v.AsText()
	found, pattern := c.looks.look(s)
	c.length(c.looks.characters)
	for found != 0 {
		bit := bits.TrailingZeros16(uint16(found))
		c.suspects.add(oddNames[bit], v)
		found &^= 1 << bit
	}
	forms := dateForms[string(pattern)]
	if forms == nil {
		return
	}
	var first time.Time
	for _, form := range forms {
		if day, ok := form.parse(s); ok {
			if c.layouts[form.name]++; first.IsZero() {
				first = day
			}
		}
	}
	switch {
	case !first.IsZero():
		c.dated++
		c.date(first)
	case strings.HasPrefix(s, "0000-00-00"):
		c.suspects.add("sentinel date 0000-00-00", record.Null())
	case forms[0].name != digitsOnly:
		c.suspects.add(noSuchDate, v)
	}
}

const noSuchDate = "dates that do not exist"

func (c *columnProfiler) length(n int) {
	if c.shortest < 0 || n < c.shortest {
		c.shortest = n
	}
	c.longest = max(c.longest, n)
}

func (c *columnProfiler) date(t time.Time) {
	const secondsPerDay = 24 * 60 * 60
	day := t.Unix() / secondsPerDay
	if t.Unix()%secondsPerDay < 0 {
		day--
	}
	if !c.days.hit(day) {
		c.days.insert(day)
	}
}

// profile sums up.
func (c *columnProfiler) profile(rows int64, now time.Time) ColumnProfile {
	p := ColumnProfile{
		Name: c.name, Type: c.declared.String(), Kinds: []KindCount{},
		Nulls: c.kinds[record.KindNull], Empty: c.empty, Absent: c.kinds[record.KindAbsent],
		Distinct: c.tally.distinct(), Shortest: max(c.shortest, 0), Longest: c.longest,
	}
	for kind, n := range c.kinds {
		if k := record.Kind(kind); n > 0 && k != record.KindNull && k != record.KindAbsent {
			p.Kinds = append(p.Kinds, KindCount{k.String(), n})
		}
	}
	byRows(p.Kinds, func(k KindCount) int64 { return k.Rows }, func(k KindCount) string { return k.Kind })
	if !c.min.IsNull() {
		p.Min, p.Max = shown(c.min), shown(c.max)
	}
	filled := -p.Empty
	for _, k := range p.Kinds {
		filled += k.Rows
	}
	p.Distinct.Count = min(p.Distinct.Count, filled) // an estimate may be too high
	missed := c.tally.values.missed
	for _, top := range c.tally.values.top(5, record.Compare) {
		// Of values that all stand there once, none is frequent, and of those
		// with a count below what may have been missed nobody knows.
		if top.rows > max(1, missed) || p.Distinct.Count == 1 {
			p.Frequent = append(p.Frequent, Frequency{*shown(top.key), top.rows, missed == 0})
		}
	}
	for _, top := range c.looks.patterns.top(5, strings.Compare) {
		p.Patterns = append(p.Patterns, Pattern{top.key, top.rows})
	}
	p.Dates = c.dateLayouts()
	c.judge(p, rows, now)
	p.Suspects = c.suspects.list()
	return p
}

// dateLayouts tells the layouts if the column is one of dates: if half of its
// texts are. Digits alone are dates only if other layouts say so too.
func (c *columnProfiler) dateLayouts() []Pattern {
	var all []Pattern
	for name, n := range c.layouts {
		all = append(all, Pattern{name, n})
	}
	byRows(all, func(p Pattern) int64 { return p.Rows }, func(p Pattern) string { return p.Pattern })
	filled := c.kinds[record.KindText] - c.empty
	if len(all) == 0 || 2*c.dated < filled || len(all) == 1 && all[0].Pattern == digitsOnly && c.dated < filled {
		return nil
	}
	return all
}

// judge adds what only the whole column shows.
func (c *columnProfiler) judge(p ColumnProfile, rows int64, now time.Time) {
	for _, other := range p.Kinds[min(1, len(p.Kinds)):] {
		c.suspects.of("values of another kind than most").Rows += other.Rows
	}
	if len(p.Dates) > 0 && p.Dates[0].Rows < c.dated {
		c.suspects.of("dates in another layout than most").Rows = c.dated - p.Dates[0].Rows
	}
	if p.Dates == nil && c.kinds[record.KindText] > c.empty {
		// These are texts of which some happen to look like dates.
		delete(c.suspects.all, noSuchDate)
		return
	}
	c.judgeDays(rows, now)
}

// sentinels are the dates that stand for no date.
var sentinels = []string{
	"0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "2037-12-31", "2038-01-19",
	"2099-12-31", "2199-12-31", "2999-12-31", "3000-01-01", "9999-12-31",
}

// judgeDays looks for dates that stand for none, that are far off, or that
// too many rows share.
func (c *columnProfiler) judgeDays(rows int64, now time.Time) {
	past, future := now.AddDate(-50, 0, 0), now.AddDate(30, 0, 0)
	var total, different int64
	var most counted[string]
	for day, n := range c.days.counts {
		date := time.Unix(day*24*60*60, 0).UTC()
		text := date.Format(time.DateOnly)
		switch {
		case slices.Contains(sentinels, text):
			c.suspects.of("sentinel date " + text).Rows += *n
			continue
		case date.Before(past):
			c.suspects.more("dates more than 50 years ago", *n, text)
		case date.After(future):
			c.suspects.more("dates more than 30 years ahead", *n, text)
		}
		total, different = total+*n, different+1
		if *n > most.rows || *n == most.rows && text < most.key {
			most = counted[string]{text, *n}
		}
	}
	// In a small table, or one of few days, many rows share a day by nature.
	if most.rows >= 20 && 100*most.rows > rows && most.rows*different > 10*total {
		c.suspects.more("one day in many rows (an import?)", most.rows, most.key)
	}
}

// owned makes a value independent of the batch that it came in, and cuts what
// nobody would look at.
func owned(v record.Value) record.Value {
	switch v.Kind() {
	case record.KindText:
		return record.Text(strings.Clone(clip(v.AsText(), 2*wholeText)))
	case record.KindBytes:
		return record.Bytes([]byte(v.AsText()[:min(len(v.AsText()), 2*wholeText)]))
	}
	return v
}

// clip cuts s to at most n bytes, between two characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// shown cuts a value to what a reader wants to see.
func shown(v record.Value) *Shown {
	const most = 60
	s, _, cut := strings.Cut(v.AsText(), mark)
	switch v.Kind() {
	case record.KindText:
		if n := utf8.RuneCountInString(s); n > most {
			// What is wrong with a text is often wrong with its end.
			runes := []rune(s)
			s = string(runes[:most*2/3]) + "…" + string(runes[n-most/3:])
		}
		if cut {
			s += "…"
		}
		return &Shown{record.Text(s)}
	case record.KindBytes:
		if cut || len(s) > most/4 {
			return &Shown{record.Text(record.Bytes([]byte(s[:min(len(s), most/4)])).String() + "…")}
		}
	}
	return &Shown{v}
}
