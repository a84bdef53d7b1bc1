package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// End is how a run ends.
type End struct {
	Verdict  Verdict
	Message  string
	Counts   []Counts // one for each entity and source
	Report   []byte
	Compared []string // entities compared in full: drift of these that was not found again is resolved
}

// Finish ends a run: verdict, counts, report, drift and chain change in one
// transaction. A run whose counts do not add up cannot end as Pass or Drift:
// its verdict becomes Incomplete, and no drift of the entity in question is
// resolved, for a row that got lost may be the one that differs. Finish returns
// the run as it ended.
func (l *Ledger) Finish(ctx context.Context, run string, end End) (*Run, error) {
	switch end.Verdict {
	case Pass, Drift, Incomplete, Failed, Refused, Interrupted:
	default:
		return nil, fmt.Errorf("ledger: %q is not a verdict that ends a run", end.Verdict)
	}
	end.settle()
	var row *runRow
	err := l.update(ctx, "finish "+run, func(t *tx) (err error) {
		if row, err = t.writable(ctx, run); err != nil {
			return err
		}
		now := l.now()
		if err := t.followDrift(ctx, now, row, end.Compared); err != nil {
			return err
		}
		row, err = t.end(ctx, now, row, end)
		return err
	})
	if err != nil {
		return nil, err
	}
	return row.run(), nil
}

// settle brings the counts into order and holds the rest against them.
func (e *End) settle() {
	e.Counts, e.Compared = slices.Clone(e.Counts), slices.Clone(e.Compared)
	for i := range e.Counts {
		c := &e.Counts[i]
		c.Entity, c.Source = clean(c.Entity), clean(c.Source)
	}
	slices.SortFunc(e.Counts, func(a, b Counts) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Source, b.Source))
	})
	for i := range e.Counts {
		err := e.Counts[i].Adds()
		if err == nil {
			continue
		}
		e.Compared = slices.DeleteFunc(e.Compared, func(entity string) bool { return entity == e.Counts[i].Entity })
		if e.Verdict == Pass || e.Verdict == Drift {
			e.Verdict = Incomplete
		}
		if e.Verdict == Incomplete {
			e.Message = strings.TrimPrefix(e.Message+"; "+err.Error(), "; ")
		}
	}
}

// end closes an open run, which the transaction has locked.
func (t *tx) end(ctx context.Context, now stamp, row *runRow, end End) (*runRow, error) {
	done := *row
	done.Finished, done.Verdict, done.Message = now, end.Verdict, clean(end.Message)
	if end.Report != nil {
		sum := sha256.Sum256(end.Report)
		done.ReportSHA256 = hex.EncodeToString(sum[:])
		if err := t.exec(ctx, "INSERT INTO ledger_reports (run, content) VALUES (?, ?)", row.ID, end.Report); err != nil {
			return nil, err
		}
	}
	if err := t.insertCounts(ctx, row.ID, end.Counts); err != nil {
		return nil, err
	}
	last, err := t.lockChain(ctx)
	if err != nil {
		return nil, err
	}
	done.EndEntry = last.N + 1
	done.Head, err = t.append(ctx, last, entry{At: now.String(), Run: row.ID, End: done.endEntry(end.Counts)})
	if err != nil {
		return nil, err
	}
	_, err = t.NamedExecContext(ctx, `UPDATE ledger_runs SET end_entry = :end_entry, finished = :finished, verdict = :verdict,
		message = :message, report_sha256 = :report_sha256 WHERE id = :id`, &done)
	return &done, err
}
