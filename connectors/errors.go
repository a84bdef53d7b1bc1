package connectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Class is what a caller should do about an error (invariant 9).
type Class uint8

// Classes of error. Only Transient and Throttled are ever tried again, and
// not for ever. Who cannot wait so long ends, and says that it is worth
// beginning anew later.
const (
	Unknown   Class = iota // stop and show it
	Transient              // try again
	Throttled              // try again after Error.Wait: too many calls at once, or a quota used up
	Denied                 // credentials or permission: stop, tell the operator
	Missing                // the file, table or column is not there
	Conflict               // the row changed underneath: compare again
	Invalid                // the system will never take this input: set it aside
)

var classNames = [...]string{"unknown", "transient", "throttled", "denied", "missing", "conflict", "invalid"}

// String returns the class as messages and JSON documents show it.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// Error is the error of a connector's method. Its message tells what failed,
// where, and what to do about it, and never holds a credential.
type Error struct {
	Op    string // what was tried: "read", "connect"
	Where string // the table, file or host
	Class Class
	Wait  time.Duration // Throttled: how long to wait
	Err   error         // the cause, with the remedy
}

func (e *Error) Error() string {
	if e.Where == "" {
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s %s: %v", e.Op, e.Where, e.Err)
}

// Unwrap returns the cause. An io.EOF, which servers send off when they hang
// up, becomes an io.ErrUnexpectedEOF, or else a caller that looks for the end
// of the rows with errors.Is would find it in a failure.
func (e *Error) Unwrap() error {
	if errors.Is(e.Err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return e.Err
}

// Errorf makes an Error with a formatted cause; %w wraps.
func Errorf(class Class, op, where, format string, args ...any) *Error {
	return &Error{Op: op, Where: where, Class: class, Err: fmt.Errorf(format, args...)}
}

// ClassOf returns the class of err, Unknown if it has none.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Unknown
}

// longestWait is the longest wait that an error can ask of Retry. A quota that
// comes back in hours is not waited for.
const longestWait = 5 * time.Minute

// Retry calls try until it succeeds, at most attempts times, as long as the
// error is Transient or Throttled. It waits base, 2×base, 4×base... between
// calls, or as long as the error asks. It gives up if that is longer than five
// minutes, and with ctx.
func Retry(ctx context.Context, attempts int, base time.Duration, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		class := ClassOf(err)
		if err == nil || n >= attempts || class != Transient && class != Throttled {
			return err
		}
		wait := base << (n - 1)
		var e *Error
		switch {
		case !errors.As(err, &e) || e.Wait <= 0:
		case e.Wait > longestWait:
			return err
		default:
			wait = e.Wait
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}
