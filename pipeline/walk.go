package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
	held     map[string]int64   // those of extra that must stay,
	stays    [stayReasons]int64 // and why
}

// origin counts findings. Those shifted are among those changed, those
// repeated among those ambiguous: the target has several rows of their key.
type origin struct{ missing, changed, shifted, merged, ambiguous, repeated int64 }

// walk compares every flow, in dependency order. The target is read as it was
// at the beginning, or, if the visitor writes to it meanwhile, each table as it
// is when its turn comes.
func (f *Flows) walk(ctx context.Context, v visitor, writes bool) error {
	systems, done, err := f.job.snapshots(ctx)
	if err != nil {
		return err
	}
	defer done()
	f.bind(systems)
	read := f.readNow
	if !writes {
		target, closeTarget, err := f.targetSnapshot(ctx)
		if err != nil {
			return err
		}
		defer closeTarget()
		read = target.Read
	}
	defer f.closeIDs()
	out := &asides{recorder: f.job.Record}
	for _, flow := range f.flows {
		f.job.Progress.Stage("compare "+flow.Table, flow.expected(&f.job))
		result, err := flow.compare(ctx, &f.job, read, out, v)
		if err != nil {
			return fmt.Errorf("%s: %w", flow.Table, err)
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

func (f *Flows) targetSnapshot(ctx context.Context) (connectors.Source, func(), error) {
	if s, ok := f.job.Target.(connectors.Snapshotter); ok {
		snapshot, err := s.Snapshot(ctx)
		switch {
		case err == nil:
			return snapshot, func() { snapshot.Close() }, nil
		case !errors.Is(err, errors.ErrUnsupported):
			return nil, nil, fmt.Errorf("target: snapshot: %w", err)
		}
	}
	return f.job.Target, func() {}, nil
}

// readNow reads the target from a view that lasts only as long as the reader:
// a view that outlives it would keep the target from tidying up what is written
// meanwhile, and SQLite's log would grow to many times the data.
func (f *Flows) readNow(ctx context.Context, q connectors.Query) (record.Reader, error) {
	target, closeTarget, err := f.targetSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	r, err := target.Read(ctx, q)
	if err != nil {
		closeTarget()
		return nil, err
	}
	return &viewReader{Reader: r, closeView: sync.OnceFunc(closeTarget)}, nil
}

// viewReader closes the view that it reads from.
type viewReader struct {
	record.Reader
	closeView func()
}

func (r *viewReader) Close() error {
	err := r.Reader.Close()
	r.closeView()
	return err
}

// compare compares one table.
func (f *flow) compare(ctx context.Context, job *Job, read readFunc, out *asides, v visitor) (*flowResult, error) {
	before, err := f.collectIDs(ctx, job, out)
	if err != nil {
		return nil, err
	}
	first := f.newPass(job, counting, out)
	first.held = spill.NewSet(job.TempDir)
	defer first.held.Close()
	if f.Line != "" { // in the hub, a row that changes its line is deleted and made anew
		first.claimed = spill.NewSet(job.TempDir)
		defer first.claimed.Close()
	}
	again := f.newPass(job, repeating, out)
	opened := 0
	want := reconcile.Side{Unique: f.unique(), Open: func(ctx context.Context) ([]record.Reader, error) {
		opened++
		if opened == 1 {
			return first.open(ctx)
		}
		return again.open(ctx)
	}}
	have := reconcile.Side{Unique: f.schema.Unique, Open: func(ctx context.Context) ([]record.Reader, error) {
		r, err := f.have(ctx, read)
		if err != nil {
			return nil, err
		}
		return []record.Reader{r}, nil
	}}
	collector := &collector{flow: f, visitor: v, held: first.held, claimed: first.claimed, softened: map[int]int64{}, result: &flowResult{
		flow: f, accounts: first.accounts, byOrigin: make([]origin, len(f.parts)), extra: map[string]int64{}, held: map[string]int64{}}}
	tally, err := reconcile.Compare(ctx, want, have, f.spec, func(found *reconcile.Finding) error { return collector.visit(ctx, found) })
	if err != nil {
		return nil, err
	}
	if before != nil && !before.same(first) || opened > 1 && !first.same(again) {
		return nil, reconcile.ErrMoved
	}
	collector.result.tally = collector.adjust(tally)
	for p, a := range first.accounts {
		p.lastRead = a.read
	}
	return collector.result, f.eachIDs((*idSet).finish)
}
