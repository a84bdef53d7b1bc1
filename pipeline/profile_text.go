package pipeline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// odd is a set of things that are odd about a text.
type odd uint16

// What may be odd about a text.
const (
	leadingBlank odd = 1 << iota
	trailingBlank
	doubleBlank
	strangeBlank
	zeroWidth
	lineBreak
	control
	misread
	replaced
	invalid
	doubleEncoded
	nullToken
	separated
)

// oddNames tells each in the order above.
var oddNames = [...]string{
	"leading blanks", "trailing blanks", "double blanks", "no-break or other special blanks", "zero-width characters",
	"tabs or line breaks", "control characters", "Windows-1252 read as Latin-1 (U+0080 to U+009F)", "replacement characters (U+FFFD)", "bytes that are no UTF-8",
	"UTF-8 that was encoded twice", "text that means null", "numbers with separators",
}

// looker looks at texts, character by character.
type looker struct {
	patterns   frequent[string]
	pattern    []byte
	characters int // of the last text
	// The pattern's last character, and how often in a row it came.
	last rune
	run  int
	// How many bytes are still needed for a character that was encoded twice,
	// and what is odd about those before if they do not come.
	owing   int
	pending odd
}

func newLooker() looker { return looker{patterns: newFrequent[string](10_000)} }

// look returns what is odd about s, which is not empty, and its pattern, valid
// until the next call.
func (l *looker) look(s string) (odd, []byte) {
	l.pattern, l.characters, l.last, l.run = l.pattern[:0], 0, -1, 0
	var found odd
	for i := 0; i < len(s); l.characters++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z':
			l.put('a')
		case 'A' <= c && c <= 'Z':
			l.put('A')
		case '0' <= c && c <= '9':
			l.put('9')
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			found |= l.twice(r, l.wide(r, size))
			i += size
			continue
		default:
			if c < ' ' || c == 0x7f {
				found |= controlOf(c)
			}
			if c == ' ' && l.last == ' ' {
				found |= doubleBlank
			}
			l.put(rune(c))
		}
		found |= l.single()
		i++
	}
	found |= l.single() | ends(s) | meaning(s)
	l.count()
	return found, l.pattern
}

// longestPattern is the number of bytes after which a pattern is cut.
const longestPattern = 40

// put appends a character to the pattern unless it only makes a run longer.
func (l *looker) put(r rune) {
	if r == l.last {
		l.run++
	} else {
		l.last, l.run = r, 1
	}
	const longestRun = 4
	switch {
	case len(l.pattern) >= longestPattern || l.run > longestRun+1:
	case l.run == longestRun+1:
		l.pattern = append(l.pattern[:len(l.pattern)-longestRun*utf8.RuneLen(r)+utf8.RuneLen(r)], '+')
	default:
		l.pattern = utf8.AppendRune(l.pattern, r)
	}
}

// count counts the pattern. To look a slice up needs no copy of it.
func (l *looker) count() {
	if n := l.patterns.counts[string(l.pattern)]; n != nil {
		*n++
	} else {
		l.patterns.insert(string(l.pattern))
	}
}

// wide tells what is odd about a character beyond ASCII.
func (l *looker) wide(r rune, size int) odd {
	switch {
	case r == utf8.RuneError && size == 1:
		l.put('?')
		return invalid
	case unicode.IsUpper(r):
		l.put('A')
		return 0
	case unicode.IsLetter(r):
		l.put('a')
		return 0
	}
	l.put(r)
	switch {
	case r == utf8.RuneError:
		return replaced
	case r == 0x200b || r == 0x200c || r == 0x200d || r == 0x2060 || r == 0xfeff || r == 0xad:
		return zeroWidth
	case 0x80 <= r && r <= 0x9f:
		return misread
	case unicode.IsSpace(r) || r == 0x180e:
		return strangeBlank
	}
	return 0
}

// twice recognizes UTF-8 whose bytes were taken for Windows-1252 and encoded
// once more, such as Ã¼ for ü: what would be the first byte of a character,
// then as many bytes as it announces. Until they are all there, what is odd
// about them is pending.
func (l *looker) twice(r rune, found odd) odd {
	if l.owing > 0 && isContinuation(r) {
		l.pending |= found
		if l.owing--; l.owing > 0 {
			return 0
		}
		l.pending = 0
		return doubleEncoded
	}
	found |= l.single()
	switch {
	case 0xc2 <= r && r <= 0xdf:
		l.owing = 1
	case 0xe0 <= r && r <= 0xef:
		l.owing = 2
	case 0xf0 <= r && r <= 0xf4:
		l.owing = 3
	}
	return found
}

// single ends what was no character encoded twice after all.
func (l *looker) single() odd {
	found := l.pending
	l.owing, l.pending = 0, 0
	return found
}

func isContinuation(r rune) bool {
	if r >= 0x80 && r <= 0xbf {
		return true
	}
	b, ok := charmap.Windows1252.EncodeRune(r)
	return ok && b >= 0x80 && b <= 0xbf
}

func controlOf(c byte) odd {
	if c == '\n' || c == '\r' || c == '\t' {
		return lineBreak
	}
	return control
}

func ends(s string) odd {
	var found odd
	if s[0] == ' ' || s[0] == '\t' {
		found |= leadingBlank
	}
	if end := s[len(s)-1]; end == ' ' || end == '\t' {
		found |= trailingBlank
	}
	return found
}

// nullTokens are texts by which people and spreadsheets mean nothing, in
// lower case. NA is one too, but Na is a name.
var nullTokens = []string{
	"null", "(null)", "<null>", "nil", "none", "n/a", "#n/a", "n.a.", "-", "--", "---", "?", "unknown", "tbd", `\n`, "nan", "undefined",
	"#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!",
}

// meaning recognizes what a whole text stands for.
func meaning(s string) odd {
	const longest = 24
	if len(s) > longest {
		return 0
	}
	if c := s[0]; (c < '0' || c > '9') && len(s) <= len("undefined") && (s == "NA" || slices.Contains(nullTokens, strings.ToLower(s))) {
		return nullToken
	}
	if isSeparated(s) {
		return separated
	}
	return 0
}

// isSeparated reports whether s is a number that a person wrote: 1,234.56,
// 1.234,56, 1'000, 12,5. A lone point is no separator, 1.5 is plain.
func isSeparated(s string) bool {
	s = strings.TrimLeft(s, "+-")
	if s == "" || s[0] < '0' || s[0] > '9' || strings.Trim(s, "0123456789") == "" {
		return false
	}
	var groups []string
	var marks []rune
	for {
		at := strings.IndexAny(s, ".,' \u00a0\u202f")
		if at < 0 {
			break
		}
		mark, size := utf8.DecodeRuneInString(s[at:])
		groups, marks, s = append(groups, s[:at]), append(marks, mark), s[at+size:]
	}
	groups = append(groups, s)
	for _, g := range groups {
		if g == "" || strings.Trim(g, "0123456789") != "" {
			return false
		}
	}
	return grouped(groups, marks)
}

func grouped(groups []string, marks []rune) bool {
	last := len(marks) - 1
	if len(marks) == 0 || len(marks) == 1 && marks[0] == '.' {
		return false
	}
	if len(marks) == 1 && marks[0] == ',' {
		return true
	}
	if len(groups[0]) > 3 || groups[0][0] == '0' {
		return false
	}
	for i := range marks {
		switch decimal := i == last && last > 0 && marks[i] != marks[0] && (marks[i] == '.' || marks[i] == ','); {
		case decimal:
		case marks[i] != marks[0] || len(groups[i+1]) != 3:
			return false
		}
	}
	return true
}
