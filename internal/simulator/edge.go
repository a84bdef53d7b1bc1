package simulator

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"crosswalk/internal/simulator/bulk"
	"crosswalk/internal/simulator/faults"
)

// Limits of one request.
const (
	maxURI     = 16 << 10 // bytes of the URI, and of URI and headers together
	maxContent = 50 << 20 // bytes of a body; Bulk has its own
)

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.clock.Now().Format(http.TimeFormat))
	segments, err := split(r.URL.EscapedPath())
	if err == nil {
		err = checkSize(r)
	}
	if err != nil {
		failed(err).write(w)
		return
	}
	s.doors(w, r, segments)
}

// doors leads to what needs no session, and to what does.
func (s *Server) doors(w http.ResponseWriter, r *http.Request, path []string) {
	whole := "/" + strings.Join(path, "/")
	switch {
	case len(path) > 3 && under(path, "services", "data"):
		s.rest(w, r, path[2], path[3:])
	case len(path) == 3 && under(path, "services", "data"):
		s.rest(w, r, path[2], nil)
	case s.unavailable(w, r.Method, whole):
	case len(path) == 2 && under(path, "services", "data"):
		versions().write(w)
	case len(path) >= 4 && under(path, "services", "soap", "u"):
		s.soapLogin(w, r, path[3])
	case len(path) == 3 && under(path, "services", "oauth2", "token"):
		s.token(w, r)
	case len(path) == 3 && under(path, "services", "oauth2", "userinfo"):
		s.userinfo(w, r)
	default:
		failed(errNotFound).write(w)
	}
}

// under reports whether a path begins so, in any case.
func under(path []string, names ...string) bool {
	if len(path) < len(names) {
		return false
	}
	for i, name := range names {
		if !strings.EqualFold(path[i], name) {
			return false
		}
	}
	return true
}

// split cuts a path into its parts. Double slashes and a slash at the end,
// which clients do send, make no difference; an escaped slash belongs to its part.
func split(escaped string) ([]string, error) {
	var parts []string
	for part := range strings.SplitSeq(escaped, "/") {
		if part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, errNotFound
		}
		parts = append(parts, plain)
	}
	return parts, nil
}

func checkSize(r *http.Request) error {
	size := len(r.RequestURI)
	if size > maxURI {
		return refuse(http.StatusRequestURITooLong, "URI_TOO_LONG", "The URI has %d bytes; at most %d are allowed", size, maxURI)
	}
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if size > maxURI {
		return refuse(http.StatusRequestHeaderFieldsTooLarge, "REQUEST_HEADER_FIELDS_TOO_LARGE", "URI and headers have %d bytes; at most %d are allowed", size, maxURI)
	}
	return nil
}

// rest answers a request below /services/data/VERSION.
func (s *Server) rest(w http.ResponseWriter, r *http.Request, version string, path []string) {
	method := r.Method
	if override := r.URL.Query().Get("_HttpMethod"); override != "" && method == http.MethodPost {
		method = strings.ToUpper(override)
	}
	relative := "/" + strings.Join(path, "/")
	if s.unavailable(w, method, relative) {
		return
	}
	c, err := s.admit(r, method, version, path)
	if err == nil {
		err = s.spend(w, c, relative)
	}
	if err != nil {
		failed(err).write(w)
		return
	}
	out, finish := compress(w, r)
	if c.bulk() {
		s.bulk(out, r, c, relative)
	} else {
		s.answer(out, c, relative)
	}
	finish()
}

// admit checks version, session and body.
func (s *Server) admit(r *http.Request, method, version string, path []string) (*call, error) {
	v, err := parseVersion(strings.TrimPrefix(version, "v"))
	if err != nil {
		return nil, err
	}
	token := bearer(r)
	if _, hit := s.faults.Strike(faults.SessionExpired, method, "/"+strings.Join(path, "/")); hit {
		s.sessions.end(token)
	}
	if !s.sessions.use(token) {
		return nil, errSession
	}
	if r.Body, err = plainBody(r); err != nil {
		return nil, err
	}
	c := &call{ctx: r.Context(), method: method, version: v, path: path, query: r.URL.Query(), header: r.Header}
	if c.bulk() {
		return c, nil
	}
	if c.body, err = readBody(r); err != nil {
		return nil, err
	}
	return c, c.checkType()
}

// plainBody is the body of a request without its compression. There are
// clients that announce compression for requests without a body.
func plainBody(r *http.Request) (io.ReadCloser, error) {
	if !strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		return r.Body, nil
	}
	plain, err := gzip.NewReader(r.Body)
	if err == io.EOF {
		return http.NoBody, nil
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "UNKNOWN_EXCEPTION", "the body is not gzip, as its Content-Encoding says")
	}
	return plain, nil
}

func readBody(r *http.Request) ([]byte, error) {
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(r.Body, maxContent+1))
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "UNKNOWN_EXCEPTION", "the body cannot be read to its end")
	case n > maxContent:
		return nil, refuse(http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE", "the body has more than %d bytes", maxContent)
	}
	return body.Bytes(), nil
}

// spend counts the call against the daily limit, and tells how much is used.
func (s *Server) spend(w http.ResponseWriter, c *call, path string) error {
	err := s.find(c)
	if err == nil {
		err = s.take(c, path)
	}
	w.Header().Set("Sforce-Limit-Info", s.budget.header(errors.Is(err, errLimit)))
	return err
}

func (s *Server) take(c *call, path string) error {
	if _, hit := s.faults.Strike(faults.LimitReached, c.method, path); hit {
		return errLimit
	}
	return s.budget.take(c.route.kind, c.route.cost)
}

// answer carries out a call of REST.
func (s *Server) answer(w http.ResponseWriter, c *call, path string) {
	a, err := c.route.handle(c)
	if err != nil {
		a = failed(err)
	}
	w.Header().Set("Sforce-Limit-Info", s.budget.header(false)) // a batch has spent more
	if a.status < http.StatusBadRequest {
		s.lose(c.method, path)
	}
	a.write(w)
}

// bulk hands a request on to the jobs.
func (s *Server) bulk(w http.ResponseWriter, r *http.Request, c *call, path string) {
	inner := r.Clone(bulk.WithVersion(r.Context(), c.version.String()))
	inner.Method, inner.URL.Path, inner.URL.RawPath = c.method, path, ""
	if _, hit := s.faults.Strike(faults.ResponseLost, c.method, path); hit {
		s.jobs.ServeHTTP(discard{http.Header{}}, inner)
		panic(http.ErrAbortHandler)
	}
	s.jobs.ServeHTTP(w, inner)
}

// lose closes the connection of a request whose work is done, if a fault
// wants it.
func (s *Server) lose(method, path string) {
	if _, hit := s.faults.Strike(faults.ResponseLost, method, path); hit {
		panic(http.ErrAbortHandler)
	}
}

// unavailable answers 503 if a fault wants it.
func (s *Server) unavailable(w http.ResponseWriter, method, path string) bool {
	rule, hit := s.faults.Strike(faults.Unavailable, method, path)
	if !hit {
		return false
	}
	if rule.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(rule.RetryAfter.Seconds())))
	}
	if rule.HTML {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<html><head><title>Maintenance</title></head><body>We are down for maintenance.</body></html>")
		return true
	}
	failed(refuse(http.StatusServiceUnavailable, "SERVER_UNAVAILABLE", "The server is busy; try again later")).write(w)
	return true
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
