package ledger

import (
	"context"
	"strings"
)

// SetAside is a source row that was not carried over, with the reason: why
// nothing is lost without a word (invariant 1).
type SetAside struct {
	Entity  string
	Source  string // system and table it comes from
	Key     string // of the source row
	Outcome string // archived, excluded, merged, quarantined, rejected, stale, unsure
	Rule    string // the rule of the mapping that decided
	Reason  string // for people
	Input   string // the row, as far as it helps; masked fields as digests
}

// SetAside keeps rows that a run set aside: all of them, or none if it
// fails. Hand over some thousand rows at a time. What is not UTF-8 is kept as \xNN.
func (l *Ledger) SetAside(ctx context.Context, run string, rows []SetAside) error {
	return l.update(ctx, "set rows aside in "+run, func(t *tx) error {
		r, err := t.writable(ctx, run)
		if err != nil {
			return err
		}
		return t.setAside(ctx, r, rows)
	})
}

// setAside keeps rows of a run that the transaction has locked.
func (t *tx) setAside(ctx context.Context, run *runRow, rows []SetAside) error {
	sealed, err := unseal(run.AsideRows, run.AsideSeal)
	if err != nil {
		return err
	}
	return asideSheet.add(ctx, t, run, len(rows), sealed, func(i int, cells []string) {
		r := &rows[i]
		cells[0], cells[1], cells[2], cells[3] = r.Entity, r.Source, r.Key, r.Outcome
		cells[4], cells[5], cells[6] = r.Rule, r.Reason, r.Input
	})
}

// AsideFilter selects rows that were set aside. A field that is empty selects all.
type AsideFilter struct {
	Entity, Source, Outcome, Rule string
}

func (f AsideFilter) where(run int64) where {
	w := where{conditions: []string{"run = ?"}, args: []any{run}}
	w.equal("entity", f.Entity)
	w.equal("source", f.Source)
	w.equal("outcome", f.Outcome)
	w.equal("rule", f.Rule)
	return w
}

// SetAsideRows calls visit for each row that a run set aside, in the order in
// which they were kept, until visit returns an error.
func (l *Ledger) SetAsideRows(ctx context.Context, run string, f AsideFilter, visit func(SetAside) error) error {
	return l.snapshot(ctx, "rows set aside in "+run, func(t *tx) error {
		n, err := t.runNumber(ctx, run)
		if err != nil {
			return err
		}
		w := f.where(n)
		rows, err := t.QueryContext(ctx, t.Rebind("SELECT entity, source, row_key, outcome, rule, reason, input FROM ledger_set_aside WHERE "+
			w.String()+" ORDER BY n"), w.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r SetAside
			if err := rows.Scan(&r.Entity, &r.Source, &r.Key, &r.Outcome, &r.Rule, &r.Reason, &r.Input); err != nil {
				return err
			}
			if err := visit(r); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

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
