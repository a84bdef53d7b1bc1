package pipeline

import (
	"context"
	"fmt"

	"crosswalk/connectors"
	"crosswalk/internal/spill"
	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// Reconcile compares the whole line and changes nothing. Every difference
// goes to the job's Recorder.
func (f *Flows) Reconcile(ctx context.Context) (*Result, error) {
	v := &observer{flows: f, result: &Result{}, findings: true}
	if err := f.walk(ctx, v); err != nil {
		return nil, err
	}
	return v.result, v.flush(ctx)
}

// Plan compares the whole line and passes the changes that would remove every
// difference to sink: first creates and updates in dependency order, then
// deletes in the reverse order. The sink may be a plan file or an Applier.
func (f *Flows) Plan(ctx context.Context, sink reconcile.Sink) (*Result, error) {
	v := &planner{observer: observer{flows: f, result: &Result{}}, sink: sink}
	defer v.close()
	if err := f.walk(ctx, v); err != nil {
		return nil, err
	}
	if err := v.flush(ctx); err != nil {
		return nil, err
	}
	return v.result, v.deletes(ctx)
}

// observer counts and records what a walk finds.
type observer struct {
	flows    *Flows
	result   *Result
	findings bool // record the differences
	pending  []reconcile.Difference
	asides   []reconcile.Aside
}

func (o *observer) finding(ctx context.Context, f *flow, found *reconcile.Finding, _ bool) error {
	job := &o.flows.job
	switch found.Kind {
	case reconcile.Ambiguous:
		p := f.parts[found.Origin]
		key := found.Want[f.schema.Index("source_key")].AsText()
		o.asides = append(o.asides, reconcile.Aside{Entity: f.table, Source: p.file.Source.System, Mapping: p.file.Name,
			Key: p.shownKey(key, job.MaskKey), Outcome: string(mapping.Quarantined), Rule: ambiguousRule, Reason: ambiguousReason})
	case reconcile.Missing, reconcile.Changed, reconcile.Extra:
		if o.findings {
			o.pending = append(o.pending, f.describe(found, job.MaskKey))
		}
	}
	if len(o.pending)+len(o.asides) < asideBatch {
		return nil
	}
	return o.flush(ctx)
}

func (o *observer) compared(_ context.Context, r *flowResult) error {
	o.result.add(r)
	return nil
}

func (o *observer) flush(ctx context.Context) error {
	recorder := o.flows.job.Record
	if recorder != nil && len(o.pending) > 0 {
		if err := recorder.Findings(ctx, o.pending); err != nil {
			return err
		}
	}
	if recorder != nil && len(o.asides) > 0 {
		if err := recorder.SetAside(ctx, o.asides); err != nil {
			return err
		}
	}
	o.pending, o.asides = o.pending[:0], o.asides[:0]
	return nil
}

// planner also turns findings into changes.
type planner struct {
	observer
	sink    reconcile.Sink
	open    *flow // whose section the sink is in
	scratch []byte
	extra   *spill.Sorter // deletes of the current flow
	doomed  []doomed
}

// doomed are the rows of one flow that only the target has.
type doomed struct {
	flow *flow
	rows *spill.Sorter
}

func (p *planner) finding(ctx context.Context, f *flow, found *reconcile.Finding, held bool) error {
	change, scratch, ok := reconcile.ChangeOf(found, f.spec.Compared, p.scratch)
	p.scratch = scratch
	switch {
	case ok && change.Op == connectors.Delete && !held:
		if p.extra == nil {
			p.extra = spill.NewSorter(p.flows.job.TempDir, 4<<20)
		}
		p.scratch = record.AppendRow(p.scratch[:0], found.Have)
		if err := p.extra.Add(record.AppendKey(nil, found.Have, f.schema.Key), p.scratch); err != nil {
			return err
		}
	case ok && change.Op != connectors.Delete:
		if err := p.enter(ctx, f); err != nil {
			return err
		}
		if err := p.sink.Change(ctx, &change); err != nil {
			return err
		}
	}
	return p.observer.finding(ctx, f, found, held)
}

// enter begins the section of a flow when its first change comes.
func (p *planner) enter(ctx context.Context, f *flow) error {
	if p.open == f {
		return nil
	}
	p.open = f
	return p.sink.Section(ctx, f.section(false))
}

func (f *flow) section(deletes bool) reconcile.Section {
	s := reconcile.Section{Schema: f.schema, Compared: f.spec.Compared, SelfRefs: f.selfRefs, Deletes: deletes}
	for _, p := range f.parts {
		s.Origins = append(s.Origins, p.file.Name)
	}
	return s
}

// compared decides, now that the whole table was read, whether what only the
// target has may be deleted (invariant 5).
func (p *planner) compared(ctx context.Context, r *flowResult) error {
	if err := p.observer.compared(ctx, r); err != nil {
		return err
	}
	held := int64(0)
	for _, n := range r.held {
		held += n
	}
	if held > 0 {
		p.withhold(r, held, "their source rows are quarantined or rejected, so nobody knows yet what they should be", false)
	}
	rows := p.extra
	p.extra = nil
	if rows == nil {
		return nil
	}
	n, unkeyed := int64(rows.Len()), r.unkeyed()
	deletes := p.flows.job.Deletes
	switch {
	case unkeyed > 0:
		p.withhold(r, n, fmt.Sprintf("%d source rows have no readable key, so these may be among them", unkeyed), false)
	case !deletes.allows(n, r.tally.Have):
		p.withhold(r, n, fmt.Sprintf("more than the cap of %d rows or %g %% of %d; raise it with --max-deletes if this is meant", deletes.Rows, deletes.Percent, r.tally.Have), true)
	default:
		p.doomed = append(p.doomed, doomed{r.flow, rows})
		return nil
	}
	return rows.Close()
}

func (p *planner) withhold(r *flowResult, rows int64, reason string, gate bool) {
	p.result.Withheld = append(p.result.Withheld, reconcile.Withheld{Entity: r.flow.table, Rows: rows, Reason: reason, Gate: gate})
}

// deletes passes on what is to be deleted, children before parents.
func (p *planner) deletes(ctx context.Context) error {
	for i := len(p.doomed) - 1; i >= 0; i-- {
		d := p.doomed[i]
		sorted, err := d.rows.Sort()
		if err != nil {
			return err
		}
		if err := p.sink.Section(ctx, d.flow.section(true)); err != nil {
			return err
		}
		row := make(record.Row, len(d.flow.schema.Fields))
		var texts record.Arena
		for range d.rows.Len() {
			_, value, err := sorted.Next()
			if err != nil {
				return err
			}
			if _, err := record.DecodeRow(value, row, &texts); err != nil {
				return err
			}
			change, scratch, _ := reconcile.ChangeOf(&reconcile.Finding{Kind: reconcile.Extra, Have: row}, d.flow.spec.Compared, p.scratch)
			p.scratch = scratch
			if err := p.sink.Change(ctx, &change); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) close() {
	if p.extra != nil {
		p.extra.Close()
	}
	for _, d := range p.doomed {
		d.rows.Close()
	}
}
