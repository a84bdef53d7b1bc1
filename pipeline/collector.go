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

// extra counts a row that only the target has, and reports whether it must
// stay because its source row is undecided.
func (c *collector) extra(found *reconcile.Finding) (held bool, err error) {
	if c.flow.IgnoreExtra {
		c.ignored++
		return false, nil
	}
	id := identity(found.Have, c.flow.schema.Key)
	if held, err = c.held.Has(id); err != nil {
		return false, err
	}
	held = held || id == c.ambiguous
	origin := c.flow.origin(found.Have)
	c.result.extra[origin]++
	if held {
		c.result.held[origin]++
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
