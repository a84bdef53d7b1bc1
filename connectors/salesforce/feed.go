package salesforce

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/record"
)

// A feed asks for the rows whose stamp lies in a window:
//
//	      overlap        watermark                  lag
//	──┤◀───────────▶├────────┼──────────────────┤◀───────▶├── the org's clock
//	  from                                      to
//
// A row is stamped in its transaction and seen when that ends, so a row may turn
// up behind a watermark: the overlap reads again what lies before it, and a
// transaction that still runs keeps the window from going past its start
// (latestDateCovered). A cursor is a watermark, a moment of the org's clock.
// All batches of a window but the last carry the watermark it began with, for
// their rows come in no order; repeats do no harm.
type window struct {
	since    record.Cursor
	from, to time.Time
}

// cursor is that of a batch.
func (w *window) cursor(last bool) record.Cursor {
	if last {
		return cursorOf(w.to)
	}
	return w.since
}

func cursorOf(t time.Time) record.Cursor { return record.Cursor(t.UTC().Format(time.RFC3339Nano)) }

// Head implements connectors.Feed: the time of the org's own clock, or the
// start of a transaction that still runs.
func (o *Org) Head(ctx context.Context, name string) (record.Cursor, error) {
	const op = "read the head of"
	t, err := o.feedTable(ctx, op, name)
	if err != nil {
		return "", err
	}
	_, covered, err := o.clock(ctx, t)
	if err != nil {
		return "", o.failed(ctx, op, name, err)
	}
	return cursorOf(covered), nil
}

// Changes implements connectors.Feed. The empty cursor stands for the
// beginning. Fields that are computed change without being stamped, so a
// feed does not show that; comparing in full does.
func (o *Org) Changes(ctx context.Context, name string, since record.Cursor) (record.Reader, error) {
	t, err := o.feedTable(ctx, "read changes of", name)
	if err != nil {
		return nil, err
	}
	w, err := o.window(ctx, "read changes of", t, since)
	if err != nil {
		return nil, err
	}
	s, err := o.choose("read changes of", t, nil)
	if err != nil {
		return nil, err
	}
	s.deleted = false
	s.where = append(s.where, w.condition(t)...)
	s.nothing = w.to.Before(w.from)
	r := o.open(ctx, "read changes of", s)
	r.feed = w
	return r, nil
}

// condition is that a row was stamped in the window. Both ends belong to it:
// stamps have whole seconds, and the next window begins before this one ends.
func (w *window) condition(t *table) []string {
	to := t.stamp + " <= " + w.to.UTC().Format(instantForm)
	if w.since == "" {
		return []string{to}
	}
	return []string{t.stamp + " >= " + w.from.UTC().Format(instantForm), to}
}

func (o *Org) feedTable(ctx context.Context, op, name string) (*table, error) {
	t, err := o.table(ctx, op, name)
	if err == nil && t.stamp == "" {
		err = o.unsupported(name, "nothing in it tells when a row has changed")
	}
	return t, err
}

// window is what lies between a cursor and now.
func (o *Org) window(ctx context.Context, op string, t *table, since record.Cursor) (*window, error) {
	w := &window{since: since}
	if since != "" {
		mark, err := time.Parse(time.RFC3339Nano, string(since))
		if err != nil {
			return nil, connectors.Errorf(connectors.Invalid, op, o.where(t.name), "not a cursor of this feed: %q", since)
		}
		w.from = mark.Add(-o.config.Overlap)
	}
	now, covered, err := o.clock(ctx, t)
	if err != nil {
		return nil, o.failed(ctx, op, t.name, err)
	}
	w.to = now.Add(-o.config.Lag).Truncate(time.Second)
	if covered.Before(w.to) {
		w.to = covered
	}
	return w, nil
}

// clock is what the org's clock shows, and up to when all transactions have
// ended as far as Salesforce tells.
func (o *Org) clock(ctx context.Context, t *table) (now, covered time.Time, err error) {
	if _, err := o.session.Query("SELECT Id FROM "+t.name+" LIMIT 1", false).Next(ctx); err != nil && err != io.EOF {
		return now, covered, err
	}
	if now = o.session.ServerTime(); now.IsZero() {
		return now, covered, errors.New("Salesforce does not tell the time: something in between strips the Date header")
	}
	if !t.object.Replicateable {
		return now, now, nil
	}
	var reply struct {
		Latest string `json:"latestDateCovered"`
	}
	if err := o.replicated(ctx, t, "updated", now.Add(-10*time.Minute), now, &reply); err != nil {
		return now, covered, err
	}
	latest, err := parseInstant([]byte(reply.Latest))
	if covered = latest.AsTime(); covered.After(now) {
		covered = now
	}
	return now, covered, err
}

// replicated asks for the rows that were updated or deleted in a time.
func (o *Org) replicated(ctx context.Context, t *table, what string, from, to time.Time, into any) error {
	times := url.Values{"start": {from.UTC().Format(time.RFC3339)}, "end": {to.UTC().Format(time.RFC3339)}}
	return o.session.JSON(ctx, http.MethodGet, "sobjects/"+session.Path(t.name)+"/"+what+"?"+times.Encode(), nil, into)
}
