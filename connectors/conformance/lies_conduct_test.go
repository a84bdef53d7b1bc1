package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

// losing makes a liar that changes each value it reads.
func losing(change func(record.Value) record.Value) func(*liar) {
	return reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
		err := r.Read(ctx, b)
		for i := range b.Len() {
			row := b.Row(i)
			for f, v := range row {
				row[f] = change(v)
			}
		}
		return err
	})
}

func onText(change func(string) string) func(record.Value) record.Value {
	return func(v record.Value) record.Value {
		if v.Kind() != record.KindText {
			return v
		}
		return record.Text(change(v.AsText()))
	}
}

func liesInValues() []lie {
	cannot := func(name string) func(*conformance.Harness) {
		return func(h *conformance.Harness) { h.Cannot = []string{name} }
	}
	return []lie{
		{check: "RoundTrip", says: `"empty text" in column name: put "", got null`, lie: losing(func(v record.Value) record.Value {
			if v == record.Text("") {
				return record.Null()
			}
			return v
		})},
		{check: "RoundTrip", says: `"null" in column note`, lie: losing(func(v record.Value) record.Value {
			if v.IsNull() {
				return record.Text("")
			}
			return v
		})},
		{check: "RoundTrip", says: `"blanks around"`, lie: losing(onText(func(s string) string { return strings.Trim(s, " ") }))},
		{check: "RoundTrip", says: `"decomposed accents"`, lie: losing(onText(func(s string) string { return strings.ReplaceAll(s, "e\u0301", "\u00e9") }))},
		{check: "RoundTrip", says: `"long text"`, lie: losing(onText(func(s string) string { return s[:min(len(s), 4000)] }))},
		{check: "RoundTrip", says: `"CRLF"`, lie: losing(onText(func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }))},
		{check: "RoundTrip", says: `"int of 16 digits"`, lie: losing(func(v record.Value) record.Value {
			if v.Kind() == record.KindInt {
				return record.Int(int64(float64(v.AsInt()) / 2 * 2))
			}
			return v
		})},
		{check: "RoundTrip", says: `"decimal of 38 digits" in column price`, lie: losing(func(v record.Value) record.Value {
			if v.Kind() == record.KindDecimal && len(v.String()) > 20 {
				return record.Decimal(1, 0)
			}
			return v
		})},
		{check: "RoundTrip", says: `"instant with microseconds"`, lie: losing(func(v record.Value) record.Value {
			if v.Kind() == record.KindInstant {
				return record.Instant(v.AsTime().Truncate(time.Millisecond))
			}
			return v
		})},
		{check: "RoundTrip", says: "changes other columns", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			for i := range b.Len() {
				if row := b.Row(i); strings.Contains(row[0].AsText(), "\n") {
					row[len(row)-1] = record.Null() // a broken line swallows the last column
				}
			}
			return err
		})},
		{check: "RoundTrip", says: "makes", harness: func(h *conformance.Harness) {
			h.As = func(record.Field, record.Value) record.Value { return record.Text("?") }
		}},
		{check: "CannotIsTrue", says: "take it out", harness: cannot("emoji")},
		{check: "CannotIsTrue", says: "not among Values", harness: cannot("emojis")},
	}
}

func liesInConduct() []lie {
	return []lie{
		{check: "Cancel", says: "between two batches", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if errors.Is(err, context.Canceled) {
				return io.EOF
			}
			return err
		})},
		{check: "Cancel", says: "between two batches", lie: reading(func(ctx context.Context, r record.Reader, b *record.Batch) error {
			err := r.Read(ctx, b)
			if errors.Is(err, context.Canceled) {
				return fmt.Errorf("read: %v", err)
			}
			return err
		})},
		{check: "Cancel", says: "before the first row", lie: func(l *liar) {
			l.opened = func(_ context.Context, q connectors.Query, r *lyingReader, err error) error {
				if errors.Is(err, context.Canceled) {
					return nil // reads an empty table
				}
				return err
			}
		}},
		{check: "CloseTwice", says: "Reader: Close again", lie: func(l *liar) {
			l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
				closed := false
				r.close = func() error {
					if closed {
						return errors.New("closed already")
					}
					closed = true
					return r.Reader.Close()
				}
				return err
			}
		}},
		{check: "CloseTwice", says: "Source: Close again", lie: func(l *liar) {
			l.close = func() error {
				if l.count() > 1 {
					return errors.New("closed already")
				}
				return l.DB.Close()
			}
		}},
		{check: "CloseTwice", says: "after a Reader was closed early", lie: func(l *liar) {
			l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
				r.close = l.DB.Close
				return err
			}
		}},
		{check: "ClosedIsNotTheEnd", says: "Read of a closed Reader", lie: func(l *liar) {
			l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
				r.close = func() error {
					r.read = func(context.Context, *record.Batch) error { return io.EOF }
					return nil
				}
				return err
			}
		}},
		{check: "ClosedIsNotTheEnd", says: "Read of a closed Source", lie: func(l *liar) { l.close = func() error { return nil } }},
		{check: "NoGoroutineLeft", says: "a goroutine is left", lie: func(l *liar) {
			l.opened = func(ctx context.Context, _ connectors.Query, _ *lyingReader, err error) error {
				go func() { <-context.WithoutCancel(ctx).Done() }()
				return err
			}
		}},
		{check: "ReadersInParallel", says: "of 8: have", lie: func(l *liar) {
			var open atomic.Int32
			l.opened = func(_ context.Context, _ connectors.Query, r *lyingReader, err error) error {
				var begun bool
				open.Add(1)
				r.read = func(ctx context.Context, b *record.Batch) error {
					if begun && open.Load() > 1 {
						return io.EOF // the others have moved the one position on
					}
					begun = true
					return r.Reader.Read(ctx, b)
				}
				return err
			}
		}},
		{check: "SecretsNotInErrors", says: "opening: the error shows", harness: func(h *conformance.Harness) {
			h.Secret = "hunter2"
			h.Refused = func(context.Context) error { return errors.New("cannot connect to admin:hunter2@host") }
		}},
		{check: "SecretsNotInErrors", says: "Read: the error shows", lie: func(l *liar) {
			l.opened = func(_ context.Context, _ connectors.Query, _ *lyingReader, err error) error {
				if err != nil {
					err = fmt.Errorf("admin:hunter2@host: %w", err)
				}
				return err
			}
		}, harness: func(h *conformance.Harness) {
			h.Secret = "hunter2"
			h.Refused = func(context.Context) error { return errors.New("cannot connect to host") }
		}},
		{check: "SecretsNotInErrors", says: "no Refused", harness: func(h *conformance.Harness) { h.Secret = "hunter2" }},
	}
}
