package session

import (
	"context"
	"encoding/json"
)

// Pages are the pages of a query's result. Not for use by several goroutines.
type Pages struct {
	s    *Session
	next string
	done bool
}

// Page is some rows of a query's result.
type Page struct {
	Total   int               // rows of the whole result
	Records []json.RawMessage // decode with UseNumber: numbers may have 18 digits
}

// Query begins a query; all includes deleted rows. Nothing is sent before Next.
func (s *Session) Query(soql string, all bool) *Pages { return nil }

// Next returns the next page, and io.EOF after the last one. A page may hold
// fewer rows than the one before, or none.
func (p *Pages) Next(ctx context.Context) (*Page, error) { return nil, nil }
