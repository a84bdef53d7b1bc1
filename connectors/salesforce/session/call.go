package session

import (
	"context"
	"io"
	"net/http"
)

// Body is what a Stream sends. It must be possible to open it again.
type Body struct {
	Type string // media type
	Size int64  // bytes
	Open func() (io.ReadCloser, error)
}

// JSON makes one call. The path is relative to services/data/vXX.X/ unless it
// begins with a slash; parts of it that come from data must be escaped (Path).
// in and out are encoded and decoded unless nil; numbers in an any are
// json.Number.
func (s *Session) JSON(ctx context.Context, method, path string, in, out any) error { return nil }

// Stream makes one call whose body and reply are CSV of any size. The caller
// closes the reply.
func (s *Session) Stream(ctx context.Context, method, path string, body *Body) (*http.Response, error) {
	return nil, nil
}

// Count counts what a query would find: SELECT COUNT() FROM ...
func (s *Session) Count(ctx context.Context, soql string, all bool) (int, error) { return 0, nil }
