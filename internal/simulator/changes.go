package simulator

import (
	"net/http"
	"strings"
	"time"

	"crosswalk/internal/simulator/faults"
)

// How far back changes can be asked for, and how many there may be.
const (
	updatedDays = 30
	deletedDays = 15
	maxChanges  = 600_000
)

// datetime is the form of instants in REST.
const datetime = "2006-01-02T15:04:05.000-0700"

// window is a span of time that a client asks about. Seconds do not count.
type window struct{ start, end time.Time }

// window reads start and end, which lie at most so many days back.
func (s *Server) window(c *call, days int) (window, error) {
	start, err := instant(c, "start")
	if err != nil {
		return window{}, err
	}
	end, err := instant(c, "end")
	if err != nil {
		return window{}, err
	}
	now := s.clock.Now()
	w := window{start.Truncate(time.Minute), end.Truncate(time.Minute)}
	switch {
	case w.start.After(now):
		return window{}, badRange("startDate cannot be in the future")
	case w.end.Sub(w.start) < time.Minute:
		return window{}, badRange("endDate must be at least one minute greater than startDate")
	case start.Before(now.AddDate(0, 0, -days)):
		return window{}, refuse(http.StatusBadRequest, "INVALID_REPLICATION_DATE", "startDate before org replication enabled date or more than %d days ago", days)
	}
	return w, nil
}

func badRange(message string) error {
	return refuse(http.StatusBadRequest, "INVALID_REPLICATION_DATE", "%s", message)
}

// instant reads a parameter. A plus that was not escaped has become a blank.
func instant(c *call, name string) (time.Time, error) {
	text := strings.ReplaceAll(c.query.Get(name), " ", "+")
	for _, layout := range []string{time.RFC3339, datetime, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, refuse(http.StatusBadRequest, "INVALID_REPLICATION_DATE", "%s is no datetime", name)
}

// covered is the instant up to which an answer is complete: the end of the
// window, or the begin of a transaction that is still open.
func (s *Server) covered(w window) string {
	now := s.clock.Now()
	limit := s.org.LatestCovered(now)
	if begun := now.Add(-s.faults.Longest(faults.LateCommit)); begun.Before(limit) {
		limit = begun
	}
	if w.end.Before(limit) {
		limit = w.end
	}
	return limit.UTC().Truncate(time.Minute).Format(datetime)
}

// updated answers GET sobjects/OBJECT/updated.
func (s *Server) updated(c *call) (reply, error) {
	w, name, err := s.replicated(c, updatedDays)
	if err != nil {
		return reply{}, err
	}
	covered := s.covered(w)
	ids, err := s.org.Updated(c.ctx, name, w.start, w.end)
	if err == nil {
		err = checkChanges(len(ids))
	}
	return ok(struct {
		IDs     []string `json:"ids"`
		Covered string   `json:"latestDateCovered"`
	}{append([]string{}, ids...), covered}), err
}

// deleted answers GET sobjects/OBJECT/deleted.
func (s *Server) deleted(c *call) (reply, error) {
	w, name, err := s.replicated(c, deletedDays)
	if err != nil {
		return reply{}, err
	}
	covered := s.covered(w)
	rows, err := s.org.Deleted(c.ctx, name, w.start, w.end)
	if err == nil {
		err = checkChanges(len(rows))
	}
	type deletion struct {
		ID   string `json:"id"`
		Date string `json:"deletedDate"`
	}
	records := make([]deletion, len(rows))
	for i, row := range rows {
		records[i] = deletion{row.ID, row.Date.UTC().Format(datetime)}
	}
	return ok(struct {
		Records  []deletion `json:"deletedRecords"`
		Earliest string     `json:"earliestDateAvailable"`
		Covered  string     `json:"latestDateCovered"`
	}{records, s.clock.Now().AddDate(0, 0, -deletedDays).Truncate(time.Minute).Format(datetime), covered}), err
}

// replicated checks that an object tells its changes, and reads the window.
func (s *Server) replicated(c *call, days int) (window, string, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return window{}, "", err
	}
	if !object.Replicateable {
		return window{}, "", refuse(http.StatusBadRequest, "INVALID_TYPE_FOR_OPERATION", "entity type %s does not support replication", object.Name)
	}
	w, err := s.window(c, days)
	return w, object.Name, err
}

func checkChanges(n int) error {
	if n > maxChanges {
		return refuse(http.StatusBadRequest, "EXCEEDED_ID_LIMIT", "the window has more than %d changes: make it shorter", maxChanges)
	}
	return nil
}
