package main

import (
	"cmp"
	"slices"
	"strings"

	"crosswalk/reconcile"
)

func splitAnswerKey(key string) (table, mapping string) {
	table, mapping, _ = strings.Cut(key, "\x00")
	return table, mapping
}

func sortCounts(counts []reconcile.Counts) {
	slices.SortFunc(counts, func(a, b reconcile.Counts) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Mapping, b.Mapping))
	})
}
