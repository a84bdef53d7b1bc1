package pipeline

import (
	"context"
	"fmt"
	"slices"

	"crosswalk/internal/spill"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// collector sorts findings by where they come from on their way to a visitor.
type collector struct {
	flow      *flow
	visitor   visitor
	held      *spill.Set
	claimed   *spill.Set // or nil
	sealed    bool
	ambiguous record.Digest // the key found ambiguous last
	spared    int64         // rows changed only in what their mapping does not compare
	ignored   int64         // rows that only the target has and that are nobody's business
	repeated  int64         // keys of several rows that only the target has
	softened  map[int]int64
	result    *flowResult
}

func (c *collector) visit(ctx context.Context, found *reconcile.Finding) error {
	if !c.sealed {
		// Findings come only after the pass that fills the sets has ended.
		c.sealed = true
		if err := c.seal(); err != nil {
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
		if c.spare(found) {
			return nil
		}
		o.changed++
		if found.Class() == reconcile.ClassDateConvention {
			o.shifted++
		}
	case reconcile.Merged:
		o.merged++
	case reconcile.Ambiguous:
		o.ambiguous++
		if err := c.drop(found); err != nil {
			return err
		}
	case reconcile.Duplicate:
		switch {
		case c.flow.InHub():
			return fmt.Errorf("the target holds id %s more than once; remove all but one of these rows", found.Have[c.flow.schema.Key[0]])
		case found.Want != nil:
			o.ambiguous++
			o.repeated++
		default:
			c.repeat(found)
			found.Kind, held = reconcile.Extra, true
		}
	case reconcile.Extra:
		var err error
		if held, err = c.extra(found); err != nil {
			return err
		}
	}
	if found.Kind == reconcile.Extra && c.flow.IgnoreExtra {
		return nil
	}
	return c.visitor.finding(ctx, c.flow, found, held)
}

// spare leaves alone the columns that the row's mapping does not fill, and
// reports whether the row differs in nothing that the mapping compares.
func (c *collector) spare(found *reconcile.Finding) bool {
	p := c.flow.parts[found.Origin]
	for _, f := range p.others {
		found.Want[f] = found.Have[f]
	}
	counts := func(f int) bool { return p.compares[f] }
	if slices.ContainsFunc(found.Fields, counts) {
		found.Fields = slices.DeleteFunc(found.Fields, func(f int) bool { return !counts(f) })
		return false
	}
	c.spared++
	for _, f := range c.flow.spec.Compared {
		if counts(f) && found.Want[f] != found.Have[f] {
			c.softened[f]++
		}
	}
	return true
}

func (c *collector) seal() error {
	if c.claimed != nil {
		if err := c.claimed.Seal(); err != nil {
			return err
		}
	}
	return c.held.Seal()
}

// stayReason is why rows that only the target has must stay.
type stayReason int

const (
	undecided stayReason = iota
	claimed
	repeated
	stayReasons
)

// whyStay tells a reason to people.
func (f *flow) whyStay(why stayReason) string {
	switch why {
	case claimed:
		return fmt.Sprintf("their source rows are of another product line now; set %s of these rows in %s, and that line takes them over", f.Line, f.System)
	case repeated:
		return "several of them share a key, so a delete could meet any of these"
	}
	return "their source rows are quarantined or rejected, so nobody knows yet what they should be"
}

// extra counts a row that only the target has, and reports whether it must
// stay because of its source row.
func (c *collector) extra(found *reconcile.Finding) (held bool, err error) {
	if c.flow.IgnoreExtra {
		c.ignored++
		return false, nil
	}
	id := identity(found.Have, c.flow.schema.Key)
	why := undecided
	if held, err = c.held.Has(id); err != nil {
		return false, err
	}
	held = held || id == c.ambiguous
	if !held && c.claimed != nil {
		why = claimed
		if held, err = c.claimed.Has(id); err != nil {
			return false, err
		}
	}
	origin := c.flow.origin(found.Have)
	c.result.extra[origin]++
	if held {
		c.result.held[origin]++
		c.result.stays[why]++
	}
	return held, nil
}

// repeat counts rows that only the target has and that share a key. A delete
// by that key could meet any of them, so they stay.
func (c *collector) repeat(found *reconcile.Finding) {
	if c.flow.IgnoreExtra {
		return
	}
	origin := c.flow.origin(found.Have)
	c.result.extra[origin] += int64(found.Count)
	c.result.held[origin] += int64(found.Count)
	c.result.stays[repeated] += int64(found.Count)
	c.repeated++
}

// drop takes an ambiguous row out of what others may refer to.
func (c *collector) drop(found *reconcile.Finding) error {
	c.ambiguous = identity(found.Want, c.flow.schema.Key)
	ids := c.flow.parts[found.Origin].ids
	if ids == nil {
		return nil
	}
	return ids.remove(c.ambiguous)
}

// adjust counts rows that were spared as the same, and those ignored not at all.
func (c *collector) adjust(t reconcile.Tally) reconcile.Tally {
	t.Changed -= c.spared
	t.Same += c.spared
	t.Extra += c.repeated - c.ignored
	for f, n := range c.softened {
		t.Soft[f] += n
	}
	return t
}
