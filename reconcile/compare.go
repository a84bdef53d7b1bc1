package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"crosswalk/record"
)

// ErrMoved says that a side gave other rows when it was read again. Whoever
// compares a system that is being written reads it from a snapshot.
var ErrMoved = errors.New("the data changed while it was being compared; compare again, or from a snapshot")

// Compare compares two sides and calls visit for every finding but Same, in
// ascending order of key. Memory is flat, and neither side needs to be sorted:
//
//  1. Sweep: read both sides, in any order and at the same time. Each row
//     falls into one of 65,536 buckets by its key; a bucket keeps the count
//     and the sum of the row digests. Equal buckets hold equal rows.
//  2. Drill: if buckets differ, read again, keep only the rows of those
//     buckets, sort them on disk and walk the two sorted lists in step.
//
// A clean comparison is one pass without sorting. If the target is empty, as
// before a first migration, the sweep is left out.
func Compare(ctx context.Context, want, have Side, spec Spec, visit func(*Finding) error) (Tally, error) {
	readers, err := have.Open(ctx)
	if err != nil {
		return Tally{}, err
	}
	done := sync.OnceFunc(func() { closeAll(readers) })
	defer done()
	empty, err := peekAll(ctx, readers)
	if err != nil {
		return Tally{}, err
	}
	if empty {
		done() // whoever acts on the findings may write to the target
		return drill(ctx, want, Side{Open: nothing, Unique: true}, spec, nil, visit)
	}
	suspects, tally, err := sweep(ctx, want, readers, have.Unique, spec)
	done() // a system that takes one reader at a time is read again below
	if err != nil || suspects.none() {
		return tally, err
	}
	return drillSuspects(ctx, want, have, spec, suspects, tally, visit)
}

// drillSuspects looks into the differing buckets and adds what it finds to
// what the sweep counted.
func drillSuspects(ctx context.Context, want, have Side, spec Spec, s *suspects, swept Tally, visit func(*Finding) error) (Tally, error) {
	t, err := drill(ctx, want, have, spec, s, visit)
	if err != nil {
		return t, err
	}
	t.Same += s.clean
	t.Want, t.Have = swept.Want, swept.Have
	return t, nil
}

func nothing(context.Context) ([]record.Reader, error) { return nil, nil }

// peekAll reads the first batch of each reader and puts it back; it reports
// whether there were no rows at all.
func peekAll(ctx context.Context, readers []record.Reader) (empty bool, err error) {
	empty = true
	for i, r := range readers {
		p := &peeked{Reader: r}
		err := r.Read(ctx, &p.first)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		p.err, p.full = err, true
		empty = empty && err != nil
		readers[i] = p
	}
	return empty, nil
}

// peeked gives its first batch out once more.
type peeked struct {
	record.Reader
	first record.Batch
	err   error
	full  bool
}

func (p *peeked) Read(ctx context.Context, b *record.Batch) error {
	if !p.full {
		return p.Reader.Read(ctx, b)
	}
	p.full = false
	if p.err != nil {
		return p.err
	}
	limit := b.Limit
	*b = p.first
	b.Limit, p.first = limit, record.Batch{}
	return nil
}

func closeAll(readers []record.Reader) {
	for _, r := range readers {
		r.Close()
	}
}

// readAll reads every reader of both sides, as many at once as Each allows.
func (s Spec) readAll(ctx context.Context, want, have []record.Reader, left, right func(context.Context, record.Reader) error) error {
	return s.each(ctx, len(want)+len(have), func(ctx context.Context, i int) error {
		if i < len(want) {
			return left(ctx, want[i])
		}
		return right(ctx, have[i-len(want)])
	})
}

func (s Spec) each(ctx context.Context, n int, part func(context.Context, int) error) error {
	if s.Each != nil {
		return s.Each(ctx, n, part)
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range n {
		group.Go(func() error { return part(ctx, i) })
	}
	return group.Wait()
}

// scan calls row for each row of r. It is the one place where a comparison
// reads: a row that a reader set aside would be a row not compared.
func scan(ctx context.Context, r record.Reader, row func(record.Row) error) error {
	var b record.Batch
	for {
		err := r.Read(ctx, &b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(b.Rejects) > 0 {
			first := b.Rejects[0]
			return fmt.Errorf("%s: %s; a file with broken lines cannot be compared in full", first.Where, first.Reason)
		}
		for i := range b.Len() {
			if err := row(b.Row(i)); err != nil {
				return err
			}
		}
	}
}
