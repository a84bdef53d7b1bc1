package bulk

import "bufio"

// A csvWriter writes rows with every value in quotes. The first error stays
// with the writer below and is returned by its Flush.
type csvWriter struct {
	out *bufio.Writer
	format
	column int // of the row being written
}

func newCSVWriter(out *bufio.Writer, format format) *csvWriter {
	return &csvWriter{out: out, format: format}
}

// value writes one more value of the row and returns the bytes it took.
func (w *csvWriter) value(text string) int {
	n := len(text) + 2
	if w.column > 0 {
		w.out.WriteByte(w.delimiter)
		n++
	}
	w.column++
	w.out.WriteByte('"')
	start := 0
	for i := range len(text) {
		if text[i] == '"' {
			w.out.WriteString(text[start:i])
			w.out.WriteByte('"')
			start = i
			n++
		}
	}
	w.out.WriteString(text[start:])
	w.out.WriteByte('"')
	return n
}

// end ends the row and returns the bytes it took.
func (w *csvWriter) end() int {
	w.column = 0
	if w.crlf {
		w.out.WriteString("\r\n")
		return 2
	}
	w.out.WriteByte('\n')
	return 1
}

// row writes a whole row: first the values before, then the others.
func (w *csvWriter) row(before []string, values []string) int {
	n := 0
	for _, text := range before {
		n += w.value(text)
	}
	for _, text := range values {
		n += w.value(text)
	}
	return n + w.end()
}
