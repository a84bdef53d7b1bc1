package org

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A writer is the one connection that writes, with the statements that it has
// prepared so far.
type writer struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	found      map[*entity]map[place][]string // what tx.find remembers
}

// maxStatements bounds the prepared statements; which columns an update sets can
// make many of them.
const maxStatements = 500

func (w *writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.statements[query]; ok {
		return s, nil
	}
	if len(w.statements) >= maxStatements {
		if err := w.forget(); err != nil {
			return nil, err
		}
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	w.statements[query] = s
	return s, nil
}

func (w *writer) forget() error {
	var errs []error
	for query, s := range w.statements {
		errs = append(errs, s.Close())
		delete(w.statements, query)
	}
	return errors.Join(errs...)
}

func (w *writer) close() error { return errors.Join(w.forget(), w.conn.Close()) }

// A tx is one transaction of the writer. Statements run without the context of
// the caller, which would cost each of them a goroutine; Apply and Load ask it
// between rows.
type tx struct {
	ctx     context.Context
	w       *writer
	catalog *catalog
	begin   time.Time // the stamp of all that is written
	today   string
	org     string // the id of the Organization
	user    string // the id of who writes
	loading bool   // rows are brought in as they have become: see Load
	discard bool   // the transaction is undone in the end, without an error

	pod      string
	counters map[string]uint64 // ids and numbers given so far, as far as asked for
	first    uint64            // the number of the first id
}

// A place is a value of a field, as keys see it.
type place struct {
	at  int
	key string
}

// transact runs f in a transaction that begins now.
func (o *Org) transact(ctx context.Context, f func(*tx) error) error {
	return o.BeginLate().transact(ctx, f)
}

// transact runs f in the transaction. The catalog that f leaves takes effect with
// the commit.
func (l *Late) transact(ctx context.Context, f func(*tx) error) (err error) {
	defer l.Abandon()
	o, begin := l.org, l.begin
	o.write.Lock()
	defer o.write.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	now := begin.UTC().Truncate(time.Second)
	t := &tx{
		ctx: context.WithoutCancel(ctx), w: o.w, catalog: o.catalog.Load(), begin: now, today: now.Format(time.DateOnly), org: o.id, user: o.user,
		pod: o.pod, first: o.first, counters: map[string]uint64{},
	}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() { // even if f panics, for the connection serves those who come next
		if !committed {
			clear(o.w.found) // some of it may never have been
			err = errors.Join(err, t.exec("ROLLBACK"))
		}
	}()
	if err := f(t); err != nil || t.discard {
		return err
	}
	if err := t.saveCounters(); err != nil {
		return err
	}
	if err := t.exec("COMMIT"); err != nil {
		return err
	}
	committed = true
	o.catalog.Store(t.catalog)
	return nil
}

func (t *tx) exec(query string, args ...any) error {
	s, err := t.w.prepare(t.ctx, query)
	if err != nil {
		return err
	}
	if _, err := s.ExecContext(t.ctx, args...); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}

// texts is the first column of a result.
func (t *tx) texts(query string, args ...any) ([]string, error) {
	s, err := t.w.prepare(t.ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(t.ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text.String)
	}
	return found, rows.Err()
}

// A row holds the cells of an object's fields; those of computed fields are not there.
type row []Cell

// row reads a row as it is stored, deleted or not. It is nil if there is none.
func (t *tx) row(e *entity, id string) (row, error) {
	s, err := t.w.prepare(t.ctx, e.selectSQL)
	if err != nil {
		return nil, err
	}
	texts := make([]sql.NullString, len(e.stored))
	into := make([]any, len(e.stored))
	for i := range texts {
		into[i] = &texts[i]
	}
	if err := s.QueryRowContext(t.ctx, id).Scan(into...); errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", e.selectSQL, err)
	}
	r := make(row, len(e.Fields))
	for i, at := range e.stored {
		r[at] = Cell{texts[i].String, !texts[i].Valid}
	}
	return r, nil
}

// maxFound bounds what is kept of what was found.
const maxFound = 100_000

// find looks for rows outside the recycle bin by a field, and no further than a few.
// What was found is kept, also for later transactions, until a row of the object changes.
func (t *tx) find(e *entity, at int, value string) ([]string, error) {
	f := e.Fields[at]
	p := place{at, key(f, value)}
	if ids, ok := t.w.found[e][p]; ok {
		return ids, nil
	}
	ids, err := t.texts(findSQL(e, f), p.key)
	if err != nil {
		return nil, err
	}
	if t.w.found[e] == nil || len(t.w.found[e]) >= maxFound {
		t.w.found[e] = map[place][]string{}
	}
	t.w.found[e][p] = ids
	return ids, nil
}

func findSQL(e *entity, f Field) string {
	column := quote(f.Name)
	return "SELECT Id FROM " + quote(e.Name) + " WHERE " + keySQL(f, column) + " = ? AND " + column + " IS NOT NULL AND IsDeleted = 'false' ORDER BY Id LIMIT 10"
}

// changed drops what was found among rows of an object.
func (t *tx) changed(e *entity) { delete(t.w.found, e) }

// next gives the next number of a counter, beginning with first.
func (t *tx) next(counter string, first uint64) (uint64, error) {
	n, ok := t.counters[counter]
	if !ok {
		saved, err := t.texts("SELECT next FROM _counter WHERE name = ?", counter)
		if err != nil {
			return 0, err
		}
		n = first
		if len(saved) > 0 {
			if _, err := fmt.Sscan(saved[0], &n); err != nil {
				return 0, fmt.Errorf("counter %s: %w", counter, err)
			}
		}
	}
	t.counters[counter] = n + 1
	return n, nil
}

func (t *tx) saveCounters() error {
	for name, n := range t.counters {
		err := t.exec("INSERT INTO _counter (name, next) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET next = excluded.next", name, fmt.Sprint(n))
		if err != nil {
			return err
		}
	}
	return nil
}

// newID gives the next id of an object.
func (t *tx) newID(e *entity) (string, error) {
	n, err := t.next("id "+e.Name, t.first)
	if err != nil {
		return "", err
	}
	return makeID(e.KeyPrefix, t.pod, n), nil
}
