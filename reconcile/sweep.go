package reconcile

import (
	"context"
	"hash/maphash"
	"sync"

	"crosswalk/internal/spill"
	"crosswalk/record"
)

const (
	bucketBits = 16
	buckets    = 1 << bucketBits
)

// suspects are the buckets whose rows must be looked at one by one.
type suspects struct {
	seed   maphash.Seed
	bucket []bool
	count  int
	clean  int64 // rows in the other buckets, equal on both sides
	want   []record.Sum
	have   []record.Sum
}

func (s *suspects) none() bool { return s.count == 0 }

// has reports whether rows of this key must be looked at. Without suspects,
// every row must.
func (s *suspects) has(hash uint64) bool { return s == nil || s.bucket[hash>>(64-bucketBits)] }

func (s *suspects) mark(bucket uint64) {
	if !s.bucket[bucket] {
		s.bucket[bucket] = true
		s.count++
	}
}

// sweep reads both sides once and finds the buckets that differ, or in which
// a key occurs twice.
func sweep(ctx context.Context, want Side, have []record.Reader, haveUnique bool, spec Spec) (*suspects, Tally, error) {
	wanted, err := want.Open(ctx)
	if err != nil {
		return nil, Tally{}, err
	}
	defer closeAll(wanted)
	seed := maphash.MakeSeed()
	left := newSweeper(spec, seed, want.Unique)
	right := newSweeper(spec, seed, haveUnique)
	defer left.close()
	defer right.close()
	if err := spec.readAll(ctx, wanted, have, left.read, right.read); err != nil {
		return nil, Tally{}, err
	}
	return compareSums(left, right, seed)
}

func compareSums(left, right *sweeper, seed maphash.Seed) (*suspects, Tally, error) {
	s := &suspects{seed: seed, bucket: make([]bool, buckets), want: left.sums, have: right.sums}
	for i := range buckets {
		if left.sums[i] != right.sums[i] {
			s.mark(uint64(i))
		}
	}
	for _, side := range []*sweeper{left, right} {
		if err := side.repeated(s.mark); err != nil {
			return nil, Tally{}, err
		}
	}
	t := Tally{}
	for i := range buckets {
		t.Want += int64(left.sums[i].Rows)
		t.Have += int64(right.sums[i].Rows)
		if !s.bucket[i] {
			s.clean += int64(left.sums[i].Rows)
		}
	}
	t.Same = s.clean
	return s, t, nil
}

// sweeper sums up one side.
type sweeper struct {
	spec   Spec
	seed   maphash.Seed
	mu     sync.Mutex
	sums   []record.Sum
	hashes *spill.Repeats // of all keys, to find those that repeat; nil if none can
}

func newSweeper(spec Spec, seed maphash.Seed, unique bool) *sweeper {
	s := &sweeper{spec: spec, seed: seed, sums: make([]record.Sum, buckets)}
	if !unique {
		s.hashes = spill.NewRepeats(spec.TempDir)
	}
	return s
}

// read sums up the rows of one reader; readers of one side may run at once.
func (s *sweeper) read(ctx context.Context, r record.Reader) error {
	sums := make([]record.Sum, buckets)
	var encoded []byte
	hashes := make([]uint64, 0, 4096)
	err := scan(ctx, r, func(row record.Row) error {
		encoded = record.AppendFields(encoded[:0], row, s.spec.Schema.Key)
		hash := maphash.Bytes(s.seed, encoded)
		encoded = record.AppendFields(encoded, row, s.spec.Compared)
		sums[hash>>(64-bucketBits)].Add(record.DigestOf(encoded))
		if s.hashes != nil {
			hashes = append(hashes, hash)
			if len(hashes) == cap(hashes) {
				return s.keep(&hashes)
			}
		}
		return nil
	})
	if err == nil && s.hashes != nil {
		err = s.keep(&hashes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, sum := range sums {
		s.sums[i].Merge(sum)
	}
	return err
}

// keep stores collected hashes and makes room for more.
func (s *sweeper) keep(hashes *[]uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.hashes.Add(*hashes)
	*hashes = (*hashes)[:0]
	return err
}

// repeated calls mark for the bucket of each key hash that occurs twice.
func (s *sweeper) repeated(mark func(bucket uint64)) error {
	if s.hashes == nil {
		return nil
	}
	return s.hashes.Each(func(hash uint64) { mark(hash >> (64 - bucketBits)) })
}

func (s *sweeper) close() {
	if s.hashes != nil {
		s.hashes.Close()
	}
}
