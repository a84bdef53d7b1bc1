package spill

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"crosswalk/record"
)

func TestSetHoldsWhatWasAddedAndNothingElse(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	even := func(int) record.Digest { return record.Digest{Hi: random.Uint64(), Lo: random.Uint64()} }
	for name, test := range map[string]struct {
		digest func(i int) record.Digest
		n      int
	}{
		"none":                            {even, 0},
		"few":                             {even, 100},
		"one fewer than memory holds":     {even, setInMemory - 1},
		"as many as memory holds":         {even, setInMemory},
		"many":                            {even, 3 * setInMemory},
		"many with one prefix":            {func(i int) record.Digest { return record.Digest{Hi: 7, Lo: uint64(i) * 3} }, 2 * setInMemory},
		"many at the low end":             {func(i int) record.Digest { return record.Digest{Hi: uint64(i) * 2} }, 2 * setInMemory},
		"many at the high end":            {func(i int) record.Digest { return record.Digest{Hi: math.MaxUint64 - uint64(i)*2} }, 2 * setInMemory},
		"two heaps with nothing between":  {func(i int) record.Digest { return record.Digest{Hi: uint64(i%2) * math.MaxUint64, Lo: uint64(i) * 2} }, 2 * setInMemory},
		"one digest, over and over again": {func(int) record.Digest { return record.Digest{Hi: 5} }, 2 * setInMemory},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			set := NewSet(dir)
			added := make(map[record.Digest]bool, test.n)
			for i := range test.n {
				d := test.digest(i)
				added[d] = true
				if err := set.Add(d); err != nil {
					t.Fatal(err)
				}
			}
			if err := set.Seal(); err != nil {
				t.Fatal(err)
			}
			has := func(d record.Digest) {
				if got, err := set.Has(d); err != nil || got != added[d] {
					t.Fatalf("%s: has %v, %v; added %v", d, got, err, added[d])
				}
			}
			tried := 0
			for d := range added {
				has(d)
				has(record.Digest{Hi: d.Hi, Lo: d.Lo + 1})
				has(record.Digest{Hi: d.Hi + 1, Lo: d.Lo})
				if tried++; tried == 5000 {
					break
				}
			}
			for _, d := range []record.Digest{{}, {Hi: math.MaxUint64, Lo: math.MaxUint64}, {Hi: 1 << 63}, {Hi: 5}, {Hi: 7}} {
				has(d)
			}
			for range 2 {
				if err := set.Close(); err != nil {
					t.Error(err)
				}
			}
			if left := files(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestASealedSetMayBeAskedByManyAtOnce(t *testing.T) {
	set := NewSet(t.TempDir())
	defer set.Close()
	digest := func(i int) record.Digest {
		return record.DigestOf(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	for i := range 2 * setInMemory {
		if err := set.Add(digest(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Seal(); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := worker; i < 2*setInMemory; i += 97 {
				if has, err := set.Has(digest(i)); err != nil || !has {
					t.Errorf("digest %d is gone: %v", i, err)
				}
				if has, err := set.Has(digest(-1 - i)); err != nil || has {
					t.Errorf("digest %d was never added: %v", -1-i, err)
				}
			}
		})
	}
	group.Wait()
}

func TestASetWithoutRoomFailsWhenItSpills(t *testing.T) {
	set := NewSet(filepath.Join(t.TempDir(), "gone"))
	var err error
	for i := 0; err == nil && i < 10*setInMemory; i++ {
		err = set.Add(record.Digest{Lo: uint64(i)})
	}
	if err == nil {
		err = set.Seal()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := set.Close(); err != nil {
		t.Error(err)
	}
}

func TestASetMayBeClosedWithoutBeingSealed(t *testing.T) {
	set := NewSet(t.TempDir())
	for i := range 4 * setInMemory {
		if err := set.Add(record.Digest{Lo: uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	file := set.sorter.file
	if err := set.Close(); err != nil {
		t.Fatal(err)
	}
	if file == nil || file.Close() == nil {
		t.Error("the temporary file is still open")
	}
}

func BenchmarkSetHas(b *testing.B) {
	set := NewSet(b.TempDir())
	defer set.Close()
	random := rand.New(rand.NewPCG(5, 6))
	for range 500_000 {
		if err := set.Add(record.Digest{Hi: random.Uint64(), Lo: random.Uint64()}); err != nil {
			b.Fatal(err)
		}
	}
	if err := set.Seal(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Has(record.Digest{Hi: random.Uint64(), Lo: random.Uint64()}); err != nil {
			b.Fatal(err)
		}
	}
}
