package ledger_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"crosswalk/internal/testdb"
	"crosswalk/ledger"
)

func TestMain(m *testing.M) {
	if config := os.Getenv(workerEnv); config != "" {
		os.Exit(work(config))
	}
	os.Exit(testdb.Run(m))
}

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var evening = time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC)

// fixture is a new ledger on one of the databases.
type fixture struct {
	*ledger.Ledger
	*clock
	config ledger.Config
}

// databases are the databases that a ledger can live in.
var databases = []struct {
	name   string
	config func(t testing.TB) ledger.Config
}{
	{"sqlite", func(t testing.TB) ledger.Config {
		return ledger.Config{Driver: "sqlite", DSN: filepath.Join(t.TempDir(), "ledger.db")}
	}},
	{"postgres", func(t testing.TB) ledger.Config {
		return ledger.Config{Driver: "postgres", DSN: testdb.Postgres(t)}
	}},
}

// onEach runs a test on a new ledger in each database.
func onEach(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) { test(t, newFixture(t, d.config(t))) })
	}
}

func newFixture(t testing.TB, config ledger.Config) *fixture {
	t.Helper()
	f := &fixture{clock: &clock{now: evening}, config: config}
	f.config.Now = f.clock.Now
	f.Ledger = f.open(t)
	return f
}

// open opens the same ledger once more, as another process would.
func (f *fixture) open(t testing.TB) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), f.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// begin starts a run of the line "fleet" without a lease.
func (f *fixture) begin(t *testing.T, kind string) *ledger.Run {
	t.Helper()
	return must[*ledger.Run](t)(f.Begin(t.Context(), ledger.Run{Kind: kind, Line: "fleet"}, nil))
}

// finish ends a run.
func (f *fixture) finish(t *testing.T, run *ledger.Run, end ledger.End) *ledger.Run {
	t.Helper()
	return must[*ledger.Run](t)(f.Finish(t.Context(), run.ID, end))
}

// must stops the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// collect gathers what a visiting method shows.
func collect[T any](t *testing.T, visiting func(visit func(T) error) error) []T {
	t.Helper()
	var all []T
	ok(t, visiting(func(v T) error {
		all = append(all, v)
		return nil
	}))
	return all
}

// raw opens the database itself, as somebody with a database client would.
func (f *fixture) raw(t *testing.T) *sql.DB {
	t.Helper()
	db := must[*sql.DB](t)(sql.Open(f.config.Driver, f.config.DSN))
	t.Cleanup(func() { db.Close() })
	return db
}
