package org

import (
	"context"
	"fmt"
	"strings"
)

// Apply writes changes in one transaction, and answers each of them, in their
// order. A change that is refused leaves no trace, and the others are written; with
// allOrNone none is. The error is for what is not an answer: the file fails, or ctx ends.
func (o *Org) Apply(ctx context.Context, changes []Change, allOrNone bool) ([]Result, error) {
	return o.BeginLate().Apply(ctx, changes, allOrNone)
}

// Apply writes as Org.Apply does, stamped with the begin, and ends l. A row that has
// been changed since keeps its later stamp.
func (l *Late) Apply(ctx context.Context, changes []Change, allOrNone bool) ([]Result, error) {
	results := make([]Result, 0, len(changes))
	failed := false
	err := l.transact(ctx, func(t *tx) error {
		twice := t.repeated(changes)
		for i, c := range changes {
			if err := pause(ctx, i); err != nil {
				return err
			}
			result, err := t.answer(c, twice)
			if err != nil {
				return err
			}
			failed = failed || len(result.Errors) > 0
			results = append(results, result)
		}
		t.discard = failed && allOrNone
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case failed && allOrNone:
		return RolledBack(results), nil
	}
	return results, nil
}

// pause looks at the context now and then.
func pause(ctx context.Context, i int) error {
	if i%256 == 0 {
		return ctx.Err()
	}
	return nil
}

// RolledBack are the results of a call that failed as a whole: those who did nothing
// wrong are told so.
func RolledBack(results []Result) []Result {
	for i, r := range results {
		if len(r.Errors) == 0 {
			r.Errors = []RowError{{Status: "ALL_OR_NONE_OPERATION_ROLLED_BACK",
				Message: "Record rolled back because not all records were valid and the request was using AllOrNone header"}}
		}
		results[i] = Result{Errors: r.Errors}
	}
	return results
}

// An identity is what an upsert finds its row by.
type identity struct{ object, field, key string }

// repeated finds the external ids that several upserts of one call have: which of
// them should win, nobody can tell.
func (t *tx) repeated(changes []Change) map[identity]bool {
	var seen, twice map[identity]bool
	for _, c := range changes {
		if c.Op != Upsert || len(changes) == 1 {
			continue
		}
		id, ok := t.identity(c)
		if !ok {
			continue
		}
		if seen == nil {
			seen, twice = make(map[identity]bool, len(changes)), map[identity]bool{}
		}
		if seen[id] {
			twice[id] = true
		}
		seen[id] = true
	}
	return twice
}

func (t *tx) identity(c Change) (identity, bool) {
	e, ok := t.catalog.entity(c.Object)
	if !ok {
		return identity{}, false
	}
	at, ok := e.at(c.ExternalField)
	if !ok || at == atID {
		return identity{}, false
	}
	cell, bad := canonical(e.Fields[at], valueOf(c, e.Fields[at].Name))
	return identity{e.Name, e.Fields[at].Name, key(e.Fields[at], cell.Text)}, bad == nil && !cell.Null
}

// valueOf finds a value by the field's name in any case.
func valueOf(c Change, name string) Cell {
	if cell, ok := c.Values[name]; ok {
		return cell
	}
	for given, cell := range c.Values {
		if strings.EqualFold(given, name) {
			return cell
		}
	}
	return Cell{Null: true}
}

func (t *tx) answer(c Change, twice map[identity]bool) (Result, error) {
	if c.Op == Upsert && len(twice) > 0 {
		if id, ok := t.identity(c); ok && twice[id] {
			return refuse("DUPLICATE_VALUE", "Duplicate external id specified: "+valueOf(c, c.ExternalField).Text, c.ExternalField), nil
		}
	}
	return t.apply(c)
}

// apply writes one change.
func (t *tx) apply(c Change) (Result, error) {
	e, ok := t.catalog.entity(c.Object)
	if !ok {
		return refuse("INVALID_TYPE", unsupported(c.Object)), nil
	}
	allowed, verb := e.Createable || t.loading, "inserted"
	switch c.Op {
	case Update:
		allowed, verb = e.Updateable, "updated"
	case Upsert:
		allowed, verb = e.Createable && e.Updateable, "upserted"
	case Delete, HardDelete:
		allowed, verb = e.Deletable, "deleted"
	}
	if !allowed {
		return refuse("INVALID_TYPE_FOR_OPERATION", fmt.Sprintf("entity type cannot be %s: %s", verb, e.Label)), nil
	}
	switch c.Op {
	case Insert:
		if valueOf(c, "Id").Text != "" || c.ID != "" {
			return refuse("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id"), nil
		}
		return t.save(e, nil, c)
	case Update:
		return t.update(e, orElse(c.ID, valueOf(c, "Id").Text), c)
	case Upsert:
		return t.upsert(e, c)
	case Delete, HardDelete:
		return t.remove(e, c)
	}
	return Result{}, fmt.Errorf("unknown operation %d", c.Op)
}

func (t *tx) update(e *entity, id string, c Change) (Result, error) {
	if id == "" {
		return refuse("MISSING_ARGUMENT", "Id not specified in an update call"), nil
	}
	old, refusal, err := t.existing(e, id)
	if err != nil || refusal != nil {
		return Result{Errors: refusal}, err
	}
	if old[atDeleted].Text == "true" {
		return refuse("ENTITY_IS_DELETED", "entity is deleted"), nil
	}
	return t.save(e, old, c)
}

// existing reads the row of an id, be it deleted or not.
func (t *tx) existing(e *entity, id string) (row, []RowError, error) {
	full, ok := ID18(id)
	if !ok || full[:3] != e.KeyPrefix {
		return nil, []RowError{{"MALFORMED_ID", fmt.Sprintf("%s ID: id value of incorrect type: %s", e.Label, id), []string{"Id"}}}, nil
	}
	old, err := t.row(e, full)
	if err == nil && old == nil {
		return nil, []RowError{{Status: "INVALID_CROSS_REFERENCE_KEY", Message: "invalid cross reference id"}}, nil
	}
	return old, nil, err
}

func (t *tx) upsert(e *entity, c Change) (Result, error) {
	at, ok := e.at(c.ExternalField)
	if !ok || !e.Fields[at].IDLookup {
		return refuse("INVALID_FIELD", fmt.Sprintf(
			"Field name provided, %s does not match an External ID, Salesforce Id, or indexed field for %s", c.ExternalField, e.Name), c.ExternalField), nil
	}
	if at == atID {
		if id := orElse(c.ID, valueOf(c, "Id").Text); id != "" {
			return t.update(e, id, c)
		}
		return t.save(e, nil, c)
	}
	if valueOf(c, "Id").Text != "" || c.ID != "" {
		return refuse("INVALID_FIELD_FOR_INSERT_UPDATE", "The Id field should not be specified in the sobject data.", "Id"), nil
	}
	f := e.Fields[at]
	value, bad := canonical(f, valueOf(c, f.Name))
	if bad != nil {
		return Result{Errors: []RowError{*bad}}, nil
	}
	if value.Null {
		return refuse("MISSING_ARGUMENT", f.Name+" not specified", f.Name), nil
	}
	ids, err := t.find(e, at, value.Text)
	if err != nil {
		return Result{}, err
	}
	switch len(ids) {
	case 0:
		return t.save(e, nil, c)
	case 1:
		return t.update(e, ids[0], c)
	}
	return refuse("DUPLICATE_EXTERNAL_ID", fmt.Sprintf("%s: more than one record found for external id field: %s", f.Name, ids), f.Name), nil
}

func refuse(status, message string, fields ...string) Result {
	return Result{Errors: []RowError{{status, message, fields}}}
}
