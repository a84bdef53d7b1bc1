//go:build unix

package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Options say how to start a private server.
type Options struct {
	// Dir is an existing folder in which the server's own folder is made and
	// later removed; the system's temporary folder if empty.
	Dir string

	// Durable keeps the safe write settings of a real installation, for
	// benchmarks. Otherwise the server may lose data in a power cut, and is
	// faster.
	Durable bool
}

// Server is a database server on which databases can be made. It is safe for
// concurrent use.
type Server struct {
	admin   *sql.DB
	url     url.URL // without a database
	drop    string  // statement that drops the database %s, used or not
	process *process
}

// Create makes an empty database and returns its URL, and a function that
// drops it.
func (s *Server) Create(ctx context.Context) (dsn string, drop func() error, err error) {
	name := "t_" + strings.ToLower(rand.Text()[:12])
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, fmt.Errorf("create a test database: %w", err)
	}
	drop = func() error {
		if _, err := s.admin.Exec(fmt.Sprintf(s.drop, name)); err != nil {
			return fmt.Errorf("drop test database %s: %w", name, err)
		}
		return nil
	}
	return s.URL(name), drop, nil
}

// URL returns the URL of a database on the server.
func (s *Server) URL(database string) string {
	u := s.url
	u.Path = "/" + database
	return u.String()
}

// Stop ends a private server at once, as a crash would, and removes its
// files. A borrowed server stays. Stopping twice does no harm.
func (s *Server) Stop() {
	s.admin.Close()
	if s.process != nil {
		s.process.stop()
	}
}

// starter is what differs between the private servers.
type starter struct {
	name  string
	user  string // system user to run as when the tests run as root
	kill  string // signal that ends the server at once
	setup func(p *process) error
	argv  func(p *process) []string
	open  func(p *process) (*Server, error)
}

// start starts a private server and waits until it answers. Another process
// may take the free port first, so it tries again with another.
func (st starter) start(ctx context.Context, o Options) (*Server, error) {
	for attempt := 1; ; attempt++ {
		server, err := st.startOnce(ctx, o)
		if err == nil {
			return server, nil
		}
		if attempt == 3 || !errors.Is(err, errExited) {
			return nil, fmt.Errorf("start %s: %w", st.name, err)
		}
	}
}

func (st starter) startOnce(ctx context.Context, o Options) (*Server, error) {
	p, err := newProcess(o, st)
	if err != nil {
		return nil, err
	}
	server, err := st.launch(ctx, p)
	if err != nil {
		p.stop()
		return nil, err
	}
	return server, nil
}

func (st starter) launch(ctx context.Context, p *process) (*Server, error) {
	if err := st.setup(p); err != nil {
		return nil, err
	}
	if err := p.start(st.argv(p)); err != nil {
		return nil, err
	}
	server, err := st.open(p)
	if err != nil {
		return nil, err
	}
	server.process = p
	for {
		err := server.admin.PingContext(ctx)
		if err == nil {
			return server, nil
		}
		select {
		case <-p.exited:
			server.admin.Close()
			return nil, fmt.Errorf("%w: %s", errExited, p.lastLines())
		case <-ctx.Done():
			server.admin.Close()
			return nil, fmt.Errorf("it does not answer: %w: %s", err, p.lastLines())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freePort finds a TCP port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
