// Package record is the one data model that every other package speaks.
//
//	connector ──fills──▶ Batch ──Row(i)──▶ Row ──[j]──▶ Value
//	                       │
//	                       └── Schema: the name, type and key of each column
//
// A Batch holds rows in one flat slice that is used again and again, so half
// a million rows stream through a few buffers.
//
// Three rules keep the model safe and quick:
//
//   - One value, one representation: two Values are equal exactly when a == b.
//   - One encoding (Append): two rows are equal exactly when their encodings
//     are. Comparing, digests, plans and evidence all rest on it.
//   - Values may be kept, Rows may not: a Row is a window into its Batch and
//     lasts until the Batch is Reset.
//
// The package imports nothing outside the standard library and does no I/O.
// Its functions are safe for concurrent use; a Batch belongs to one goroutine.
package record

import "context"

// Row is one row of a Batch, or a key: just its values in schema order.
type Row []Value

// Cursor is a resume point. Only the connector that made it can read it.
type Cursor string

// Range is the half-open interval [From, To) of keys in the order of Compare.
// A nil end is unbounded, so the zero Range is everything.
type Range struct{ From, To Row }

// Reader yields the rows of one table, batch by batch.
type Reader interface {
	// Schema describes the rows that Read yields. It does not change.
	Schema() *Schema

	// Read resets b and adds the next rows to it, at most b.Limit.
	// It returns nil with at least one row or reject, or an error with none
	// of either. After the last row the error is io.EOF, again and again.
	// A failure is never io.EOF, nor does it wrap it: a read error is not an
	// empty table.
	Read(ctx context.Context, b *Batch) error

	// Close releases what the Reader holds. Closing twice does no harm.
	Close() error
}
