package ledger

import (
	"cmp"
	"maps"
	"slices"
)

// sortGroups lists the groups in the order of reports.
func sortGroups(counts map[AsideGroup]int64) []AsideGroup {
	groups := slices.Collect(maps.Keys(counts))
	for i := range groups {
		groups[i].Rows = counts[groups[i]]
	}
	slices.SortFunc(groups, func(a, b AsideGroup) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Outcome, b.Outcome),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason))
	})
	return groups
}
