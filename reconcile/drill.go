package reconcile

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"sync"

	"crosswalk/internal/spill"
	"crosswalk/record"
)

// drill sorts the suspect rows of both sides and merges them. Without
// suspects, all rows are.
func drill(ctx context.Context, want, have Side, spec Spec, s *suspects, visit func(*Finding) error) (Tally, error) {
	left, right := newDriller(spec, s), newDriller(spec, s)
	defer left.sorter.Close()
	defer right.sorter.Close()
	wanted, err := want.Open(ctx)
	if err != nil {
		return Tally{}, err
	}
	there, err := have.Open(ctx)
	done := sync.OnceFunc(func() { closeAll(wanted); closeAll(there) })
	defer done()
	if err != nil {
		return Tally{}, err
	}
	if err := spec.readAll(ctx, wanted, there, left.read, right.read); err != nil {
		return Tally{}, err
	}
	// Whoever acts on the findings may write to what was read.
	done()
	if s != nil && (left.moved(s.want) || right.moved(s.have)) {
		return Tally{}, ErrMoved
	}
	wants, err := left.sorted()
	if err != nil {
		return Tally{}, err
	}
	haves, err := right.sorted()
	if err != nil {
		return Tally{}, err
	}
	return merge(ctx, wants, haves, spec, visit)
}

// driller sorts the suspect rows of one side.
type driller struct {
	spec     Spec
	suspects *suspects
	mu       sync.Mutex
	sorter   *spill.Sorter
	sums     []record.Sum
	rows     int64
}

func newDriller(spec Spec, s *suspects) *driller {
	d := &driller{spec: spec, suspects: s, sorter: spill.NewSorter(spec.TempDir, 0)}
	if s != nil {
		d.sums = make([]record.Sum, buckets)
	}
	return d
}

func (d *driller) read(ctx context.Context, r record.Reader) error {
	var encoded, key, value []byte
	width := len(d.spec.Schema.Fields)
	return scan(ctx, r, func(row record.Row) error {
		var bucket uint64
		var digest record.Digest
		if d.suspects != nil {
			encoded = record.AppendFields(encoded[:0], row, d.spec.Schema.Key)
			hash := maphash.Bytes(d.suspects.seed, encoded)
			if !d.suspects.has(hash) {
				return nil
			}
			encoded = record.AppendFields(encoded, row, d.spec.Compared)
			bucket, digest = hash>>(64-bucketBits), record.DigestOf(encoded)
		}
		key = record.AppendKey(key[:0], row, d.spec.Schema.Key)
		value = appendItem(value[:0], row, width)
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.suspects != nil {
			d.sums[bucket].Add(digest)
		}
		d.rows++
		return d.sorter.Add(key, value)
	})
}

// moved reports whether the rows read now are not those that were swept.
func (d *driller) moved(swept []record.Sum) bool {
	for i, suspect := range d.suspects.bucket {
		if suspect && d.sums[i] != swept[i] {
			return true
		}
	}
	return false
}

func (d *driller) sorted() (*items, error) {
	sorted, err := d.sorter.Sort()
	return &items{sorted: sorted, width: len(d.spec.Schema.Fields), count: d.rows}, err
}

// appendItem writes a row with its origin and rank.
func appendItem(dst []byte, row record.Row, width int) []byte {
	origin, rank := int64(0), record.Null()
	if len(row) > width {
		origin, rank = row[width].AsInt(), row[width+1]
	}
	dst = binary.AppendUvarint(dst, uint64(origin))
	return record.AppendRow(record.Append(dst, rank), row[:width])
}
