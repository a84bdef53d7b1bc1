//go:build unix

// Package testdb gives tests and benchmarks real databases: it starts private
// PostgreSQL and MariaDB servers, or borrows one that an environment variable
// names, and makes fresh databases on them.
//
//	testdb.Postgres(t) ─▶ one server per test binary ─▶ a new empty database
//	                                 │
//	                    sh, which outlives the test binary by a moment:
//	                    ends the server and removes its files
//
// Nothing is left behind, not even after kill -9: the server is a child of a
// small shell script that waits on a pipe from this process. When the pipe
// closes, for whatever reason, the script ends the server and removes its
// folder. Both servers refuse to run as root, so root's tests run them as the
// users that the Debian packages create.
package testdb

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"
)

// Variables that name a running server to use instead of a private one. Its
// user must be allowed to create and drop databases.
const (
	PostgresEnv = "CROSSWALK_TEST_POSTGRES" // postgres://user:password@host:port/database?sslmode=disable
	MariaDBEnv  = "CROSSWALK_TEST_MARIADB"  // mysql://user:password@host:port/
)

// startLimit bounds the start of a server, also on a busy machine.
const startLimit = 60 * time.Second

// shared is the pair of servers of this test binary, each started by the
// first test that asks for it.
var shared = struct{ postgres, mariadb lazy }{
	postgres: lazy{env: PostgresEnv, start: StartPostgres, borrow: borrowPostgres},
	mariadb:  lazy{env: MariaDBEnv, start: StartMariaDB, borrow: borrowMariaDB},
}

// Run runs the tests and stops the servers that they started:
//
//	func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }
func Run(m *testing.M) int {
	defer shared.postgres.stop()
	defer shared.mariadb.stop()
	return m.Run()
}

// Postgres returns the postgres:// URL, for lib/pq, of a new empty database
// that is dropped at the end of the test. The order of its default collation
// is not the order of bytes, as on most installations.
func Postgres(t testing.TB) string { return shared.postgres.database(t) }

// MariaDB returns the mysql:// URL of a new empty database that is dropped at
// the end of the test.
func MariaDB(t testing.TB) string { return shared.mariadb.database(t) }

// lazy is a server that starts when it is first needed.
type lazy struct {
	env    string
	start  func(context.Context, Options) (*Server, error)
	borrow func(dsn string) (*Server, error)

	once   sync.Once
	server *Server
	err    error
}

func (l *lazy) get() (*Server, error) {
	l.once.Do(func() {
		if dsn := os.Getenv(l.env); dsn != "" {
			l.server, l.err = l.borrow(dsn)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		l.server, l.err = l.start(ctx, Options{})
	})
	return l.server, l.err
}

func (l *lazy) stop() {
	if l.server != nil {
		l.server.Stop()
	}
}

func (l *lazy) database(t testing.TB) string {
	t.Helper()
	server, err := l.get()
	if err != nil {
		t.Fatal(err)
	}
	dsn, drop, err := server.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Error(err)
		}
	})
	return dsn
}
