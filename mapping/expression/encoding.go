package expression

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// repairEncoding undoes the two accidents that a text itself gives away. Text
// in UTF-8 that was once read as Windows-1252 and encoded again is UTF-8 when
// it is turned back; hardly any text meant as it stands is. Control characters
// of Latin-1, which nobody types, were signs of Windows-1252.
func repairEncoding(s string) string {
	if isASCII(s) {
		return s
	}
	if once, ok := windowsBytes(s); ok && utf8.ValidString(once) && !isASCII(once) {
		return once
	}
	return strings.Map(func(r rune) rune {
		if isC1(r) {
			if sign := charmap.Windows1252.DecodeByte(byte(r)); sign != utf8.RuneError {
				return sign
			}
		}
		return r
	}, s)
}

// windowsBytes writes s in Windows-1252, in which the five bytes without a
// sign stand for control characters.
func windowsBytes(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok && !isC1(r) {
			return "", false
		}
		if !ok {
			b = byte(r)
		}
		out = append(out, b)
	}
	return string(out), true
}

func isC1(r rune) bool { return r >= 0x80 && r <= 0x9f }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printable drops control characters, such as NUL, which some databases
// refuse; those that end a line or a column become blanks.
func printable(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.IsControl(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, s)
}
