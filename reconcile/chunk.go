package reconcile

import (
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// chunk is the changes of one Write.
type chunk struct {
	section Section
	rows    record.Batch
	changes connectors.Changes
	origins []int
	link    bool               // second half of rows that point into their own table
	wanted  map[int]record.Row // rows written without their pointer, by position
	made    map[int]bool       // links: rows whose creation this completes
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
			c.wanted = map[int]record.Row{}
		}
		c.wanted[at] = slices.Clone(ch.whole)
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

// twofold reports whether the chunk holds either half of rows that are written
// in two steps. Which rows need the second depends on the answers to the
// first, so these chunks are written even if they are known to be done.
func (c *chunk) twofold() bool { return c.link || len(c.wanted) > 0 }

// pending reports whether row i gets its answer when its pointer is written.
// A row that the target rejected never does.
func (c *chunk) pending(i int, answer connectors.Answer) bool {
	_, waits := c.wanted[i]
	return waits && answer.Outcome != connectors.Rejected
}
