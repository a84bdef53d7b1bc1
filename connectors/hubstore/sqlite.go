package hubstore

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"modernc.org/sqlite"

	"crosswalk/connectors"
	"crosswalk/record"
)

// liteWriter carries out a Write in SQLite, row by row: a statement that
// breaks a rule undoes itself and nothing else.
type liteWriter struct {
	session
	*work
	insert, current, update, remove *liteStmt
	addLink, dropLinks              *liteStmt
}

func (w *liteWriter) write(ctx context.Context) error {
	if err := w.prepare(); err != nil {
		return err
	}
	defer w.close()
	for again := true; again; {
		_, err := w.exec(ctx, "BEGIN IMMEDIATE")
		if err == nil {
			again, err = w.attempt(ctx)
		}
		if err != nil || again {
			_, undo := w.exec(context.Background(), "ROLLBACK")
			err = errors.Join(err, ignoreUndone(undo))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inOrder lists the open rows as they are written: what is to go first, and what
// is new last, so that a natural key may pass from one row to another; and each
// kind by its keys, so that rows next to each other in the index come together.
func (w *liteWriter) inOrder() []int {
	var all []int
	for _, rows := range w.rounds() {
		slices.SortFunc(rows, func(a, b int) int {
			return cmp.Or(cmp.Compare(w.Ops[b], w.Ops[a]), record.Compare(w.rows[a][w.key[0]], w.rows[b][w.key[0]]), cmp.Compare(a, b))
		})
		all = append(all, rows...)
	}
	return all
}

// attempt writes every row and commits. References of the table to itself are
// only checked then, since a row may come before the one it points at: if any
// leads nowhere, its row is rejected and the others must be written again.
func (w *liteWriter) attempt(ctx context.Context) (again bool, err error) {
	known, err := w.recall(ctx, w.session, sqliteSQL{})
	if err != nil {
		return false, err
	}
	if known {
		return false, w.commit()
	}
	rows := w.inOrder()
	for n, i := range rows {
		if n%256 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err := w.row(i); err != nil {
			return false, err
		}
	}
	if err := w.keep(ctx, w.session, sqliteSQL{}); err != nil {
		return false, err
	}
	err = w.commit()
	if !isForeignKey(err) {
		return false, err
	}
	found, looking := w.dangling(rows)
	if looking != nil || !found {
		return false, errors.Join(err, looking)
	}
	for _, i := range rows {
		if w.answers[i].Outcome != connectors.Rejected {
			w.answers[i] = connectors.Answer{} // not yet
		}
	}
	return true, nil
}

// commit is not canceled: it would be in doubt.
func (w *liteWriter) commit() error {
	_, err := w.exec(context.Background(), "COMMIT")
	return err
}

// row writes row i and answers it. An error is one that ends the Write.
func (w *liteWriter) row(i int) error {
	w.answers[i] = connectors.Answer{Outcome: connectors.Applied}
	if w.Before[i].IsZero() && w.Ops[i] != connectors.Delete {
		created, err := w.create(i)
		if created || err != nil {
			return w.judge(i, err)
		}
	}
	have, err := w.fetch(i)
	if err != nil {
		return err
	}
	switch w.decide(i, have) {
	case insert:
		return fmt.Errorf("row %d has vanished within the transaction", i)
	case update:
		return w.judge(i, w.change(i, w.relinks(i, have)))
	case remove:
		return w.judge(i, w.delete(i))
	}
	return nil
}

// judge turns a broken rule into a rejection.
func (w *liteWriter) judge(i int, err error) error {
	switch {
	case errors.As(err, new(linkTaken)):
		w.reject(i, linkTaken{}.Error())
	case isForeignKey(err):
		reason, err := w.whyForeignKey(i)
		if err != nil {
			return err
		}
		w.reject(i, reason)
	case isRowFault(err):
		w.reject(i, w.table.whySQLite(err.Error()))
	default:
		return err
	}
	return nil
}

// create inserts a row that should not be there yet; created is false if it is.
func (w *liteWriter) create(i int) (created bool, err error) {
	n, err := w.insert.exec(w.values(w.insert, i)...)
	if err != nil || n == 0 {
		return false, err
	}
	if w.link == nil || w.rows[i][w.link[0]].IsNull() {
		return true, nil
	}
	if n, err = w.addLink.exec(w.linkArgs(i)...); err == nil && n == 0 {
		err = w.whole(func() error { return w.relink(i) })
	}
	if err == nil {
		return true, nil
	}
	if _, undo := w.remove.exec(w.values(w.remove, i)...); undo != nil {
		return false, undo // not the fault of the row: it ends the Write
	}
	return false, err
}

// change updates a row and perhaps its link, both or neither.
func (w *liteWriter) change(i int, relink bool) error {
	if !relink {
		_, err := w.update.exec(w.values(w.update, i)...)
		return err
	}
	return w.whole(func() error {
		if _, err := w.update.exec(w.values(w.update, i)...); err != nil {
			return err
		}
		return w.relink(i)
	})
}

// whole has all of do undone if a rule is broken on the way. After any other
// error the whole Write is undone.
func (w *liteWriter) whole(do func() error) error {
	ctx := context.Background()
	if _, err := w.exec(ctx, "SAVEPOINT part"); err != nil {
		return err
	}
	fault := do()
	end := "RELEASE part"
	if fault != nil {
		if !errors.As(fault, new(linkTaken)) && !isRowFault(fault) {
			return fault
		}
		end = "ROLLBACK TO part; RELEASE part"
	}
	if _, err := w.exec(ctx, end); err != nil {
		return err
	}
	return fault
}

func (w *liteWriter) delete(i int) error {
	if _, err := w.remove.exec(w.values(w.remove, i)...); err != nil || !w.table.linked {
		return err
	}
	_, err := w.dropLinks.exec(w.values(w.dropLinks, i)...)
	return err
}

// relink makes the link of row i as wanted where it is not simply new.
func (w *liteWriter) relink(i int) error {
	ctx, name := context.Background(), w.table.model.Name
	id, args := w.rows[i][w.key[0]].AsText(), w.linkArgs(i)
	entity, key := args[0], args[1]
	_, err := w.exec(ctx, `DELETE FROM xref WHERE canonical_id = ? AND role = 'primary'
		AND (source, source_entity, source_key) IS NOT ((SELECT source FROM `+name+` WHERE id = ?), ?, ?)`, id, id, entity, key)
	if err != nil || key == nil {
		return err
	}
	_, err = w.exec(ctx, `DELETE FROM xref WHERE source = (SELECT source FROM `+name+` WHERE id = ?) AND source_entity = ? AND source_key = ?
		AND (role <> 'primary' OR canonical_id = ? OR entity = ? AND NOT EXISTS (SELECT 1 FROM `+name+` o WHERE o.id = canonical_id))`,
		id, entity, key, id, name)
	if err != nil {
		return err
	}
	n, err := w.addLink.exec(args...)
	if err == nil && n == 0 {
		err = linkTaken{}
	}
	return err
}

// linkTaken is the fault of a row whose source row stands for another.
type linkTaken struct{}

func (linkTaken) Error() string {
	return "its source_entity and source_key belong to another row already"
}

func (w *liteWriter) fetch(i int) (record.Row, error) {
	rows, err := w.current.stmt.(driver.StmtQueryContext).QueryContext(context.Background(), named(w.values(w.current, i)))
	if err != nil {
		return nil, err
	}
	var b record.Batch
	b.Reset(w.schema)
	var have record.Row
	err = visitRows(rows, func(row []driver.Value) (err error) {
		have, err = w.decode(&b, row)
		return err
	})
	return have, errors.Join(err, rows.Close())
}

// dangling rejects the rows whose reference to their own table leads nowhere,
// and those deleted to which one still leads.
func (w *liteWriter) dangling(rows []int) (found bool, err error) {
	name := w.table.model.Name
	for _, c := range w.table.selfReferences() {
		f := w.schema.Index(c.Name)
		for _, i := range rows {
			if w.answers[i].Outcome != connectors.Applied {
				continue
			}
			var bad bool
			switch {
			case w.Ops[i] == connectors.Delete:
				if bad, err = w.exists("SELECT 1 FROM "+name+" WHERE "+c.Name+" = ?", w.rows[i][w.key[0]].AsText()); bad {
					w.reject(i, stillPointedAt(name, c.Name))
				}
			case f >= 0 && !w.rows[i][f].IsNull():
				bad, err = w.exists("SELECT 1 FROM "+name+" WHERE id = ?", w.rows[i][f].AsText())
				if bad = err == nil && !bad; bad {
					w.reject(i, w.say(f, w.rows[i][f], pointsNowhere(c)))
				}
			}
			if err != nil {
				return false, err
			}
			found = found || bad
		}
	}
	return found, nil
}

// whyForeignKey finds the reference that SQLite does not name.
func (w *liteWriter) whyForeignKey(i int) (string, error) {
	if w.Ops[i] == connectors.Delete {
		return "other rows still point at it", nil
	}
	for f, at := range w.columns {
		c, v := w.table.columns[at], w.rows[i][f]
		table, column := c.Target()
		if table == "" || v.IsNull() {
			continue
		}
		there, err := w.exists("SELECT 1 FROM "+table+" WHERE "+column+" = ?", v.AsText())
		if err != nil {
			return "", err
		}
		if !there {
			return w.say(f, v, pointsNowhere(c)), nil
		}
	}
	return "other rows still point at its old values", nil
}

func (w *liteWriter) exists(query, arg string) (found bool, err error) {
	err = w.each(context.Background(), func([]driver.Value) error {
		found = true
		return nil
	}, query, arg)
	return found, err
}

func isForeignKey(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqliteForeignKey
}
