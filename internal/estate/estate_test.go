package estate

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	first, second := hashes(t, 1), hashes(t, 1)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs differ (-first +second):\n%s", diff)
	}
	if other := hashes(t, 2); cmp.Equal(first, other) {
		t.Error("another seed gives the same files")
	}
}

func TestExpectedCountsAddUp(t *testing.T) {
	summary, err := Generate(t.Context(), t.TempDir(), Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for line, mappings := range summary.Expected {
		for name, c := range mappings {
			if sum := c.Migrated + c.Merged + c.Archived + c.Excluded + c.Quarantined + c.Rejected; sum != c.Read || c.Read == 0 {
				t.Errorf("%s %s: %d rows read, %d accounted for", line, name, c.Read, sum)
			}
		}
	}
}

func TestUnknownSizeOrNoiseIsRefused(t *testing.T) {
	for _, o := range []Options{{Size: "xl"}, {Noise: "loud"}} {
		if _, err := Generate(t.Context(), t.TempDir(), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestTermsEndOnTheirLastDay(t *testing.T) {
	for _, c := range []struct {
		start  day
		months int
		want   string
	}{
		{date(2025, 3, 15), 12, "2026-03-14"},
		{date(2024, 2, 29), 12, "2025-02-28"},
		{date(2024, 3, 1), 3, "2024-05-31"},
		{date(2024, 1, 31), 1, "2024-02-29"},
	} {
		if got := c.start.term(c.months).String(); got != c.want {
			t.Errorf("%d months from %s end on %s, want %s", c.months, c.start, got, c.want)
		}
	}
}

// hashes makes a small estate and returns the SHA-256 of each file.
func hashes(t *testing.T, seed uint64) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if _, err := Generate(t.Context(), dir, Options{Seed: seed, MariaDB: true}); err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		sums[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}
