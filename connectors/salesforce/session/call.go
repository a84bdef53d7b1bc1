package session

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"crosswalk/connectors"
)

// Body is what a Stream sends. It must be possible to open it again.
type Body struct {
	Type string // media type
	Size int64  // bytes
	Open func() (io.ReadCloser, error)
}

// JSON makes one call. The path is relative to services/data/vXX.X/ unless it
// begins with a slash; parts of it that come from data must be escaped (Path).
// in is encoded and the reply decoded into out, unless they are nil; a number
// that lands in an any is a json.Number. Where a reply is expected, an empty one
// is an error: it must not pass for one that says there is nothing.
func (s *Session) JSON(ctx context.Context, method, path string, in, out any) error {
	full, err := s.full(path)
	if err != nil {
		return err
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return connectors.Errorf(connectors.Invalid, verb(method), where(full), "%w", err)
		}
		body = bytes.NewReader(text)
	}
	client, x := s.exchange(ctx)
	reply, err := client.ApexREST(method, strings.TrimPrefix(full, "/"), body)
	if err = x.failure(err, method, full); err != nil || out == nil {
		return err
	}
	if len(reply) == 0 {
		return connectors.Errorf(connectors.Unknown, verb(method), where(full), "the reply is empty; try again, and check what stands between here and the org")
	}
	decoder := json.NewDecoder(bytes.NewReader(reply))
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return connectors.Errorf(connectors.Unknown, verb(method), where(full), "the reply has another form than expected: %w", err)
	}
	return nil
}

// Stream makes one call whose body and reply are CSV of any size. The caller
// closes the reply. An error while reading it is the caller's to class.
func (s *Session) Stream(ctx context.Context, method, path string, body *Body) (*http.Response, error) {
	full, err := s.full(path)
	if err != nil {
		return nil, err
	}
	r := request{method: method, path: full, accept: "text/csv", repeatable: repeatable(method)}
	if body != nil {
		r.contentType, r.size, r.open = body.Type, body.Size, body.Open
	}
	return s.send(ctx, r)
}

// full gives a path its beginning, and makes sure that it is one: what
// http.NewRequest does not take, simpleforce would write into a log.
func (s *Session) full(path string) (string, error) {
	if !strings.HasPrefix(path, "/") {
		path = s.data() + path
	}
	if u, err := url.ParseRequestURI(path); err != nil || u.Host != "" {
		return "", connectors.Errorf(connectors.Invalid, "call", "Salesforce", "the path of a call is not well-formed; escape ids and keys")
	}
	return path, nil
}

// data is the path of the API's version.
func (s *Session) data() string { return "/services/data/v" + s.config.Version + "/" }

// repeatable says whether a call can be made twice and do nothing twice: it
// reads.
func repeatable(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// resource is a path without the version of the API and without the query.
func resource(full string) string {
	path, _, _ := strings.Cut(full, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 3 && parts[0] == "services" && parts[1] == "data" {
		parts = parts[3:]
	}
	return strings.Join(parts, "/")
}

// kind is the resource under which a call is counted.
func kind(full string) string {
	parts := strings.Split(resource(full), "/")
	switch first := parts[0]; {
	case first == "queryAll":
		return "query"
	case first == "jobs" && len(parts) > 1, first == "composite" && len(parts) > 1, first == "services" && len(parts) > 1:
		return first + "/" + parts[1]
	default:
		return first
	}
}

// where names a call in messages: its resource and its object, but neither
// ids nor keys, which are data.
func where(full string) string {
	parts := strings.Split(resource(full), "/")
	at := "Salesforce " + kind(full)
	switch {
	case parts[0] == "sobjects" && len(parts) > 1 && parts[1] != "":
		at += "/" + parts[1]
	case parts[0] == "composite" && len(parts) > 2 && parts[2] != "":
		at += "/" + parts[2]
	}
	return at
}

func verb(method string) string {
	if repeatable(method) {
		return "read"
	}
	return "write"
}
