package session

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"

	"github.com/simpleforce/simpleforce"

	"crosswalk/connectors"
)

// clientName is what the org sees of us.
const clientName = "crosswalk"

// exchange is the http.RoundTripper of one call through simpleforce. It holds
// what simpleforce has no place for: the context on the way out, and the error
// on the way back. simpleforce itself always gets a sound reply with status
// 200, so that its paths that log, that panic and that lose errors are never
// taken.
type exchange struct {
	ctx   context.Context
	s     *Session
	login bool
	err   error
}

// exchange returns a client for one call. Copies share nothing that changes.
func (s *Session) exchange(ctx context.Context) (*simpleforce.Client, *exchange) {
	x := &exchange{ctx: ctx, s: s}
	client := s.client
	client.SetHttpClient(&http.Client{Transport: x})
	return &client, x
}

func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	path := req.URL.RequestURI()
	resp, err := x.s.send(x.ctx, request{
		method: req.Method, path: path, accept: "application/json",
		contentType: req.Header.Get("Content-Type"), size: req.ContentLength, open: req.GetBody,
		soap: x.login, login: x.login, whole: true, repeatable: x.login || repeatable(req.Method),
	})
	if err == nil {
		return resp, nil
	}
	x.err = err
	reply := "{}"
	if x.login {
		reply = "<Envelope/>"
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(reply)), Request: req}, nil
}

// failure is what really went wrong with a call; err is what simpleforce said.
func (x *exchange) failure(err error, method, path string) error {
	switch {
	case x.err != nil:
		return x.err
	case err != nil:
		return connectors.Errorf(connectors.Unknown, verb(method), where(path), "the reply has another form than expected: %w", err)
	}
	return nil
}

// login logs in by SOAP.
func (a Password) login(ctx context.Context, s *Session) (grant, error) {
	x := &exchange{ctx: ctx, s: s, login: true}
	client := simpleforce.NewClient(s.config.URL, clientName, s.config.Version)
	client.SetHttpClient(&http.Client{Transport: x})
	var err error
	quietly(func() {
		// simpleforce escapes the password alone.
		err = client.LoginPassword(escaped(a.Username), a.Password, escaped(a.Token))
	})
	if x.err != nil {
		return grant{}, x.err
	}
	if err != nil || client.GetSid() == "" {
		return grant{}, connectors.Errorf(connectors.Unknown, "log in", s.config.URL, "the reply is not one of a SOAP login; check the url")
	}
	return s.granted(client.GetSid(), client.GetLoc(), "")
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder does not fail
	return b.String()
}

// The standard logger is one for the process, and so is the lock.
var logger sync.Mutex

// quietly runs f without the lines of simpleforce in the standard log. Its
// login writes one whatever happens, with the name of the user.
func quietly(f func()) {
	logger.Lock()
	defer logger.Unlock()
	before := log.Writer()
	filter := &filter{before}
	log.SetOutput(filter)
	defer func() {
		if log.Writer() == filter {
			log.SetOutput(before)
		}
	}()
	f()
}

// filter passes on every line but those of simpleforce.
type filter struct{ out io.Writer }

func (f *filter) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("[simpleforce]")) {
		return len(line), nil
	}
	return f.out.Write(line)
}
