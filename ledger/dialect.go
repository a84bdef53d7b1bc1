package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is all that differs between the databases; the statements are the same.
type dialect struct {
	driver     string
	migrations goose.Dialect
	lockRow    string             // ends a SELECT whose row no one else may change before the transaction ends
	snapshot   sql.IsolationLevel // at which a transaction sees one state throughout
	lockChain  string             // lets one transaction at a time append to the chain
}

func dialectOf(driver string) (dialect, error) {
	switch driver {
	case "sqlite": // its transactions begin with the lock on the whole file
		return dialect{driver: "sqlite", migrations: goose.DialectSQLite3}, nil
	case "postgres":
		return dialect{
			driver:     "postgres",
			migrations: goose.DialectPostgres,
			snapshot:   sql.LevelRepeatableRead,
			lockRow:    " FOR UPDATE",
			lockChain:  "LOCK TABLE ledger_chain IN EXCLUSIVE MODE",
		}, nil
	}
	return dialect{}, fmt.Errorf("ledger: driver %q is unknown: use sqlite or postgres", driver)
}

// locate returns the full DSN and the name of the ledger in messages.
func (d dialect) locate(dsn string) (full, where string, err error) {
	if d.driver == "sqlite" {
		return locateSQLite(dsn)
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The cause is left out, for it would show the password.
		return "", "", errors.New("ledger: the connection string is not a URL such as postgres://user:password@host:5432/database")
	}
	return dsn, u.Host + u.Path, nil
}

// locateSQLite asks for what a ledger needs: readers beside the writer,
// commits that survive a power cut, and patience with another process.
func locateSQLite(path string) (full, where string, err error) {
	if path == "" {
		return "", "", errors.New("ledger: the path of the SQLite file is empty")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(30000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)"},
		"_txlock": {"immediate"},
	}.Encode()}
	return u.String(), path, nil
}

// explain turns an error of the database into one clear line that tells what
// was tried and what to do.
func (l *Ledger) explain(op string, err error) error {
	if err == nil {
		return nil
	}
	var lite *sqlite.Error
	var post *pq.Error
	switch {
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			err = ErrFull
		case sqlite3.SQLITE_BUSY:
			err = errors.New("another process has been writing to it for more than 30 seconds: try again when it is done")
		case sqlite3.SQLITE_CANTOPEN:
			err = errors.New("the file cannot be opened: its folder must exist and allow writing")
		case sqlite3.SQLITE_READONLY:
			err = errors.New("the file may not be written: check its permissions")
		case sqlite3.SQLITE_NOTADB:
			err = errors.New("the file is not a SQLite database: check the path")
		}
	case errors.As(err, &post) && post.Code == "53100":
		err = ErrFull
	}
	return fmt.Errorf("ledger %s: %s: %w", l.where, op, err)
}
