package reconcile

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValuesThatDifferNeverLookTheSame(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b", " ", "\n", "\r", `\`, `\n`, `"`, "é", "e\u0301", "\u202e", "\xff", `\xff`, "ﬁ", "fi", strings.Repeat("x", 50)})
	text := rapid.Map(rapid.SliceOfN(piece, 0, 12), func(p []string) string { return strings.Join(p, "") })
	rapid.Check(t, func(t *rapid.T) {
		want, have := text.Draw(t, "want"), text.Draw(t, "have")
		left, right := showPair(&want, &have, 40)
		if want != have && left == right {
			t.Errorf("%q and %q both look like %v", want, have, left)
		}
		if l := len([]rune(left.String())); l > 64 {
			t.Errorf("%q is shown in %d characters", want, l)
		}
	})
}

func TestLegibleTextStaysAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := legible(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		if twice := legible(once); twice != once {
			t.Errorf("%q became %q", once, twice)
		}
	})
}

func TestInvisibleCharactersAreSpelledOut(t *testing.T) {
	for in, want := range map[string]string{
		"plain":          "plain",
		"a\tb\r\n":       `a\tb\r\n`,
		"\x1b[31m":       `\x1b[31m`,
		"abc\u202edef":   `abc\u202edef`,
		"no\u00a0break":  `no\u00a0break`,
		"caf\xe9":        `caf\xe9`,
		"Zürich 東京 שלום": "Zürich 東京 שלום",
		"it's \ufffd":    "it's \ufffd",
	} {
		if got := legible(in); got != want {
			t.Errorf("legible(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestThousandsAreGrouped(t *testing.T) {
	for in, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808"} {
		if got := Thousands(in); got != want {
			t.Errorf("Thousands(%d) = %s, want %s", in, got, want)
		}
	}
}

func TestOnlyAllIsAHundredPercent(t *testing.T) {
	for _, c := range []struct {
		n, all int64
		want   string
	}{{0, 0, "0%"}, {0, 5, "0%"}, {5, 5, "100%"}, {1, 1000000, "<0.1%"}, {999999, 1000000, ">99.9%"}, {1, 3, "33.3%"}, {1, 50, "2%"}} {
		if got := share(c.n, c.all); got != c.want {
			t.Errorf("share(%d, %d) = %s, want %s", c.n, c.all, got, c.want)
		}
	}
}

func TestABarIsFullAndEachPartIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bar []segment
		for _, n := range rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 1, 13).Draw(t, "rows") {
			bar = append(bar, segment{Rows: n})
		}
		layOut(bar)
		full := 0.0
		for _, s := range bar {
			width, err := strconv.ParseFloat(strings.TrimSuffix(s.Width, "%"), 64)
			if err != nil || width < thin/2 {
				t.Errorf("a part is %s wide", s.Width)
			}
			full += width
		}
		if math.Abs(full-100) > 0.1 {
			t.Errorf("the bar is %.3f%% wide", full)
		}
	})
}

func TestWhatDoesNotAddUpIsCounted(t *testing.T) {
	for _, c := range []struct {
		kind   string
		counts Counts
		want   int64
	}{
		{"migrate", Counts{Read: 10, Created: 4, Updated: 1, Stale: 1, Unsure: 1, Unchanged: 1, Merged: 1, Missing: 7}, 1},
		{"reconcile", Counts{Read: 10, Missing: 4, Changed: 3, Unchanged: 2, Rejected: 1, Extra: 9}, 0},
		{"reconcile", Counts{Read: 1, Unchanged: 1, Archived: 1}, -1},
	} {
		r := &Report{Kind: c.kind}
		if got := r.gap(&c.counts); got != c.want {
			t.Errorf("gap of %+v in %s = %d, want %d", c.counts, c.kind, got, c.want)
		}
		c.counts.Settle(r.writes())
		if c.counts.Adds != (c.want == 0) {
			t.Errorf("Settle says %v of %+v", c.counts.Adds, c.counts)
		}
	}
}
