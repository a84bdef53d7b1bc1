// Package simulator is a Salesforce org that speaks its real protocol over
// HTTP, for rehearsals and tests. Clients that were written for Salesforce
// cannot tell it from one, as far as it goes.
//
//	request ─▶ edge ──────▶ doors: SOAP login, OAuth, versions     no session needed
//	           path, gzip,   └──▶ session, daily limit ─▶ routes ─▶ org    objects, rows, rules
//	           faults                                       └────▶ bulk   jobs
//
// It goes wrong on demand, as package faults tells. It shares no code with
// the connector, so a mistake of one is not hidden by the same in the other.
package simulator

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"crosswalk/internal/simulator/bulk"
	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// The names that a login tells.
const (
	organizationName = "Simulated Org"
	userName         = "Integration User"
)

// Options of a Server. The zero value is an empty org in memory with the
// credentials of DemoCredentials.
type Options struct {
	Path        string           // SQLite file that keeps the org; empty keeps nothing
	Now         func() time.Time // the clock of the org; nil is time.Now
	Seed        uint64           // of ids, access tokens and faults
	Credentials Credentials
	Profile     Profile
	Faults      []faults.Rule

	DailyAPIRequests int           // in 24 hours; 0 is 100,000
	SessionLife      time.Duration // a session ends when it was not used for so long; 0 is two hours
	PageSize         int           // most rows of a page of a REST query, at most 2,000; 0 is 2,000
	Bulk             bulk.Options  // Now, UserID and Faults are set by the Server
}

// Credentials are what the org lets in. A part that is empty lets nobody in.
type Credentials struct {
	Username, Password, SecurityToken string         // SOAP login: the token follows the password
	ClientID, ClientSecret            string         // client credentials; the id is also the issuer of assertions
	PublicKey                         *rsa.PublicKey // verifies assertions of the JWT bearer flow
}

// DemoCredentials are known to everybody. They have no public key.
func DemoCredentials() Credentials {
	return Credentials{
		Username: "demo@crosswalk.example", Password: "demo-password", SecurityToken: "demo-token",
		ClientID: "demo-client", ClientSecret: "demo-secret",
	}
}

// Profile is what the integration user may not do. The zero Profile allows
// everything.
type Profile struct {
	HiddenObjects  []string // unknown to the user, as if the org did not have them
	ReadOnlyFields []string // OBJECT.FIELD: described so, and refused in writes
}

// Server is one org behind HTTP. It is safe for concurrent use.
type Server struct {
	org         *org.Org
	jobs        *bulk.Jobs
	credentials Credentials
	clock       *clock
	sessions    *sessions
	budget      *budget
	cursors     *cursors
	faults      *faults.Injector
	described   *stamps
	pageSize    int
	routes      []route

	web *http.Server // set by Start
}

// New opens the org. Close must be called.
func New(o Options) (_ *Server, err error) {
	o = o.withDefaults()
	injector, err := faults.New(o.Seed, o.Faults...)
	if err != nil {
		return nil, err
	}
	s := &Server{
		credentials: o.Credentials, pageSize: o.PageSize, faults: injector,
		clock: &clock{now: o.Now, shift: injector.Longest(faults.ClockShift)},
	}
	s.budget = &budget{now: s.clock.Now, limit: o.DailyAPIRequests, kinds: map[string]int{}}
	s.described = &stamps{now: s.clock.Now}
	s.cursors = &cursors{now: s.clock.Now}
	if s.org, err = org.Open(context.Background(), org.Options{Path: o.Path, Now: s.clock.Now, Seed: o.Seed}); err != nil {
		return nil, fmt.Errorf("open the org: %w", err)
	}
	for _, object := range o.Profile.HiddenObjects {
		s.org.Disable(object)
	}
	for _, name := range o.Profile.ReadOnlyFields {
		object, field, _ := strings.Cut(name, ".")
		s.org.Protect(object, field)
	}
	s.sessions = newSessions(s.clock.Now, o.SessionLife, s.org.ID(), o.Seed)
	o.Bulk.Now, o.Bulk.UserID, o.Bulk.Faults = s.clock.Now, s.org.User(), jobFaults{injector}
	if s.jobs, err = bulk.New(s.org, o.Bulk); err != nil {
		return nil, errors.Join(err, s.org.Close())
	}
	s.routes = s.table()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Credentials == (Credentials{}) {
		o.Credentials = DemoCredentials()
	}
	if o.DailyAPIRequests == 0 {
		o.DailyAPIRequests = 100_000
	}
	if o.SessionLife == 0 {
		o.SessionLife = 2 * time.Hour
	}
	if o.PageSize == 0 || o.PageSize > maxPage {
		o.PageSize = maxPage
	}
	return o
}

// Start serves on an address such as 127.0.0.1:0, where port 0 is any that is
// free, and returns the URL. It does not wait.
func (s *Server) Start(addr string) (string, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	s.web = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.web.Serve(listener) }() // ends when Close closes the listener
	return "http://" + listener.Addr().String(), nil
}

// Close ends what Start began, stops the jobs and closes the org.
func (s *Server) Close() error {
	var errs []error
	if s.web != nil {
		errs = append(errs, s.web.Close())
	}
	s.cursors.close()
	return errors.Join(append(errs, s.jobs.Close(), s.org.Close())...)
}

// Org is what the server serves, for tests that look behind the protocol or
// act as somebody else.
func (s *Server) Org() *org.Org { return s.org }

// Calls counts the API calls by kind, as Salesforce counts them against the
// daily limit: logins and refused sessions are free, a composite request is
// one call, each part of a batch is one.
func (s *Server) Calls() map[string]int {
	kinds, _ := s.budget.counts()
	return kinds
}

// TotalCalls is the sum of Calls.
func (s *Server) TotalCalls() int {
	_, total := s.budget.counts()
	return total
}

// Struck counts the faults that struck.
func (s *Server) Struck() map[faults.Kind]int { return s.faults.Struck() }

// ExpireSessions ends all sessions, as an administrator can.
func (s *Server) ExpireSessions() { s.sessions.endAll() }
