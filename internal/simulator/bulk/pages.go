package bulk

import (
	"bufio"
	"io"
	"os"
)

// markEvery is the number of rows between two marks.
const markEvery = 1000

// pages finds rows in the file of a result without keeping the place of each.
type pages struct {
	path   string
	rows   int
	header int64   // where the header ends
	marks  []int64 // where every row that is a multiple of markEvery begins
	end    int64
}

func newPages(path string, header int64) *pages {
	return &pages{path: path, header: header, end: header}
}

// add appends a row of so many bytes.
func (p *pages) add(bytes int64) {
	if p.rows%markEvery == 0 {
		p.marks = append(p.marks, p.end)
	}
	p.rows++
	p.end += bytes
}

func (p *pages) size() int64 { return p.end }

// page is the header and n rows from the one with number first.
func (p *pages) page(file *os.File, first, n int) (io.Reader, error) {
	from, err := p.start(file, first)
	if err != nil {
		return nil, err
	}
	to, err := p.start(file, first+n)
	if err != nil {
		return nil, err
	}
	return io.MultiReader(io.NewSectionReader(file, 0, p.header), io.NewSectionReader(file, from, to-from)), nil
}

// start is where a row begins: it counts the ends of rows from the mark before.
func (p *pages) start(file *os.File, row int) (int64, error) {
	if row >= p.rows {
		return p.end, nil
	}
	at := p.marks[row/markEvery]
	left := row % markEvery
	in := bufio.NewReader(io.NewSectionReader(file, at, p.end-at))
	for quoted := false; left > 0; at++ {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch {
		case b == '"':
			quoted = !quoted
		case b == '\n' && !quoted:
			left--
		}
	}
	return at, nil
}
