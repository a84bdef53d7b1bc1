package hubstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"crosswalk/connectors"
	"crosswalk/record"
)

// pgWriter carries out a Write in PostgreSQL.
//
// Rows that should all be new are copied straight into their table, in the
// hope that they are. If not, or if there is anything to change, the rows are
// copied beside it (staged), compared with those that are there, and moved
// with one statement for each operation:
//
//	rows ──COPY──▶ table, xref                                    all new, as expected
//	rows ──COPY──▶ stage ──join, FOR UPDATE──▶ decide ──▶ table, xref
//
// A statement that breaks a rule is undone and tried with half the rows,
// until the rows at fault are found.
type pgWriter struct {
	session
	*work
	lockWait time.Duration // for rows that another transaction has locked
}

func (w *pgWriter) write(ctx context.Context) error {
	if w.allNew() {
		rows := w.open()
		err := w.transact(ctx, func(ctx context.Context) error { return w.copyStraight(ctx, rows) })
		if !isRowFault(err) {
			return err
		}
		w.answer(rows, connectors.Answer{})
	}
	return w.transact(ctx, w.copyBeside)
}

// transact runs do in a transaction, and keeps its answers there, unless they
// are kept already. The context is not given to the driver
// where data are copied or the outcome is decided: lib/pq can hang if a COPY
// is canceled, and a canceled commit would be in doubt.
func (w *pgWriter) transact(ctx context.Context, do func(context.Context) error) error {
	begin, ok := w.conn.(driver.ConnBeginTx)
	if !ok {
		return errors.New("the driver has no transactions")
	}
	tx, err := begin.BeginTx(context.Background(), driver.TxOptions{})
	if err != nil {
		return err
	}
	_, err = w.exec(context.Background(), fmt.Sprintf("SET LOCAL lock_timeout = %d", w.lockWait.Milliseconds()))
	if err == nil {
		err = w.once(ctx, do)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return errors.Join(err, ignoreUndone(tx.Rollback()))
	}
	err = tx.Commit()
	var refused *pq.Error
	if err != nil && (!errors.As(err, &refused) || isLost(err)) {
		return &inDoubt{err}
	}
	return err
}

func (w *pgWriter) once(ctx context.Context, do func(context.Context) error) error {
	if known, err := w.recall(ctx, w.session, postgresSQL{}); known || err != nil {
		return err
	}
	if err := do(ctx); err != nil {
		return err
	}
	return w.keep(ctx, w.session, postgresSQL{})
}

