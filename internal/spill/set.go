package spill

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"

	"crosswalk/record"
)

// Set remembers which digests were added, on disk once they are many, so that
// millions of keys take a few megabytes of memory. Add everything, then Seal,
// then ask. After Seal it is safe for concurrent use.
type Set struct {
	dir    string
	recent []record.Digest
	sorter *Sorter
	file   *os.File
	count  int64
}

// setInMemory is how many digests (of 16 bytes) a Set keeps in memory.
const setInMemory = 1 << 16

// NewSet makes an empty Set that spills into dir.
func NewSet(dir string) *Set { return &Set{dir: dir} }

// Add adds d. Adding it again changes nothing.
func (s *Set) Add(d record.Digest) error {
	if s.sorter != nil {
		return s.spill(d)
	}
	s.recent = append(s.recent, d)
	if len(s.recent) < setInMemory {
		return nil
	}
	s.sorter = NewSorter(s.dir, 4<<20)
	for _, old := range s.recent {
		if err := s.spill(old); err != nil {
			return err
		}
	}
	s.recent = nil
	return nil
}

func (s *Set) spill(d record.Digest) error {
	var p [digestSize]byte
	putDigest(p[:], d)
	return s.sorter.Add(p[:], nil)
}

// Seal ends the adding.
func (s *Set) Seal() error {
	if s.sorter == nil {
		slices.SortFunc(s.recent, compareDigests)
		return nil
	}
	defer s.sorter.Close()
	sorted, err := s.sorter.Sort()
	if err != nil {
		return err
	}
	if s.file, err = tempFile(s.dir); err != nil {
		return err
	}
	w := bufio.NewWriterSize(s.file, 1<<18)
	for {
		key, _, err := sorted.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		w.Write(key)
		s.count++
	}
	return spillError(w.Flush())
}

// Has reports whether d was added.
func (s *Set) Has(d record.Digest) (bool, error) {
	if s.file == nil {
		_, found := slices.BinarySearchFunc(s.recent, d, compareDigests)
		return found, nil
	}
	return s.find(d)
}

// find looks where d would stand if digests were spread evenly, which they
// are, and walks from there: two or three reads whatever the size.
func (s *Set) find(d record.Digest) (bool, error) {
	const page = 256 // digests read at once
	buf := make([]byte, page*digestSize)
	lo, hi := int64(0), s.count
	guess := int64(float64(d.Hi) / (1 << 64) * float64(s.count))
	for lo < hi {
		from := max(lo, min(guess-page/2, hi-1))
		n := min(page, hi-from)
		part := buf[:n*digestSize]
		if _, err := s.file.ReadAt(part, from*digestSize); err != nil {
			return false, unexpected(err)
		}
		first, last := getDigest(part), getDigest(part[(n-1)*digestSize:])
		switch {
		case compareDigests(d, first) < 0:
			hi = from
		case compareDigests(d, last) > 0:
			lo = from + n
		default:
			return contains(part, d), nil
		}
		guess = lo + (hi-lo)/2
	}
	return false, nil
}

func contains(page []byte, d record.Digest) bool {
	for ; len(page) > 0; page = page[digestSize:] {
		if getDigest(page) == d {
			return true
		}
	}
	return false
}

// Close gives the disk back, sealed or not. Closing twice does no harm.
func (s *Set) Close() error {
	var err error
	if s.sorter != nil {
		err = s.sorter.Close()
	}
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	s.sorter, s.file, s.recent = nil, nil, nil
	return err
}

const digestSize = 16

func putDigest(p []byte, d record.Digest) {
	binary.BigEndian.PutUint64(p, d.Hi)
	binary.BigEndian.PutUint64(p[8:], d.Lo)
}

func getDigest(p []byte) record.Digest {
	return record.Digest{Hi: binary.BigEndian.Uint64(p), Lo: binary.BigEndian.Uint64(p[8:])}
}

func compareDigests(a, b record.Digest) int {
	switch {
	case a.Hi != b.Hi && a.Hi < b.Hi, a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	case a == b:
		return 0
	}
	return 1
}
