package spill

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// Repeats finds the numbers that were added more than once, in a few megabytes
// of memory however many they are. It belongs to one goroutine.
type Repeats struct {
	dir    string
	limit  int
	recent []uint64
	file   *os.File
	size   int64
	runs   []extent
}

// repeatsInMemory is how many numbers (of 8 bytes) are kept before they go to
// a file as one sorted run.
const repeatsInMemory = 1 << 18

// NewRepeats makes an empty Repeats that spills into dir.
func NewRepeats(dir string) *Repeats { return &Repeats{dir: dir, limit: repeatsInMemory} }

// Add adds numbers.
func (r *Repeats) Add(numbers []uint64) error {
	if r.recent == nil {
		r.recent = make([]uint64, 0, r.limit+len(numbers))
	}
	r.recent = append(r.recent, numbers...)
	if len(r.recent) < r.limit {
		return nil
	}
	return r.flush()
}

func (r *Repeats) flush() error {
	if r.file == nil {
		file, err := tempFile(r.dir)
		if err != nil {
			return err
		}
		r.file = file
	}
	slices.Sort(r.recent)
	w := bufio.NewWriterSize(r.file, 1<<18)
	var p [8]byte
	for _, n := range r.recent {
		binary.BigEndian.PutUint64(p[:], n)
		if _, err := w.Write(p[:]); err != nil {
			return spillError(err)
		}
	}
	if err := w.Flush(); err != nil {
		return spillError(err)
	}
	to := r.size + int64(len(r.recent))*8
	r.runs = append(r.runs, extent{r.size, to})
	r.size, r.recent = to, r.recent[:0]
	return nil
}

// Each calls visit once for each further occurrence of a number that was
// added before, in ascending order. Nothing can be added after it.
func (r *Repeats) Each(visit func(n uint64)) error {
	slices.Sort(r.recent)
	if len(r.runs) == 0 {
		for i := 1; i < len(r.recent); i++ {
			if r.recent[i] == r.recent[i-1] {
				visit(r.recent[i])
			}
		}
		return nil
	}
	return r.mergeRuns(visit)
}

func (r *Repeats) mergeRuns(visit func(n uint64)) error {
	var queue numberQueue
	for _, e := range r.runs {
		queue = append(queue, &numberRun{r: bufio.NewReaderSize(io.NewSectionReader(r.file, e.from, e.to-e.from), 1<<16)})
	}
	queue = append(queue, &numberRun{rest: r.recent})
	live := queue[:0]
	for _, run := range queue {
		switch err := run.next(); {
		case err == nil:
			live = append(live, run)
		case !errors.Is(err, io.EOF):
			return err
		}
	}
	heap.Init(&live)
	for last, n := uint64(0), 0; len(live) > 0; n++ {
		run := live[0]
		if n > 0 && run.head == last {
			visit(last)
		}
		last = run.head
		switch err := run.next(); {
		case err == nil:
			heap.Fix(&live, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(&live)
		default:
			return err
		}
	}
	return nil
}

// Close gives the disk back. Closing twice does no harm.
func (r *Repeats) Close() error {
	r.recent = nil
	if r.file == nil {
		return nil
	}
	file := r.file
	r.file = nil
	return file.Close()
}

// numberRun yields the numbers of one sorted run, of the file or of memory.
type numberRun struct {
	r    *bufio.Reader
	rest []uint64
	head uint64
}

func (n *numberRun) next() error {
	if n.r == nil {
		if len(n.rest) == 0 {
			return io.EOF
		}
		n.head, n.rest = n.rest[0], n.rest[1:]
		return nil
	}
	var p [8]byte
	if _, err := io.ReadFull(n.r, p[:]); err != nil {
		return err
	}
	n.head = binary.BigEndian.Uint64(p[:])
	return nil
}

type numberQueue []*numberRun

func (q numberQueue) Len() int           { return len(q) }
func (q numberQueue) Less(i, j int) bool { return q[i].head < q[j].head }
func (q numberQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *numberQueue) Push(x any)        { *q = append(*q, x.(*numberRun)) }
func (q *numberQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
