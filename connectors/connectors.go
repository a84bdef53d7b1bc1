// Package connectors defines what a system must do to take part in a move: be
// read (Source), and perhaps be written (Target).
//
// The two interfaces are small and dumb; all clever work (mapping, comparing,
// retrying, resuming) is done once, above them.
//
//	pipeline, reconcile ──▶ Source, Target      must have    6 methods in all
//	                    ──▶ Partitioner, ...    may have     1 or 2 methods each
//	                    ──▶ Traits              facts        no methods
//
// What a connector can do beyond the minimum it says by implementing an
// optional interface (abilities.go); what is merely true of it, it says in
// Traits. Callers ask with a plain type assertion, so connectors are never
// wrapped: retries and rate limits surround calls, not connectors.
//
// What these comments promise, package conformance checks.
package connectors

import (
	"context"
	"time"

	"crosswalk/record"
)

// Source is a system that can be read. Opening one as a source never changes
// the system. A Source may be used by Traits().Parallel goroutines at once.
type Source interface {
	// Tables names everything that can be read, sorted.
	Tables(ctx context.Context) ([]string, error)

	// Describe returns the schema of one table. Where the system speaks SQL,
	// a table that begins with "(" is a query in brackets.
	// An unknown table is an Error of class Missing that names the known ones.
	Describe(ctx context.Context, table string) (*record.Schema, error)

	// Read starts reading one table. If q asks for something that the system
	// cannot do itself, the error wraps errors.ErrUnsupported and the caller
	// does it instead.
	Read(ctx context.Context, q Query) (record.Reader, error)

	// Traits are fixed from the moment the Source is open.
	Traits() Traits

	// Close releases everything. Closing twice does no harm.
	Close() error
}

// Query selects rows of one table.
type Query struct {
	Table  string
	Fields []string      // the columns wanted, in this order; nil for all
	Match  []Match       // all must hold; nil for every row
	Range  record.Range  // of the schema's key; the zero Range for all
	Sorted bool          // in ascending key order as record.CompareRows has it
	After  record.Cursor // resume an earlier Read of the same Query
}

// Match keeps the rows whose field equals one of the values. A null in In
// matches null.
type Match struct {
	Field string
	In    []record.Value
}

// Target is a Source that can also be written. It must be readable, for what
// cannot be read back cannot be reconciled.
type Target interface {
	Source

	// Write applies changes to one table and answers for each row, in order.
	// Writing the same Changes twice leaves the same state as writing them
	// once: the second time each row is Unchanged.
	//
	// If Write returns an error, rows of c may or may not have been applied
	// and there are no answers; after a Transient or Throttled error the
	// caller may repeat the call, after any other it stops.
	Write(ctx context.Context, c *Changes) ([]Answer, error)
}

// Changes are guarded row changes of one table.
type Changes struct {
	// Rows holds the rows as they should be. Its schema names the table and
	// the key, and may leave out columns, which then stay as they are. Of a
	// row to delete only the key counts.
	Rows *record.Batch

	Ops    []Op            // what to do with each row
	Before []record.Digest // each row as it was when the change was decided; zero if there was none

	// Compared lists the fields of Rows that Before covers, in the order in
	// which they were digested: record.DigestOf(record.AppendFields(...)).
	Compared []int

	// Note is the name under which a Noter keeps the answers, so that these
	// Changes are carried out once. Empty for none; other Targets ignore it.
	Note string
}

// Op is what a change does to a row.
type Op uint8

// A change is carried out only if the row is still as it was seen:
//
//	           row is as in Before   row is as wanted   anything else
//	Create     Applied               Unchanged          Stale
//	Update     Applied               Unchanged          Stale
//	Delete     Applied               Unchanged (gone)   Stale
const (
	Create Op = iota + 1
	Update
	Delete
)

// String returns create, update or delete.
func (o Op) String() string {
	switch o {
	case Create:
		return "create"
	case Update:
		return "update"
	case Delete:
		return "delete"
	}
	return "no op"
}

// Answer says what became of one change.
type Answer struct {
	Outcome Outcome
	Reason  string // for Stale, Rejected and Unsure: what and why; names no masked value
}

// Outcome is the result of one change.
type Outcome uint8

// Outcomes of a change.
const (
	Applied   Outcome = iota + 1 // the row is as wanted, by this Write
	Unchanged                    // the row was as wanted already
	Stale                        // the row moved since it was seen: compare again
	Rejected                     // the system will never take this row: see Reason
	Unsure                       // sent, but the reply was lost: read back, never repeat blind
)

// String returns the outcome as reports show it.
func (o Outcome) String() string {
	switch o {
	case Applied:
		return "applied"
	case Unchanged:
		return "unchanged"
	case Stale:
		return "stale"
	case Rejected:
		return "rejected"
	case Unsure:
		return "unsure"
	}
	return "no outcome"
}

// Traits are facts about a connector that no method can express.
type Traits struct {
	TimePrecision time.Duration // finest time step that survives a round trip; 0 means no times
	EmptyIsNull   bool          // "" is stored as null
	TextOnly      bool          // every value is read as text: types are for the mapping to declare
	EndDates      EndDates      // what the last day of a term means here
	MaxBatch      int           // most rows in one Write; 0 for no limit
	Chunk         int           // rows that one Write had better have, if there are so many: each Write is dear; 0 for any
	Parallel      int           // most calls at once; 1 if not safe
}

// EndDates says what an end date means to a system.
type EndDates string

// End-date conventions. A difference of one day between two of them is a
// difference of convention, not of content.
const (
	EndInclusive EndDates = "inclusive" // the last day of the term
	EndExclusive EndDates = "exclusive" // the first day after it
	EndInstant   EndDates = "instant"   // the moment at which it ends
)
