package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Verify reads the whole ledger and proves that it was not changed since it
// was written: that each entry of the chain follows from the one before, and
// that the runs, their counts, reports and parts, and the rows of every run
// that has ended, are those that the chain has sealed. It returns the
// head and the number of entries. What does not fit is a *TamperError.
//
// Whoever can write to the database can also rewrite all of it, or cut off its
// end. So keep heads elsewhere, as every report does, and hand them over as
// known: each must still be in the chain.
func (l *Ledger) Verify(ctx context.Context, known ...string) (head string, n int64, err error) {
	err = l.snapshot(ctx, "verify", func(t *tx) error {
		v := verifier{tx: t, end: chainEnd{0, noHead}, missing: map[string]bool{}}
		for _, k := range known {
			if k != noHead {
				v.missing[k] = true
			}
		}
		if err := v.verify(ctx); err != nil {
			return err
		}
		head, n = v.end.Hash, v.end.N
		return nil
	})
	return head, n, err
}

// verifier walks along the chain.
type verifier struct {
	*tx
	end                 chainEnd        // of the part that is proved
	missing             map[string]bool // known heads that must still come
	begins, ends, parts int64
}

func (v *verifier) verify(ctx context.Context) error {
	const page = 1000 // entries at a time, for a transaction answers one query after the other
	for {
		var links []struct {
			chainEnd
			Entry string `db:"entry"`
		}
		err := v.list(ctx, &links, fmt.Sprintf("SELECT n, hash, entry FROM ledger_chain WHERE n > ? ORDER BY n LIMIT %d", page), v.end.N)
		if err != nil {
			return err
		}
		for _, next := range links {
			if err := v.follow(ctx, next.chainEnd, next.Entry); err != nil {
				return err
			}
		}
		if len(links) < page {
			return v.nothingElse(ctx)
		}
	}
}

// follow proves one entry.
func (v *verifier) follow(ctx context.Context, next chainEnd, line string) error {
	if next.N != v.end.N+1 {
		return v.tampered(v.end.N+1, "it is gone")
	}
	if next.Hash != link(v.end.Hash, line) {
		return v.tampered(next.N, "its hash does not follow from its text and the entry before")
	}
	e, err := decode(line)
	if err != nil || e.N != next.N {
		return v.tampered(next.N, "it cannot be read: a newer version of the program may have written it")
	}
	v.end = next
	delete(v.missing, next.Hash)
	switch {
	case e.Begin != nil:
		v.begins++
		return v.checkBegin(ctx, &e)
	case e.Part != nil:
		v.parts++
		return v.checkPart(ctx, &e)
	case e.End != nil:
		v.ends++
		return v.checkEnd(ctx, &e)
	}
	return v.tampered(next.N, "it says nothing")
}

func (v *verifier) tampered(n int64, format string, args ...any) error {
	return &TamperError{Entry: n, What: fmt.Sprintf(format, args...)}
}

// checkBegin compares the start of a run.
func (v *verifier) checkBegin(ctx context.Context, e *entry) error {
	run, err := v.runOf(ctx, e)
	if err != nil {
		return err
	}
	same := run.BeginEntry == e.N && run.Started.String() == e.At && *run.beginEntry(e.Begin.Holder) == *e.Begin
	if !same {
		return v.tampered(e.N, "run %s did not begin as the chain says", e.Run)
	}
	return nil
}

// checkPart compares a part of a plan.
func (v *verifier) checkPart(ctx context.Context, e *entry) error {
	var p partRow
	err := v.get(ctx, &p, partsQuery+"WHERE n = ?", e.N)
	if errors.Is(err, sql.ErrNoRows) {
		return v.tampered(e.N, "part %d of %s is gone", e.Part.Part, e.Run)
	}
	if err == nil && (p.Run != e.Run || p.Part != e.Part.Part || p.Counts != e.Part.Counts) {
		return v.tampered(e.N, "part %d of %s is not what the chain says", e.Part.Part, e.Run)
	}
	return err
}

