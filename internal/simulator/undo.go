package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"crosswalk/internal/simulator/org"
)

// undo notes how to take back what a composite request has written, should a
// later part of it fail. Rows that were created are removed for good, and
// fields that were changed get their old values; their stamps stay moved. A
// nil undo notes nothing.
type undo struct {
	pending []org.Change // the opposites of changes that are being written
	changes []org.Change // the opposites of those that were, newest last
}

// note reads what changes are about to overwrite.
func (u *undo) note(s *Server, c *call, changes []org.Change) error {
	if u == nil {
		return nil
	}
	u.pending = make([]org.Change, len(changes))
	for i, change := range changes {
		old, err := s.opposite(c, change)
		if err != nil {
			return err
		}
		u.pending[i] = old
	}
	return nil
}

// opposite is the change that restores the row that a change will overwrite.
// For a row that is not there it is empty: only its creation can be undone.
func (s *Server) opposite(c *call, change org.Change) (org.Change, error) {
	id := change.ID
	switch change.Op {
	case org.Delete, org.HardDelete:
		return org.Change{}, refuse(http.StatusBadRequest, "INVALID_INPUT", "the simulator cannot undo a delete: do not combine it with allOrNone")
	case org.Insert:
		return org.Change{}, nil
	case org.Upsert:
		for name, cell := range change.Values {
			if !strings.EqualFold(name, change.ExternalField) {
				continue
			}
			ids, err := s.org.FindExternal(c.ctx, change.Object, name, cell.Text)
			if err != nil || len(ids) != 1 {
				return org.Change{}, nil //nolint:nilerr // the write itself will tell what is wrong
			}
			id = ids[0]
		}
	}
	object, ok := s.org.Object(change.Object)
	if !ok {
		return org.Change{}, nil
	}
	old, err := s.org.Get(c.ctx, object.Name, id, nil)
	if err != nil {
		return org.Change{}, nil //nolint:nilerr // the write itself will tell what is wrong
	}
	values := map[string]org.Cell{}
	for _, f := range object.Fields {
		if _, isParent := change.Parents[f.RelationshipName]; f.Updateable && (isParent || given(change, f.Name)) {
			values[f.Name] = old[f.Name]
		}
	}
	return org.Change{Object: object.Name, Op: org.Update, ID: id, Values: values}, nil
}

func given(change org.Change, field string) bool {
	for name := range change.Values {
		if strings.EqualFold(name, field) {
			return true
		}
	}
	return false
}

// done keeps the opposites of what was written.
func (u *undo) done(changes []org.Change, results []org.Result) {
	if u == nil {
		return
	}
	for i, r := range results {
		switch {
		case len(r.Errors) > 0:
		case r.Created || changes[i].Op == org.Insert:
			u.changes = append(u.changes, org.Change{Object: changes[i].Object, Op: org.HardDelete, ID: r.ID})
		case u.pending[i].Object != "":
			u.changes = append(u.changes, u.pending[i])
		}
	}
}

// join adds what another has noted.
func (u *undo) join(other *undo) {
	if u != nil {
		u.changes = append(u.changes, other.changes...)
	}
}

// run takes everything back, the newest change first.
func (u *undo) run(s *Server, c *call) error {
	slices.Reverse(u.changes)
	for _, change := range u.changes {
		results, err := s.org.Apply(c.ctx, []org.Change{change}, true)
		if err != nil {
			return err
		}
		if errs := results[0].Errors; len(errs) > 0 {
			return fmt.Errorf("undo a change of %s: %s", change.ID, errs[0].Message)
		}
	}
	return nil
}
