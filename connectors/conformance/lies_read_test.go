package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// reading makes a liar whose Readers read as read does.
func reading(read func(ctx context.Context, r record.Reader, b *record.Batch) error) func(*liar) {
	return func(l *liar) {
		l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
			r.read = func(ctx context.Context, b *record.Batch) error { return read(ctx, r.Reader, b) }
			return err
		}
	}
}

func liesInReading() []lie {
	return []lie{
		{check: "EmptyTable", says: "want io.EOF", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if err == io.EOF {
				return errors.New("no rows")
			}
			return err
		})},
		{check: "EmptyTable", says: "call 2 of Read returns", lie: func(l *liar) {
			reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
				if l.count() > 1 {
					return errors.New("already at the end")
				}
				return r.Read(ctx, b)
			})(l)
		}},
		{check: "ReadsAll", says: "missing", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if err == nil && !b.Full() {
				b.Drop() // of the last, unfinished batch
			}
			return err
		})},
		{check: "ReadsAll", says: "unexpected", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if err == nil && !b.Full() {
				copy(b.Add(), b.Row(0))
			}
			return err
		})},
		{check: "ReadsAll", says: "at the end, call 2", lie: func(l *liar) {
			ends := 0
			reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
				err := r.Read(ctx, b)
				if err == io.EOF {
					if ends++; ends > 2 {
						return errors.New("already at the end")
					}
				}
				return err
			})(l)
		}},
		{check: "BatchLimit", says: "a batch has 2 rows", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			limit := b.Limit
			b.Limit++
			if limit == 0 {
				b.Limit = 0
			}
			err := r.Read(ctx, b)
			b.Limit = limit
			return err
		})},
		{check: "BatchLimit", says: fmt.Sprintf("Limit 0: a batch has %d rows", record.DefaultLimit+60), lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			limit := b.Limit
			if limit == 0 {
				b.Limit = 1_000_000
			}
			err := r.Read(ctx, b)
			b.Limit = limit
			return err
		})},
		{check: "BatchLimit", says: "nil with no rows", lie: func(l *liar) {
			reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
				if l.count() == 1 {
					b.Reset(r.Schema())
					return nil
				}
				return r.Read(ctx, b)
			})(l)
		}},
		{check: "BatchLimit", says: "set aside", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			left := slices.Clone(b.Rejects)
			err := r.Read(ctx, b)
			b.Rejects = append(b.Rejects, left...)
			return err
		})},
		{check: "FieldsInOrder", says: "asked for the columns", lie: func(l *liar) {
			l.query = func(q *connectors.Query) { q.Fields = slices.Sorted(slices.Values(q.Fields)) }
		}},
		{check: "FieldsInOrder", says: `columns ["meeting"`, lie: func(l *liar) {
			l.opened = func(_ context.Context, q connectors.Query, r *lyingReader, err error) error {
				r.read = func(ctx context.Context, b *record.Batch) error {
					err := r.Reader.Read(ctx, b)
					for i := range b.Len() {
						if q.Fields != nil {
							slices.Reverse(b.Row(i))
						}
					}
					return err
				}
				return err
			}
		}},
	}
}
