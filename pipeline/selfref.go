package pipeline

import (
	"context"

	"crosswalk/reconcile"
	"crosswalk/record"
)

// collectIDs prepares the sets of carried ids. A table that refers to itself
// is read beforehand, until the set no longer shrinks: a row whose parent is
// not carried may itself be the parent of another. It returns the last of
// these passes, nil if there was none.
func (f *flow) collectIDs(ctx context.Context, job *Job, out *asides) (*pass, error) {
	for _, p := range f.parts {
		if p.referred {
			p.ids = newIDSet(job.TempDir)
		}
	}
	if len(f.selfRefs) == 0 {
		return nil, nil
	}
	for before := int64(-1); ; {
		pass := f.newPass(job, collecting, out)
		standing, err := f.collect(ctx, pass)
		if err != nil {
			return nil, err
		}
		if err := f.eachIDs((*idSet).settle); err != nil {
			return nil, err
		}
		if standing == before {
			return pass, f.eachIDs(func(s *idSet) error { s.freeze(); return nil })
		}
		before = standing
	}
}

// collect reads a flow once and adds the ids of the rows that stand to the
// sets. Rows that share a key and differ do not, nor does what once fell: with
// its parents gone, a row may look unambiguous to a later pass.
func (f *flow) collect(ctx context.Context, pass *pass) (standing int64, err error) {
	want := reconcile.Side{Unique: f.unique(), Open: pass.open}
	nothing := reconcile.Side{Unique: true, Open: func(context.Context) ([]record.Reader, error) { return nil, nil }}
	_, err = reconcile.Compare(ctx, want, nothing, f.spec, func(found *reconcile.Finding) error {
		ids := f.parts[found.Origin].ids
		if found.Kind != reconcile.Missing || ids == nil {
			return nil
		}
		id := idOf(found.Want[f.schema.Key[0]])
		stood, err := ids.has(id)
		if err != nil || !stood {
			return err
		}
		standing++
		return ids.add([]record.Digest{id})
	})
	return standing, err
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
