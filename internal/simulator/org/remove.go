package org

import (
	"fmt"
	"slices"
)

// A removal is what the deletion of one row takes with it.
type removal struct {
	rows  []doomed        // children before parents
	seen  map[string]bool // ids of rows
	clear []loose
}

type doomed struct {
	e   *entity
	row row
}

// A loose end is a reference to a row that goes.
type loose struct {
	e      *entity
	id     string
	column string
}

// remove deletes a row and its cascade, or says why it may not be deleted.
func (t *tx) remove(e *entity, c Change) (Result, error) {
	id := orElse(c.ID, valueOf(c, "Id").Text)
	old, refusal, err := t.existing(e, id)
	if err != nil || refusal != nil {
		return Result{Errors: refusal}, err
	}
	if c.Op == Delete && old[atDeleted].Text == "true" {
		return refuse("ENTITY_IS_DELETED", "entity is deleted"), nil
	}
	r := removal{seen: map[string]bool{}}
	if bad, err := t.doom(&r, e, old, c.Op == HardDelete); err != nil || bad != nil {
		return Result{Errors: listed(bad)}, err
	}
	for _, end := range r.clear {
		if r.seen[end.id] {
			continue
		}
		if err := t.exec("UPDATE "+quote(end.e.Name)+" SET "+quote(end.column)+" = NULL, SystemModstamp = max(SystemModstamp, ?) WHERE Id = ?",
			t.begin.Format(instant), end.id); err != nil {
			return Result{}, err
		}
		t.changed(end.e)
	}
	for _, d := range r.rows {
		if err := t.bury(d, c.Op == HardDelete); err != nil {
			return Result{}, err
		}
	}
	return Result{ID: old[atID].Text}, nil
}

func listed(bad *RowError) []RowError {
	if bad == nil {
		return nil
	}
	return []RowError{*bad}
}

// bury puts a row into the recycle bin, or removes it for good.
func (t *tx) bury(d doomed, hard bool) error {
	t.changed(d.e)
	id := d.row[atID].Text
	if hard {
		return t.exec("DELETE FROM "+quote(d.e.Name)+" WHERE Id = ?", id)
	}
	now := slices.Clone(d.row)
	stamp := t.begin.Format(instant)
	now[atDeleted], now[atModified], now[atModifiedBy] = Text("true"), Text(stamp), Text(t.user)
	now[atStamp] = Text(max(stamp, d.row[atStamp].Text))
	return t.write(d.e, d.row, now)
}

// doom collects a row, its children that go with it, and the references to them that
// are cleared. Rows of the recycle bin count only where all is removed for good.
func (t *tx) doom(r *removal, e *entity, old row, hard bool) (*RowError, error) {
	id := old[atID].Text
	if r.seen[id] {
		return nil, nil
	}
	r.seen[id] = true
	if bad, err := t.checkRemoval(e, old); err != nil || bad != nil {
		return bad, err
	}
	for _, k := range e.children {
		f := k.field()
		if f.ReferenceTo[0] == "User" {
			continue // users are never deleted
		}
		query := "SELECT Id FROM " + quote(k.entity.Name) + " WHERE " + quote(f.Name) + " = ?"
		if !hard {
			query += " AND IsDeleted = 'false'"
		}
		ids, err := t.texts(query, id)
		if err != nil {
			return nil, err
		}
		if bad, err := t.doomChildren(r, e, k, ids, hard); err != nil || bad != nil {
			return bad, err
		}
	}
	r.rows = append(r.rows, doomed{e, old})
	return nil, nil
}

func (t *tx) doomChildren(r *removal, e *entity, k child, ids []string, hard bool) (*RowError, error) {
	for _, id := range ids {
		switch {
		case k.field().CascadeDelete:
			row, err := t.row(k.entity, id)
			if err != nil {
				return nil, err
			}
			if bad, err := t.doom(r, k.entity, row, hard); err != nil || bad != nil {
				return bad, err
			}
		case k.restricts():
			return &RowError{Status: "DELETE_FAILED", Message: fmt.Sprintf(
				"Your attempt to delete this %s could not be completed because it is associated with the following %s: %s",
				e.Label, k.entity.LabelPlural, id)}, nil
		default:
			r.clear = append(r.clear, loose{k.entity, id, k.field().Name})
		}
	}
	return nil, nil
}
