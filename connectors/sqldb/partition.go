package sqldb

import (
	"context"
	"errors"
	"io"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Partition implements connectors.Partitioner. It walks the keys once, which
// the server reads from the index, and so cuts into equal numbers of rows
// whatever the keys are.
func (v *view) Partition(ctx context.Context, name string, n int) ([]record.Range, error) {
	if n <= 1 {
		return []record.Range{{}}, nil
	}
	t, err := v.table(ctx, name)
	if err != nil {
		return nil, err
	}
	r, err := v.Read(ctx, connectors.Query{Table: name, Fields: t.schema.KeyNames(), Sorted: true})
	if err != nil {
		return nil, err
	}
	sample := sampler{most: 64 * n}
	err = sample.walk(ctx, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	return ranges(sample.cuts(n)), nil
}

// sampler keeps every step-th key of a walk of unknown length. When it has
// too many it forgets every other one and doubles the step.
type sampler struct {
	most int
	keys []record.Row
	step int
	rows int
}

func (s *sampler) walk(ctx context.Context, r record.Reader) error {
	var b record.Batch
	s.step = 1
	for {
		err := r.Read(ctx, &b)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Len() {
			s.add(b.Row(i))
		}
	}
}

func (s *sampler) add(key record.Row) {
	if s.rows%s.step == 0 {
		if len(s.keys) == s.most {
			for i := range s.most / 2 {
				s.keys[i] = s.keys[2*i]
			}
			s.keys, s.step = s.keys[:s.most/2], 2*s.step
		}
		if s.rows%s.step == 0 {
			s.keys = append(s.keys, append(record.Row{}, key...))
		}
	}
	s.rows++
}

// cuts returns at most n-1 keys that cut the rows into n equal parts.
func (s *sampler) cuts(n int) []record.Row {
	var cuts []record.Row
	last := 0
	for i := 1; i < n; i++ {
		if at := len(s.keys) * i / n; at > last {
			cuts, last = append(cuts, s.keys[at]), at
		}
	}
	return cuts
}

// ranges returns the half-open ranges between the cuts, the outer ones open.
func ranges(cuts []record.Row) []record.Range {
	all := make([]record.Range, len(cuts)+1)
	for i, cut := range cuts {
		all[i].To, all[i+1].From = cut, cut
	}
	return all
}
