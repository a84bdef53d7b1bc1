// Package pipeline carries one product line: it wires systems, mappings and
// reconcile into flows, one for each table of the target, and runs them in
// dependency order.
//
//	source ─▶ Mapping ─▶ references ─▶ want ┐
//	source ─▶ Mapping ─▶ references ─▶ want ┴─▶ Compare ─▶ Sink (plan file, target, findings)
//	                          target ─▶ have ┘
//
// Every row that a source yields ends in exactly one count, with a reason if
// it is not carried (account.go, invariant 1). Plan, Migrate and Reconcile are
// the same walk with another end.
package pipeline

import (
	"context"
	"errors"
	"fmt"

	"crosswalk/connectors"
	"crosswalk/mapping"
	"crosswalk/reconcile"
)

// Job is what to carry, from where, to where.
type Job struct {
	Line     string
	Mappings []*mapping.File // in dependency order, all to one system
	Systems  map[string]connectors.Source
	Target   connectors.Target

	// Allowed lists the only values of a target's column, nil for any.
	Allowed func(table, column string) []string

	// Masked tells which columns of a system hold what the mappings that fill
	// them have masked; nil for none. Of a query, whose tables nobody knows,
	// the table is empty.
	Masked func(system, table, column string) bool

	ReadFile func(path string) ([]byte, error) // look-up files
	MaskKey  []byte
	TempDir  string
	Readers  int      // ranges of one table read at the same time; 0 for one
	Executor Executor // runs the parts of a comparison; LocalPool if nil
	Progress Progress

	// Expected is how many rows a mapping read the last time, 0 if unknown. It
	// only tells how long a stage will take.
	Expected func(mapping string) int64

	Record  Recorder
	Deletes DeleteCap
}

// Progress is told how a run comes along. Calls may come from several
// goroutines.
type Progress interface {
	// Stage begins a stage of the run, such as "compare orders", of about so
	// many rows; 0 if nobody knows.
	Stage(name string, rows int64)
	// Rows adds rows to the current stage.
	Rows(n int)
}

// Recorder keeps what a run sets aside and finds. Calls do not overlap.
type Recorder interface {
	SetAside(ctx context.Context, rows []reconcile.Aside) error
	Findings(ctx context.Context, findings []reconcile.Difference) error
}

// DeleteCap bounds what one plan may delete from a table: the larger of Rows
// and Percent of the rows that the table holds for the line (invariant 5).
type DeleteCap struct {
	Rows    int
	Percent float64
}

// allows reports whether n of have rows may be deleted.
func (c DeleteCap) allows(n, have int64) bool {
	return n <= int64(c.Rows) || float64(n) <= c.Percent/100*float64(have)
}

// snapshots gives, for each system that can, a view of one moment, so that a
// run sees tables that fit together; other systems stand for themselves. The
// function gives the views back.
func (j *Job) snapshots(ctx context.Context) (map[string]connectors.Source, func(), error) {
	var opened []connectors.Source
	done := func() {
		for _, s := range opened {
			s.Close()
		}
	}
	fixed := make(map[string]connectors.Source, len(j.Systems))
	for name, s := range j.Systems {
		fixed[name] = s
		snapshotter, ok := s.(connectors.Snapshotter)
		if !ok {
			continue
		}
		snapshot, err := snapshotter.Snapshot(ctx)
		if errors.Is(err, errors.ErrUnsupported) {
			continue
		}
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("system %s: snapshot: %w", name, err)
		}
		opened = append(opened, snapshot)
		fixed[name] = snapshot
	}
	return fixed, done, nil
}
