package org

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// A Column is one entry of a SELECT list, as a record shows it. Fields of one
// parent stand together where the first of them is named.
type Column struct {
	Name    string // of the field, the relationship, or the aggregate (expr0)
	Kind    ColumnKind
	Field   Field    // of Plain and Aggregate; its Type says how a value looks
	Object  string   // of ParentRow and ChildRows: what they are
	Columns []Column // of ParentRow and ChildRows
}

// A ColumnKind tells what stands in a column.
type ColumnKind int

// The kinds of columns.
const (
	Plain     ColumnKind = iota + 1
	ParentRow            // Account in SELECT Account.Name
	ChildRows            // Contacts in SELECT (SELECT Id FROM Contacts)
	Aggregate
)

// A Record is one row of a result. Its ID is empty in results of aggregates.
type Record struct {
	ID     string
	Values []Value // one for each Column
}

// A Value is what a record has in a column.
type Value struct {
	Cell             // of Plain and Aggregate
	Parent   *Record // of ParentRow; nil if the reference is null
	Children []Record
}

// Rows is the result of a query. It streams: call Next until it is false, then Err,
// and Close in every case. It sees the org as it was when the query began. A Rows is
// for one goroutine.
type Rows struct {
	plan     *plan
	columns  []Column
	tx       *sql.Tx
	rows     *sql.Rows
	children []*sql.Stmt
	raw      []any
	into     []any
	cells    []Cell
	err      error
}

// Query runs a SOQL query; all shows rows of the recycle bin too. What the platform
// refuses is an *Error. The result lives no longer than ctx.
func (o *Org) Query(ctx context.Context, soql string, all bool) (*Rows, error) {
	p, err := o.catalog.Load().compile(soql, all, o.now())
	if err != nil {
		return nil, err
	}
	return o.run(ctx, p)
}

// Count is the number of rows of a query: its totalSize.
func (o *Org) Count(ctx context.Context, soql string, all bool) (int, error) {
	p, err := o.catalog.Load().compile(soql, all, o.now())
	if err != nil || p.grouped {
		return 1, err
	}
	var n int
	err = o.readers.QueryRowContext(ctx, p.sizeSQL(), p.args...).Scan(&n)
	return n, err
}

func (o *Org) run(ctx context.Context, p *plan) (*Rows, error) {
	tx, err := o.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	r := &Rows{plan: p, columns: columnsOf(p.columns), tx: tx}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return r, nil
}

func (r *Rows) start(ctx context.Context) error {
	if r.plan.countOnly {
		return nil
	}
	args := r.plan.args
	if r.plan.grouped { // each aggregate has a WHERE of its own
		for range r.plan.list[1:] {
			args = append(args, r.plan.args...)
		}
	}
	var err error
	if r.rows, err = r.tx.QueryContext(ctx, r.plan.sql(), args...); err != nil { //nolint:rowserrcheck // Rows.Err tells it
		return fmt.Errorf("%s: %w", r.plan.sql(), err)
	}
	r.raw, r.into = scanned(len(r.plan.list))
	r.cells = make([]Cell, len(r.plan.header))
	for _, child := range r.plan.children {
		s, err := r.tx.PrepareContext(ctx, child.sql())
		if err != nil {
			return fmt.Errorf("%s: %w", child.sql(), err)
		}
		r.children = append(r.children, s)
	}
	return nil
}

func scanned(n int) (raw, into []any) {
	raw, into = make([]any, n), make([]any, n)
	for i := range raw {
		into[i] = &raw[i]
	}
	return raw, into
}

// Object is the name of the queried object.
func (r *Rows) Object() string { return r.plan.object.Name }

// CountOnly tells that the query is SELECT COUNT(): it has no records, and its
// totalSize is that of Size.
func (r *Rows) CountOnly() bool { return r.plan.countOnly }

// Columns describe the records.
func (r *Rows) Columns() []Column { return r.columns }

// Header names the cells as SELECT does, such as Account.Name; without subqueries.
func (r *Rows) Header() []string { return r.plan.header }

// Fields are those of Header, one for one.
func (r *Rows) Fields() []Field { return r.plan.fields }

// Size counts the rows of the result, of which none need to be read. It sees
// the same state as Next.
func (r *Rows) Size(ctx context.Context) (int, error) {
	if r.plan.grouped {
		return 1, nil
	}
	var n int
	err := r.tx.QueryRowContext(ctx, r.plan.sizeSQL(), r.plan.args...).Scan(&n)
	return n, err
}

// Next moves to the next record.
func (r *Rows) Next(ctx context.Context) bool {
	if r.rows == nil || r.err != nil {
		return false
	}
	if r.err = ctx.Err(); r.err != nil || !r.rows.Next() {
		return false
	}
	r.err = r.rows.Scan(r.into...)
	return r.err == nil
}

// Cells are the values of Header. They are valid until the next call of Cells.
func (r *Rows) Cells() []Cell {
	for i, at := range r.plan.at {
		r.cells[i] = cell(r.raw[at])
	}
	return r.cells
}

// Record is the current record, with its parents and children. The caller may keep it.
func (r *Rows) Record(ctx context.Context) (Record, error) {
	record := build(r.plan.columns, r.raw)
	if !r.plan.grouped {
		record.ID = cell(r.raw[0]).Text
	}
	for i, n := range r.plan.columns {
		if n.Kind != ChildRows {
			continue
		}
		children, err := r.childRecords(ctx, n.at, record.ID)
		if err != nil {
			return Record{}, err
		}
		record.Values[i].Children = children
	}
	return record, nil
}

// build makes a record of a raw row, without its id and children.
func build(nodes []node, raw []any) Record {
	record := Record{Values: make([]Value, len(nodes))}
	for i, n := range nodes {
		switch n.Kind {
		case Plain, Aggregate:
			record.Values[i].Cell = cell(raw[n.at])
		case ParentRow:
			if id := cell(raw[n.at]); !id.Null {
				parent := build(n.nodes, raw)
				parent.ID = id.Text
				record.Values[i].Parent = &parent
			}
		}
	}
	return record
}

func (r *Rows) childRecords(ctx context.Context, at int, parent string) ([]Record, error) {
	p := r.plan.children[at]
	args := append([]any{parent}, p.args[1:]...)
	rows, err := r.children[at].QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []Record
	raw, into := scanned(len(p.list))
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		record := build(p.columns, raw)
		record.ID = cell(raw[0]).Text
		records = append(records, record)
	}
	return records, rows.Err()
}

// cell is a value as SQLite gives it: a text, or the integer of a count.
func cell(v any) Cell {
	switch v := v.(type) {
	case string:
		return Cell{Text: v}
	case int64:
		return Cell{Text: strconv.FormatInt(v, 10)}
	}
	return Cell{Null: true}
}

// Err is the error that ended Next, if any.
func (r *Rows) Err() error {
	if r.err == nil && r.rows != nil {
		return r.rows.Err()
	}
	return r.err
}

// Close ends the reading.
func (r *Rows) Close() error {
	var errs []error
	if r.rows != nil {
		errs = append(errs, r.rows.Close())
	}
	if err := r.tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
