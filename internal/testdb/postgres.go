//go:build unix

package testdb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"

	_ "github.com/lib/pq" // what sql.Open knows as postgres
)

const (
	postgresInstall = "apt-get install -y postgresql"
	dropPostgres    = "DROP DATABASE %s WITH (FORCE)"
	testUser        = "crosswalk"
)

// StartPostgres starts a private PostgreSQL server.
func StartPostgres(ctx context.Context, o Options) (*Server, error) {
	postgres, err := newest(postgresInstall,
		"/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres", "/opt/homebrew/opt/postgresql@*/bin/postgres",
		"/usr/local/bin/postgres", "/usr/bin/postgres")
	if err != nil {
		return nil, err
	}
	return starter{
		name: "postgres",
		user: "postgres",
		kill: "QUIT", // unlike KILL, it takes the shared memory and the children along
		setup: func(p *process) error {
			if err := p.write("password", p.password); err != nil {
				return err
			}
			return p.exec(filepath.Join(filepath.Dir(postgres), "initdb"), "-D", p.path("data"), "-U", testUser,
				"--pwfile", p.path("password"), "--auth=scram-sha-256", "--encoding=UTF8",
				"--locale-provider=icu", "--icu-locale=en-US", "--no-sync", "--no-instructions")
		},
		argv: func(p *process) []string { return postgresArgs(p, postgres) },
		open: func(p *process) (*Server, error) {
			return openPostgres(url.URL{
				Scheme: "postgres", User: url.UserPassword(testUser, p.password),
				Host: "127.0.0.1:" + strconv.Itoa(p.port), RawQuery: "sslmode=disable",
			}, "postgres")
		},
	}.start(ctx, o)
}

func postgresArgs(p *process, postgres string) []string {
	args := []string{postgres, "-D", p.path("data"), "-p", strconv.Itoa(p.port), "-h", "127.0.0.1", "-k", ""}
	if p.durable {
		return args
	}
	for _, setting := range []string{
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
		"autovacuum=off",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

func borrowPostgres(dsn string) (*Server, error) {
	u, err := url.Parse(dsn)
	if err != nil || len(u.Path) < 2 {
		return nil, fmt.Errorf("%s is not a URL such as postgres://user:password@host:5432/postgres?sslmode=disable", PostgresEnv)
	}
	return openPostgres(*u, u.Path[1:])
}

func openPostgres(u url.URL, database string) (*Server, error) {
	s := &Server{url: u, drop: dropPostgres}
	admin, err := sql.Open("postgres", s.URL(database))
	s.admin = admin
	return s, err
}
