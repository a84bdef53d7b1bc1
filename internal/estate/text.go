package estate

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// mojibake is what a reader sees of UTF-8 text that was stored in a latin1
// column: MÃ¼ller.
func mojibake(s string) string {
	var b strings.Builder
	for i := range len(s) {
		r := charmap.Windows1252.DecodeByte(s[i])
		if r == '\uFFFD' { // five bytes that windows-1252 leaves open; MySQL keeps them as C1 controls
			r = rune(s[i])
		}
		b.WriteRune(r)
	}
	return b.String()
}

// windows1252 encodes a text as a latin1 column of MySQL holds it; a character
// that is not in the set becomes ?.
func windows1252(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case ok:
			b = append(b, c)
		case r < 0x100:
			b = append(b, byte(r))
		default:
			b = append(b, '?')
		}
	}
	return string(b)
}

// cut shortens a text to 40 characters, the width of LICDB's names, as a
// permissive MySQL does.
func cut(s string) string {
	n := 40
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// plain spells a name without umlauts and accents, as on a keyboard without them.
func plain(s string) string {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "é", "e", "è", "e", "ç", "c",
		"ã", "a", "á", "a", "å", "a", "ø", "o", "ó", "o", "í", "i", "ñ", "n").Replace(s)
}

// slug is the label of a domain: acme-mueller.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(plain(s)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// spaced spoils a text with white space that nobody sees.
func spaced(d *dice, s string) string {
	switch d.n(5) {
	case 0:
		return " " + s
	case 1:
		return s + "  "
	case 2:
		return strings.Replace(s, " ", "  ", 1) + " "
	case 3:
		return strings.Replace(s, " ", "\u00a0", 1) + "\u00a0"
	}
	return strings.Replace(s, " ", "\u00a0 ", 1) + " "
}

// lost replaces the first letter that is not ASCII, or else the third, by ?.
func lost(s string) string {
	for i, r := range s {
		if r > 0x7f {
			return s[:i] + "?" + s[i+len(string(r)):]
		}
	}
	if len(s) > 3 {
		return s[:2] + "?" + s[3:]
	}
	return s
}
