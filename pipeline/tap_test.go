package pipeline_test

import (
	"context"
	"errors"
	"sync"

	"crosswalk/connectors"
	"crosswalk/record"
)

// tap is a source or target in whose pipes the test has its hands: it counts
// readers and snapshots, refuses more readers at once than it allows, and
// fails where it is told to. It can be cut into ranges, but has no snapshot.
type tap struct {
	connectors.Source
	parallel int // readers at once; 0 for any number
	batch    int // rows of a batch

	// read is called with the table and the batches read so far, of all
	// readers together, before each batch.
	read func(ctx context.Context, table string, batches int) error

	mu             sync.Mutex
	opened, closed int
	open, most     int
	batches        int
}

var errTorn = errors.New("connection lost")

func (s *tap) Traits() connectors.Traits {
	t := s.Source.Traits()
	if s.parallel > 0 {
		t.Parallel = s.parallel
	}
	return t
}

func (s *tap) Partition(ctx context.Context, table string, n int) ([]record.Range, error) {
	return s.Source.(connectors.Partitioner).Partition(ctx, table, n)
}

func (s *tap) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parallel > 0 && s.open >= s.parallel {
		return nil, connectors.Errorf(connectors.Denied, "read", q.Table, "too many connections")
	}
	r, err := s.Source.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	s.opened++
	s.open++
	s.most = max(s.most, s.open)
	return &tapReader{Reader: r, tap: s, table: q.Table}, nil
}

// Write is that of a target.
func (s *tap) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	return s.Source.(connectors.Target).Write(ctx, c)
}

type tapReader struct {
	record.Reader
	tap    *tap
	table  string
	closed bool
}

func (r *tapReader) Read(ctx context.Context, b *record.Batch) error {
	r.tap.mu.Lock()
	batches := r.tap.batches
	r.tap.batches++
	r.tap.mu.Unlock()
	if r.tap.read != nil {
		if err := r.tap.read(ctx, r.table, batches); err != nil {
			b.Reset(r.Schema())
			return err
		}
	}
	if r.tap.batch > 0 {
		b.Limit = r.tap.batch
	}
	return r.Reader.Read(ctx, b)
}

func (r *tapReader) Close() error {
	r.tap.mu.Lock()
	defer r.tap.mu.Unlock()
	if !r.closed {
		r.closed = true
		r.tap.closed++
		r.tap.open--
	}
	return r.Reader.Close()
}

// shots is a source whose snapshots are counted.
type shots struct {
	*tap
	err           error
	taken, closed int
}

func (s *shots) Snapshot(ctx context.Context) (connectors.Source, error) {
	if s.err != nil {
		return nil, s.err
	}
	fixed, err := s.Source.(connectors.Snapshotter).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	s.taken++
	return &shot{tap: &tap{Source: fixed, parallel: s.parallel, batch: s.batch, read: s.read}, of: s}, nil
}

type shot struct {
	*tap
	of *shots
}

func (s *shot) Close() error {
	s.of.closed++
	return s.Source.Close()
}
