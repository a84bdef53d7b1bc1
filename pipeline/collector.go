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
	ambiguous record.Value // the key found ambiguous last
	spared    int64        // rows changed only in what their mapping does not compare
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
	case reconcile.Merged:
		o.merged++
	case reconcile.Ambiguous:
		o.ambiguous++
		if err := c.drop(found); err != nil {
			return err
		}
	case reconcile.Extra:
		var err error
		if held, err = c.extra(found); err != nil {
			return err
		}
	case reconcile.Duplicate:
		return fmt.Errorf("the target holds id %s more than once; remove all but one of these rows", found.Have[c.flow.schema.Key[0]])
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
	id := found.Have[c.flow.schema.Key[0]]
	if held, err = c.held.Has(idOf(id)); err != nil {
		return false, err
	}
	held = held || id == c.ambiguous
	source := found.Have[c.flow.schema.Index("source")].AsText()
	c.result.extra[source]++
	if held {
		c.result.held[source]++
	}
	return held, nil
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

// adjust counts rows that were spared as the same.
func (c *collector) adjust(t reconcile.Tally) reconcile.Tally {
	t.Changed -= c.spared
	t.Same += c.spared
	for f, n := range c.softened {
		t.Soft[f] += n
	}
	return t
}
