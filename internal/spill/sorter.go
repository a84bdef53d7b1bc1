// Package spill sorts more than memory holds. Records go into a buffer; a full
// buffer is sorted and written to a temporary file as one run; at the end the
// runs are merged.
//
//	Add ─▶ buffer ─▶ run ┐
//	                 run ├─▶ merge ─▶ Next, in order of key
//	                 run ┘
//
// Memory is bounded by the buffer, whatever the number of records. The file
// is unlinked as soon as it is open, so that even kill -9 leaves nothing.
package spill

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// DefaultBuffer is the memory that a Sorter uses unless told otherwise.
const DefaultBuffer = 24 << 20

// Sorter sorts records by the bytes of their keys. Records of equal keys come
// out in the order in which they were added. It belongs to one goroutine.
type Sorter struct {
	dir    string
	limit  int
	buffer []byte
	index  []entry
	file   *os.File
	size   int64
	runs   []extent
	count  int
}

// entry finds one record in the buffer; prefix is the start of its key, which
// settles most comparisons without a look at the buffer.
type entry struct {
	prefix     uint64
	at         int
	key, value int // lengths
}

// extent is one sorted run in the file.
type extent struct{ from, to int64 }

// NewSorter makes a Sorter that spills into dir (os.TempDir if empty) and
// keeps about buffer bytes in memory (DefaultBuffer if 0).
func NewSorter(dir string, buffer int) *Sorter {
	if buffer <= 0 {
		buffer = DefaultBuffer
	}
	return &Sorter{dir: dir, limit: buffer}
}

// Add adds a copy of one record.
func (s *Sorter) Add(key, value []byte) error {
	const perEntry = 40
	if len(s.buffer)+len(key)+len(value)+perEntry*len(s.index) > s.limit && len(s.index) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.index = append(s.index, entry{prefixOf(key), len(s.buffer), len(key), len(value)})
	s.buffer = append(append(s.buffer, key...), value...)
	s.count++
	return nil
}

// Len is the number of records added.
func (s *Sorter) Len() int { return s.count }

// Sort ends the adding and returns the records in order. The Sorter may not
// be used again, save for Close.
func (s *Sorter) Sort() (*Sorted, error) {
	s.order()
	out := &Sorted{}
	if len(s.index) > 0 {
		out.sources = append(out.sources, &memoryRun{s: s})
	}
	for _, r := range s.runs {
		out.sources = append(out.sources, newFileRun(s.file, r))
	}
	if len(s.runs) > 0 && len(s.index) > 0 {
		// The buffer holds the newest records: equal keys leave it last.
		out.sources = append(out.sources[1:], out.sources[0])
	}
	return out, out.start()
}

// Close gives memory and disk back.
func (s *Sorter) Close() error {
	s.buffer, s.index = nil, nil
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

func (s *Sorter) key(e entry) []byte   { return s.buffer[e.at : e.at+e.key] }
func (s *Sorter) value(e entry) []byte { return s.buffer[e.at+e.key : e.at+e.key+e.value] }

func (s *Sorter) order() {
	slices.SortFunc(s.index, func(a, b entry) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		if c := bytes.Compare(s.key(a), s.key(b)); c != 0 {
			return c
		}
		// An empty record takes no room: it shares its place with the next.
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.value, b.value))
	})
}

// flush writes the buffer as one more run.
func (s *Sorter) flush() error {
	if s.file == nil {
		file, err := tempFile(s.dir)
		if err != nil {
			return err
		}
		s.file = file
	}
	s.order()
	w := bufio.NewWriterSize(s.file, 1<<18)
	written := int64(0)
	var head []byte
	for _, e := range s.index {
		head = binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(e.key)), uint64(e.value))
		w.Write(head)
		w.Write(s.buffer[e.at : e.at+e.key+e.value])
		written += int64(len(head) + e.key + e.value)
	}
	if err := w.Flush(); err != nil {
		return spillError(err)
	}
	s.runs = append(s.runs, extent{s.size, s.size + written})
	s.size += written
	s.buffer, s.index = s.buffer[:0], s.index[:0]
	if len(s.runs) == maxRuns {
		return s.collapse()
	}
	return nil
}

// maxRuns bounds the number of read buffers that a merge needs.
const maxRuns = 64

// collapse merges all runs into one, so that their number stays bounded.
func (s *Sorter) collapse() error {
	file, err := tempFile(s.dir)
	if err != nil {
		return err
	}
	size, err := s.mergeInto(file)
	if err != nil {
		file.Close()
		return err
	}
	s.file.Close()
	s.file, s.size, s.runs = file, size, []extent{{0, size}}
	return nil
}

func (s *Sorter) mergeInto(file *os.File) (size int64, err error) {
	merged := &Sorted{}
	for _, r := range s.runs {
		merged.sources = append(merged.sources, newFileRun(s.file, r))
	}
	if err := merged.start(); err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(file, 1<<18)
	var head []byte
	for {
		key, value, err := merged.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		head = binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(len(key))), uint64(len(value)))
		w.Write(head)
		w.Write(key)
		w.Write(value)
		size += int64(len(head) + len(key) + len(value))
	}
	return size, spillError(w.Flush())
}

func prefixOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var p [8]byte
	copy(p[:], key)
	return binary.BigEndian.Uint64(p[:])
}

// tempFile opens a file that has no name any more.
func tempFile(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "crosswalk-sort-*")
	if err != nil {
		return nil, fmt.Errorf("sorting needs room for temporary files: %w; point TMPDIR at a disk with space", err)
	}
	os.Remove(file.Name())
	return file, nil
}

func spillError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sorting to a temporary file: %w; free some space or point TMPDIR at another disk", err)
}
