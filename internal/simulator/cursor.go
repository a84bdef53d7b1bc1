package simulator

import (
	"fmt"
	"os"
	"sync"
	"time"

	"crosswalk/internal/simulator/org"
)

// cursorLife is how long the pages of a query can be asked for.
const cursorLife = 48 * time.Hour

// spoolAt is the size in bytes from which on the rows of a cursor lie in a
// temporary file. There may be many cursors, since they live so long.
const spoolAt = 64 << 10

// cursors keeps the results of queries that have several pages.
type cursors struct {
	now func() time.Time

	mu     sync.Mutex
	serial int
	open   map[string]*cursor
}

// cursor is the result of one query. It is filled by one goroutine; after
// that it never changes.
type cursor struct {
	id    string
	made  time.Time
	rows  int    // most rows of a page
	marks []mark // of the records

	memory []byte   // what is not in the file
	file   *os.File // nil as long as all is in memory
	filed  int64    // bytes in the file
}

// mark tells where a record ends, and for how many rows it counts.
type mark struct {
	end    int64
	weight int
}

// begin returns an empty cursor for pages of so many rows.
func (k *cursors) begin(rows int) *cursor { return &cursor{made: k.now(), rows: rows} }

// register gives a cursor its id, and drops those whose time is over.
func (k *cursors) register(c *cursor) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open == nil {
		k.open = map[string]*cursor{}
	}
	k.drop(func(old *cursor) bool { return c.made.Sub(old.made) > cursorLife })
	k.serial++
	c.id, _ = org.ID18(fmt.Sprintf("01gS0%010d", k.serial)) // it is an id of 15 characters
	k.open[c.id] = c
}

// find returns the cursor with the id, or nil.
func (k *cursors) find(id string) *cursor {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.open[id]; c != nil && k.now().Sub(c.made) <= cursorLife {
		return c
	}
	return nil
}

// close drops all cursors.
func (k *cursors) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(func(*cursor) bool { return true })
}

// drop needs the lock.
func (k *cursors) drop(over func(*cursor) bool) {
	for id, c := range k.open {
		if over(c) {
			c.discard()
			delete(k.open, id)
		}
	}
}

// add appends the JSON of one record.
func (c *cursor) add(record []byte, weight int) error {
	c.memory = append(append(c.memory, record...), ',')
	c.marks = append(c.marks, mark{c.filed + int64(len(c.memory)), weight})
	if len(c.memory) < spoolAt {
		return nil
	}
	if c.file == nil {
		file, err := os.CreateTemp("", "crosswalk-cursor-")
		if err != nil {
			return fmt.Errorf("keep the rows of a query: %w", err)
		}
		c.file = file
	}
	if _, err := c.file.Write(c.memory); err != nil {
		return fmt.Errorf("keep the rows of a query: %w", err)
	}
	c.filed += int64(len(c.memory))
	c.memory = c.memory[:0]
	return nil
}

// page returns the records from one on, at least one if there is one.
func (c *cursor) page(from int) (page, error) {
	to, rows := from, 0
	for to < len(c.marks) && (to == from || rows+c.marks[to].weight <= c.rows) {
		rows += c.marks[to].weight
		to++
	}
	p := page{total: len(c.marks)}
	if to < len(c.marks) {
		p.next = to
	}
	if to == from {
		return p, nil
	}
	var err error
	p.records, err = c.read(c.start(from), c.marks[to-1].end-1) // without the last comma
	return p, err
}

func (c *cursor) start(record int) int64 {
	if record == 0 {
		return 0
	}
	return c.marks[record-1].end
}

// read returns the bytes between two places, wherever they lie.
func (c *cursor) read(from, to int64) ([]byte, error) {
	b := make([]byte, to-from)
	inFile := max(min(to, c.filed)-from, 0)
	if inFile > 0 {
		if _, err := c.file.ReadAt(b[:inFile], from); err != nil {
			return nil, fmt.Errorf("read the rows of a query back: %w", err)
		}
	}
	copy(b[inFile:], c.memory[max(from-c.filed, 0):])
	return b, nil
}

// unlessKept discards a cursor that has no further page, or whose query failed.
func (c *cursor) unlessKept() {
	if c.id == "" {
		c.discard()
	}
}

// discard removes the file of a cursor.
func (c *cursor) discard() {
	if c.file != nil {
		c.file.Close()
		os.Remove(c.file.Name())
	}
}
