package org

import "context"

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
// and Close in every case. A Rows is for one goroutine.
type Rows struct{}

// Object is the name of the queried object.
func (r *Rows) Object() string { return "" }

// CountOnly tells that the query is SELECT COUNT(): it has no records, and its
// totalSize is that of Size.
func (r *Rows) CountOnly() bool { return false }

// Columns describe the records.
func (r *Rows) Columns() []Column { return nil }

// Header names the cells as SELECT does, such as Account.Name; without subqueries.
func (r *Rows) Header() []string { return nil }

// Fields are those of Header, one for one.
func (r *Rows) Fields() []Field { return nil }

// Size counts the rows of the result, of which none need to be read. It sees
// the same state as Next.
func (r *Rows) Size(ctx context.Context) (int, error) { return 0, errStub }

// Next moves to the next record.
func (r *Rows) Next(ctx context.Context) bool { return false }

// Cells are the values of Header. They are valid until the next call of Next.
func (r *Rows) Cells() []Cell { return nil }

// Record is the current record, with its parents and children. The caller may keep it.
func (r *Rows) Record(ctx context.Context) (Record, error) { return Record{}, errStub }

// Err is the error that ended Next, if any.
func (r *Rows) Err() error { return nil }

// Close ends the reading.
func (r *Rows) Close() error { return nil }
