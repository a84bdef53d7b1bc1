// Package salesforce reads and writes the objects of a Salesforce org.
//
//	Source ─┐                          ┌─▶ REST: pages, collections of 200   few rows
//	Lookup ─┼─▶ SOQL, values, guards ──┤
//	Target ─┤                          └─▶ Bulk API 2.0: CSV, jobs           more than bulk_from
//	Feed  ──┘   this package               packages session and bulk
//
// The one idea: both ways yield and take the same values, so that the number
// of rows decides which is used and nothing else tells the difference. API
// calls are the scarce good, and large jobs need few.
//
// A row is known by an external id: a field of the object, marked so in Setup,
// that external_ids names. Rows without one are read, with a key of null, since
// somebody must account for them; they cannot be written. An object that external_ids does not name is known by its Id:
// its rows can be read, changed and deleted, but not created, since nobody
// could tell whether a row whose reply was lost is there already.
//
// Salesforce compares texts without regard to case, so it neither sorts nor
// cuts ranges of keys for us, and what it finds is compared again here.
// It stores "" as null, cuts blanks off the ends of texts and keeps whole
// seconds. Values that would come back changed are refused with a reason,
// save "", which is null.
//
// Salesforce has no compare-and-set. A Write reads the rows right before it
// sends them and compares them with what the plan saw. Between that reading and
// the writing lies a window in which another's change is overwritten: about
// a second for a collection, the time of the query and of the job, minutes for
// 250,000 rows, for a large Write. Writes of a product line should therefore
// have one owner.
package salesforce

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/connectors/salesforce/session"
)

var (
	_ connectors.Target    = (*Org)(nil)
	_ connectors.Lookup    = (*Org)(nil)
	_ connectors.Feed      = (*Org)(nil)
	_ connectors.DeleteLog = (*Org)(nil)
	_ connectors.Metered   = (*Org)(nil)
	_ connectors.Located   = (*Org)(nil)
)

// Org is a Salesforce org. It is safe for concurrent use.
type Org struct {
	config  Config
	session *session.Session
	bulk    *bulk.Client
	closed  atomic.Bool

	describing sync.Mutex // guards what follows, and lets one describe at a time
	objects    map[string]*describedObject
	tables     map[string]*table
}

// Location implements connectors.Located: an org has an address of its own.
func (o *Org) Location() string { return "salesforce " + o.config.URL }

// Open logs in to an org.
func Open(ctx context.Context, c Config) (*Org, error) {
	return OpenWith(ctx, c, session.Options{}, bulk.Options{PageRows: pageRows})
}

// OpenWith is Open with other limits, clocks and transports, for tests.
func OpenWith(ctx context.Context, c Config, s session.Options, b bulk.Options) (*Org, error) {
	if err := c.Validate(); err != nil {
		return nil, connectors.Errorf(connectors.Invalid, "open", "Salesforce", "%w", err)
	}
	c = c.withDefaults()
	in, err := session.Open(ctx, c.session(), s)
	if err != nil {
		return nil, err
	}
	return &Org{config: c, session: in, bulk: bulk.New(in, b), objects: map[string]*describedObject{}, tables: map[string]*table{}}, nil
}

const (
	// parallel is how many calls may run at once; an org allows 25 long ones.
	parallel = 8

	// chunk is how many rows a Write should have: a job takes about a dozen
	// calls, and memory holds one chunk. Batches double from 64 rows, so a power
	// of two wastes nothing.
	chunk = 1 << 18

	// pageRows is how many rows of a job's result one call may fetch. A page is
	// streamed, so its size costs no memory.
	pageRows = 500_000
)

// Traits implements connectors.Source.
func (o *Org) Traits() connectors.Traits {
	return connectors.Traits{
		TimePrecision: time.Second,
		EmptyIsNull:   true,
		EndDates:      o.config.EndDates,
		Chunk:         chunk,
		Parallel:      parallel,
	}
}

// Usage implements connectors.Metered.
func (o *Org) Usage() connectors.Usage {
	calls := o.session.Calls()
	return connectors.Usage{Calls: calls.Total, Used: calls.Used, Limit: calls.Limit}
}

// Close implements connectors.Source.
func (o *Org) Close() error {
	if o.closed.Swap(true) {
		return nil
	}
	return o.session.Close()
}
