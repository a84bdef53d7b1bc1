package record

// DefaultLimit is the number of rows in a Batch whose Limit is zero.
const DefaultLimit = 2048

// Batch is a reusable list of rows of one Schema, with the rows that the
// reader had to set aside. The zero Batch is ready for a Reader.
type Batch struct {
	Schema  *Schema
	Cursor  Cursor   // resume point just after the last row, if there is one
	Limit   int      // most rows a Reader may add; DefaultLimit if zero
	Rejects []Reject // input that is no row of the Schema

	cells []Value // row-major, Len() × len(Schema.Fields)
	rows  int
	texts Arena
}

// Reject is a piece of input that could not be read as a row. It is counted,
// reported and kept apart, never padded or dropped.
type Reject struct {
	Where  string // file and line, or sheet and row
	Reason string
	Input  string // as it stood in the source, shortened to a few hundred bytes
}

// Reset empties b for rows of schema s and keeps its memory.
func (b *Batch) Reset(s *Schema) {
	b.Schema, b.Cursor, b.cells, b.rows = s, "", b.cells[:0], 0
	b.Rejects = b.Rejects[:0]
}

// Len is the number of rows.
func (b *Batch) Len() int { return b.rows }

// Full reports whether a Reader should stop: rows and rejects both count.
func (b *Batch) Full() bool {
	n := b.rows + len(b.Rejects)
	if b.Limit == 0 {
		return n >= DefaultLimit
	}
	return n >= b.Limit
}

// Add appends a row of nulls and returns it for the caller to fill.
func (b *Batch) Add() Row {
	w := len(b.Schema.Fields)
	n := len(b.cells)
	if n+w > cap(b.cells) {
		grown := make([]Value, n, max(2*cap(b.cells), 64*w, n+w))
		copy(grown, b.cells)
		b.cells = grown
	}
	b.cells = b.cells[:n+w]
	row := b.cells[n : n+w : n+w]
	clear(row)
	b.rows++
	return Row(row)
}

// Drop takes the last row away again.
func (b *Batch) Drop() {
	b.rows--
	b.cells = b.cells[:b.rows*len(b.Schema.Fields)]
}

// Row returns row i, valid until Reset or Add.
func (b *Batch) Row(i int) Row {
	w := len(b.Schema.Fields)
	return Row(b.cells[i*w : (i+1)*w : (i+1)*w])
}

// Text makes a text value from a copy of p that shares memory with the other
// texts of the batch: far fewer allocations than Text(string(p)).
func (b *Batch) Text(p []byte) Value { return Text(b.texts.String(p)) }

// Bytes makes a binary value in the same way.
func (b *Batch) Bytes(p []byte) Value {
	return Value{kind: KindBytes, text: b.texts.String(p)}
}
