package pipeline

import (
	"crosswalk/internal/spill"
	"crosswalk/record"
)

// spool keeps rows of one flow, on disk once they are many. They can be read
// once.
type spool struct {
	flow   *flow
	dir    string
	sorter *spill.Sorter
	key    []byte
	value  []byte
}

func newSpool(f *flow, dir string) *spool {
	return &spool{flow: f, dir: dir, sorter: spill.NewSorter(dir, 4<<20)}
}

func (s *spool) add(row record.Row) error {
	s.key, s.value = record.AppendKey(s.key[:0], row, s.flow.schema.Key), record.AppendRow(s.value[:0], row)
	return s.sorter.Add(s.key, s.value)
}

func (s *spool) len() int64 { return int64(s.sorter.Len()) }

// each calls visit for the rows in order of key.
func (s *spool) each(visit func(record.Row) error) error {
	sorted, err := s.sorter.Sort()
	if err != nil {
		return err
	}
	row := make(record.Row, len(s.flow.schema.Fields))
	var texts record.Arena
	for range s.sorter.Len() {
		_, value, err := sorted.Next()
		if err != nil {
			return err
		}
		if _, err := record.DecodeRow(value, row, &texts); err != nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return nil
}

// split separates the rows whose ids are not in the set from those whose are,
// and closes s.
func (s *spool) split(ids *spill.Set) (without, with *spool, err error) {
	defer s.close()
	without, with = newSpool(s.flow, s.dir), newSpool(s.flow, s.dir)
	err = s.each(func(row record.Row) error {
		found, err := ids.Has(identity(row, s.flow.schema.Key))
		switch {
		case err != nil:
			return err
		case found:
			return with.add(row)
		}
		return without.add(row)
	})
	return without, with, err
}

func (s *spool) close() { s.sorter.Close() }
