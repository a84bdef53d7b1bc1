package expression

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"crosswalk/record"
)

// layout is a date layout taken apart: parts such as d, mm or yyyy, and the
// characters between them.
type layout []string

// letters are the parts that a layout may have. d and m read one or two
// digits, dd and mm exactly two, mmm an English name of a month.
var letters = map[string]bool{"d": true, "dd": true, "m": true, "mm": true, "mmm": true, "yy": true, "yyyy": true}

func parseDate(args []*node) (call, error) {
	century := int64(-1)
	if last := args[len(args)-1]; last.kind == record.KindInt {
		century, args = last.value.AsInt(), args[:len(args)-1]
	}
	var layouts []layout
	for _, arg := range args[1:] {
		l, err := layoutOf(arg.value, century)
		if err != nil {
			return nil, err
		}
		layouts = append(layouts, l)
	}
	if len(layouts) == 0 {
		return nil, fmt.Errorf("name a layout: parse_date(s, 'd.m.yyyy')")
	}
	return func(a []record.Value) (record.Value, error) {
		if a[0].Kind() == record.KindDate {
			return a[0], nil
		}
		return readDate(a[0].AsText(), layouts, century)
	}, nil
}

func layoutOf(v record.Value, century int64) (layout, error) {
	text := v.AsText()
	var l layout
	has := map[byte]int{}
	for text != "" {
		n := 1
		for n < len(text) && text[n] == text[0] {
			n++
		}
		if !unicode.IsLetter(rune(text[0])) {
			n = 1
		} else if !letters[text[:n]] {
			return nil, fmt.Errorf("layout %q: %q is none of d, dd, m, mm, mmm, yy, yyyy", v, text[:n])
		} else {
			has[text[0]]++
		}
		l, text = append(l, text[:n]), text[n:]
	}
	if has['d'] != 1 || has['m'] != 1 || has['y'] != 1 {
		return nil, fmt.Errorf("layout %q must have a day, a month and a year, such as 'd.m.yyyy'", v)
	}
	for _, part := range l {
		if part == "yy" && (century < 0 || century > 9900) {
			return nil, fmt.Errorf("layout %q has two digits for the year; say last with which year their century begins: parse_date(s, %q, 1970) reads 70 as 1970 and 69 as 2069", v, v)
		}
	}
	return l, nil
}

// readDate takes the first layout that fits the whole text. A text that fits,
// but is no day of the calendar, is an error at once.
func readDate(s string, layouts []layout, century int64) (record.Value, error) {
	for _, l := range layouts {
		if y, m, d, ok := l.read(s, century); ok {
			return dateOf(y, m, d)
		}
	}
	names := make([]string, len(layouts))
	for i, l := range layouts {
		names[i] = strings.Join(l, "")
	}
	return record.Value{}, fmt.Errorf("not a date (want %s): %q", strings.Join(names, " or "), s)
}

func (l layout) read(s string, century int64) (year, month, day int64, ok bool) {
	for _, part := range l {
		var n int64
		switch part {
		case "d", "m":
			n, s, ok = digits(s, 1, 2)
		case "dd", "mm":
			n, s, ok = digits(s, 2, 2)
		case "yyyy":
			n, s, ok = digits(s, 4, 4)
		case "yy":
			n, s, ok = digits(s, 2, 2)
			n += century - century%100
			if n < century {
				n += 100
			}
		case "mmm":
			n, s, ok = monthName(s)
		default:
			s, ok = strings.CutPrefix(s, part)
		}
		if !ok {
			return 0, 0, 0, false
		}
		switch part[0] {
		case 'd':
			day = n
		case 'm':
			month = n
		case 'y':
			year = n
		}
	}
	return year, month, day, s == ""
}

// digits reads as many digits as there are, up to most.
func digits(s string, least, most int) (n int64, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i < least {
		return 0, s, false
	}
	n, _ = strconv.ParseInt(s[:i], 10, 64)
	return n, s[i:], true
}

var monthNames = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

func monthName(s string) (n int64, rest string, ok bool) {
	for i, name := range monthNames {
		for _, form := range []string{name, name[:3]} {
			if len(s) >= len(form) && strings.EqualFold(s[:len(form)], form) {
				return int64(i + 1), s[len(form):], true
			}
		}
	}
	return 0, s, false
}