// allNew reports whether every open row is to be created, and none twice.
func (w *pgWriter) allNew() bool {
	seen := make(map[string]bool, len(w.rows))
	for _, i := range w.open() {
		key := w.keyText(i)
		if w.Ops[i] == connectors.Delete || !w.Before[i].IsZero() || seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

func (w *pgWriter) copyStraight(ctx context.Context, rows []int) error {
	name := w.table.model.Name
	fields, columns := w.own()
	if err := w.copyRows(ctx, name, columns, rows, func(dst []byte, i int) []byte { return w.appendFields(dst, i, fields) }); err != nil {
		return err
	}
	if w.link != nil {
		linked := slices.DeleteFunc(slices.Clone(rows), func(i int) bool { return w.rows[i][w.link[0]].IsNull() })
		source := w.schema.Index("source")
		columns := []string{"source", linkEntity, linkKey, "entity", "canonical_id", "role"}
		fields := []int{source, w.link[0], w.link[1]}
		err := w.copyRows(ctx, "xref", columns, linked, func(dst []byte, i int) []byte {
			dst = w.appendFields(dst, i, fields)
			dst = append(append(append(dst, '\t'), name...), '\t')
			return append(append(dst, w.rows[i][w.key[0]].AsText()...), "\tprimary"...)
		})
		if err != nil {
			return err
		}
	}
	w.answer(rows, connectors.Answer{Outcome: connectors.Applied})
	return w.checkDeferred(ctx)
}

// checkDeferred checks the references of the table to itself now, so that the
// commit has no reason to fail.
func (w *pgWriter) checkDeferred(ctx context.Context) error {
	if len(w.table.selfReferences()) == 0 {
		return nil
	}
	_, err := w.exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
	return err
}

// copyBeside stages the rows and works on them in rounds. A key that comes
// twice is dealt with once in each round.
func (w *pgWriter) copyBeside(ctx context.Context) error {
	if err := w.stage(ctx); err != nil {
		return err
	}
	for _, rows := range w.rounds() {
		if err := w.round(ctx, rows); err != nil {
			return err
		}
	}
	return nil
}

// steps are the rows of a round by what has to be done with them.
type steps struct {
	inserts, updates, removes []int
	relinks                   map[int]bool
}

func (w *pgWriter) round(ctx context.Context, rows []int) error {
	s, err := w.compare(ctx, rows)
	if err != nil {
		return err
	}
	for {
		again, err := w.attempt(ctx, s)
		if err != nil {
			return err
		}
		if !again {
			break
		}
	}
	w.answer(w.notRejected(slices.Concat(s.inserts, s.updates, s.removes)), connectors.Answer{Outcome: connectors.Applied})
	return nil
}

// compare locks the rows that are there and decides what to do.
func (w *pgWriter) compare(ctx context.Context, rows []int) (*steps, error) {
	t := w.table
	exprs := []string{"s.n"}
	for _, c := range w.columns {
		exprs = append(exprs, postgresSQL{}.read(t.columns[c], t.sql(c)))
	}
	query := "SELECT " + joined(exprs) + " FROM " + t.from + " JOIN " + stageName + " s ON " + w.sameKey() +
		" WHERE s.n = ANY($1::int[]) ORDER BY " + joined(t.keyNames()) + " FOR UPDATE OF t"
	s := &steps{relinks: map[int]bool{}}
	seen := make(map[int]bool, len(rows))
	var b record.Batch
	err := w.each(ctx, func(values []driver.Value) error {
		b.Reset(w.schema)
		have, err := w.decode(&b, values[1:])
		if err != nil {
			return err
		}
		i := int(values[0].(int64))
		seen[i] = true
		switch w.decide(i, have) {
		case update:
			s.updates = append(s.updates, i)
			s.relinks[i] = w.relinks(i, have)
		case remove:
			s.removes = append(s.removes, i)
		}
		return nil
	}, query, list(rows))
	if err != nil {
		return nil, err
	}
	for _, i := range rows {
		if !seen[i] && w.decide(i, nil) == insert {
			s.inserts = append(s.inserts, i)
			s.relinks[i] = w.link != nil
		}
	}
	return s, nil
}

// attempt carries out the steps of the rows that are not rejected. If a
// reference of the table to itself then leads nowhere, its row is rejected
// and the others must be tried again, since they may lean on it.
func (w *pgWriter) attempt(ctx context.Context, s *steps) (again bool, err error) {
	if _, err := w.exec(ctx, "SAVEPOINT round"); err != nil {
		return false, err
	}
	for _, part := range []struct {
		rows []int
		do   func(context.Context, []int) error
	}{
		{s.removes, w.removeRows},
		{s.updates, func(ctx context.Context, rows []int) error { return w.updateRows(ctx, rows, s.relinks) }},
		{s.inserts, w.insertRows},
	} {
		if err := w.isolate(ctx, w.notRejected(part.rows), part.do); err != nil {
			return false, err
		}
	}
	found, err := w.dangling(ctx, s)
	if err != nil {
		return false, err
	}
	if !found {
		return false, w.checkDeferred(ctx)
	}
	_, err = w.exec(ctx, "ROLLBACK TO round; RELEASE round")
	return true, err
}

func (w *pgWriter) notRejected(rows []int) []int {
	return slices.DeleteFunc(slices.Clone(rows), func(i int) bool { return w.answers[i].Outcome == connectors.Rejected })
}

// isolate does something with rows, and rejects those for which it cannot be
// done.
func (w *pgWriter) isolate(ctx context.Context, rows []int, do func(context.Context, []int) error) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := w.exec(ctx, "SAVEPOINT part"); err != nil {
		return err
	}
	err := do(ctx, rows)
	if err == nil {
		_, err = w.exec(ctx, "RELEASE part")
		return err
	}
	var known rowFaults
	if !errors.As(err, &known) && !isRowFault(err) {
		return err
	}
	if _, err := w.exec(ctx, "ROLLBACK TO part; RELEASE part"); err != nil {
		return err
	}
	if known == nil {
		if known, err = w.blame(ctx, rows, err); err != nil {
			return err
		}
	}
	for i, reason := range known {
		w.reject(i, reason)
	}
	if len(known) > 0 {
		return w.isolate(ctx, w.notRejected(rows), do)
	}
	half := len(rows) / 2
	if err := w.isolate(ctx, rows[:half], do); err != nil {
		return err
	}
	return w.isolate(ctx, rows[half:], do)
}

// dangling rejects the rows whose reference to their own table leads nowhere,
// and those deleted to which one still leads.
func (w *pgWriter) dangling(ctx context.Context, s *steps) (found bool, err error) {
	t := w.table.model.Name
	written, removed := w.notRejected(slices.Concat(s.inserts, s.updates)), w.notRejected(s.removes)
	for _, c := range w.table.selfReferences() {
		if f := w.schema.Index(c.Name); f >= 0 {
			err = w.ask(ctx, written, "s."+c.Name+" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "+t+" p WHERE p.id = s."+c.Name+")", func(i int) {
				w.reject(i, w.say(f, w.rows[i][f], pointsNowhere(c)))
				found = true
			})
		}
		if err == nil {
			err = w.ask(ctx, removed, "EXISTS (SELECT 1 FROM "+t+" c WHERE c."+c.Name+" = s.id)", func(i int) {
				w.reject(i, stillPointedAt(t, c.Name))
				found = true
			})
		}
		if err != nil {
			return false, err
		}
	}
	return found, nil
}

func list(rows []int) driver.Value {
	numbers := make([]int64, len(rows))
	for i, n := range rows {
		numbers[i] = int64(n)
	}
	v, _ := pq.Int64Array(numbers).Value() // of numbers it never fails
	return v
}
