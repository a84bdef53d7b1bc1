package pipeline

import (
	"context"
	"fmt"
	"slices"

	"crosswalk/internal/spill"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// What only the target has is deleted at the end of a plan, children before
// parents, and only what is proven to be unwanted (invariant 5): its source
// was read in full, the cap allows it, and no row that stays refers to it.

// spare keeps a row that only the target has until its table was read.
func (p *planner) spare(f *flow, row record.Row, held bool) error {
	if held {
		return p.stays(f, row)
	}
	if p.extra == nil {
		p.extra = newSpool(f, p.flows.job.TempDir)
	}
	return p.extra.add(row)
}

// stays notes what a row refers to that is not deleted, for that must stay too.
func (p *planner) stays(f *flow, row record.Row) error {
	for _, part := range f.parts {
		for _, ref := range part.refs {
			if row[ref.column].IsNull() {
				continue
			}
			parents := p.needed[ref.target.file.Target]
			if parents == nil {
				parents = spill.NewSet(p.flows.job.TempDir)
				p.needed[ref.target.file.Target] = parents
			}
			if err := parents.Add(idOf(row[ref.column])); err != nil {
				return err
			}
		}
	}
	return nil
}

// compared decides, now that the whole table was read, whether what only the
// target has may be deleted.
func (p *planner) compared(ctx context.Context, r *flowResult) error {
	if err := p.observer.compared(ctx, r); err != nil {
		return err
	}
	held := int64(0)
	for _, n := range r.held {
		held += n
	}
	if held > 0 {
		p.withhold(r.flow, held, "their source rows are quarantined or rejected, so nobody knows yet what they should be", false)
	}
	if p.extra == nil {
		return nil
	}
	n, unkeyed := p.extra.len(), r.unkeyed()
	deletes := p.flows.job.Deletes
	switch {
	case unkeyed > 0:
		p.withhold(r.flow, n, fmt.Sprintf("%s source rows have no readable key, so these may be among them", reconcile.Thousands(unkeyed)), false)
	case !deletes.allows(n, r.tally.Have):
		p.withhold(r.flow, n, fmt.Sprintf("more than the cap of %s rows or %g %% of %s; raise it with --max-deletes if this is meant",
			reconcile.Thousands(int64(deletes.Rows)), deletes.Percent, reconcile.Thousands(r.tally.Have)), true)
	default:
		p.doomed, p.extra = append(p.doomed, p.extra), nil
		return nil
	}
	spared := p.extra
	p.extra = nil
	defer spared.close()
	return spared.each(func(row record.Row) error { return p.stays(r.flow, row) })
}

func (p *planner) withhold(f *flow, rows int64, reason string, gate bool) {
	p.result.Withheld = append(p.result.Withheld, reconcile.Withheld{Entity: f.table, Rows: rows, Reason: reason, Gate: gate})
}

// deletes passes on what is to be deleted, children before parents.
func (p *planner) deletes(ctx context.Context) error {
	for i := range slices.Backward(p.doomed) {
		f := p.doomed[i].flow
		if err := p.release(i); err != nil {
			return err
		}
		if p.doomed[i].len() == 0 {
			continue
		}
		if err := p.sink.Section(ctx, f.section(true)); err != nil {
			return err
		}
		err := p.doomed[i].each(func(row record.Row) error {
			change, scratch, _ := reconcile.ChangeOf(&reconcile.Finding{Kind: reconcile.Extra, Have: row}, f.spec.Compared, p.scratch)
			p.scratch = scratch
			return p.sink.Change(ctx, &change)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// release takes out of a flow's deletes what rows that stay refer to. What is
// released may itself refer to rows of its own table, so it repeats.
func (p *planner) release(i int) error {
	f, all := p.doomed[i].flow, p.doomed[i].len()
	for p.needed[f.table] != nil {
		needed := p.needed[f.table]
		delete(p.needed, f.table)
		var err error
		if p.doomed[i], err = p.part(p.doomed[i], needed); err != nil {
			return err
		}
	}
	if n := all - p.doomed[i].len(); n > 0 {
		p.withhold(f, n, "rows that stay refer to them", false)
	}
	return nil
}

// part separates the rows that go from those that are needed.
func (p *planner) part(rows *spool, needed *spill.Set) (going *spool, err error) {
	defer needed.Close()
	defer rows.close()
	going = newSpool(rows.flow, p.flows.job.TempDir)
	if err := needed.Seal(); err != nil {
		return going, err
	}
	err = rows.each(func(row record.Row) error {
		stays, err := needed.Has(idOf(row[rows.flow.schema.Key[0]]))
		switch {
		case err != nil:
			return err
		case stays:
			return p.stays(rows.flow, row)
		}
		return going.add(row)
	})
	return going, err
}

// close gives the disk back.
func (p *planner) close() {
	if p.extra != nil {
		p.extra.close()
	}
	for _, rows := range p.doomed {
		rows.close()
	}
	for _, needed := range p.needed {
		needed.Close()
	}
}
