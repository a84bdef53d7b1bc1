package reconcile

import (
	"crosswalk/connectors"
	"crosswalk/record"
)

// chunk is the changes of one Write.
type chunk struct {
	section Section
	rows    record.Batch
	changes connectors.Changes
	origins []int
	link    bool           // second half of rows that point into their own table
	wanted  map[int]linked // rows written without their pointer, by position
	made    map[int]bool   // links: rows whose creation this completes
}

// linked is what a row written without its pointer still needs.
type linked struct {
	row record.Row
}

func newChunk(s Section, link bool) *chunk {
	c := &chunk{section: s, link: link}
	c.rows.Reset(s.Schema)
	c.changes = connectors.Changes{Rows: &c.rows, Compared: s.Compared}
	return c
}

func (c *chunk) add(ch *Change) {
	row := c.rows.Add()
	copy(row, ch.Row)
	at := c.rows.Len() - 1
	if ch.whole != nil {
		if c.wanted == nil {
			c.wanted = map[int]linked{}
		}
		c.wanted[at] = linked{append(record.Row(nil), ch.whole...)}
	}
	if ch.completes {
		if c.made == nil {
			c.made = map[int]bool{}
		}
		c.made[at] = true
	}
	c.changes.Ops = append(c.changes.Ops, ch.Op)
	c.changes.Before = append(c.changes.Before, ch.Before)
	c.origins = append(c.origins, ch.Origin)
}

// origin names the mapping that row i comes from.
func (c *chunk) origin(i int) string {
	if o := c.origins[i]; o < len(c.section.Origins) && c.changes.Ops[i] != connectors.Delete {
		return c.section.Origins[o]
	}
	return ""
}

// counted is the operation that row i counts as: the update that completes a
// created row is part of its creation.
func (c *chunk) counted(i int) connectors.Op {
	if c.made[i] {
		return connectors.Create
	}
	return c.changes.Ops[i]
}
