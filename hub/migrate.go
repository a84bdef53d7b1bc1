package hub

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. In PostgreSQL an advisory lock lets
// one instance at a time do it. SQLite has no such lock, but its write lock
// makes each step all or nothing: an instance that comes second fails, sees
// that the step was done, and goes on with the next.
func (h *Hub) migrate(ctx context.Context) error {
	provider, err := h.provider()
	if err != nil {
		return err
	}
	known := provider.ListSources()
	newest := known[len(known)-1].Version
	last := int64(-1)
	for {
		version, err := versionOf(ctx, provider)
		if err != nil {
			return err
		}
		if version > newest {
			return fmt.Errorf("its schema is version %d and this program knows %d; use the newer program that made it", version, newest)
		}
		if version == newest {
			return nil
		}
		_, failed := provider.Up(ctx)
		if failed != nil && version == last {
			return fmt.Errorf("bring its schema from version %d to %d: %w", version, newest, failed)
		}
		last = version
	}
}

const (
	busyTries = 100
	busyPause = 100 * time.Millisecond
)

// versionOf is the version of the schema. On a new SQLite file two instances
// may both want to write it down first; SQLite lets one of them fail at once
// where waiting could not help, so that one looks again.
func versionOf(ctx context.Context, provider *goose.Provider) (version int64, err error) {
	for range busyTries {
		version, err = provider.GetDBVersion(ctx)
		if !isBusy(err) {
			break
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(busyPause):
		}
	}
	return version, err
}

// isBusy reports whether another process had the SQLite file locked.
func isBusy(err error) bool {
	var failed *sqlite.Error
	return errors.As(err, &failed) && failed.Code()&0xff == sqlite3.SQLITE_BUSY
}

func (h *Hub) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(h.dialect))
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	dialect := goose.DialectSQLite3
	if h.dialect == Postgres {
		dialect = goose.DialectPostgres
		options = append(options, goose.WithSessionLocker(advisory{}))
	}
	return goose.NewProvider(dialect, h.write, files, options...)
}

// advisory is PostgreSQL's own lock of a session. goose has one too, which
// asks again every five seconds instead of waiting.
type advisory struct{}

var _ lock.SessionLocker = advisory{}

const advisoryID = 7_221_864_019_355 // any number that no other program uses

func (advisory) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(advisoryID))
	return err
}

func (advisory) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var held bool
	err := conn.QueryRowContext(ctx, "SELECT pg_advisory_unlock($1)", int64(advisoryID)).Scan(&held)
	if err == nil && !held {
		return errors.New("the lock on migrations was lost")
	}
	return err
}
