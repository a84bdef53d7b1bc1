// Package conformance checks that a connector keeps the promises of package
// connectors. Every connector runs it; passing it is what "connector" means.
//
//	Fixture ──rows──▶ Harness.Open ──▶ connector ──rows──▶ Check ──▶ error
//	   └────────────── what should come back ─────────────────┘
//
// The checks return errors rather than use a testing.T, so that the suite can
// itself be tested against connectors that lie, and so that an operator can
// run it against a sandbox before a move:
//
//	conformance.Run(t, h)       in a test, one subtest for each check
//	conformance.Checks()        everywhere else
//
// What a system cannot do is declared in its Harness: abilities it offers,
// parts of a Query it does not know, values it loses. A declaration that is
// too modest fails as well, so a harness documents its system.
package conformance

import (
	"context"
	"slices"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Harness tells the suite about the connector under test. Only Open is
// always needed.
type Harness struct {
	// Open returns a fresh connector, one table of which is Fixture.Schema
	// and holds exactly these rows. Each call makes a system of its own.
	Open func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error)

	// Offers are the abilities that the connector is meant to have. One that
	// has others, or has lost one, fails.
	Offers []connectors.Ability

	// Unsupported are the parts of a Query that the system cannot do itself.
	// Read must refuse them with errors.ErrUnsupported.
	Unsupported []Part

	// Cannot names the awkward values (see Values) that the system is unable
	// to hold. Start with none, and add until the suite passes: what is left
	// documents what the system loses.
	Cannot []string

	// Adds names columns that the connector adds of its own to those of the
	// Fixture, wherever they stand. The suite does not look into them.
	Adds []string

	// As says how a value of a field of the Fixture reads back where that is
	// not the value itself: as text, where everything is text. It is not
	// asked about null, and must keep different values different.
	As func(f record.Field, v record.Value) record.Value

	// Fixture is the table to work with; nil for Standard().
	Fixture *Fixture

	// Change changes rows from outside, as another user of the system would,
	// while src is open: it creates or replaces the whole rows, or deletes
	// those with their keys. If nil, a Target is changed by its own Write.
	// A Source that offers snapshots, a feed or a delete log needs it.
	Change func(ctx context.Context, src connectors.Source, op connectors.Op, rows []record.Row) error

	// Spoil turns a good row into one that the Target must reject. If nil,
	// the first column that must not be null becomes null.
	Spoil func(row record.Row)

	// Secret must not show up in any error. Refused opens the system with
	// that secret in a way that fails, and returns the error.
	Secret  string
	Refused func(ctx context.Context) error
}

// Part is a part of a connectors.Query.
type Part string

// The parts of a Query that a system may be unable to do itself.
const (
	Match  Part = "match"
	Range  Part = "range"
	Sorted Part = "sorted"
	After  Part = "after"
)

// Check is one promise.
type Check struct {
	Name    string
	Applies func(h Harness) bool // whether a connector with this harness must keep it
	Func    func(ctx context.Context, h Harness) error
}

func always(Harness) bool { return true }

func offering(a connectors.Ability) func(Harness) bool {
	return func(h Harness) bool { return slices.Contains(h.Offers, a) }
}

func supporting(p Part) func(Harness) bool {
	return func(h Harness) bool { return h.supports(p) }
}

func modest(h Harness) bool    { return len(h.Unsupported) > 0 }
func lossy(h Harness) bool     { return len(h.Cannot) > 0 }
func secretive(h Harness) bool { return h.Secret != "" }

// Run runs every check that applies as a subtest of t.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range Checks() {
		if !c.Applies(h) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			if err := c.Func(t.Context(), h); err != nil {
				t.Error(err)
			}
		})
	}
}

// Checks lists every check, the simplest first.
func Checks() []Check {
	return slices.Concat(
		describeChecks(), readChecks(), queryChecks(), valueChecks(), conductChecks(),
		writeChecks(), guardChecks(), noteChecks(), abilityChecks(), feedChecks(),
	)
}

func (h Harness) supports(p Part) bool { return !slices.Contains(h.Unsupported, p) }

func (h Harness) fixture() *Fixture {
	if h.Fixture != nil {
		return h.Fixture
	}
	return Standard()
}
