package simulator

import (
	"net/http"
	"strings"
	"time"

	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// How far back changes can be asked for.
const (
	updatedDays = 30
	deletedDays = 15
)

// datetime is the form of instants in REST.
const datetime = "2006-01-02T15:04:05.000-0700"

// window is a span of time that a client asks about. Seconds do not count.
type window struct{ start, end time.Time }

// window reads which object is meant, and start and end, which lie at most so
// many days back.
func (s *Server) window(c *call, days int) (*org.Object, window, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return nil, window{}, err
	}
	start, err := instant(c, "start")
	if err != nil {
		return nil, window{}, err
	}
	end, err := instant(c, "end")
	if err != nil {
		return nil, window{}, err
	}
	now := s.clock.Now()
	switch {
	case start.After(now):
		return nil, window{}, refuse(http.StatusBadRequest, "INVALID_REPLICATION_DATE", "startDate cannot be in the future")
	case start.Before(now.AddDate(0, 0, -days)):
		return nil, window{}, refuse(http.StatusBadRequest, "INVALID_REPLICATION_DATE", "startDate is more than %d days ago", days)
	}
	return object, window{start.Truncate(time.Minute), end.Truncate(time.Minute)}, nil
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
// window, or the begin of a transaction that is still open. It is asked for
// before the rows are read, so that it never promises more than they hold.
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
	object, w, err := s.window(c, updatedDays)
	if err != nil {
		return reply{}, err
	}
	covered := s.covered(w)
	ids, err := s.org.Updated(c.ctx, object.Name, w.start, w.end)
	return ok(struct {
		IDs     []string `json:"ids"`
		Covered string   `json:"latestDateCovered"`
	}{append([]string{}, ids...), covered}), err
}

// deleted answers GET sobjects/OBJECT/deleted.
func (s *Server) deleted(c *call) (reply, error) {
	object, w, err := s.window(c, deletedDays)
	if err != nil {
		return reply{}, err
	}
	covered := s.covered(w)
	rows, err := s.org.Deleted(c.ctx, object.Name, w.start, w.end)
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
