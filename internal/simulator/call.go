package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// call is one request to a resource of REST, whether it came by itself or as
// a part of a composite request.
type call struct {
	ctx     context.Context
	method  string
	version apiVersion
	path    []string // behind the version
	query   url.Values
	header  http.Header
	body    []byte

	route  route
	args   []string // the parts of the path that the route leaves open
	undone *undo    // notes what must be undone if a composite fails; nil outside
}

// route is one resource with one method. An asterisk in its path stands for
// any part.
type route struct {
	method string
	path   string
	kind   string // under which its calls are counted
	cost   int    // calls against the daily limit
	handle func(*call) (reply, error)
}

// table lists the resources. Of several that fit, the first is meant.
func (s *Server) table() []route {
	jobs := func(*call) (reply, error) { return reply{}, errNotFound } // only the server reaches the jobs, not a composite
	return []route{
		{"GET", "", "describe", 1, s.resources},
		{"GET", "limits", "limits", 1, s.limits},
		{"GET", "query", "query", 1, s.runQuery},
		{"GET", "queryAll", "query", 1, s.runQueryAll},
		{"GET", "query/*", "query", 1, s.nextPage},
		{"GET", "queryAll/*", "query", 1, s.nextPage},
		{"GET", "sobjects", "describe", 1, s.describeGlobal},
		{"GET", "sobjects/*", "describe", 1, s.basicInformation},
		{"POST", "sobjects/*", "row", 1, s.create},
		{"GET", "sobjects/*/describe", "describe", 1, s.describe},
		{"GET", "sobjects/*/updated", "changes", 1, s.updated},
		{"GET", "sobjects/*/deleted", "changes", 1, s.deleted},
		{"GET", "sobjects/*/*", "row", 1, s.retrieve},
		{"PATCH", "sobjects/*/*", "row", 1, s.update},
		{"DELETE", "sobjects/*/*", "row", 1, s.remove},
		{"GET", "sobjects/*/*/*", "row", 1, s.retrieveByKey},
		{"PATCH", "sobjects/*/*/*", "row", 1, s.upsert},
		{"DELETE", "sobjects/*/*/*", "row", 1, s.removeByKey},
		{"POST", "composite/sobjects", "collection", 1, s.createAll},
		{"PATCH", "composite/sobjects", "collection", 1, s.updateAll},
		{"DELETE", "composite/sobjects", "collection", 1, s.removeAll},
		{"GET", "composite/sobjects/*", "collection", 1, s.retrieveAll},
		{"POST", "composite/sobjects/*", "collection", 1, s.retrieveAll},
		{"PATCH", "composite/sobjects/*/*", "collection", 1, s.upsertAll},
		{"POST", "composite/tree/*", "tree", 1, s.tree},
		{"POST", "composite/batch", "batch", 0, s.batch},
		{"POST", "composite", "composite", 1, s.composite},
		{"", "jobs/ingest/**", "bulk ingest", 1, jobs},
		{"", "jobs/query/**", "bulk query", 1, jobs},
	}
}

// find sets the route of a call. HEAD is a GET whose body the transport drops.
func (s *Server) find(c *call) error {
	method := c.method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var allowed []string
	for _, r := range s.routes {
		args, fits := match(r.path, c.path)
		if !fits {
			continue
		}
		if r.method == method || r.method == "" {
			c.route, c.args = r, args
			return nil
		}
		allowed = append(allowed, r.method)
	}
	if len(allowed) > 0 {
		return notAllowed(c.method, strings.Join(allowed, ","))
	}
	return errNotFound
}

// match holds a path against that of a route, in any case.
func match(pattern string, path []string) (args []string, fits bool) {
	names, open := strings.CutSuffix(pattern, "/**")
	want := strings.FieldsFunc(names, func(r rune) bool { return r == '/' })
	if len(path) < len(want) || len(path) > len(want) && !open {
		return nil, false
	}
	for i, name := range want {
		if name == "*" {
			args = append(args, path[i])
		} else if !strings.EqualFold(name, path[i]) {
			return nil, false
		}
	}
	return args, true
}

func (c *call) bulk() bool { return under(c.path, "jobs") }

// checkType refuses a body that is not JSON.
func (c *call) checkType() error {
	if len(c.body) == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The content type of the request body is not supported: send application/json")
	}
	return nil
}

// decode reads the body strictly as one JSON document.
func (c *call) decode(into any) error {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return refuse(http.StatusBadRequest, "JSON_PARSER_ERROR", "%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return refuse(http.StatusBadRequest, "JSON_PARSER_ERROR", "more than one document in the body")
	}
	return nil
}

// url is the path of a row for other calls of the same version.
func (c *call) url(object, id string) string {
	return c.version.base() + "/sobjects/" + object + "/" + id
}
