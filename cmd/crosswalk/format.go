package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"crosswalk/reconcile"
)

// thousands writes a number as people read it: 1,234,567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var out []string
	for len(s) > 3 {
		out = append([]string{s[len(s)-3:]}, out...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, out...), ",")
}

func splitAnswerKey(key string) (table, mapping string) {
	table, mapping, _ = strings.Cut(key, "\x00")
	return table, mapping
}

func sortCounts(counts []reconcile.Counts) {
	slices.SortFunc(counts, func(a, b reconcile.Counts) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Mapping, b.Mapping))
	})
}
