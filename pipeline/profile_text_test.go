package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"crosswalk/record"
)

func TestPatternsTellTheFormOfATheText(t *testing.T) {
	for text, want := range map[string]string{
		"LIC-0004711":             "AAA-9+",
		"AB-1234":                 "AA-9999",
		"Müller GmbH & Co. KG":    "Aa+ AaaA & Aa. AA",
		"ÄÖÜß":                    "AAAa",
		"株式会社":                    "aaaa",
		"a1b22c333d4444e55555f":   "a9a99a999a9999a9+a",
		"-----":                   "-+",
		"€€€€€€":                  "€+",
		"a\xff":                   "a?",
		strings.Repeat("ab-", 40): strings.Repeat("aa-", 13) + "a",
	} {
		l := newLooker()
		if _, got := l.look(text); string(got) != want {
			t.Errorf("%q has the pattern %q, want %q", text, got, want)
		}
		if want := utf8.RuneCountInString(text); l.characters != want {
			t.Errorf("%q has %d characters, counted %d", text, want, l.characters)
		}
	}
}

func TestNumbersThatPeopleWroteAreTold(t *testing.T) {
	for text, want := range map[string]bool{
		"1,234": true, "1,234.56": true, "1.234,56": true, "1.234.567": true, "12,5": true, "0,5": true, "-1'000": true, "1 000 000": true,
		"1\u00a0000": true, "+12,50": true, "1.234.567,89": true,
		"1.5": false, "1234": false, "1.2.2020": false, "12,13,14": false, "089 123": false, "1 00": false, "1,": false, ",5": false, "": false,
		"1,2a": false, "12 34": false, "1.234 567": false, "49 89 1234": false, "1234 567": false,
	} {
		if got := isSeparated(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestKeysFoldAsPeopleReadThem(t *testing.T) {
	k := newKeyProfiler(nil, nil, "")
	for text, want := range map[string]string{
		"abc-1": "abc-1", "ABC": "abc", " a  b ": "a b", "a\u00a0b": "a b", "a\u200bb": "ab", "Straße": "strasse", "e\u0301": "é", "É": "é", "\ta\n": "a",
	} {
		if got := k.fold(record.Text(text)); got != record.Text(want) {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestQuickTestForFoldedTextsIsRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab1 A-é\u00a0")), 1, 6, -1).Draw(t, "text")
		k := newKeyProfiler(nil, nil, "")
		slow := strings.Join(strings.Fields(k.caser.String(text)), " ")
		if isFolded(text) && slow != text {
			t.Fatalf("%q is said to be folded, but becomes %q", text, slow)
		}
	})
}

// Few different keys make all sorts of groups; a plain model knows the counts.
func TestCollisionsAreThoseOfAPlainCount(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		k := newKeyProfiler([]string{"k"}, []int{0}, dir)
		defer k.sorter.Close()
		exact, groups, spellings := map[string]int64{}, map[string]int64{}, map[string]map[string]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "rows") {
			key := rapid.StringOfN(rapid.RuneFrom([]rune("aAb ")), 1, 3, -1).Draw(t, "key")
			if err := k.add(record.Row{record.Text(key)}); err != nil {
				t.Fatal(err)
			}
			folded := k.fold(record.Text(key)).AsText()
			exact[key]++
			groups[folded]++
			if spellings[folded] == nil {
				spellings[folded] = map[string]bool{}
			}
			spellings[folded][key] = true
		}
		var repeated, similar Collisions
		for _, n := range exact {
			if n > 1 {
				repeated.Keys, repeated.Rows = repeated.Keys+1, repeated.Rows+n
			}
		}
		for folded, n := range groups {
			if len(spellings[folded]) > 1 {
				similar.Keys, similar.Rows = similar.Keys+1, similar.Rows+n
			}
		}
		p, err := k.profile()
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(p.Repeated.Keys, p.Repeated.Rows, p.Similar.Keys, p.Similar.Rows)
		if want := fmt.Sprint(repeated.Keys, repeated.Rows, similar.Keys, similar.Rows); got != want {
			t.Fatalf("got %s, want %s for %v", got, want, slices.Sorted(maps.Keys(exact)))
		}
	})
}

// A count is never too high, and too low by missed at most.
func TestCountsOfManyKeysStayWithinTheirBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFrequent[int](3000)
		truth := map[int]int64{}
		state := rapid.Uint64().Draw(t, "seed")
		var total int64
		for range 20_000 {
			state = state*6364136223846793005 + 1442695040888963407
			k := int(state >> 33)
			k %= 1 + k%5000
			total++
			truth[k]++
			if !f.hit(k) {
				f.insert(k)
			}
		}
		for k, n := range truth {
			var got int64
			if f.counts[k] != nil {
				got = *f.counts[k]
			}
			if got > n || got < n-f.missed {
				t.Fatalf("%d occurs %d times, counted %d, missed %d", k, n, got, f.missed)
			}
		}
		if f.missed > total/keepFrequent {
			t.Fatalf("missed %d of %d", f.missed, total)
		}
	})
}

func FuzzLook(f *testing.F) {
	for _, seed := range []string{"MÃ¼ller ", "a\xff\u00a0b", "31.02.2020", "1.234,56", "café\u00a0", "\u0092"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return
		}
		l := newLooker()
		found, pattern := l.look(s)
		if l.characters != utf8.RuneCountInString(s) {
			t.Errorf("%q: counted %d characters", s, l.characters)
		}
		if len(pattern) == 0 || len(pattern) > longestPattern+utf8.UTFMax {
			t.Errorf("%q: pattern %q", s, pattern)
		}
		if found&invalid != 0 && utf8.ValidString(s) {
			t.Errorf("%q is valid", s)
		}
		if again, _ := l.look(s); again != found {
			t.Errorf("%q: found %b, then %b", s, found, again)
		}
	})
}
