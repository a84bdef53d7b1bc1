package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

// AsideGroup counts the rows that were set aside for one reason.
type AsideGroup struct {
	Entity, Source, Outcome, Rule string
	Reason                        string // with … for what differs from row to row: numbers and quoted values
	Rows                          int64
}

// SetAsideSummary counts the rows that a run set aside, by entity, source, outcome,
// rule and reason, in this order.
func (l *Ledger) SetAsideSummary(ctx context.Context, run string) (groups []AsideGroup, err error) {
	err = l.snapshot(ctx, "rows set aside in "+run, func(t *tx) error {
		n, err := t.runNumber(ctx, run)
		if err != nil {
			return err
		}
		groups, err = t.asideGroups(ctx, n)
		return err
	})
	return groups, err
}

// asideGroups lets the database count equal reasons, and folds those that
// differ in values only.
func (t *tx) asideGroups(ctx context.Context, run int64) ([]AsideGroup, error) {
	rows, err := t.QueryContext(ctx, t.Rebind(`SELECT entity, source, outcome, rule, reason, COUNT(*) FROM ledger_set_aside
		WHERE run = ? GROUP BY entity, source, outcome, rule, reason`), run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[AsideGroup]int64{}
	for rows.Next() {
		var g AsideGroup
		var n int64
		if err := rows.Scan(&g.Entity, &g.Source, &g.Outcome, &g.Rule, &g.Reason, &n); err != nil {
			return nil, err
		}
		g.Reason = pattern(g.Reason)
		counts[g] += n
	}
	return sortGroups(counts), rows.Err()
}

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

// pattern returns a reason with "…" in place of quoted values and numbers.
func pattern(reason string) string {
	var b strings.Builder
	for len(reason) > 0 {
		skip := variable(reason)
		if skip == 0 {
			b.WriteByte(reason[0])
			reason = reason[1:]
			continue
		}
		b.WriteString("…")
		reason = reason[skip:]
	}
	return b.String()
}

// variable returns the length of the value that s begins with; 0 if none.
func variable(s string) int {
	if s[0] == '"' {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return 0
	}
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
