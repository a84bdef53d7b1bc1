package reconcile

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"crosswalk/connectors"
	"crosswalk/internal/spill"
	"crosswalk/record"
)

// links writes rows that point at rows of their own table in two steps, so
// that no order of rows can break the reference: first every row without the
// pointer, then, when all stand, the pointers.
//
//	create child → parent   becomes   create child → null ... update child → parent
//	update child → parent   waits until all rows of the section are created
type links struct {
	section Section
	later   *spill.Sorter
	count   uint64
	scratch []byte
	bare    record.Row
}

func newLinks(s Section, dir string) *links {
	return &links{section: s, later: spill.NewSorter(dir, 4<<20), bare: make(record.Row, len(s.Schema.Fields))}
}

// split takes the pointers out of a created row; an update that moves one is
// kept for later altogether.
func (l *links) split(c *Change) (deferred bool, err error) {
	points := slices.ContainsFunc(l.section.SelfRefs, func(f int) bool { return !c.Row[f].IsNull() })
	switch {
	case c.Op == connectors.Update && points:
		return true, l.keep(c.Op, c.Before, c.Origin, c.Row)
	case c.Op == connectors.Create && points:
		c.whole = c.Row
		copy(l.bare, c.Row)
		for _, f := range l.section.SelfRefs {
			l.bare[f] = record.Null()
		}
		c.Row = l.bare
	}
	return false, nil
}

// pending reports whether row i of a chunk gets its answer later.
func (l *links) pending(c *chunk, i int, answer connectors.Answer) bool {
	_, waits := c.wanted[i]
	return waits && answer.Outcome != connectors.Rejected
}

// keepAll keeps the second step of the rows of a chunk; rows that the target
// rejected have none.
func (l *links) keepAll(c *chunk, answers []connectors.Answer) error {
	for i := range c.rows.Len() {
		whole, waits := c.wanted[i]
		if !waits || answers != nil && !l.pending(c, i, answers[i]) {
			continue
		}
		l.scratch = record.AppendFields(l.scratch[:0], c.rows.Row(i), l.section.Compared)
		before := record.DigestOf(l.scratch)
		if err := l.keep(connectors.Create, before, c.origins[i], whole.row); err != nil {
			return err
		}
	}
	return nil
}

func (l *links) keep(op connectors.Op, before record.Digest, origin int, row record.Row) error {
	l.count++
	value := append([]byte{byte(op)}, binary.BigEndian.AppendUint64(nil, before.Hi)...)
	value = binary.AppendUvarint(binary.BigEndian.AppendUint64(value, before.Lo), uint64(origin))
	key := record.AppendKey(nil, row, l.section.Schema.Key)
	return l.later.Add(key, record.AppendRow(value, row))
}

// each passes the kept changes on, in order of key, so that chunks are the
// same whichever worker was first.
func (l *links) each(visit func(*Change) error) error {
	sorted, err := l.later.Sort()
	if err != nil {
		return err
	}
	var texts record.Arena
	row := make(record.Row, len(l.section.Schema.Fields))
	for {
		_, value, err := sorted.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		c := Change{Op: connectors.Update, Row: row, completes: connectors.Op(value[0]) == connectors.Create}
		c.Before = record.Digest{Hi: binary.BigEndian.Uint64(value[1:]), Lo: binary.BigEndian.Uint64(value[9:])}
		origin, n := binary.Uvarint(value[17:])
		c.Origin = int(origin)
		if _, err := record.DecodeRow(value[17+n:], row, &texts); err != nil {
			return err
		}
		if err := visit(&c); err != nil {
			return err
		}
	}
}

func (l *links) close() { l.later.Close() }
