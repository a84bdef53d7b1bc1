package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"crosswalk/connectors"
)

// where names a table and the database it is in.
func (v *view) where(table string) string {
	place := v.dialect.name + " " + v.place
	if table == "" {
		return place
	}
	const most = 80
	if len(table) > most {
		table = strings.ToValidUTF8(table[:most], "") + "…"
	}
	return table + " in " + place
}

// fail gives an error its class, its place and a remedy.
func (v *view) fail(op, table string, err error) error {
	var done *connectors.Error
	if errors.As(err, &done) {
		return err
	}
	class := v.dialect.classify(err)
	if class == connectors.Unknown {
		class = classify(err)
	}
	err = v.redact(err)
	if advice := remedy(class, table == ""); advice != "" {
		err = fmt.Errorf("%w; %s", err, advice)
	}
	return &connectors.Error{Op: op, Where: v.where(table), Class: class, Err: err}
}

// unsupported refuses a part of a Query that the server cannot do rightly.
func (v *view) unsupported(table, format string, args ...any) error {
	return connectors.Errorf(connectors.Invalid, "read", v.where(table), "%s: %w", fmt.Sprintf(format, args...), errors.ErrUnsupported)
}

// classify knows the errors that do not come from a server.
func classify(err error) connectors.Class {
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return connectors.Unknown
	case errors.Is(err, fs.ErrNotExist):
		return connectors.Missing
	case errors.Is(err, fs.ErrPermission):
		return connectors.Denied
	case errors.As(err, new(*fs.PathError)): // which a net.Error would fit, too
		return connectors.Unknown
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.As(err, &netErr):
		return connectors.Transient
	}
	return connectors.Unknown
}

func remedy(class connectors.Class, connecting bool) string {
	switch {
	case class == connectors.Denied && connecting:
		return "check user and password, and what this user may do"
	case class == connectors.Denied:
		return "this user needs the right to read it, and nothing here may write"
	case class == connectors.Transient:
		return "is the server up and reachable? trying again may help"
	case class == connectors.Missing && connecting:
		return "check the name of the database"
	}
	return ""
}

// redact makes sure that no password stands in the message of err. The
// original is then out of reach of errors.As, which is the price; errors.Is
// still knows it, for a canceled read must be told from a failed one.
func (v *view) redact(err error) error {
	message := err.Error()
	for _, secret := range v.secrets {
		message = strings.ReplaceAll(message, secret, "***")
	}
	if message == err.Error() {
		return err
	}
	return &redacted{message, func(target error) bool { return errors.Is(err, target) }}
}

// redacted holds its cause in a function, where no formatting finds it.
type redacted struct {
	message string
	is      func(target error) bool
}

func (r *redacted) Error() string        { return r.message }
func (r *redacted) Is(target error) bool { return r.is(target) }
