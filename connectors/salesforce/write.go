package salesforce

import (
	"context"
	"errors"
	"slices"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/record"
)

// A Write goes in rounds, and nothing is sent that was not read right before:
//
//	read the rows ─▶ decide ─▶ send ─▶ answers
//	      ▲                      │
//	      └── rows locked, not tried, or whose reply was lost
//
// So a lost reply needs no care of its own: the next reading shows what became
// of the row.
const (
	rounds    = 4 // in which rows are sent
	roundWait = 2 * time.Second
)

// Write implements connectors.Target. Rows are found by the key of the table,
// and written by an upsert; deletes and rows known by their Id go by Id.
func (o *Org) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	name := c.Rows.Schema.Table
	t, err := o.table(ctx, "write", name)
	if err != nil {
		return nil, err
	}
	w, err := o.prepare(t, c)
	if err != nil {
		return nil, err
	}
	for round := 0; ; round++ {
		if err := w.guard(ctx); err != nil {
			return nil, o.failed(ctx, "write", name, err)
		}
		if len(w.open()) == 0 {
			return w.answers, nil
		}
		if round == rounds {
			w.giveUp()
			return w.answers, nil
		}
		if err := w.send(ctx); err != nil {
			return nil, o.failed(ctx, "write", name, err)
		}
		if len(w.open()) == 0 {
			return w.answers, nil
		}
		if err := o.session.Wait(ctx, roundWait<<round); err != nil {
			return nil, o.failed(ctx, "write", name, err)
		}
	}
}

// work is a Write under way.
type work struct {
	*connectors.Changes
	org     *Org
	table   *table
	columns []int               // which column of the table each field of Rows is
	key     int                 // where the key stands in Rows
	rows    []record.Row        // as Salesforce stores them
	byKey   map[string]int      // where a row with this folded key stands
	answers []connectors.Answer // without an Outcome while a row is open
	steps   []step
	ids     map[int]string // of the records to delete
	wait    map[int]wait   // why a row is still open after it was sent

	orphaned map[int]bool // rows that lose a parent
	encoded  []byte
}

// step is what has to be sent for a row.
type step uint8

const (
	none step = iota
	create
	update
	remove
)

// wait is why a row that was sent has no answer yet.
type wait struct {
	lost   bool // the reply did not come
	reason string
}

// prepare checks c against the table. Rows that can be seen to be refused are
// answered at once.
func (o *Org) prepare(t *table, c *connectors.Changes) (*work, error) {
	n := c.Rows.Len()
	w := &work{
		Changes: c, org: o, table: t, rows: make([]record.Row, n), byKey: make(map[string]int, n),
		answers: make([]connectors.Answer, n), steps: make([]step, n), ids: map[int]string{}, wait: map[int]wait{}, orphaned: map[int]bool{},
	}
	if err := w.findColumns(); err != nil {
		return nil, err
	}
	if len(c.Ops) != n || len(c.Before) != n {
		return nil, w.invalid("%d rows with %d operations and %d digests", n, len(c.Ops), len(c.Before))
	}
	for i := range w.rows {
		w.rows[i] = c.Rows.Row(i)
		if reason := w.admit(i); reason != "" {
			w.reject(i, reason)
			continue
		}
		key := t.fold(w.keyOf(i))
		if first, taken := w.byKey[key]; taken {
			w.reject(i, "an earlier row of this write has the external id "+w.show(w.key, w.rows[first][w.key])+", which Salesforce takes for the same")
			continue
		}
		w.byKey[key] = i
	}
	return w, nil
}

func (w *work) invalid(format string, args ...any) error {
	return connectors.Errorf(connectors.Invalid, "write", w.org.where(w.table.name), format, args...)
}

// findColumns finds the columns of Rows, all of which must be writable.
func (w *work) findColumns() (err error) {
	t := w.table
	if t.key < 0 {
		return w.invalid("a query in brackets cannot be written")
	}
	schema := w.Rows.Schema
	if w.columns, err = w.org.find("write", t, schema.Names()); err != nil {
		return err
	}
	if w.key = slices.Index(w.columns, t.key); w.key < 0 {
		return w.invalid("the rows lack the key %s", t.keyField.Name)
	}
	for f, c := range w.columns {
		column := &t.columns[c]
		if !column.createable && !column.updateable && f != w.key {
			return w.invalid("%s cannot be written: it is computed, or this user may only read it; leave it out of the mapping, or give the user edit access to the field", column.path)
		}
		if column.reference != "" && schema.Index(column.reference) >= 0 {
			return w.invalid("%s and %s say the same: write one of them", column.path, column.reference)
		}
	}
	return nil
}

