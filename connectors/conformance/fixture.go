package conformance

import (
	"fmt"
	"slices"
	"time"

	"crosswalk/record"
)

// Fixture is the table that the checks work with. A system with tables of its
// own gives its own Fixture; the others use Standard.
type Fixture struct {
	// Schema names the table, its columns and its key.
	Schema *record.Schema

	// Row makes row i, for any i from 0: always the same row for the same i,
	// a key of its own for each, in no particular order, and no nulls.
	// The rows of different i differ in every Free column, except that
	// booleans may repeat.
	Row func(i int) record.Row

	// Keyed makes a row with this text as the first field of its key.
	// It is nil where keys are no free text.
	Keyed func(text string) record.Row

	// Free names the columns that take any value of their type, none of them
	// in the key. There are at least two.
	Free []string
}

// Standard returns the fixture of a system that can have any table: one
// column for each kind of value, and a key of two columns that are neither
// the first nor next to each other.
func Standard() *Fixture {
	column := func(name string, t record.Type) record.Field {
		return record.Field{Name: name, Type: t, Nullable: true}
	}
	f := &Fixture{
		Schema: &record.Schema{
			Table: "fixture",
			Fields: []record.Field{
				{Name: "name", Type: record.Type{Kind: record.KindText}},
				{Name: "number", Type: record.Type{Kind: record.KindInt}},
				column("active", record.Type{Kind: record.KindBool}),
				column("seats", record.Type{Kind: record.KindInt}),
				{Name: "line", Type: record.Type{Kind: record.KindText, Size: 40}},
				column("price", record.Type{Kind: record.KindDecimal, Size: 38, Scale: 8}),
				column("score", record.Type{Kind: record.KindFloat}),
				column("note", record.Type{Kind: record.KindText}),
				column("image", record.Type{Kind: record.KindBytes}),
				column("day", record.Type{Kind: record.KindDate}),
				column("seen", record.Type{Kind: record.KindInstant}),
				column("meeting", record.Type{Kind: record.KindLocal}),
			},
			Key:    []int{4, 1},
			Unique: true,
		},
		Row:  standardRow,
		Free: []string{"name", "active", "seats", "price", "score", "note", "image", "day", "seen", "meeting"},
	}
	f.Keyed = func(text string) record.Row {
		row := standardRow(0)
		row[4] = record.Text(text)
		return row
	}
	return f
}

// standardRow makes row i of the standard fixture. The primes scatter the
// keys; the times advance by whole seconds, which every system keeps.
func standardRow(i int) record.Row {
	at := time.Date(2024, 2, 28, 22, 30, 0, 0, time.UTC).Add(time.Duration(i) * 12347 * time.Second)
	return record.Row{
		record.Text(fmt.Sprintf("Name %d", i)),
		record.Int(int64(i*7919%100_003 - 50)),
		record.Bool(i%2 == 0),
		record.Int(int64(10 * i)),
		record.Text([]string{"CAD", "PLM", "cad", "EDA", "Sim"}[i%5]),
		record.Decimal(int64(1999+25*i), 2),
		record.Float(float64(i) + 0.25),
		record.Text(fmt.Sprintf("note, number %d", i)),
		record.Bytes([]byte{0, byte(i), byte(i >> 8), 0xff}),
		record.Date(2024, 2, 27+i),
		record.Instant(at),
		record.Local(at.Add(time.Hour)),
	}
}

// rows makes rows 0 to n-1.
func (f *Fixture) rows(n int) []record.Row {
	rows := make([]record.Row, n)
	for i := range rows {
		rows[i] = f.Row(i)
	}
	return rows
}

// mixed is row i with the Free values of row j.
func (f *Fixture) mixed(i, j int) record.Row {
	row, other := f.Row(i), f.Row(j)
	for _, c := range f.free() {
		row[c] = other[c]
	}
	return row
}

// changed is row i with other Free values.
func (f *Fixture) changed(i int) record.Row { return f.mixed(i, 1001+i) }

// columns returns where all columns stand.
func (f *Fixture) columns() []int {
	all := make([]int, len(f.Schema.Fields))
	for i := range all {
		all[i] = i
	}
	return all
}

// free returns where the Free columns stand.
func (f *Fixture) free() []int {
	columns := make([]int, len(f.Free))
	for i, name := range f.Free {
		columns[i] = f.Schema.Index(name)
	}
	return columns
}

// nullable returns where the Free columns that may be null stand.
func (f *Fixture) nullable() []int {
	return slices.DeleteFunc(f.free(), func(c int) bool { return !f.Schema.Fields[c].Nullable })
}
