package pipeline

import (
	"cmp"
	"fmt"
	"slices"

	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// Result is what a run did and saw.
type Result struct {
	Counts   []reconcile.Counts    // by flow, then mapping
	Reasons  []reconcile.Reason    // why rows were set aside, most rows first within an entity
	Soft     []reconcile.SoftCount // rows equal only by a declared lossy rule
	Findings int64                 // differences that remain
	Withheld []reconcile.Withheld  // deletes that were not proposed

	// NotChecked names the columns that are carried but not compared, by flow,
	// mapping and column.
	NotChecked []string
}

// counts turns a comparison into counts, one for each mapping and one for
// each further system that only the target has rows of.
func (r *flowResult) counts() []reconcile.Counts {
	var all []reconcile.Counts
	extra, held := map[string]int64{}, map[string]int64{}
	for s, n := range r.extra {
		extra[s] = n
		held[s] = r.held[s]
	}
	for i, p := range r.flow.parts {
		a, o := r.accounts[p], r.byOrigin[i]
		c := reconcile.Counts{Entity: r.flow.Table, Source: p.file.Source.System, Mapping: p.file.Name}
		c.Read = a.read
		c.Missing, c.Changed, c.Shifted, c.Merged = o.missing, o.changed, o.shifted, o.merged
		c.Unchanged = a.carried - o.missing - o.changed - o.merged - o.ambiguous
		c.Archived, c.Excluded = a.outcomes[mapping.Archived], a.outcomes[mapping.Excluded]
		c.Quarantined = a.outcomes[mapping.Quarantined] + o.ambiguous
		c.Rejected = a.outcomes[mapping.Rejected]
		c.Extra, c.Withheld = extra[c.Source], held[c.Source]
		delete(extra, c.Source)
		delete(held, c.Source)
		c.Settle(false)
		all = append(all, c)
	}
	for source, n := range extra {
		c := reconcile.Counts{Entity: r.flow.Table, Source: source, Extra: n, Withheld: held[source]}
		c.Settle(false)
		all = append(all, c)
	}
	slices.SortStableFunc(all[len(r.flow.parts):], func(a, b reconcile.Counts) int { return cmp.Compare(a.Source, b.Source) })
	return all
}

func (r *flowResult) reasons() []reconcile.Reason {
	var all []reconcile.Reason
	for i, p := range r.flow.parts {
		o := r.byOrigin[i]
		add := func(outcome mapping.Outcome, rule string, rows int64) {
			if rows > 0 {
				all = append(all, reconcile.Reason{Entity: r.flow.Table, Mapping: p.file.Name, Outcome: string(outcome), Rule: rule, Rows: rows})
			}
		}
		for reason, n := range r.accounts[p].reasons {
			add(reason.Outcome, reason.Rule, n)
		}
		add(mapping.Quarantined, ambiguousRule, o.ambiguous-o.repeated)
		add(mapping.Quarantined, repeatedRule, o.repeated)
	}
	slices.SortFunc(all, func(a, b reconcile.Reason) int {
		return cmp.Or(-cmp.Compare(a.Rows, b.Rows), cmp.Compare(a.Mapping, b.Mapping), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Rule, b.Rule))
	})
	return all
}

func (r *flowResult) soft() []reconcile.SoftCount {
	var all []reconcile.SoftCount
	for f, field := range r.flow.schema.Fields {
		if n := r.tally.Soft[f]; n > 0 {
			all = append(all, reconcile.SoftCount{Entity: r.flow.Table, Column: field.Name, Rows: n})
		}
	}
	return all
}

// unkeyed is the number of source rows that nobody can put a key to.
func (r *flowResult) unkeyed() (n int64) {
	for _, a := range r.accounts {
		n += a.unkeyed
	}
	return n
}

// add adds a comparison to the result.
func (r *Result) add(c *flowResult) {
	r.Counts = append(r.Counts, c.counts()...)
	r.Reasons = append(r.Reasons, c.reasons()...)
	r.Soft = append(r.Soft, c.soft()...)
	r.Findings += c.tally.Missing + c.tally.Changed + c.tally.Extra
	r.NotChecked = append(r.NotChecked, c.flow.notChecked()...)
}

func (f *flow) notChecked() []string {
	var all []string
	if f.IgnoreExtra {
		all = append(all, fmt.Sprintf("%s: rows that only %s has are left alone", f.Table, f.System))
	}
	for _, p := range f.parts {
		for _, i := range p.columns {
			if !p.compares[i] && !slices.Contains(f.schema.Key, i) {
				all = append(all, fmt.Sprintf("%s: %s is carried, not compared", p.file.Name, f.schema.Fields[i].Name))
			}
		}
	}
	return all
}

const (
	ambiguousRule   = "same key, different rows"
	ambiguousReason = "another row of the same key says otherwise; decide which is right"
	repeatedRule    = "several rows of the target have the key"
)

// undecided sets a wanted row aside that a comparison could not settle.
func (f *flow) undecided(found *reconcile.Finding, rule, reason string, maskKey []byte) reconcile.Aside {
	p := f.parts[found.Origin]
	key := f.shownKey(found.Want, maskKey)
	if f.InHub() {
		key = p.shownKey(found.Want[f.schema.Index("source_key")].AsText(), maskKey)
	}
	return reconcile.Aside{Entity: f.Table, Source: p.file.Source.System, Mapping: p.file.Name,
		Key: key, Outcome: string(mapping.Quarantined), Rule: rule, Reason: reason}
}

// describe turns a finding into its lasting form.
func (f *flow) describe(found *reconcile.Finding, maskKey []byte) reconcile.Difference {
	out := reconcile.Difference{Entity: f.Table, Kind: found.Kind.Name(), Class: found.Class()}
	row := found.Want
	if row == nil {
		row = found.Have
	} else {
		out.Mapping = f.parts[found.Origin].file.Name
	}
	out.Key = f.shownKey(row, maskKey)
	if i := f.schema.Index("source_key"); i >= 0 && f.InHub() {
		out.Source = f.shown(i, row, maskKey)
	}
	for _, i := range found.Fields {
		out.Fields = append(out.Fields, reconcile.FieldChange{
			Name: f.schema.Fields[i].Name, Want: f.shownOrNil(i, found.Want, maskKey), Have: f.shownOrNil(i, found.Have, maskKey),
		})
	}
	return out
}

func (f *flow) shown(i int, row record.Row, maskKey []byte) string {
	if f.schema.Fields[i].Masked {
		return record.Keyed(maskKey, row[i])
	}
	return brief(row[i].String())
}

func (f *flow) shownOrNil(i int, row record.Row, maskKey []byte) *string {
	if row[i].IsNull() {
		return nil
	}
	s := f.shown(i, row, maskKey)
	return &s
}
