package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"crosswalk/internal/testdb"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/lib/pq"
)

// measureMoves measures migrate and reconcile of one table, MariaDB to
// PostgreSQL: 14 columns, a primary key and further indexes.
func measureMoves(ctx context.Context, o options, dir string, rows int, t *table) (map[string]usage, error) {
	m, err := startMove(ctx, o, dir, rows)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	if err := m.exportCopy(ctx); err != nil {
		return nil, err
	}
	if err := m.checkRows(ctx, rows); err != nil {
		return nil, err
	}
	ours, limit, err := pair(o.runs, func() (usage, error) { return m.migrate(ctx) }, func() (usage, error) { return m.copy(ctx) })
	if err != nil {
		return nil, err
	}
	t.time(fmt.Sprintf("migrate %d rows", rows), ours, limit, `psql \copy, same rows, same tables`, 1.5)
	used := map[string]usage{"migrate": ours}
	digest := func() (usage, error) { return m.digest(ctx) }
	ours, limit, err = pair(o.runs, func() (usage, error) { return m.reconcile(ctx, "--no-invariants") }, digest)
	if err != nil {
		return nil, err
	}
	t.time(fmt.Sprintf("reconcile %d rows", rows), ours, limit, "md5 in both servers at once", 2)
	used["reconcile"] = ours
	// The md5 checks no invariant, so there is nothing to aim at here; but this is what a user waits for.
	ours, limit, err = pair(o.runs, func() (usage, error) { return m.reconcile(ctx) }, digest)
	if err != nil {
		return nil, err
	}
	t.time("the same and the hub's invariants", ours, limit, "md5 in both servers at once", 0)
	return used, nil
}

// move is a legacy table, a hub and a workspace between them.
type move struct {
	options
	dir       string
	servers   []*testdb.Server
	legacyURL string
	hubURL    string
	legacy    *sql.DB
	hub       *sql.DB
}

func startMove(ctx context.Context, o options, dir string, rows int) (*move, error) {
	m := &move{options: o}
	var err error
	if m.dir, err = os.MkdirTemp(dir, "move-"); err != nil {
		return nil, err
	}
	maria, err := testdb.StartMariaDB(ctx, testdb.Options{Durable: true})
	if err != nil {
		return nil, err
	}
	m.servers = append(m.servers, maria)
	postgres, err := testdb.StartPostgres(ctx, testdb.Options{Durable: true})
	if err != nil {
		m.stop()
		return nil, err
	}
	m.servers = append(m.servers, postgres)
	if m.legacyURL, _, err = maria.Create(ctx); err == nil {
		m.hubURL, _, err = postgres.Create(ctx)
	}
	if err == nil {
		err = m.prepare(ctx, rows)
	}
	if err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

func (m *move) stop() {
	if m.legacy != nil {
		m.legacy.Close()
	}
	if m.hub != nil {
		m.hub.Close()
	}
	for _, s := range m.servers {
		s.Stop()
	}
}

// prepare fills the legacy table, writes the workspace and makes the hub.
func (m *move) prepare(ctx context.Context, rows int) error {
	var err error
	if m.legacy, err = sql.Open("mysql", mysqlDSN(m.legacyURL)); err != nil {
		return err
	}
	if m.hub, err = sql.Open("postgres", m.hubURL); err != nil {
		return err
	}
	if err := fillLegacy(ctx, m.legacy, rows); err != nil {
		return err
	}
	for name, text := range workspaceFiles(m.legacyURL, m.hubURL) {
		path := filepath.Join(m.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	_, err = measure(ctx, m.dir, nil, m.binary, "check")
	return err
}

func (m *move) empty(ctx context.Context) error {
	_, err := m.hub.ExecContext(ctx, "TRUNCATE organizations, xref CASCADE")
	if err == nil {
		_, err = m.hub.ExecContext(ctx, "CHECKPOINT")
	}
	return err
}

func (m *move) migrate(ctx context.Context) (usage, error) {
	if err := m.empty(ctx); err != nil {
		return usage{}, err
	}
	// 3 says that the proof was left out, which is measured on its own.
	return measure(ctx, m.dir, []int{3}, m.binary, "migrate", "bench", "--no-reconcile", "-q")
}

func (m *move) reconcile(ctx context.Context, flags ...string) (usage, error) {
	return measure(ctx, m.dir, nil, m.binary, append([]string{"reconcile", "bench", "-q"}, flags...)...)
}

// exportCopy migrates once and keeps the rows for psql.
func (m *move) exportCopy(ctx context.Context) error {
	if _, err := m.migrate(ctx); err != nil {
		return err
	}
	for _, table := range []string{"organizations", "xref"} {
		if _, err := measure(ctx, m.dir, nil, "psql", "-q", "-d", m.hubURL, "-c", fmt.Sprintf(`\copy %s to '%s.csv' csv`, table, table)); err != nil {
			return err
		}
	}
	return nil
}

func (m *move) copy(ctx context.Context) (usage, error) {
	if err := m.empty(ctx); err != nil {
		return usage{}, err
	}
	return measure(ctx, m.dir, nil, "psql", "-q", "-d", m.hubURL,
		"-c", `\copy organizations from 'organizations.csv' csv`, "-c", `\copy xref from 'xref.csv' csv`)
}

// digest sums an md5 of every row in both servers at once.
func (m *move) digest(ctx context.Context) (usage, error) {
	columns := func(names string) string { return strings.Join(strings.Fields(names), ", ") }
	group, ctx := errgroup.WithContext(ctx)
	return timed(func() error {
		group.Go(func() error {
			var sum any
			return m.legacy.QueryRowContext(ctx, "SELECT SUM(CONV(SUBSTR(MD5(CONCAT_WS('|', "+columns(legacyColumns)+")), 1, 8), 16, 10)) FROM account").Scan(&sum)
		})
		group.Go(func() error {
			var sum any
			return m.hub.QueryRowContext(ctx, "SELECT SUM(('x' || SUBSTR(MD5(CONCAT_WS('|', "+columns(hubColumns)+")), 1, 8))::bit(32)::bigint) FROM organizations").Scan(&sum)
		})
		return group.Wait()
	})
}

// mysqlDSN turns mysql://user:password@host:port/db into the driver's form.
func mysqlDSN(url string) string {
	rest := strings.TrimPrefix(url, "mysql://")
	at := strings.LastIndex(rest, "@")
	host, database, _ := strings.Cut(rest[at+1:], "/")
	return rest[:at] + "@tcp(" + host + ")/" + database
}

var errCounts = errors.New("crosswalk and the bench do not agree on the rows")

// checkRows makes sure that what was timed was also done.
func (m *move) checkRows(ctx context.Context, rows int) error {
	var n int
	if err := m.hub.QueryRowContext(ctx, "SELECT COUNT(*) FROM organizations").Scan(&n); err != nil {
		return err
	}
	if n != rows {
		return fmt.Errorf("%w: %d are in the hub, %d were to be", errCounts, n, rows)
	}
	return nil
}
