package connectors

import (
	"context"

	"crosswalk/record"
)

// A Partitioner can cut a table into about n ranges of similar size that are
// disjoint and cover every key, the first open below and the last open above.
// Without it, a table is read as one range.
type Partitioner interface {
	Partition(ctx context.Context, table string, n int) ([]record.Range, error)
}

// A Lookup can fetch single rows by key: the rows that exist, in any order.
// Without it, the whole table is read.
type Lookup interface {
	Lookup(ctx context.Context, table string, fields []string, keys []record.Row) (record.Reader, error)
}

// A Snapshotter can show all its tables as they were at one moment. The
// Source it returns reads from that moment until it is closed; the original
// may be used meanwhile. Without it, rows that change during a run may show up
// as differences of the next.
type Snapshotter interface {
	Snapshot(ctx context.Context) (Source, error)
}

// A Digester computes sums where the rows are, one for each range, so that
// equal ranges need not be fetched. A sum must be the one that the rows would
// have after Read. Without it, rows are fetched and summed here.
type Digester interface {
	Digest(ctx context.Context, table string, fields []string, ranges []record.Range) ([]record.Sum, error)
}

// A Feed reports what changed. Take Head first, then a snapshot, then Changes
// since that Head: nothing is missed, and repeats do no harm. The Reader sets
// Batch.Cursor, from which a later call goes on. Without it, tables are
// compared in full.
type Feed interface {
	Head(ctx context.Context, table string) (record.Cursor, error)
	Changes(ctx context.Context, table string, since record.Cursor) (record.Reader, error)
}

// A DeleteLog remembers the keys of deleted rows. Its Reader yields keys only.
// Without it, deletes are found by comparing keys.
type DeleteLog interface {
	Deleted(ctx context.Context, table string, since record.Cursor) (record.Reader, error)
}

// A Noter is a Target that keeps the answers to a Write together with its rows,
// in one transaction, under the name in Changes.Note. If that name is kept
// already, Write changes nothing and gives the kept answers: so a caller that
// was killed learns, to the row, what it had done. The same Note must always
// stand for the same Changes; another number of rows is an Error of class
// Invalid. Without it, a Write whose reply was lost is repeated, and finds its
// rows Unchanged.
type Noter interface {
	// ForgetNotes drops the notes whose names begin with prefix. If there are
	// none, it does nothing.
	ForgetNotes(ctx context.Context, prefix string) error
}

// Located is a Target that says which store it is, so that a plan made for one
// is not applied to another, such as the real one after a rehearsal. The name
// is the same every time the store is opened, and holds no credential. Without
// it, a plan is bound to the name of the system alone.
type Located interface {
	Location() string
}

// Ability names an optional interface, for reports and tests.
type Ability string

// The abilities, in the order in which Abilities lists them.
const (
	CanWrite     Ability = "write"
	CanPartition Ability = "partition"
	CanLookup    Ability = "lookup"
	CanSnapshot  Ability = "snapshot"
	CanDigest    Ability = "digest"
	CanFeed      Ability = "feed"
	CanDeleteLog Ability = "deletelog"
	CanNote      Ability = "note"
)

// Abilities lists the optional interfaces that s offers.
func Abilities(s Source) []Ability {
	var all []Ability
	add := func(a Ability, offered bool) {
		if offered {
			all = append(all, a)
		}
	}
	add(CanWrite, is[Target](s))
	add(CanPartition, is[Partitioner](s))
	add(CanLookup, is[Lookup](s))
	add(CanSnapshot, is[Snapshotter](s))
	add(CanDigest, is[Digester](s))
	add(CanFeed, is[Feed](s))
	add(CanDeleteLog, is[DeleteLog](s))
	add(CanNote, is[Noter](s))
	return all
}

func is[T any](s Source) bool { _, ok := s.(T); return ok }
