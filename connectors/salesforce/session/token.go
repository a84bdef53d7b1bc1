package session

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"crosswalk/connectors"
)

// token is the grant in use. One goroutine at a time logs in anew; the others
// wait for what it gets.
type token struct {
	gate chan struct{} // held while logging in

	mu      sync.Mutex
	grant   grant
	refused error // a refusal is final: asking again would lock the user out
}

func (s *Session) current() grant {
	s.token.mu.Lock()
	defer s.token.mu.Unlock()
	return s.token.grant
}

// refresh logs in, unless another goroutine has already replaced the stale token.
func (s *Session) refresh(ctx context.Context, stale string) (grant, error) {
	select {
	case s.token.gate <- struct{}{}:
		defer func() { <-s.token.gate }()
	case <-ctx.Done():
		return grant{}, connectors.Errorf(connectors.Unknown, "log in", s.config.URL, "%w", ctx.Err())
	}
	if now := s.current(); now.token != stale {
		return now, nil
	}
	if s.token.refused != nil {
		return grant{}, s.token.refused
	}
	got, err := s.config.Auth.login(ctx, s)
	if err != nil {
		if connectors.ClassOf(err) == connectors.Denied {
			s.token.refused = err
		}
		return grant{}, err
	}
	s.token.mu.Lock()
	defer s.token.mu.Unlock()
	s.token.grant = got
	return got, nil
}

// granted checks where the org says that its API is. A token must not go to a
// host in the clear.
func (s *Session) granted(id, instance, user string) (grant, error) {
	base, err := url.Parse(instance)
	login, _ := url.Parse(s.config.URL) // Validate has parsed it
	switch {
	case id == "":
		return grant{}, connectors.Errorf(connectors.Unknown, "log in", s.config.URL, "the reply holds no token; check the url")
	case err != nil || base.Host == "" || base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname()) && loopback(login.Hostname())):
		return grant{}, connectors.Errorf(connectors.Denied, "log in", s.config.URL, "the reply names no safe address of the org's API; check the url")
	}
	return grant{token: id, instance: base.Scheme + "://" + strings.ToLower(base.Host), user: user}, nil
}
