package pipeline

import (
	"context"
	"fmt"

	"crosswalk/internal/spill"
	"crosswalk/reconcile"
)

// Reconcile compares the whole line and changes nothing. Every difference
// goes to the job's Recorder.
func (f *Flows) Reconcile(ctx context.Context) (*Result, error) {
	v := &observer{flows: f, result: &Result{}, findings: true}
	if err := f.walk(ctx, v, false); err != nil {
		return nil, err
	}
	return v.result, v.flush(ctx)
}

// Plan compares the whole line and passes the changes that would remove every
// difference to sink: first creates and updates in dependency order, then
// deletes in the reverse order. The target must stay as it is meanwhile.
func (f *Flows) Plan(ctx context.Context, sink reconcile.Sink) (*Result, error) {
	return f.plan(ctx, sink, false)
}

// Carry is Plan for a sink that writes the changes to the target as they come.
func (f *Flows) Carry(ctx context.Context, sink reconcile.Sink) (*Result, error) {
	return f.plan(ctx, sink, true)
}

func (f *Flows) plan(ctx context.Context, sink reconcile.Sink, writes bool) (*Result, error) {
	v := &planner{observer: observer{flows: f, result: &Result{}}, sink: sink, needed: map[string]*spill.Set{}, awaited: map[string]bool{}}
	defer v.close()
	if err := f.walk(ctx, v, writes); err != nil {
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
		o.asides = append(o.asides, f.undecided(found, ambiguousRule, ambiguousReason, job.MaskKey))
	case reconcile.Duplicate:
		reason := fmt.Sprintf("%s has %d rows of this key; remove or mend all but one", f.System, found.Count-1)
		o.asides = append(o.asides, f.undecided(found, repeatedRule, reason, job.MaskKey))
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
	extra   *spool                // what only the target has of the current flow
	doomed  []*spool              // of the flows before, what may be deleted
	needed  map[string]*spill.Set // ids of a table that rows which stay refer to
	awaited map[string]bool       // mappings outside the hub whose rows those that stay may refer to
}

func (p *planner) finding(ctx context.Context, f *flow, found *reconcile.Finding, held bool) error {
	if found.Kind == reconcile.Extra {
		if err := p.spare(f, found.Have, held); err != nil {
			return err
		}
		return p.observer.finding(ctx, f, found, held)
	}
	if found.Kind == reconcile.Duplicate {
		if err := p.stays(f, found.Have); err != nil {
			return err
		}
	}
	change, scratch, ok := reconcile.ChangeOf(found, f.spec.Compared, p.scratch)
	p.scratch = scratch
	if ok {
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
