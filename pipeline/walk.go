package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"

	"crosswalk/connectors"
	"crosswalk/internal/spill"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// visitor is told what a walk finds, table by table.
type visitor interface {
	// finding is called for each difference of the flow, in order of key.
	finding(ctx context.Context, f *flow, found *reconcile.Finding, held bool) error
	// compared ends a flow.
	compared(ctx context.Context, r *flowResult) error
}

// flowResult is what one comparison saw.
type flowResult struct {
	flow     *flow
	tally    reconcile.Tally
	accounts map[*part]*account
	byOrigin []origin // findings by the part that wants the row
	extra    map[string]int64
	held     map[string]int64
}

type origin struct{ missing, changed, merged, ambiguous int64 }

// walk compares every flow, in dependency order.
func (f *Flows) walk(ctx context.Context, v visitor) error {
	systems, done, err := f.job.snapshots(ctx)
	if err != nil {
		return err
	}
	defer done()
	f.bind(systems)
	target, closeTarget, err := f.targetSnapshot(ctx)
	if err != nil {
		return err
	}
	defer closeTarget()
	defer f.closeIDs()
	out := &asides{recorder: f.job.Record}
	for _, flow := range f.flows {
		f.job.Progress.Stage("compare "+flow.table, flow.expected(&f.job))
		result, err := flow.compare(ctx, &f.job, target, out, v)
		if err != nil {
			return fmt.Errorf("%s: %w", flow.table, err)
		}
		if err := v.compared(ctx, result); err != nil {
			return err
		}
	}
	return out.flush(ctx)
}

// expected is the number of rows that the flow will read, as far as known.
func (f *flow) expected(job *Job) (rows int64) {
	for _, p := range f.parts {
		switch {
		case p.lastRead > 0:
			rows += p.lastRead
		case job.Expected != nil:
			rows += job.Expected(p.file.Name)
		}
	}
	return rows
}

func (f *Flows) closeIDs() {
	for _, flow := range f.flows {
		for _, p := range flow.parts {
			p.ids.close()
		}
	}
}

// bind points the parts at the systems of this walk.
func (f *Flows) bind(systems map[string]connectors.Source) {
	for _, flow := range f.flows {
		for _, p := range flow.parts {
			p.source = systems[p.file.Source.System]
		}
	}
}

func (f *Flows) targetSnapshot(ctx context.Context) (connectors.Source, func() error, error) {
	if s, ok := f.job.Target.(connectors.Snapshotter); ok {
		snapshot, err := s.Snapshot(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("target: snapshot: %w", err)
		}
		return snapshot, snapshot.Close, nil
	}
	return f.job.Target, func() error { return nil }, nil
}

// compare compares one table.
func (f *flow) compare(ctx context.Context, job *Job, target connectors.Source, out *asides, v visitor) (*flowResult, error) {
	if err := f.collectIDs(ctx, job, out); err != nil {
		return nil, err
	}
	first := f.newPass(job, counting, out)
	first.held = spill.NewSet(job.TempDir)
	defer first.held.Close()
	again := f.newPass(job, repeating, out)
	opened := 0
	want := reconcile.Side{Unique: len(f.parts) == 1 && f.parts[0].unique, Open: func(ctx context.Context) ([]record.Reader, error) {
		opened++
		if opened == 1 {
			return first.open(ctx)
		}
		return again.open(ctx)
	}}
	have := reconcile.Side{Unique: true, Open: func(ctx context.Context) ([]record.Reader, error) {
		r, err := target.Read(ctx, connectors.Query{Table: f.table, Fields: f.schema.Names(), Match: f.scope})
		if err != nil {
			return nil, err
		}
		return []record.Reader{r}, nil
	}}
	collector := &collector{flow: f, visitor: v, held: first.held, result: &flowResult{
		flow: f, accounts: first.accounts, byOrigin: make([]origin, len(f.parts)), extra: map[string]int64{}, held: map[string]int64{}}}
	tally, err := reconcile.Compare(ctx, want, have, f.spec, func(found *reconcile.Finding) error { return collector.visit(ctx, found) })
	if err != nil {
		return nil, err
	}
	if opened > 1 {
		for p, a := range first.accounts {
			if !a.same(again.accounts[p]) {
				return nil, fmt.Errorf("mapping %s: %w", p.file.Name, reconcile.ErrMoved)
			}
		}
	}
	collector.result.tally = tally
	for p, a := range first.accounts {
		p.lastRead = a.read
	}
	return collector.result, f.eachIDs((*idSet).finish)
}

