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
// Outside the hub only the order of mappings tells what that can be.
func (p *planner) stays(f *flow, row record.Row) error {
	for _, part := range f.parts {
		for _, name := range part.file.After() {
			p.awaited[name] = true
		}
		for _, ref := range part.refs {
			if row[ref.column].IsNull() {
				continue
			}
			parents := p.needed[ref.target.file.Target.Table]
			if parents == nil {
				parents = spill.NewSet(p.flows.job.TempDir)
				p.needed[ref.target.file.Target.Table] = parents
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
	for why, n := range r.stays {
		if n > 0 {
			p.withhold(r.flow, n, r.flow.whyStay(stayReason(why)), false)
		}
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
	p.result.Withheld = append(p.result.Withheld, reconcile.Withheld{Entity: f.Table, Rows: rows, Reason: reason, Gate: gate})
}

// deletes passes on what is to be deleted, children before parents.
func (p *planner) deletes(ctx context.Context) error {
	for i := range slices.Backward(p.doomed) {
		if err := p.release(i); err != nil {
			return err
		}
		for p.doomed[i].len() > 0 {
			leaves, rest, err := p.leaves(p.doomed[i])
			p.doomed[i] = rest
			if err == nil {
				err = p.delete(ctx, leaves)
			}
			leaves.close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// delete passes on deletes of one table, in a section of their own: what comes
// after may count on them.
func (p *planner) delete(ctx context.Context, rows *spool) error {
	if err := p.sink.Section(ctx, rows.flow.section(true)); err != nil {
		return err
	}
	return rows.each(func(row record.Row) error {
		change, scratch, _ := reconcile.ChangeOf(&reconcile.Finding{Kind: reconcile.Extra, Have: row}, rows.flow.spec.Compared, p.scratch)
		p.scratch = scratch
		return p.sink.Change(ctx, &change)
	})
}

// leaves separates the rows to which no other of them refers. Rows that refer
// to each other in a circle come all at once.
func (p *planner) leaves(rows *spool) (leaves, rest *spool, err error) {
	f, dir := rows.flow, p.flows.job.TempDir
	if len(f.selfRefs) == 0 {
		return rows, newSpool(f, dir), nil
	}
	id := f.schema.Key[0]
	parents, all := spill.NewSet(dir), newSpool(f, dir)
	defer parents.Close()
	defer rows.close()
	err = rows.each(func(row record.Row) error {
		for _, ref := range f.selfRefs {
			if row[ref].IsNull() || row[ref] == row[id] {
				continue
			}
			if err := parents.Add(idOf(row[ref])); err != nil {
				return err
			}
		}
		return all.add(row)
	})
	if err == nil {
		err = parents.Seal()
	}
	if err != nil {
		return all, newSpool(f, dir), err
	}
	leaves, rest, err = all.split(parents)
	if leaves.len() == 0 {
		leaves, rest = rest, leaves
	}
	return leaves, rest, err
}

// release takes out of a flow's deletes what rows that stay refer to. What is
// released may itself refer to rows of its own table, so it repeats.
func (p *planner) release(i int) error {
	f, all := p.doomed[i].flow, p.doomed[i].len()
	if slices.ContainsFunc(f.parts, func(part *part) bool { return p.awaited[part.file.Name] }) {
		return p.spareAll(i)
	}
	for p.needed[f.Table] != nil {
		if err := p.spareNeeded(i); err != nil {
			return err
		}
	}
	if n := all - p.doomed[i].len(); n > 0 {
		p.withhold(f, n, "rows that stay refer to them", false)
	}
	return nil
}

// spareAll takes out all of a flow's deletes: outside the hub, deleting a row may
// delete what refers to it as well.
func (p *planner) spareAll(i int) error {
	stay := p.doomed[i]
	f := stay.flow
	defer stay.close()
	p.doomed[i] = newSpool(f, p.flows.job.TempDir)
	p.withhold(f, stay.len(), "rows that stay may refer to them", false)
	return stay.each(func(row record.Row) error { return p.stays(f, row) })
}

func (p *planner) spareNeeded(i int) error {
	f := p.doomed[i].flow
	needed := p.needed[f.Table]
	delete(p.needed, f.Table)
	defer needed.Close()
	if err := needed.Seal(); err != nil {
		return err
	}
	going, stay, err := p.doomed[i].split(needed)
	p.doomed[i] = going
	defer stay.close()
	if err != nil {
		return err
	}
	return stay.each(func(row record.Row) error { return p.stays(f, row) })
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
