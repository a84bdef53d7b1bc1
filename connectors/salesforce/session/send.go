package session

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"

	"crosswalk/connectors"
)

const (
	attempts    = 5               // tries of one call
	firstWait   = time.Second     // before the second try; doubled each time
	longestWait = 2 * time.Minute // a server that asks for more is not waited for
	wholeLimit  = 64 << 20        // bytes of a reply that is held in memory
	errorLimit  = 64 << 10        // bytes of a refusal that are looked at
)

// request is one call, which may be sent several times.
type request struct {
	method, path        string // path: with the query, from the root
	accept, contentType string
	size                int64
	open                func() (io.ReadCloser, error) // nil for no body
	login               bool                          // carries no token, and does not count
	soap                bool                          // replies are XML
	whole               bool                          // the reply is read before send returns, as a part of the try
	repeatable          bool                          // doing it twice does nothing twice
}

// failure is why one try of a request did not succeed.
type failure struct {
	err     *connectors.Error
	refused bool // it is certain that nothing was done
	expired bool // the token is no longer good
}

// send makes a call until it succeeds, as often as that is safe and sensible.
// The reply has a status of success; the caller closes it.
func (s *Session) send(ctx context.Context, r request) (*http.Response, error) {
	if ctx.Err() != nil {
		return nil, s.failed(r, connectors.Unknown, ctx.Err())
	}
	renewed := false
	for n := 1; ; n++ {
		using := s.current()
		resp, fail := s.try(ctx, r, using)
		if fail == nil {
			return resp, nil
		}
		switch class := fail.err.Class; {
		case fail.expired && !renewed && !r.login:
			renewed = true
			if _, err := s.refresh(ctx, using.token); err != nil {
				return nil, err
			}
			n--
			continue
		case fail.expired:
			return nil, fail.err
		case !fail.refused && !r.repeatable:
			return nil, connectors.Errorf(connectors.Unknown, fail.err.Op, fail.err.Where, "%w: %w", ErrOutcomeUnknown, fail.err.Err)
		case n == attempts, fail.err.Wait > longestWait, class != connectors.Transient && class != connectors.Throttled:
			return nil, fail.err
		}
		if err := s.wait(ctx, max(fail.err.Wait, firstWait<<(n-1))); err != nil {
			return nil, errors.Join(err, fail.err)
		}
	}
}

// try makes a call once.
func (s *Session) try(ctx context.Context, r request, using grant) (*http.Response, *failure) {
	if err := s.meter.begin(r, s.now()); err != nil {
		over := s.failed(r, connectors.Throttled, err)
		over.Wait = quotaWait
		return nil, &failure{err: over, refused: true}
	}
	w := newWatch(ctx, s.stall)
	req, err := s.build(w, r, using)
	if err != nil {
		w.end()
		s.meter.end(r, false, nil, s.now())
		return nil, &failure{err: s.failed(r, connectors.Unknown, err), refused: true}
	}
	resp, err := s.transport.RoundTrip(req)
	s.answered(r, resp, err)
	if err != nil {
		w.end()
		return nil, s.lost(ctx, r, w.explain(err))
	}
	w.timer.Stop()
	unpack(resp)
	resp.Body = received{resp.Body, w}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, errorLimit)) // what there is of it is good enough
		return nil, s.refusal(r, resp, text)
	}
	if err := r.read(resp); err != nil {
		resp.Body.Close()
		return nil, s.lost(ctx, r, err)
	}
	return resp, nil
}

// build makes the request of one try.
func (s *Session) build(w *watch, r request, using grant) (*http.Request, error) {
	base := using.instance
	if r.login {
		base = s.config.URL
	}
	req, err := http.NewRequestWithContext(w.ctx, r.method, base+r.path, nil)
	if err != nil {
		return nil, errors.New("the address of the call is not well-formed")
	}
	if r.open != nil {
		body, err := r.open()
		if err != nil {
			return nil, err
		}
		req.Body, req.ContentLength = sent{body, w}, r.size
	}
	req.Header.Set("User-Agent", clientName)
	req.Header.Set("Accept", r.accept)
	if r.accept == "text/csv" {
		req.Header.Set("Accept-Encoding", "gzip") // or the HTTP client would unpack it: see unpack
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.soap {
		req.Header.Set("SOAPAction", "login")
	}
	if !r.login {
		req.Header.Set("Authorization", "Bearer "+using.token)
	}
	if kind(r.path) == "query" {
		req.Header.Set("Sforce-Query-Options", "batchSize=2000")
	}
	return req, nil
}

// read checks that a reply comes from the platform, and reads it if it is to
// be whole. A page of a proxy is a lost reply.
func (r request) read(resp *http.Response) error {
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" {
		return errors.New("the reply is a page for a browser, perhaps of a proxy")
	}
	if !r.whole {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, wholeLimit+1))
	resp.Body.Close()
	switch {
	case err != nil:
		return err
	case len(text) > wholeLimit:
		return fmt.Errorf("the reply is larger than %d MB", wholeLimit>>20)
	case !r.soap && len(text) > 0 && !json.Valid(text):
		return errors.New("the reply is not JSON, or is cut off")
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return nil
}

// answered takes note of what the headers of a reply tell.
func (s *Session) answered(r request, resp *http.Response, err error) {
	s.meter.end(r, !unsent(err), resp, s.now())
	if resp == nil {
		return
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		s.mu.Lock()
		s.serverTime = at
		s.mu.Unlock()
	}
}

// lost is the failure of a try that got no reply, or no whole one.
func (s *Session) lost(ctx context.Context, r request, err error) *failure {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // without the address, which may hold a query
	}
	refused := unsent(err)
	class := connectors.Transient
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case ctx.Err() != nil:
		class, err = connectors.Unknown, ctx.Err()
	case errors.Is(err, io.EOF):
		err = errors.New("the connection broke off") // an io.EOF would hide what wraps it
	case errors.As(err, &dns) && dns.IsNotFound:
		class, err = connectors.Missing, fmt.Errorf("%w; check the url", err)
	case errors.As(err, &cert):
		class, err = connectors.Denied, fmt.Errorf("%w; nothing was sent", err)
	}
	return &failure{err: s.failed(r, class, err), refused: refused}
}

// failed is an error of a call.
func (s *Session) failed(r request, class connectors.Class, err error) *connectors.Error {
	if r.login {
		return &connectors.Error{Op: "log in", Where: s.config.URL, Class: class, Err: err}
	}
	return &connectors.Error{Op: verb(r.method), Where: where(r.path), Class: class, Err: err}
}

// unsent says that a request never left, for there was no safe connection.
func unsent(err error) bool {
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &cert)
}
