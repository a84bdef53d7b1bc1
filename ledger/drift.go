package ledger

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"
)

// DriftState is where a difference stands in its life.
type DriftState string

// States of a difference. It is New in the first run that finds it, then
// Persisting, and Resolved when a run that compared the whole entity no longer
// finds it. If it comes back it is Regressed, and Persisting again after that.
const (
	New        DriftState = "new"
	Persisting DriftState = "persisting"
	Resolved   DriftState = "resolved"
	Regressed  DriftState = "regressed"
)

// DriftItem is the life of one difference over the runs.
type DriftItem struct {
	Finding
	Line        string
	State       DriftState
	FirstSeen   time.Time
	LastSeen    time.Time
	FirstRun    string
	LastRun     string
	RunsSeen    int64     // runs that found it
	Resolved    time.Time // when a run found it gone; zero while it stands
	ResolvedRun string
}

// followDrift brings the life of all differences up to date with what a run
// has found, as Standing foretells it.
func (t *tx) followDrift(ctx context.Context, now stamp, run *runRow, compared []string) error {
	err := t.exec(ctx, `INSERT INTO ledger_drift (id, line, entity, row_key, kind, fields, state, first_seen, last_seen,
			first_run, last_run, runs_seen, resolved, resolved_run)
		SELECT id, ?, MIN(entity), MIN(row_key), MIN(kind), MIN(fields), 'new', ?, ?, ?, ?, 1, '', ''
		FROM ledger_findings WHERE run = ? GROUP BY id
		ON CONFLICT (id) DO UPDATE SET fields = excluded.fields,
			state = CASE ledger_drift.state WHEN 'resolved' THEN 'regressed' ELSE 'persisting' END,
			last_seen = excluded.last_seen, last_run = excluded.last_run, runs_seen = ledger_drift.runs_seen + 1,
			resolved = '', resolved_run = ''`,
		run.Line, now, now, run.ID, run.ID, run.BeginEntry)
	if err != nil || len(compared) == 0 {
		return err
	}
	query, args, err := sqlx.In(`UPDATE ledger_drift SET state = 'resolved', resolved = ?, resolved_run = ?
		WHERE line = ? AND entity IN (?) AND state <> 'resolved' AND last_run <> ?`, now, run.ID, run.Line, compared, run.ID)
	if err != nil {
		return err
	}
	return t.exec(ctx, query, args...)
}

const driftColumns = "id, line, entity, row_key, kind, fields, state, first_seen, last_seen, first_run, last_run, runs_seen, resolved, resolved_run"

// Standing tells, before a run ends, where each difference will stand when it
// does: first all that the run found, then those of the entities compared in
// full that it did not find any more; both sorted by entity, key, kind and ID. A
// report made from it agrees with the ledger after Finish.
func (l *Ledger) Standing(ctx context.Context, run string, compared []string, visit func(DriftItem) error) error {
	return l.snapshot(ctx, "standing of "+run, func(t *tx) error {
		var r runRow
		if err := t.get(ctx, &r, "SELECT * FROM ledger_runs WHERE id = ?", run); err != nil {
			return notFound(err)
		}
		now := l.now()
		err := t.drift(ctx, `SELECT f.id, CAST(? AS TEXT) AS line, f.entity, f.row_key, f.kind, f.fields,
				CASE WHEN d.state IS NULL THEN 'new' WHEN d.state = 'resolved' THEN 'regressed' ELSE 'persisting' END AS state,
				COALESCE(d.first_seen, ?) AS first_seen, CAST(? AS TEXT) AS last_seen, COALESCE(d.first_run, ?) AS first_run,
				CAST(? AS TEXT) AS last_run, COALESCE(d.runs_seen, 0) + 1 AS runs_seen, '' AS resolved, '' AS resolved_run
			FROM (SELECT id, MIN(entity) AS entity, MIN(row_key) AS row_key, MIN(kind) AS kind, MIN(fields) AS fields
				FROM ledger_findings WHERE run = ? GROUP BY id) f
			LEFT JOIN ledger_drift d ON d.id = f.id
			ORDER BY f.entity, f.row_key, f.kind, f.id`,
			[]any{r.Line, now, now, run, run, r.BeginEntry}, visit)
		if err != nil || len(compared) == 0 {
			return err
		}
		query, args, err := sqlx.In(`SELECT d.id, line, entity, row_key, kind, fields, 'resolved' AS state, first_seen, last_seen,
				first_run, last_run, runs_seen, CAST(? AS TEXT) AS resolved, CAST(? AS TEXT) AS resolved_run
			FROM ledger_drift d
			LEFT JOIN (SELECT DISTINCT id FROM ledger_findings WHERE run = ?) f ON f.id = d.id
			WHERE f.id IS NULL AND line = ? AND entity IN (?) AND state <> 'resolved'
			ORDER BY entity, row_key, kind, d.id`, now, run, r.BeginEntry, r.Line, compared)
		if err != nil {
			return err
		}
		return t.drift(ctx, query, args, visit)
	})
}

// DriftFilter selects differences. A field that is empty selects all.
type DriftFilter struct {
	ID, Line, Entity, Kind string
	State                  DriftState
}

// DriftRows calls visit for each difference that a filter selects, as it
// stands after the last run that ended, sorted by line, entity, key, kind and
// ID, until visit returns an error.
func (l *Ledger) DriftRows(ctx context.Context, f DriftFilter, visit func(DriftItem) error) error {
	var w where
	w.equal("id", f.ID)
	w.equal("line", f.Line)
	w.equal("entity", f.Entity)
	w.equal("kind", f.Kind)
	w.equal("state", string(f.State))
	return l.snapshot(ctx, "drift", func(t *tx) error {
		return t.drift(ctx, "SELECT "+driftColumns+" FROM ledger_drift WHERE "+w.String()+
			" ORDER BY line, entity, row_key, kind, id", w.args, visit)
	})
}

// drift visits the rows of a query of driftColumns.
func (t *tx) drift(ctx context.Context, query string, args []any, visit func(DriftItem) error) error {
	rows, err := t.QueryContext(ctx, t.Rebind(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d DriftItem
		var fields string
		var first, last, resolved stamp
		err := rows.Scan(&d.ID, &d.Line, &d.Entity, &d.Key, &d.Kind, &fields, &d.State, &first, &last,
			&d.FirstRun, &d.LastRun, &d.RunsSeen, &resolved, &d.ResolvedRun)
		if err != nil {
			return err
		}
		d.FirstSeen, d.LastSeen, d.Resolved = first.Time, last.Time, resolved.Time
		if err := json.Unmarshal([]byte(fields), &d.Fields); err != nil {
			return err
		}
		if err := visit(d); err != nil {
			return err
		}
	}
	return rows.Err()
}
