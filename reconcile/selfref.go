package reconcile

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"

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
//
// A links may be used by several goroutines until each is called.
type links struct {
	section Section
	mu      sync.Mutex
	later   *spill.Sorter
	bare    record.Row
	now     Change
}

func newLinks(s Section, dir string) *links {
	return &links{section: s, later: spill.NewSorter(dir, 4<<20), bare: make(record.Row, len(s.Schema.Fields))}
}

// split returns what of a change can be done now: a row to create without its
// pointers. An update that moves a pointer is kept for later altogether, and
// the result is nil. It is valid until the next call.
func (l *links) split(c *Change) (*Change, error) {
	points := slices.ContainsFunc(l.section.SelfRefs, func(f int) bool { return !c.Row[f].IsNull() })
	if !points || c.Op == connectors.Delete {
		return c, nil
	}
	if c.Op == connectors.Update {
		return nil, l.keep(c.Op, c.Before, c.Origin, c.Row)
	}
	copy(l.bare, c.Row)
	for _, f := range l.section.SelfRefs {
		l.bare[f] = record.Null()
	}
	l.now = *c
	l.now.Row, l.now.whole = l.bare, c.Row
	return &l.now, nil
}

// keepAll keeps the second step of the rows of a chunk.
func (l *links) keepAll(c *chunk, answers []connectors.Answer) error {
	var encoded []byte
	for i, answer := range answers {
		if !c.pending(i, answer) {
			continue
		}
		encoded = record.AppendFields(encoded[:0], c.rows.Row(i), l.section.Compared)
		if err := l.keep(connectors.Create, record.DigestOf(encoded), c.origins[i], c.wanted[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *links) keep(op connectors.Op, before record.Digest, origin int, row record.Row) error {
	value := binary.BigEndian.AppendUint64([]byte{byte(op)}, before.Hi)
	value = binary.AppendUvarint(binary.BigEndian.AppendUint64(value, before.Lo), uint64(origin))
	key := record.AppendKey(nil, row, l.section.Schema.Key)
	l.mu.Lock()
	defer l.mu.Unlock()
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
