package ledger

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// stampLayout sorts as text in the order of time.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp is a time in UTC as both databases keep it: text, empty for the zero time.
type stamp struct{ time.Time }

func (s stamp) String() string {
	if s.IsZero() {
		return ""
	}
	return s.UTC().Format(stampLayout)
}

// Value writes the time.
func (s stamp) Value() (driver.Value, error) { return s.String(), nil }

// Scan reads the time.
func (s *stamp) Scan(v any) error {
	text := fmt.Sprintf("%s", v)
	if text == "" {
		s.Time = time.Time{}
		return nil
	}
	t, err := time.Parse(stampLayout, text)
	if err != nil {
		return fmt.Errorf("not a time of the ledger: %q", text)
	}
	s.Time = t.UTC()
	return nil
}

// clean returns s as both databases take it: what is not UTF-8, and the NUL
// that PostgreSQL cannot store, stand as \xNN. Dirty input is kept, not refused.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == 0 || r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}
