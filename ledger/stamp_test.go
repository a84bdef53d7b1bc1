package ledger_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"crosswalk/ledger"
)

func FuzzTextIsFitForBothDatabases(f *testing.F) {
	for _, s := range []string{"", "Müller", "a\x00b", "\xff", "\xf0\x9f", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := ledger.Clean(s)
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%q became %q", s, got)
		}
		if utf8.ValidString(s) && !strings.Contains(s, "\x00") && got != s {
			t.Errorf("%q was changed to %q", s, got)
		}
		if ledger.Clean(got) != got {
			t.Errorf("%q changes twice", s)
		}
	})
}