// collector sorts findings by where they come from on their way to a visitor.
type collector struct {
	flow      *flow
	visitor   visitor
	held      *spill.Set
	sealed    bool
	ambiguous record.Value // the key found ambiguous last
	result    *flowResult
}

func (c *collector) visit(ctx context.Context, found *reconcile.Finding) error {
	if !c.sealed {
		// Findings come only after the pass that fills the set has ended.
		c.sealed = true
		if err := c.held.Seal(); err != nil {
			return err
		}
	}
	o := &origin{}
	if found.Want != nil {
		o = &c.result.byOrigin[found.Origin]
	}
	held := false
	switch found.Kind {
	case reconcile.Missing:
		o.missing++
	case reconcile.Changed:
		o.changed++
	case reconcile.Merged:
		o.merged++
	case reconcile.Ambiguous:
		o.ambiguous++
		if err := c.drop(found); err != nil {
			return err
		}
	case reconcile.Extra:
		id := found.Have[c.flow.schema.Key[0]]
		var err error
		if held, err = c.held.Has(idOf(id)); err != nil {
			return err
		}
		held = held || id == c.ambiguous
		source := found.Have[c.flow.schema.Index("source")].AsText()
		c.result.extra[source]++
		if held {
			c.result.held[source]++
		}
	}
	return c.visitor.finding(ctx, c.flow, found, held)
}

// drop takes an ambiguous row out of what others may refer to.
func (c *collector) drop(found *reconcile.Finding) error {
	c.ambiguous = found.Want[c.flow.schema.Key[0]]
	ids := c.flow.parts[found.Origin].ids
	if ids == nil {
		return nil
	}
	return ids.remove(idOf(c.ambiguous))
}

// collectIDs prepares the sets of carried ids. A table that refers to itself
// is read beforehand, until the set no longer shrinks: a row whose parent is
// not carried may itself be the parent of another.
func (f *flow) collectIDs(ctx context.Context, job *Job, out *asides) error {
	for _, p := range f.parts {
		if p.referred {
			p.ids = newIDSet(job.TempDir)
		}
	}
	if len(f.selfRefs) == 0 {
		return nil
	}
	for before := int64(-1); ; {
		carried, err := f.newPass(job, collecting, out).drain(ctx)
		if err != nil {
			return err
		}
		if err := f.eachIDs((*idSet).settle); err != nil {
			return err
		}
		if carried == before {
			return f.eachIDs(func(s *idSet) error { s.freeze(); return nil })
		}
		before = carried
	}
}

// eachIDs calls do for the id set of each part that has one.
func (f *flow) eachIDs(do func(*idSet) error) error {
	for _, p := range f.parts {
		if p.ids == nil {
			continue
		}
		if err := do(p.ids); err != nil {
			return err
		}
	}
	return nil
}

// drain reads a pass to its end and counts the rows carried.
func (p *pass) drain(ctx context.Context) (int64, error) {
	readers, err := p.open(ctx)
	if err != nil {
		return 0, err
	}
	defer closeAll(readers)
	carried := int64(0)
	var b record.Batch
	for _, r := range readers {
		for {
			err := r.Read(ctx, &b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return 0, err
			}
			carried += int64(b.Len())
		}
	}
	return carried, nil
}
