package hub

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Result is what Check found of one Invariant.
type Result struct {
	Invariant
	Count  int      // rows that break it
	Broken []Broken // the first of them, at most MaxBroken
}

// Broken is a row that breaks an Invariant.
type Broken struct {
	Table string
	ID    string
}

// MaxBroken bounds the rows that a Result names.
const MaxBroken = 100

// Check runs every Invariant on the hub as it is at one moment, in order, and
// gives visit the result of each. An error of visit ends it.
func (h *Hub) Check(ctx context.Context, visit func(Result) error) (err error) {
	tx, err := h.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: h.snapshot()})
	if err != nil {
		return fmt.Errorf("check the hub: %w", err)
	}
	defer func() { err = errors.Join(err, ignoreDone(tx.Rollback())) }()
	if h.dialect == Postgres {
		// Compiling a query of dozens of parts takes longer than running it.
		if _, err := tx.ExecContext(ctx, "SET LOCAL jit = off"); err != nil {
			return fmt.Errorf("check the hub: %w", err)
		}
	}
	for _, i := range Invariants() {
		result, err := i.run(ctx, tx, h.dialect)
		if err != nil {
			return fmt.Errorf("check invariant %s of the hub: %w", i.Name, err)
		}
		if err := visit(result); err != nil {
			return err
		}
	}
	return nil
}

// snapshot is the isolation that shows one moment. In SQLite that is every
// transaction, and the driver knows no name for it.
func (h *Hub) snapshot() sql.IsolationLevel {
	if h.dialect == Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// ignoreDone drops the complaint about a transaction that a canceled context
// has ended already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func (i Invariant) run(ctx context.Context, tx *sql.Tx, d Dialect) (Result, error) {
	result := Result{Invariant: i}
	rows, err := tx.QueryContext(ctx, "SELECT * FROM ("+i.SQL(d)+") AS broken ORDER BY 1, 2")
	if err != nil {
		return result, err
	}
	defer rows.Close()
	for ; rows.Next(); result.Count++ {
		if result.Count >= MaxBroken {
			continue
		}
		var b Broken
		if err := rows.Scan(&b.Table, &b.ID); err != nil {
			return result, err
		}
		result.Broken = append(result.Broken, b)
	}
	return result, rows.Err()
}
