package ledger

import "context"

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
