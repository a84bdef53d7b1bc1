package ledger

import "strings"

// where gathers conditions that must all hold.
type where struct {
	conditions []string
	args       []any
}

// equal asks that a column have the value; an empty value asks for nothing.
func (w *where) equal(column, value string) {
	if value != "" {
		w.conditions = append(w.conditions, column+" = ?")
		w.args = append(w.args, value)
	}
}

// String returns the conditions as they stand after WHERE.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return "1 = 1"
	}
	return strings.Join(w.conditions, " AND ")
}
