package ledger

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

// tx is a transaction. Its statements mark parameters with "?" on both databases.
type tx struct {
	*sqlx.Tx
	dialect dialect
}

// update runs do in one transaction, which is kept if do returns nil.
func (l *Ledger) update(ctx context.Context, op string, do func(*tx) error) error {
	return l.explain(op, l.transact(ctx, nil, do))
}

// snapshot runs do in a transaction that sees one state of the ledger.
func (l *Ledger) snapshot(ctx context.Context, op string, do func(*tx) error) error {
	return l.explain(op, l.transact(ctx, &sql.TxOptions{ReadOnly: true, Isolation: l.dialect.snapshot}, do))
}

func (l *Ledger) transact(ctx context.Context, o *sql.TxOptions, do func(*tx) error) error {
	begun, err := l.db.BeginTxx(ctx, o)
	if err != nil {
		return err
	}
	defer begun.Rollback() // does nothing after Commit
	if err := do(&tx{begun, l.dialect}); err != nil {
		return err
	}
	return begun.Commit()
}

// exec changes rows.
func (t *tx) exec(ctx context.Context, query string, args ...any) error {
	_, err := t.ExecContext(ctx, t.Rebind(query), args...)
	return err
}

// get reads one row, or returns sql.ErrNoRows.
func (t *tx) get(ctx context.Context, dest any, query string, args ...any) error {
	return t.GetContext(ctx, dest, t.Rebind(query), args...)
}

// list reads all rows.
func (t *tx) list(ctx context.Context, dest any, query string, args ...any) error {
	return t.SelectContext(ctx, dest, t.Rebind(query), args...)
}
