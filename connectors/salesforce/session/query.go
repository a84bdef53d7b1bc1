package session

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"crosswalk/connectors"
)

// Pages are the pages of a query's result. Not for use by several goroutines.
type Pages struct {
	s    *Session
	next string // path of the next page; empty after the last one
}

// Page is some rows of a query's result.
type Page struct {
	Total   int               // rows of the whole result
	Records []json.RawMessage // decode with UseNumber: numbers may have 18 digits
}

// Query begins a query; all includes deleted rows. Nothing is sent before Next.
func (s *Session) Query(soql string, all bool) *Pages {
	return &Pages{s: s, next: s.data() + verbOf(all) + "?q=" + url.QueryEscape(soql)}
}

// verbOf is the resource that answers a query.
func verbOf(all bool) string {
	if all {
		return "queryAll"
	}
	return "query"
}

// Next returns the next page, and io.EOF after the last one. A page may hold
// fewer rows than the one before, or none.
func (p *Pages) Next(ctx context.Context) (*Page, error) {
	if p.next == "" {
		return nil, io.EOF
	}
	var reply struct {
		Total   int               `json:"totalSize"`
		Done    bool              `json:"done"`
		Next    string            `json:"nextRecordsUrl"`
		Records []json.RawMessage `json:"records"`
	}
	if err := p.s.JSON(ctx, http.MethodGet, p.next, nil, &reply); err != nil {
		return nil, err
	}
	switch {
	case reply.Done:
		reply.Next = ""
	case !strings.HasPrefix(reply.Next, "/services/data/") || reply.Next == p.next:
		return nil, connectors.Errorf(connectors.Unknown, "read", where(p.next), "the reply is not the last page and names no next one")
	}
	p.next = reply.Next
	return &Page{Total: reply.Total, Records: reply.Records}, nil
}

// Count counts what a query finds: SELECT COUNT() FROM ...
func (s *Session) Count(ctx context.Context, soql string, all bool) (int, error) {
	path := s.data() + verbOf(all) + "?q=" + url.QueryEscape(soql)
	client, x := s.exchange(ctx)
	result, err := client.Query(path)
	if err = x.failure(err, http.MethodGet, path); err != nil {
		return 0, err
	}
	return result.TotalSize, nil
}
