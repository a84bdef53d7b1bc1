package yamlfile

import (
	"fmt"
	"strings"
)

// Suggest ends a message about an unknown word: with the one of known that
// was probably meant, or with all of them.
func Suggest(word string, known []string) string {
	if best, found := Nearest(word, known); found {
		return fmt.Sprintf("did you mean `%s`?", best)
	}
	if len(known) == 0 {
		return "none is known"
	}
	return "known are " + strings.Join(known, ", ")
}

// Nearest returns the one of known that word was probably meant to be.
func Nearest(word string, known []string) (best string, found bool) {
	least := len(word)/3 + 2
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least, found = k, d, true
		}
	}
	return best, found
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbors that turn a into b.
func distance(a, b string) int {
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
