package ledger

import "fmt"

// LimitPages makes the disk of a SQLite ledger full when the file has so many pages.
func (l *Ledger) LimitPages(pages int) error {
	l.db.SetMaxOpenConns(1) // the limit belongs to a connection
	_, err := l.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}

// Clean shows what a text becomes.
func Clean(s string) string { return clean(s) }

// Explain shows what an error of the database becomes.
func (l *Ledger) Explain(op string, err error) error { return l.explain(op, err) }
