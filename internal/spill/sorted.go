package spill

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// Sorted yields the records of a Sorter in order of key.
type Sorted struct {
	sources []run
	queue   runQueue
	last    run
	err     error
}

// Next returns the next record, or io.EOF after the last. The slices are
// valid until the next call.
func (s *Sorted) Next() (key, value []byte, err error) {
	if s.err != nil {
		return nil, nil, s.err
	}
	if s.last != nil {
		if s.advance(); s.err != nil {
			return nil, nil, s.err
		}
	}
	if len(s.queue) == 0 {
		return nil, nil, io.EOF
	}
	s.last = s.queue[0].run
	key, value = s.last.record()
	return key, value, nil
}

func (s *Sorted) advance() {
	switch err := s.last.next(); {
	case err == nil:
		heap.Fix(&s.queue, 0)
	case errors.Is(err, io.EOF):
		heap.Pop(&s.queue)
	default:
		s.err = err
	}
	s.last = nil
}

func (s *Sorted) start() error {
	for i, r := range s.sources {
		switch err := r.next(); {
		case err == nil:
			s.queue = append(s.queue, queued{r, i})
		case !errors.Is(err, io.EOF):
			s.err = err
			return err
		}
	}
	heap.Init(&s.queue)
	return nil
}

// run yields the records of one sorted run.
type run interface {
	next() error // io.EOF after the last
	record() (key, value []byte)
}

type queued struct {
	run   run
	order int // earlier runs win ties, so that sorting is stable
}

type runQueue []queued

func (q runQueue) Len() int { return len(q) }
func (q runQueue) Less(i, j int) bool {
	a, _ := q[i].run.record()
	b, _ := q[j].run.record()
	if c := bytes.Compare(a, b); c != 0 {
		return c < 0
	}
	return q[i].order < q[j].order
}
func (q runQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *runQueue) Push(x any)   { *q = append(*q, x.(queued)) }
func (q *runQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// memoryRun is what is still in the buffer of a Sorter.
type memoryRun struct {
	s  *Sorter
	at int // index of the current record, plus one
}

func (m *memoryRun) next() error {
	if m.at >= len(m.s.index) {
		return io.EOF
	}
	m.at++
	return nil
}

func (m *memoryRun) record() (key, value []byte) {
	e := m.s.index[m.at-1]
	return m.s.key(e), m.s.value(e)
}

// fileRun is one run in the file.
type fileRun struct {
	r    *bufio.Reader
	data []byte
	key  int
}

func newFileRun(file *os.File, e extent) *fileRun {
	return &fileRun{r: bufio.NewReaderSize(io.NewSectionReader(file, e.from, e.to-e.from), 1<<16)}
}

func (f *fileRun) next() error {
	key, err := binary.ReadUvarint(f.r)
	if err != nil {
		return err
	}
	value, err := binary.ReadUvarint(f.r)
	if err != nil {
		return unexpected(err)
	}
	n := int(key + value)
	if cap(f.data) < n {
		f.data = make([]byte, 2*n)
	}
	f.data, f.key = f.data[:n], int(key)
	_, err = io.ReadFull(f.r, f.data)
	return unexpected(err)
}

func (f *fileRun) record() (key, value []byte) { return f.data[:f.key], f.data[f.key:] }

// unexpected makes an end in the middle of a record the failure that it is.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