// admit converts row i to what Salesforce stores, or says why it cannot.
func (w *work) admit(i int) string {
	row, cloned := w.rows[i], false
	for f, c := range w.columns {
		if w.Ops[i] == connectors.Delete && f != w.key {
			continue
		}
		v, reason := w.table.columns[c].admit(row[f])
		if reason != "" {
			return w.show(f, row[f]) + " " + reason
		}
		if v.IsNull() && !w.table.schema.Fields[c].Nullable {
			return w.Rows.Schema.Fields[f].Name + " must not be null: Salesforce would refuse it or fill it in"
		}
		if v == row[f] {
			continue
		}
		if !cloned {
			row, cloned = slices.Clone(row), true
			w.rows[i] = row
		}
		row[f] = v
	}
	return ""
}

// keyOf is the key of row i. Keys are texts, or numbers in a numeric external id.
func (w *work) keyOf(i int) string { return w.rows[i][w.key].String() }

func (w *work) reject(i int, reason string) {
	w.answers[i] = connectors.Answer{Outcome: connectors.Rejected, Reason: reason}
}

// open lists the rows that have no answer yet.
func (w *work) open() []int {
	var all []int
	for i := range w.answers {
		if w.answers[i].Outcome == 0 {
			all = append(all, i)
		}
	}
	return all
}

// giveUp answers the rows that could not be settled.
func (w *work) giveUp() {
	for _, i := range w.open() {
		outcome := connectors.Stale
		if w.wait[i].lost {
			outcome = connectors.Unsure
		}
		w.answers[i] = connectors.Answer{Outcome: outcome, Reason: w.wait[i].reason}
	}
}

// send sends the open rows: changes first, then deletes.
func (w *work) send(ctx context.Context) error {
	var creates, updates, removes []int
	for _, i := range w.open() {
		switch w.steps[i] {
		case create:
			creates = append(creates, i)
		case update:
			updates = append(updates, i)
		case remove:
			removes = append(removes, i)
		}
	}
	forCreate := w.fieldsFor(func(c *column) bool { return c.createable })
	forUpdate := w.fieldsFor(func(c *column) bool { return c.updateable })
	if slices.Equal(forCreate, forUpdate) {
		creates, updates = append(creates, updates...), nil
	}
	for _, part := range []shipment{
		{rows: creates, fields: forCreate}, {rows: updates, fields: forUpdate}, {rows: removes, deletes: true},
	} {
		if err := w.ship(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// fieldsFor lists the fields of Rows that can be sent, the key always.
func (w *work) fieldsFor(can func(*column) bool) []int {
	var fields []int
	for f, c := range w.columns {
		if f == w.key || can(&w.table.columns[c]) {
			fields = append(fields, f)
		}
	}
	return fields
}

// shipment is rows that are sent in the same way.
type shipment struct {
	rows    []int
	fields  []int // of Rows
	deletes bool
}

// ship sends rows as a job if they are many, else in collections.
func (w *work) ship(ctx context.Context, s shipment) error {
	if len(s.rows) == 0 {
		return nil
	}
	w.sortByParent(s.rows)
	if len(s.rows) <= w.org.config.BulkFrom {
		return w.collections(ctx, s)
	}
	odd, plain := w.split(s)
	if err := w.ingest(ctx, plain); err != nil {
		return err
	}
	return w.collections(ctx, odd)
}

// sortByParent puts the rows of one parent next to each other, so that they
// come into the same batch of a job and do not wait for each other's lock.
func (w *work) sortByParent(rows []int) {
	var parents []int
	for f, c := range w.columns {
		if column := &w.table.columns[c]; f != w.key && (column.id || column.relation != "") {
			parents = append(parents, f)
		}
	}
	slices.SortFunc(rows, func(a, b int) int {
		for _, f := range parents {
			if c := record.Compare(w.rows[a][f], w.rows[b][f]); c != 0 {
				return c
			}
		}
		return a - b
	})
}

// lost marks rows whose reply did not come: the session has given up, and the
// next reading shows what was done. Any other error ends the Write.
func (w *work) lost(rows []int, err error) error {
	if !errors.Is(err, session.ErrOutcomeUnknown) && connectors.ClassOf(err) != connectors.Transient {
		return err
	}
	for _, i := range rows {
		w.wait[i] = wait{lost: true, reason: "the reply was lost, and the row was not as wanted when it was read back: make a new plan"}
	}
	return nil
}
