package reconcile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// legible spells out what cannot be seen or would disturb a page: line breaks
// and other control characters as \n or \x1b, marks without a glyph (zero
// width, right-to-left, no-break space) as \u202e, and bytes that are no UTF-8
// as \xff. Applied twice it changes nothing more, so a report that was stored
// and read back looks the same.
func legible(s string) string {
	if isLegible(s) {
		return s
	}
	var out strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			out.WriteRune(r)
		default:
			out.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return out.String()
}

func isLegible(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// valid spells out the bytes of s that are no UTF-8 and keeps all others.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			fmt.Fprintf(&out, `\x%02x`, s[i])
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// shown is a value made ready for a reader: the part that differs from its
// counterpart, and what stands before and after it. It is null, or in quotes
// where they are needed to see what it is.
type shown struct {
	Null, Quoted        bool
	Before, Mark, After string
	Size                int64 // in characters, if the value was cut; else 0
}

// String is the value in one piece.
func (s shown) String() string {
	text := s.Before + s.Mark + s.After
	switch {
	case s.Null:
		return "null"
	case s.Quoted:
		return `"` + text + `"`
	}
	return text
}

// showPair shows what a column should hold and what it holds, in at most limit
// characters each. Two values that differ never look the same: a long value is
// cut around the difference, and values of the same glyphs are spelled out.
func showPair(want, have *string, limit int) (shown, shown) {
	if want == nil || have == nil {
		return showOne(want, limit), showOne(have, limit)
	}
	w, h := legible(*want), legible(*have)
	alike := norm.NFKC.String(w) == norm.NFKC.String(h) && *want != *have
	if alike {
		w, h = inASCII(*want), inASCII(*have)
	}
	a, b := []rune(w), []rune(h)
	from, to := common(a, b)
	left, right := cut(a, from, len(a)-to, limit), cut(b, from, len(b)-to, limit)
	left.Quoted = alike || vague(*want) || vague(*have)
	right.Quoted = left.Quoted
	return left, right
}

// inASCII spells out every character beyond ASCII, and every backslash.
func inASCII(s string) string {
	quoted := strconv.QuoteToASCII(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// showOne shows a value that has no counterpart.
func showOne(value *string, limit int) shown {
	if value == nil {
		return shown{Null: true}
	}
	s := cut([]rune(legible(*value)), 0, 0, limit)
	s.Quoted = vague(*value)
	return s
}

// vague reports whether s needs quotes to be seen for what it is: because
// spaces stand at its ends or in a row, or because it reads like no value.
func vague(s string) bool {
	return s == "" || s == "null" || s[0] == ' ' || s[len(s)-1] == ' ' || strings.Contains(s, "  ")
}

// shortValue is the length up to which a value differs as a whole: in 5 and 7,
// or in two dates, no character is more different than the others.
const shortValue = 12

// escapeLength is how many runes of an escape like \u202e may be shared without
// the whole being so.
const escapeLength = 5

// common returns how many runes two values share at their ends. It does not
// end within an escape.
func common(a, b []rune) (head, tail int) {
	if len(a) <= shortValue && len(b) <= shortValue {
		return 0, 0
	}
	n := min(len(a), len(b))
	for head < n && a[head] == b[head] {
		head++
	}
	if i := slices.Index(a[max(0, head-escapeLength):head], '\\'); i >= 0 {
		head = max(0, head-escapeLength) + i
	}
	for tail < n-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

// cut returns the value with its part from..to marked, in about limit runes: a
// quarter for what stands before the mark, what is left for the mark and what
// follows.
func cut(value []rune, from, to, limit int) shown {
	before, mark, after := value[:from], value[from:to], value[to:]
	if len(value) <= limit {
		return shown{Before: string(before), Mark: string(mark), After: string(after)}
	}
	s := shown{Size: int64(len(value))}
	if spare := limit / 4; len(before) > spare {
		before = append([]rune{'…'}, before[len(before)-spare:]...)
	}
	mark = clip(mark, limit-len(before))
	after = clip(after, max(limit-len(before)-len(mark), limit/8))
	s.Before, s.Mark, s.After = string(before), string(mark), string(after)
	return s
}

// clip returns the first runes of value, with an ellipsis if it had more.
func clip(value []rune, limit int) []rune {
	if len(value) <= limit {
		return value
	}
	return append(value[:limit:limit], '…')
}
