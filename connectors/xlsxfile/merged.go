package xlsxfile

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"

	"crosswalk/record"
)

// A block is a rectangle of merged cells. The file holds its value in the
// top left cell.
type block struct {
	top, bottom int // rows, from 1
	left, right int // columns, from 0
	value       record.Value
}

// mergedBlocks reads the merged blocks of a sheet that begin below a row, in
// order. They stand behind the rows, so the sheet is read once for them.
func (b *book) mergedBlocks(s sheet, below int) ([]block, error) {
	part, err := b.open(s.part)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var blocks []block
	t := newTokenizer(part)
	for {
		if err := t.next(); err == io.EOF {
			slices.SortFunc(blocks, func(a, b block) int { return a.top - b.top })
			return blocks, nil
		} else if err != nil {
			return nil, damaged(s.part, err)
		}
		if t.kind != startTag || string(t.name) != "mergeCell" {
			continue
		}
		block, err := parseBlock(t.attr("ref"))
		if err != nil {
			return nil, damaged(s.part, err)
		}
		if block.top > below {
			blocks = append(blocks, block)
		}
	}
}

// parseBlock reads a reference such as A2:C4.
func parseBlock(ref []byte) (block, error) {
	from, to, isRange := bytes.Cut(ref, []byte(":"))
	if !isRange {
		to = from
	}
	left, top, ok1 := parseCell(from)
	right, bottom, ok2 := parseCell(to)
	if !ok1 || !ok2 || right < left || bottom < top {
		return block{}, fmt.Errorf("no block of cells: %.40q", ref)
	}
	return block{top: top, bottom: bottom, left: left, right: right}, nil
}

func parseCell(ref []byte) (column, row int, ok bool) {
	column, ok = columnOf(ref)
	row, err := strconv.Atoi(string(bytes.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")))
	return column, row, ok && err == nil && row >= 1 && row <= maxRows
}

// A filler gives every cell of a merged block the value of the block.
type filler struct {
	waiting []block // not reached yet
	open    []block // that reach the current row
}

// fill completes a row. Rows must come in order.
func (f *filler) fill(row int, cells []record.Value) []record.Value {
	f.open = slices.DeleteFunc(f.open, func(b block) bool { return b.bottom < row })
	for len(f.waiting) > 0 && f.waiting[0].top <= row {
		b := f.waiting[0]
		f.waiting = f.waiting[1:]
		if b.top == row && b.left < len(cells) {
			b.value = cells[b.left]
		}
		if !b.value.IsNull() {
			f.open = append(f.open, b)
		}
	}
	for _, b := range f.open {
		for len(cells) <= b.right {
			cells = append(cells, record.Null())
		}
		for at := b.left; at <= b.right; at++ {
			cells[at] = b.value
		}
	}
	return cells
}
