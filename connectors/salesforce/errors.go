package salesforce

import (
	"context"
	"errors"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

// where names a table and the org it is in.
func (o *Org) where(table string) string {
	const most = 80
	if len(table) > most {
		table = strings.ToValidUTF8(table[:most], "") + "…"
	}
	if table == "" {
		return "Salesforce"
	}
	return table + " in Salesforce"
}

// usable tells why an operation cannot begin.
func (o *Org) usable(ctx context.Context, op, table string) error {
	switch {
	case o.closed.Load():
		return connectors.Errorf(connectors.Unknown, op, o.where(table), "the connection is closed: open it again")
	case ctx.Err() != nil:
		return connectors.Errorf(connectors.Unknown, op, o.where(table), "%w", ctx.Err())
	}
	return nil
}

// fail says of an error what was tried and where. The class and the remedy
// come from the session, which saw the reply; the message of a refusal is added
// where it speaks of the request and not of data.
func (o *Org) fail(op, table string, err error) error {
	var failed *connectors.Error
	if errors.As(err, &failed) {
		return &connectors.Error{Op: op, Where: o.where(table), Class: failed.Class, Wait: failed.Wait, Err: failed.Err}
	}
	return connectors.Errorf(connectors.Unknown, op, o.where(table), "%w", err)
}

// failed is fail, save that what the caller has canceled is reported as
// canceled, whatever it led to.
func (o *Org) failed(ctx context.Context, op, table string, err error) error {
	if ctx.Err() != nil {
		return connectors.Errorf(connectors.Unknown, op, o.where(table), "%w", ctx.Err())
	}
	return o.fail(op, table, err)
}

// refusedWith reports whether Salesforce refused a request with this code.
func refusedWith(err error, code string) bool {
	var refusal *session.APIError
	return errors.As(err, &refusal) && refusal.Code == code
}

// unsupported refuses a part of a Query that Salesforce cannot do rightly.
func (o *Org) unsupported(table, why string) error {
	return connectors.Errorf(connectors.Invalid, "read", o.where(table), "%s: %w", why, errors.ErrUnsupported)
}
