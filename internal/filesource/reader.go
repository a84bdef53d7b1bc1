package filesource

import (
	"context"
	"errors"
	"io"

	"crosswalk/record"
)

// A Part is one file or one sheet of a table, open for reading.
type Part interface {
	// Read adds rows and rejects to b, and returns before b is over-full. It
	// returns often enough, with or without rows, that a canceled run stops
	// at once. After the last row the error is io.EOF.
	Read(ctx context.Context, b *record.Batch) error
	Close() error
}

// Look is how many rows a Part may look at before it returns.
const Look = 4096

// A Reader reads parts one after another. It is a record.Reader.
type Reader struct {
	schema *record.Schema
	parts  []func(context.Context) (Part, error)
	part   Part // the open one, nil between two
	err    error
}

// NewReader makes a Reader of parts that it opens as it comes to them.
func NewReader(schema *record.Schema, parts []func(context.Context) (Part, error)) *Reader {
	return &Reader{schema: schema, parts: parts}
}

// Schema describes the rows.
func (r *Reader) Schema() *record.Schema { return r.schema }

// Read fills b. An error that turns up after some rows waits for the next
// call, so rows and errors never come together.
func (r *Reader) Read(ctx context.Context, b *record.Batch) error {
	b.Reset(r.schema)
	for r.err == nil && ctx.Err() == nil && !b.Full() {
		r.err = r.step(ctx, b)
	}
	switch {
	case b.Len() > 0 || len(b.Rejects) > 0:
		return nil
	case r.err != nil:
		return r.err
	}
	return ctx.Err()
}

func (r *Reader) step(ctx context.Context, b *record.Batch) error {
	if r.part == nil {
		if len(r.parts) == 0 {
			return io.EOF
		}
		part, err := r.parts[0](ctx)
		if err != nil {
			return err
		}
		r.part, r.parts = part, r.parts[1:]
	}
	err := r.part.Read(ctx, b)
	if err != io.EOF {
		return err
	}
	err = r.part.Close()
	r.part = nil
	return err
}

// Close closes the open part; reading on is an error.
func (r *Reader) Close() error {
	r.parts = nil
	if r.err == nil {
		r.err = errors.New("read: the reader is closed")
	}
	if r.part == nil {
		return nil
	}
	err := r.part.Close()
	r.part = nil
	return err
}
