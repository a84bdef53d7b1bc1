package pipeline

import (
	"encoding/binary"
	"encoding/hex"
	"sync"

	"crosswalk/internal/spill"
	"crosswalk/record"
)

// idSet knows which rows of an entity are carried in this run, so that a row
// whose parent is not carried is set aside instead of breaking a reference.
//
//	add ─▶ growing ──settle──▶ known ─▶ has
type idSet struct {
	mu      sync.Mutex
	dir     string
	growing *spill.Set // nil once no more ids are wanted
	known   *spill.Set // nil until a first pass is complete
	removed *spill.Set // rows that turned out to be ambiguous
	final   bool
	cache   map[record.Digest]bool
}

// idCache bounds the answers that an idSet remembers (about 50 bytes each).
const idCache = 1 << 16

func newIDSet(dir string) *idSet {
	return &idSet{dir: dir, growing: spill.NewSet(dir), removed: spill.NewSet(dir), cache: map[record.Digest]bool{}}
}

// add adds the ids of carried rows.
func (s *idSet) add(ids []record.Digest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.growing == nil {
		return nil
	}
	for _, id := range ids {
		if err := s.growing.Add(id); err != nil {
			return err
		}
	}
	return nil
}

// remove takes an id out again, before finish.
func (s *idSet) remove(id record.Digest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removed.Add(id)
}

// settle makes what was added since the last settle the set that has asks.
func (s *idSet) settle() error {
	if s.growing == nil {
		return nil
	}
	if err := s.growing.Seal(); err != nil {
		return err
	}
	if s.known != nil {
		s.known.Close()
	}
	s.known, s.growing = s.growing, spill.NewSet(s.dir)
	clear(s.cache)
	return nil
}

// freeze keeps the known set as it is, whatever is added.
func (s *idSet) freeze() { s.growing = nil }

// finish ends the adding and the removing.
func (s *idSet) finish() error {
	if err := s.settle(); err != nil {
		return err
	}
	s.growing, s.final = nil, true
	clear(s.cache)
	return s.removed.Seal()
}

// has reports whether the row is carried. Before the first pass is complete
// nobody can tell, and every row counts as carried.
func (s *idSet) has(id record.Digest) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		return true, nil
	}
	if found, cached := s.cache[id]; cached {
		return found, nil
	}
	found, err := s.known.Has(id)
	if err == nil && found && s.final {
		var gone bool
		gone, err = s.removed.Has(id)
		found = !gone
	}
	if err != nil {
		return false, err
	}
	if len(s.cache) >= idCache {
		clear(s.cache)
	}
	s.cache[id] = found
	return found, nil
}

// close gives the disk back. A nil set has none.
func (s *idSet) close() {
	if s == nil {
		return
	}
	for _, set := range []*spill.Set{s.known, s.growing, s.removed} {
		if set != nil {
			set.Close()
		}
	}
}

// identity stands for the key of a row.
func identity(row record.Row, key []int) record.Digest {
	if len(key) == 1 {
		return idOf(row[key[0]])
	}
	return record.DigestOf(record.AppendFields(nil, row, key))
}

// idOf reads a UUID as the 128 bits that it is. Anything else is digested.
func idOf(v record.Value) record.Digest {
	var p [16]byte
	s := v.AsText()
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		var compact [32]byte
		n := copy(compact[:], s[:8])
		n += copy(compact[n:], s[9:13])
		n += copy(compact[n:], s[14:18])
		n += copy(compact[n:], s[19:23])
		copy(compact[n:], s[24:])
		if _, err := hex.Decode(p[:], compact[:]); err == nil {
			return record.Digest{Hi: binary.BigEndian.Uint64(p[:8]), Lo: binary.BigEndian.Uint64(p[8:])}
		}
	}
	return record.DigestOf(record.Append(nil, v))
}
