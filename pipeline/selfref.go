package pipeline

import (
	"context"

	"crosswalk/reconcile"
	"crosswalk/record"
)

// collectIDs prepares the sets of carried ids. A table that refers to itself
// is read beforehand, until the sets no longer shrink: a row whose parent is
// not carried may itself be the parent of another. It returns the last of
// these passes, nil if there was none.
//
// Only then do rows that differ and share a key fall, and what refers to them
// in turn: a row whose parent is missing is no rival of another.
func (f *flow) collectIDs(ctx context.Context, job *Job, out *asides) (*pass, error) {
	for _, p := range f.parts {
		if p.referred {
			p.ids = newIDSet(job.TempDir)
		}
	}
	if len(f.selfRefs) == 0 {
		return nil, nil
	}
	rivals := true // still stand
	for before := int64(-1); ; {
		pass := f.newPass(job, collecting, out)
		t, standing, err := f.collect(ctx, pass, rivals)
		if err != nil {
			return nil, err
		}
		if err := f.eachIDs((*idSet).settle); err != nil {
			return nil, err
		}
		switch {
		case standing != before:
			before = standing
		case rivals && t.Ambiguous > 0:
			rivals, before = false, -1
		default:
			return pass, f.eachIDs(func(s *idSet) error { s.freeze(); return nil })
		}
	}
}

// collect reads a flow once, adds the ids of the rows that stand to the sets
// and counts these rows. What fell in an earlier pass stays fallen, even if
// its rival has fallen since, or the passes might never end.
func (f *flow) collect(ctx context.Context, pass *pass, rivals bool) (t reconcile.Tally, standing int64, err error) {
	want := reconcile.Side{Unique: f.unique(), Open: pass.open}
	nothing := reconcile.Side{Unique: true, Open: func(context.Context) ([]record.Reader, error) { return nil, nil }}
	t, err = reconcile.Compare(ctx, want, nothing, f.spec, func(found *reconcile.Finding) error {
		ids := f.parts[found.Origin].ids
		if ids == nil || found.Kind == reconcile.Ambiguous && !rivals {
			return nil
		}
		id := identity(found.Want, f.schema.Key)
		stood, err := ids.has(id)
		if err != nil || !stood {
			return err
		}
		standing++
		return ids.add([]record.Digest{id})
	})
	return t, standing, err
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
