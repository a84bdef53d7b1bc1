package reconcile

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// TextOptions say how the text form of a report looks.
type TextOptions struct {
	Width int  // columns of the terminal; 0 breaks no lines
	Color bool // ANSI colors; whoever calls honors NO_COLOR
}

// textFindings is how many findings the text form lists.
const textFindings = 20

// WriteText writes the report for a terminal, a log or a pipe: the verdict in
// one line, then the counts, and then what is wrong, the worst first.
func WriteText(w io.Writer, r *Report, o TextOptions) error {
	buffered := bufio.NewWriter(w)
	p := &textPage{out: buffered, report: r, options: o}
	p.verdict()
	p.counts()
	p.findings()
	p.shifted()
	p.refused()
	p.withheld()
	p.invariants()
	p.reasons()
	p.soft()
	p.notChecked()
	p.evidence()
	return buffered.Flush()
}

// textPage writes the sections of one report. Errors of writing stay in out
// until it is flushed.
type textPage struct {
	out     *bufio.Writer
	report  *Report
	options TextOptions
}

// ANSI colors of the text form.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

func (p *textPage) color(code, s string) string {
	if !p.options.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// section begins a part of the page.
func (p *textPage) section(title string) {
	fmt.Fprintf(p.out, "\n%s\n", p.color(bold, title))
}

// para writes prose between the margins. The lines after the first are
// indented two spaces deeper than the first.
func (p *textPage) para(s string) {
	s = legible(s)
	text := strings.TrimLeft(s, " ")
	indent := s[:len(s)-len(text)]
	line := indent
	for _, word := range strings.Split(text, " ") {
		switch {
		case line == indent:
			line += word
		case p.options.Width > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > p.options.Width:
			fmt.Fprintln(p.out, line)
			line = indent + "  " + word
		default:
			line += " " + word
		}
	}
	fmt.Fprintln(p.out, line)
}

func (p *textPage) verdict() {
	r := p.report
	code := red
	switch r.Verdict {
	case "pass":
		code = green
	case "drift":
		code = yellow
	}
	fmt.Fprintf(p.out, "%s  %s: %s\n", p.color(bold+";"+code, strings.ToUpper(r.Verdict)), legible(r.lineTitle()), legible(r.Message))
}

func (p *textPage) findings() {
	r := p.report
	if r.FindingCount == 0 && len(r.Findings) == 0 {
		return
	}
	shown := min(len(r.Findings), textFindings)
	p.section("Differences (" + listed(shown, r.FindingCount, "finding") + ")")
	for i := range r.Findings[:shown] {
		p.finding(&r.Findings[i])
	}
}

// finding writes one finding as a line of a diff.
func (p *textPage) finding(d *Difference) {
	mark := sign(d.Kind)
	line := fmt.Sprintf("%s %s", d.Entity, word(d.Key))
	if d.Source != "" && d.Source != d.Key {
		line += " (source " + word(d.Source) + ")"
	}
	code := yellow
	switch d.Kind {
	case Missing.Name():
		code = green
	case Extra.Name():
		code = red
	case Changed.Name():
		if d.Class != "" {
			line += " (" + classTitle(d.Class) + ")"
		}
		line = p.changes(line, d.Fields)
	default:
		line += ": " + meaning(d.Kind)
	}
	fmt.Fprintf(p.out, "  %s %s\n", p.color(code, mark), legible(line))
}

func (p *textPage) shifted() {
	if note := p.report.shiftNote(); note != "" {
		p.section("One day apart")
		p.para("  " + note)
	}
}

// changes adds to line as many changed fields as fit the width, but at least
// one, and counts those left out.
func (p *textPage) changes(line string, fields []FieldChange) string {
	for i, f := range fields {
		want, have := showPair(f.Want, f.Have, 48)
		change := fmt.Sprintf("%s should be %s, is %s", f.Name, phrase(want), phrase(have))
		if i == 0 {
			change = ": " + change
		} else {
			change = "; " + change
		}
		if i > 0 && p.options.Width > 0 && utf8.RuneCountInString(line+change)+4 > p.options.Width {
			return line + "; and " + several(int64(len(fields)-i), "more field")
		}
		line += change
	}
	return line
}

// phrase is a value within a sentence: in quotes, unless it is one word.
func phrase(s shown) string {
	if s.Null || !s.Quoted && !strings.ContainsAny(s.String(), ` ,;"`) {
		return s.String()
	}
	return `"` + strings.ReplaceAll(s.Before+s.Mark+s.After, `"`, `\"`) + `"`
}

// word is a key within a line.
func word(key string) string {
	return phrase(showOne(&key, 80))
}

func (p *textPage) refused() {
	r := p.report
	if r.RefusedCount == 0 && len(r.Refused) == 0 {
		return
	}
	shown := min(len(r.Refused), textFindings)
	p.section("Not carried out (" + listed(shown, r.RefusedCount, "change") + ")")
	for _, f := range r.Refused[:shown] {
		p.para(fmt.Sprintf("  %s %s %s: %s: %s", f.Op, f.Entity, word(f.Key), f.Outcome, f.Reason))
	}
}
