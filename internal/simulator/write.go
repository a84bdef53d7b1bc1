package simulator

import (
	"net/http"
	"strings"

	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// write applies changes, after what the faults have against single rows.
func (s *Server) write(c *call, changes []org.Change, allOrNone bool) ([]org.Result, error) {
	results, free := s.block(c, changes)
	if len(free) < len(changes) && allOrNone {
		return org.RolledBack(results), nil
	}
	if len(free) == 0 {
		return results, nil
	}
	allowed := make([]org.Change, len(free))
	for i, n := range free {
		allowed[i] = changes[n]
	}
	if err := c.undone.note(s, c, allowed); err != nil {
		return nil, err
	}
	written, err := s.apply(c, allowed, allOrNone)
	if err != nil {
		return nil, err
	}
	c.undone.done(allowed, written)
	for i, n := range free {
		results[n] = written[i]
	}
	return results, nil
}

// block returns a result with errors for each change that may not be applied,
// and the places of the others.
func (s *Server) block(c *call, changes []org.Change) (results []org.Result, free []int) {
	results = make([]org.Result, len(changes))
	rule, locked := s.faults.Strike(faults.RowLock, c.method, c.relative())
	for i, change := range changes {
		if change.Object == "" {
			results[i].Errors = []org.RowError{{Status: "MALFORMED_ID", Message: "malformed id " + change.ID}}
		}
		if results[i].Errors == nil && locked && s.faults.Pick(rule) {
			results[i].Errors = []org.RowError{{Status: "UNABLE_TO_LOCK_ROW", Message: "unable to obtain exclusive access to this record or 1 records: " + change.ID}}
		}
		if results[i].Errors == nil {
			free = append(free, i)
		}
	}
	return results, free
}

// apply writes now, or as the end of a transaction that began long ago.
func (s *Server) apply(c *call, changes []org.Change, allOrNone bool) ([]org.Result, error) {
	rule, late := s.faults.Strike(faults.LateCommit, c.method, c.relative())
	if !late {
		return s.org.Apply(c.ctx, changes, allOrNone)
	}
	transaction := s.org.BeginAt(s.clock.Now().Add(-rule.By))
	defer transaction.Abandon()
	return transaction.Apply(c.ctx, changes, allOrNone)
}

// relative is the path behind the version, as faults name it.
func (c *call) relative() string { return "/" + strings.Join(c.path, "/") }

// rejected answers the errors of a single row. An id that leads nowhere is a
// path that does.
func rejected(errs []org.RowError) reply {
	status := statusOf(errs[0].Status)
	if errs[0].Status == "INVALID_CROSS_REFERENCE_KEY" && len(errs[0].Fields) == 0 {
		status = http.StatusNotFound
	}
	problems := make([]problem, len(errs))
	for i, e := range errs {
		problems[i] = problem{Message: e.Message, Code: e.Status, Fields: e.Fields}
	}
	return document(status, problems)
}

// saved is the answer for one row that was written, or was not.
type saved struct {
	ID      string     `json:"id,omitempty"`
	Success bool       `json:"success"`
	Errors  []rowError `json:"errors"`
	Created *bool      `json:"created,omitempty"` // of an upsert
}

// rowError is what was wrong with one row of several. Its code has another
// name than that of a whole request.
type rowError struct {
	Code    string   `json:"statusCode"`
	Message string   `json:"message"`
	Fields  []string `json:"fields"`
}

func savedOf(r org.Result, upsert bool) saved {
	if len(r.Errors) > 0 {
		return saved{Errors: rowErrors(r.Errors)}
	}
	one := saved{ID: r.ID, Success: true, Errors: []rowError{}}
	if upsert {
		one.Created = &r.Created
	}
	return one
}

func rowErrors(errs []org.RowError) []rowError {
	all := make([]rowError, len(errs))
	for i, e := range errs {
		all[i] = rowError{Code: e.Status, Message: e.Message, Fields: append([]string{}, e.Fields...)}
	}
	return all
}

// object finds the object of a path.
func (s *Server) object(name string) (*org.Object, error) {
	if object, ok := s.org.Object(name); ok {
		return object, nil
	}
	return nil, errNotFound
}

// noContent answers that all went well.
func noContent() reply { return reply{status: http.StatusNoContent} }