// checkEnd compares the end of a run, and all that it seals.
func (v *verifier) checkEnd(ctx context.Context, e *entry) error {
	run, err := v.runOf(ctx, e)
	if err != nil {
		return err
	}
	if run.EndEntry != e.N || run.Finished.String() != e.At || !sameEnd(run.endEntry(e.End.Counts), e.End) {
		return v.tampered(e.N, "run %s did not end as the chain says", e.Run)
	}
	counts, err := v.counts(ctx, e.Run)
	if err != nil {
		return err
	}
	if !slices.Equal(counts, e.End.Counts) {
		return v.tampered(e.N, "the counts of run %s are not those that it ended with", e.Run)
	}
	if err := v.checkReport(ctx, e); err != nil {
		return err
	}
	if err := v.checkSheet(ctx, e, run, &asideSheet, e.End.AsideRows, e.End.AsideSeal); err != nil {
		return err
	}
	return v.checkSheet(ctx, e, run, &findingSheet, e.End.FindingRows, e.End.FindingSeal)
}

// sameEnd compares all but the counts.
func sameEnd(a, b *endEntry) bool {
	return a.Verdict == b.Verdict && a.Message == b.Message && a.ReportSHA256 == b.ReportSHA256 &&
		a.AsideRows == b.AsideRows && a.AsideSeal == b.AsideSeal &&
		a.FindingRows == b.FindingRows && a.FindingSeal == b.FindingSeal
}

func (v *verifier) checkReport(ctx context.Context, e *entry) error {
	var report []byte
	hash := ""
	err := v.get(ctx, &report, "SELECT content FROM ledger_reports WHERE run = ?", e.Run)
	if err == nil {
		sum := sha256.Sum256(report)
		hash = hex.EncodeToString(sum[:])
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if hash != e.End.ReportSHA256 {
		return v.tampered(e.N, "the report of run %s is not the one that it ended with", e.Run)
	}
	return nil
}

// checkSheet seals the rows of a run once more.
func (v *verifier) checkSheet(ctx context.Context, e *entry, run *runRow, s *sheet, n int64, sealed string) error {
	again, err := s.reseal(ctx, v.tx, run.BeginEntry)
	if err != nil {
		return err
	}
	if again.rows != n || again.String() != sealed {
		return v.tampered(e.N, "the rows of run %s in %s are not those that it ended with", e.Run, s.table)
	}
	return nil
}

// runOf returns the run of an entry.
func (v *verifier) runOf(ctx context.Context, e *entry) (*runRow, error) {
	var run runRow
	err := v.get(ctx, &run, "SELECT * FROM ledger_runs WHERE id = ?", e.Run)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, v.tampered(e.N, "run %s is gone", e.Run)
	}
	return &run, err
}

// nothingElse proves that the tables hold nothing that the chain does not
// know, and that the chain still holds all known heads.
func (v *verifier) nothingElse(ctx context.Context) error {
	for _, c := range []struct {
		what, query string
		chained     int64
	}{
		{"runs", "SELECT COUNT(*) FROM ledger_runs", v.begins},
		{"runs that have ended", "SELECT COUNT(*) FROM ledger_runs WHERE verdict <> 'running'", v.ends},
		{"parts", "SELECT COUNT(*) FROM ledger_parts", v.parts},
	} {
		var have int64
		if err := v.get(ctx, &have, c.query); err != nil {
			return err
		}
		if have != c.chained {
			return v.tampered(v.end.N+1, "there are %d %s, and the chain knows %d: its end may have been cut off", have, c.what, c.chained)
		}
	}
	for _, head := range slices.Sorted(maps.Keys(v.missing)) {
		return v.tampered(v.end.N+1, "the known head %s is not in the chain: its end was cut off, or all of it was written anew", head)
	}
	return nil
}
