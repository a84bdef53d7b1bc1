// Package session is one logged-in connection to a Salesforce org.
//
// It rests on simpleforce, which knows how to log in and how to make a call,
// and which neither retries, nor stops, nor tells what went wrong. All of that
// is done in one place below it, through which every request passes:
//
//	JSON, Query, Count ──▶ simpleforce ──▶ exchange ─┐
//	Stream (CSV) ────────────────────────────────────┴─▶ send ──▶ org
//	                                                      token, budget, limits,
//	                                                      retries, error classes
//
// A request is repeated only if it reads, or if the failure proves that nothing
// was done. If the reply to another request is lost, the error wraps
// ErrOutcomeUnknown and the caller looks what became of it. That holds for
// upserts by external id too: the first one may still be on its way, and what
// somebody else writes in between would be overwritten.
package session

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/simpleforce/simpleforce"

	"crosswalk/connectors"
)

// Config says which org to connect to, and as whom.
type Config struct {
	// URL is the address to log in at: https://ORG.my.salesforce.com, or
	// https://login.salesforce.com for JWT and Password. Plain http is taken
	// only for this machine.
	URL string

	// Version is the version of the API, as "64.0"; empty for DefaultVersion.
	Version string

	// Auth is how to log in.
	Auth Auth

	// Budget is how far the org's daily API calls may be used up, in (0, 1]:
	// at 0.5 a call is refused if more than half of them would be gone, by
	// whoever made them. 0 stands for DefaultBudget.
	Budget float64
}

// Defaults of Config.
const (
	DefaultVersion = "64.0"
	DefaultBudget  = 0.5
)

// Options are what tests replace. The zero Options are good for production.
type Options struct {
	Transport http.RoundTripper                          // nil for a transport of the session's own
	Now       func() time.Time                           // nil for time.Now
	Wait      func(context.Context, time.Duration) error // nil for the clock; returns early with the context's error
	Stall     time.Duration                              // how long a call may pass without a byte; 0 for ten minutes, the platform's own limit
}

// Session is a connection to one org. It may be used by many goroutines.
type Session struct {
	config    Config
	transport http.RoundTripper
	now       func() time.Time
	wait      func(context.Context, time.Duration) error
	stall     time.Duration
	client    simpleforce.Client // never changed after Open; each call uses a copy
	token     token
	meter     meter

	mu         sync.Mutex
	serverTime time.Time
}

var versionForm = regexp.MustCompile(`^[1-9][0-9]\.0$`)

// Validate names the setting at fault and what is expected.
func (c Config) Validate() error {
	base, err := url.Parse(c.URL)
	switch {
	case err != nil || base.Host == "" || strings.Trim(base.Path, "/") != "" || base.RawQuery != "" || base.User != nil:
		return fmt.Errorf("url: want the address of the org alone, as https://ORG.my.salesforce.com")
	case base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname())):
		return fmt.Errorf("url: %s is not https, and credentials must not cross a network in the clear", c.URL)
	case c.Version != "" && !versionForm.MatchString(c.Version):
		return fmt.Errorf("version: %q is not a version of the API, as 64.0", c.Version)
	case c.Budget < 0 || c.Budget > 1:
		return fmt.Errorf("budget: %v is not a share between 0 and 1", c.Budget)
	case c.Auth == nil:
		return fmt.Errorf("auth: want one of client credentials, JWT, and user and password")
	}
	return c.Auth.validate(c, base)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Open logs in.
func Open(ctx context.Context, c Config, o Options) (*Session, error) {
	if c.Version == "" {
		c.Version = DefaultVersion
	}
	if c.Budget == 0 {
		c.Budget = DefaultBudget
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if err := c.Validate(); err != nil {
		return nil, connectors.Errorf(connectors.Invalid, "connect", "Salesforce", "%w", err)
	}
	s := &Session{config: c, transport: o.Transport, now: o.Now, wait: o.Wait, stall: o.Stall, meter: newMeter(c.Budget)}
	if s.transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = 16
		s.transport = own
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.wait == nil {
		s.wait = sleep
	}
	if s.stall == 0 {
		s.stall = 10 * time.Minute
	}
	s.token.gate = make(chan struct{}, 1)
	first, err := s.refresh(ctx, "")
	if err != nil {
		return nil, err
	}
	s.client = *simpleforce.NewClient(c.URL, clientName, c.Version)
	s.client.SetSidLoc("set by the transport", first.instance)
	return s, nil
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Close drops idle connections. The org's session stays until it expires, for
// other processes may share it.
func (s *Session) Close() error {
	if t, ok := s.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// Wait waits as Options.Wait does.
func (s *Session) Wait(ctx context.Context, d time.Duration) error { return s.wait(ctx, d) }

// ServerTime is what the org's clock showed when it last answered; zero
// before it did. Windows of changes are measured by it, never by our clock.
func (s *Session) ServerTime() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serverTime
}

// UserID is the id of the user that is logged in; empty if the login did not
// tell.
func (s *Session) UserID() string { return s.current().user }

// SameID says that two ids are one: of 15 or of 18 characters, of which the
// last three only guard against a change of case.
func SameID(a, b string) bool {
	return len(a) >= 15 && len(b) >= 15 && a[:15] == b[:15]
}

// Path joins the parts of a path, each of them escaped: ids may hold anything.
func Path(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = url.PathEscape(part)
	}
	return strings.Join(escaped, "/")
}
