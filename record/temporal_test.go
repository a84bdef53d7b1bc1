package record

import (
	"testing"
	"time"
)

// The standard library reads the same dates, only more slowly.
func FuzzParseDateReadsWhatTheLibraryReads(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "9999-12-31", "2024-04-31", "2024-13-01", "2024-00-10",
		"2024-01-00", "2024-1-1", "20240101", "+024-01-01", "2024-01-01 ", "２024-01-0", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, wrong := time.Parse("2006-01-02", s)
		got, err := ParseDate(s)
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%q: %v, but the library says %v", s, err, wrong)
		}
		if err == nil && got != DateOf(want) {
			t.Errorf("%q: %s", s, got)
		}
	})
}
