package spill

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type pair struct{ key, value string }

// sortAll sends the records through a Sorter whose files live in dir.
func sortAll(t rapid.TB, dir string, buffer int, records []pair) []pair {
	t.Helper()
	s := NewSorter(dir, buffer)
	defer s.Close()
	for _, p := range records {
		if err := s.Add([]byte(p.key), []byte(p.value)); err != nil {
			t.Fatal(err)
		}
	}
	if s.Len() != len(records) {
		t.Fatalf("%d records added, Len is %d", len(records), s.Len())
	}
	sorted, err := s.Sort()
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, sorted)
}

func drain(t rapid.TB, sorted *Sorted) []pair {
	t.Helper()
	var all []pair
	for {
		key, value, err := sorted.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pair{string(key), string(value)})
	}
	if _, _, err := sorted.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the end comes %v, not the end again", err)
	}
	return all
}

func stableSorted(records []pair) []pair {
	want := slices.Clone(records)
	slices.SortStableFunc(want, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	return want
}

// Tiny buffers make a run of every few records, so that many runs are merged
// and, past 64 of them, collapsed.
func TestSorterAgreesWithAStableSort(t *testing.T) {
	dir := t.TempDir()
	text := rapid.OneOf(rapid.StringMatching(`[ab]{0,2}`), rapid.SampledFrom([]string{"", "\x00", "\x00\x00", "prefix8!", "prefix8!a", "prefix8!b", "\xff"}), rapid.String())
	record := rapid.Custom(func(t *rapid.T) pair { return pair{text.Draw(t, "key"), text.Draw(t, "value")} })
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(record, 0, 300).Draw(t, "records")
		buffer := rapid.SampledFrom([]int{1, 100, 1000, 0}).Draw(t, "buffer")
		if got, want := sortAll(t, dir, buffer, records), stableSorted(records); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestManyMoreRunsThanMayStandAreCollapsed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var records []pair
	for i := range 10 * maxRuns {
		records = append(records, pair{fmt.Sprint(random.IntN(100)), fmt.Sprint(i)})
	}
	s := NewSorter(t.TempDir(), 1)
	defer s.Close()
	for _, p := range records {
		if err := s.Add([]byte(p.key), []byte(p.value)); err != nil {
			t.Fatal(err)
		}
		if len(s.runs) >= maxRuns {
			t.Fatalf("%d runs stand", len(s.runs))
		}
	}
	sorted, err := s.Sort()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(drain(t, sorted), stableSorted(records)) {
		t.Error("records are lost, or equal keys have changed their order")
	}
}

func TestAnEmptySorterIsAtItsEnd(t *testing.T) {
	if got := sortAll(t, t.TempDir(), 0, nil); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestARecordMayBeLargerThanTheBuffer(t *testing.T) {
	huge := strings.Repeat("x", 300_000)
	records := []pair{{"b", huge}, {"a", "1"}, {huge, "2"}, {"", huge}}
	if !slices.Equal(sortAll(t, t.TempDir(), 64, records), stableSorted(records)) {
		t.Error("a large record came out changed")
	}
}

func TestEmptyRecordsKeepTheirPlaceAmongEquals(t *testing.T) {
	var records []pair
	for i := range 50 {
		records = append(records, pair{"", ""}, pair{"", fmt.Sprint(i)})
	}
	if got := sortAll(t, t.TempDir(), 0, records); !slices.Equal(got, records) {
		t.Errorf("got %q", got)
	}
}

func TestTemporaryFilesHaveNoName(t *testing.T) {
	dir := t.TempDir()
	s := NewSorter(dir, 1)
	for i := range 2 * maxRuns {
		if err := s.Add([]byte{byte(i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if s.file == nil || len(files(t, dir)) > 0 {
		t.Errorf("a killed process would leave %v", files(t, dir))
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestWithoutRoomToSpillAddFails(t *testing.T) {
	s := NewSorter(filepath.Join(t.TempDir(), "gone"), 1)
	defer s.Close()
	if err := s.Add([]byte("a"), nil); err != nil {
		t.Fatal(err)
	}
	err := s.Add([]byte("b"), nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("got %v; want the cause and what to do", err)
	}
}

func TestADiskThatFailsInTheMiddleIsAnErrorNotAnEnd(t *testing.T) {
	dir := t.TempDir()
	fill := func(n int) *Sorter {
		s := NewSorter(dir, 1)
		for i := range n {
			if err := s.Add([]byte{byte(i)}, bytes.Repeat([]byte("x"), 1000)); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	writing := fill(3)
	writing.file.Close()
	if err := writing.Add([]byte("z"), nil); !errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("writing a run: got %v", err)
	}
	collapsing := fill(maxRuns)
	collapsing.dir = filepath.Join(dir, "gone")
	if err := collapsing.Add([]byte("z"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("collapsing: got %v", err)
	}
	reading := fill(3)
	if err := reading.file.Truncate(reading.size - 1); err != nil {
		t.Fatal(err)
	}
	sorted, err := reading.Sort()
	for err == nil {
		_, _, err = sorted.Next()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reading: got %v", err)
	}
	for _, s := range []*Sorter{collapsing, reading} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkSort(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	value := bytes.Repeat([]byte("v"), 150)
	key := make([]byte, 16)
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		s := NewSorter(dir, 0)
		for range 200_000 {
			for i := range key {
				key[i] = byte(random.Uint32())
			}
			if err := s.Add(key, value); err != nil {
				b.Fatal(err)
			}
		}
		sorted, err := s.Sort()
		for err == nil {
			_, _, err = sorted.Next()
		}
		s.Close()
	}
}
