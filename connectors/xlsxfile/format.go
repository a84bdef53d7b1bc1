package xlsxfile

import "strings"

// A format says what kind of thing the numbers of a style are.
type format uint8

const (
	plainNumber format = iota
	dayFormat          // a day, with or without a time of day
	clockFormat        // a time of day alone
	spanFormat         // hours that count on beyond 24, as in [h]:mm
)

// builtIn returns the format of a number format that files refer to by number
// without spelling it out. Those from 27 to 36 and 50 to 58 are the dates of
// East Asian versions.
func builtIn(id int) format {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return dayFormat
	case id >= 18 && id <= 21, id == 45, id == 47:
		return clockFormat
	case id == 46:
		return spanFormat
	}
	return plainNumber
}

// formatOf reads a number format code such as "dd/mm/yyyy hh:mm" or
// "#,##0.00 [$EUR]". Only its first section counts, the one of positive
// numbers; an m is a month if a day or a year stands with it, or no clock.
func formatOf(code string) format {
	var day, month, clock, span bool
	for i := 0; i < len(code) && code[i] != ';'; i++ {
		switch code[i] {
		case '\\', '_', '*':
			i++ // the next character is shown, left free, or repeated
		case '"':
			i = skipTo(code, i, '"')
		case '[':
			end := skipTo(code, i, ']')
			span = span || isSpan(code[i+1:min(end, len(code))])
			i = end
		case 'y', 'Y', 'd', 'D':
			day = true
		case 'm', 'M':
			month = true
		case 'h', 'H', 's', 'S':
			clock = true
		case '0', '#', '?':
			// Digits are part of a date only as fractions of a second.
			if !clock && !span && !month {
				return plainNumber
			}
		}
	}
	switch {
	case span:
		return spanFormat
	case day, month && !clock:
		return dayFormat
	case clock:
		return clockFormat
	}
	return plainNumber
}

// isSpan reports whether the text of a bracket counts hours, minutes or
// seconds: h, hh, mm... and no color, condition or currency.
func isSpan(text string) bool {
	text = strings.ToLower(text)
	return text != "" && (strings.Trim(text, "h") == "" || strings.Trim(text, "m") == "" || strings.Trim(text, "s") == "")
}

func skipTo(code string, i int, end byte) int {
	if at := strings.IndexByte(code[i+1:], end); at >= 0 {
		return i + 1 + at
	}
	return len(code)
}
