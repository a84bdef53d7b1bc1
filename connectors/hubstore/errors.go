package hubstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"

	"github.com/lib/pq"
	"modernc.org/sqlite"

	"crosswalk/connectors"
)

// The result codes of SQLite that matter here, and the one for a foreign key.
const (
	sqliteError      = 1 // of any statement that makes no sense
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteReadOnly   = 8
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteConstraint = 19
	sqliteForeignKey = 787
)

// classOf says what to do about an error of a database.
func classOf(err error) connectors.Class {
	var pg *pq.Error
	if errors.As(err, &pg) {
		return postgresClass(string(pg.Code))
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteBusy, sqliteLocked:
			return connectors.Transient
		case sqliteReadOnly:
			return connectors.Denied
		case sqliteCantOpen:
			return connectors.Missing
		}
		return connectors.Unknown
	}
	var file *fs.PathError
	if errors.As(err, &file) { // which a net.Error would fit, too
		if errors.Is(err, fs.ErrNotExist) {
			return connectors.Missing
		}
		return connectors.Unknown
	}
	var network net.Error
	if errors.As(err, &network) || isLost(err) {
		return connectors.Transient
	}
	return connectors.Unknown
}

func postgresClass(code string) connectors.Class {
	switch code {
	case "53100": // disk full
		return connectors.Unknown
	case "42501":
		return connectors.Denied
	case "3D000", "42P01", "42703":
		return connectors.Missing
	case "55P03", "57P01", "57P02", "57P03", "57P05", "25P02":
		return connectors.Transient
	}
	switch code[:2] {
	case "08", "40", "53": // connection, rollback, resources
		return connectors.Transient
	case "28":
		return connectors.Denied
	}
	return connectors.Unknown
}

// isLost reports whether the connection is gone.
func isLost(err error) bool {
	var pg *pq.Error
	if errors.As(err, &pg) {
		return pg.Fatal() || pg.Code[:2] == "08" || pg.Code[:3] == "57P"
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, new(net.Error))
}

// ignoreUndone drops the complaint about a transaction that cannot be undone
// because it is gone: with its connection, or because SQLite has undone it
// already, as it does when the disk is full.
func ignoreUndone(err error) error {
	var lite *sqlite.Error
	if isLost(err) || errors.As(err, &lite) && lite.Code() == sqliteError {
		return nil
	}
	return err
}

// isRowFault reports whether the database refused what a row holds, rather
// than failed.
func isRowFault(err error) bool {
	var pg *pq.Error
	if errors.As(err, &pg) {
		return pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code == "54000"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteConstraint
}

// explained adds the remedy to the errors that have one.
func explained(err error) error {
	var pg *pq.Error
	var lite *sqlite.Error
	full := errors.As(err, &pg) && pg.Code == "53100" || errors.As(err, &lite) && lite.Code()&0xff == sqliteFull
	switch {
	case full:
		return fmt.Errorf("the disk that holds the hub is full: nothing of this batch was written; free some space and run again: %w", err)
	case errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy:
		return fmt.Errorf("another program keeps the hub locked; try again when it is done: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the hub does not answer in time: %w", err)
	}
	return err
}
