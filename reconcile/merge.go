package reconcile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"crosswalk/internal/spill"
	"crosswalk/record"
)

// item is one sorted row.
type item struct {
	row    record.Row
	rank   record.Value
	origin int
}

// items yields sorted rows in groups of one key.
type items struct {
	sorted *spill.Sorted
	width  int
	count  int64

	key     []byte // of the current group
	group   []item
	nextKey []byte
	next    item
	more    bool // next holds a row
	started bool
	texts   record.Arena
}

// advance goes on to the next group. After the last, the group is empty.
func (s *items) advance() error {
	if !s.started {
		s.started = true
		if err := s.fetch(); err != nil {
			return err
		}
	}
	s.key, s.group = append(s.key[:0], s.nextKey...), s.group[:0]
	for s.more && bytes.Equal(s.key, s.nextKey) {
		s.group = append(s.group, s.next)
		if err := s.fetch(); err != nil {
			return err
		}
	}
	return nil
}

// fetch decodes the next row into a fresh item.
func (s *items) fetch() error {
	key, value, err := s.sorted.Next()
	if errors.Is(err, io.EOF) {
		s.more = false
		return nil
	}
	if err != nil {
		return err
	}
	s.nextKey, s.more = append(s.nextKey[:0], key...), true
	origin, n := binary.Uvarint(value)
	rank, rest, err := record.Decode(value[n:])
	if err != nil {
		return fmt.Errorf("temporary file is damaged: %w", err)
	}
	row := make(record.Row, s.width)
	if _, err := record.DecodeRow(rest, row, &s.texts); err != nil {
		return fmt.Errorf("temporary file is damaged: %w", err)
	}
	s.next = item{row, rank, int(origin)}
	return nil
}

// merge walks two sorted sides in step.
func merge(ctx context.Context, want, have *items, spec Spec, visit func(*Finding) error) (Tally, error) {
	m := merger{spec: spec, visit: visit, tally: Tally{Want: want.count, Have: have.count, Soft: map[int]int64{}}}
	if err := errors.Join(want.advance(), have.advance()); err != nil {
		return m.tally, err
	}
	for n := 0; len(want.group)+len(have.group) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return m.tally, ctx.Err()
		}
		var order int
		switch {
		case len(have.group) == 0:
			order = -1
		case len(want.group) == 0:
			order = 1
		default:
			order = bytes.Compare(want.key, have.key)
		}
		var wants, haves []item
		if order <= 0 {
			wants = want.group
		}
		if order >= 0 {
			haves = have.group
		}
		if err := m.settle(wants, haves); err != nil {
			return m.tally, err
		}
		if order <= 0 {
			if err := want.advance(); err != nil {
				return m.tally, err
			}
		}
		if order >= 0 {
			if err := have.advance(); err != nil {
				return m.tally, err
			}
		}
	}
	return m.tally, nil
}

// merger turns the rows of one key into findings.
type merger struct {
	spec    Spec
	visit   func(*Finding) error
	tally   Tally
	finding Finding
	fields  []int
}

func (m *merger) settle(wants, haves []item) error {
	if len(wants) > 1 && m.spec.Policy != Strict {
		var err error
		if wants, err = m.fold(wants); err != nil {
			return err
		}
	}
	if len(wants) > 1 || len(haves) > 1 {
		return m.duplicate(wants, haves)
	}
	switch {
	case len(wants) == 0 && len(haves) == 0:
		return nil
	case len(haves) == 0:
		m.tally.Missing++
		return m.emit(Finding{Kind: Missing, Want: wants[0].row, Origin: wants[0].origin})
	case len(wants) == 0:
		m.tally.Extra++
		return m.emit(Finding{Kind: Extra, Have: haves[0].row})
	}
	return m.compare(wants[0], haves[0].row)
}

func (m *merger) compare(want item, have record.Row) error {
	m.fields = m.fields[:0]
	soft := false
	for _, f := range m.spec.Compared {
		if want.row[f] == have[f] {
			continue
		}
		if equal := m.spec.Soft[f]; equal != nil && equal(want.row[f], have[f]) {
			m.tally.Soft[f]++
			soft = true
			continue
		}
		m.fields = append(m.fields, f)
	}
	if len(m.fields) == 0 {
		m.tally.Same++
		return nil
	}
	if soft {
		m.unsoften(want.row, have)
	}
	m.tally.Changed++
	return m.emit(Finding{Kind: Changed, Want: want.row, Have: have, Origin: want.origin, Fields: m.fields})
}

// unsoften takes back the soft counts of a row that turned out to differ.
func (m *merger) unsoften(want, have record.Row) {
	for _, f := range m.spec.Compared {
		if want[f] != have[f] && !slices.Contains(m.fields, f) {
			m.tally.Soft[f]--
		}
	}
}

// fold settles wanted rows of one key by the policy. It reports those that
// are merged or ambiguous and returns the row that stands, if one does.
func (m *merger) fold(wants []item) ([]item, error) {
	best := 0
	for i := range wants {
		if m.spec.Policy == KeepMax && record.Compare(wants[i].rank, wants[best].rank) > 0 {
			best = i
		}
	}
	for i, w := range wants {
		rival := i != best && (m.spec.Policy == Fold || w.rank == wants[best].rank)
		if rival && !slices.Equal(w.row, wants[best].row) {
			return nil, m.each(Ambiguous, wants, -1, &m.tally.Ambiguous)
		}
	}
	return wants[best : best+1], m.each(Merged, wants, best, &m.tally.Merged)
}

// each emits a finding for every item but one.
func (m *merger) each(kind Kind, all []item, except int, count *int64) error {
	for i, w := range all {
		if i == except {
			continue
		}
		*count++
		if err := m.emit(Finding{Kind: kind, Want: w.row, Origin: w.origin}); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) duplicate(wants, haves []item) error {
	f := Finding{Kind: Duplicate, Count: len(wants) + len(haves)}
	if len(wants) > 0 {
		f.Want, f.Origin = wants[0].row, wants[0].origin
		m.tally.Duplicates += int64(len(wants) - 1)
	}
	if len(haves) > 0 {
		f.Have = haves[0].row
		m.tally.Duplicates += int64(len(haves) - 1)
	}
	return m.emit(f)
}

func (m *merger) emit(f Finding) error {
	m.finding = f
	return m.visit(&m.finding)
}
