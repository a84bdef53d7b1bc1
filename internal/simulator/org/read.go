package org

import (
	"context"
	"fmt"
	"time"

	"crosswalk/internal/simulator/soql"
)

// Get reads fields of one row, by their names as the object has them; no fields are
// all. The error is an *Error with NOT_FOUND or ENTITY_IS_DELETED if there is no such row.
func (o *Org) Get(ctx context.Context, object, id string, fields []string) (map[string]Cell, error) {
	c := o.catalog.Load()
	e, err := c.require(object)
	if err != nil {
		return nil, err
	}
	full, ok := ID18(id)
	if !ok || full[:3] != e.KeyPrefix {
		return nil, &Error{Code: "NOT_FOUND", Message: "The requested resource does not exist"}
	}
	if len(fields) == 0 {
		for _, f := range e.Fields {
			fields = append(fields, f.Name)
		}
	}
	q := &soql.Query{From: e.Name, Limit: soql.None, Offset: soql.None, Where: soql.Condition{Field: plainField("Id"), Op: soql.Equal,
		Values: []soql.Literal{{Kind: soql.String, Text: full}}}}
	seen := map[string]bool{}
	for _, name := range append([]string{"Id", "IsDeleted"}, fields...) {
		f, err := e.field(name)
		if err != nil {
			return nil, err
		}
		if !seen[f.Name] {
			seen[f.Name] = true
			q.Select = append(q.Select, plainField(f.Name))
		}
	}
	return o.one(ctx, newCompiler(c, e, q, true, o.now()))
}

func plainField(name string) soql.Field { return soql.Field{Path: []string{name}} }

// one reads the only row of a query.
func (o *Org) one(ctx context.Context, c *compiler) (map[string]Cell, error) {
	p, err := c.plan(nil)
	if err != nil {
		return nil, err
	}
	rows, err := o.run(ctx, p)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next(ctx) {
		if rows.Err() != nil {
			return nil, rows.Err()
		}
		return nil, &Error{Code: "NOT_FOUND", Message: "The requested resource does not exist"}
	}
	found := map[string]Cell{}
	for i, cell := range rows.Cells() {
		found[rows.Header()[i]] = cell
	}
	if found["IsDeleted"].Text == "true" {
		return nil, &Error{Code: "ENTITY_IS_DELETED", Message: "entity is deleted"}
	}
	return found, nil
}

func (e *entity) field(name string) (Field, error) {
	at, ok := e.at(name)
	if !ok {
		return Field{}, &Error{Code: "INVALID_FIELD", Message: fmt.Sprintf("No such column '%s' on sobject of type %s", name, e.Name), Fields: []string{name}}
	}
	return e.Fields[at], nil
}

// FindExternal finds rows by the value of an external id: none, one or several.
func (o *Org) FindExternal(ctx context.Context, object, field, value string) ([]string, error) {
	e, err := o.catalog.Load().require(object)
	if err != nil {
		return nil, err
	}
	f, err := e.field(field)
	if err != nil {
		return nil, err
	}
	if !f.IDLookup {
		return nil, &Error{Code: "NOT_FOUND", Message: "Provided external ID field does not exist or is not accessible: " + field}
	}
	cell, bad := canonical(f, Text(value))
	if bad != nil || cell.Null {
		return nil, nil // no row can have it
	}
	return o.ids(ctx, findSQL(e, f), key(f, cell.Text))
}

// maxReplicated is how many ids Updated and Deleted give at most.
const maxReplicated = 600_000

// Updated lists the rows that were created or changed from one minute to another,
// both included; seconds are cut off. Rows of the recycle bin are not among them.
func (o *Org) Updated(ctx context.Context, object string, from, to time.Time) ([]string, error) {
	e, err := o.replicated(object, from, to)
	if err != nil {
		return nil, err
	}
	ids, err := o.ids(ctx, "SELECT Id FROM "+quote(e.Name)+" WHERE SystemModstamp >= ? AND SystemModstamp <= ? AND IsDeleted = 'false' "+
		"ORDER BY SystemModstamp, Id LIMIT ?", minute(from), minute(to), maxReplicated+1)
	return ids, bounded(len(ids), err)
}

// A Deletion is one row of the recycle bin.
type Deletion struct {
	ID   string
	Date time.Time
}

// Deleted lists the rows of the recycle bin that were deleted from one minute to
// another. What was removed for good is not among them.
func (o *Org) Deleted(ctx context.Context, object string, from, to time.Time) ([]Deletion, error) {
	e, err := o.replicated(object, from, to)
	if err != nil {
		return nil, err
	}
	lines, err := o.ids(ctx, "SELECT SystemModstamp || Id FROM "+quote(e.Name)+" WHERE SystemModstamp >= ? AND SystemModstamp <= ? AND IsDeleted = 'true' "+
		"ORDER BY SystemModstamp, Id LIMIT ?", minute(from), minute(to), maxReplicated+1)
	if err := bounded(len(lines), err); err != nil {
		return nil, err
	}
	var list []Deletion
	for _, line := range lines {
		date, err := time.Parse(instant, line[:len(instant)])
		if err != nil {
			return nil, err
		}
		list = append(list, Deletion{line[len(instant):], date})
	}
	return list, nil
}

func (o *Org) replicated(object string, from, to time.Time) (*entity, error) {
	e, err := o.catalog.Load().require(object)
	switch {
	case err != nil:
		return nil, err
	case !e.Replicateable:
		return nil, &Error{Code: "INVALID_TYPE", Message: fmt.Sprintf("object type '%s' is not replicateable", e.Name)}
	case minute(from) >= minute(to):
		return nil, &Error{Code: "INVALID_REPLICATION_DATE", Message: "startDate must be more than one minute before endDate"}
	}
	return e, nil
}

func bounded(n int, err error) error {
	if err == nil && n > maxReplicated {
		return &Error{Code: "EXCEEDED_ID_LIMIT", Message: fmt.Sprintf("more than %d ids: choose a shorter time", maxReplicated)}
	}
	return err
}

func minute(t time.Time) string { return t.UTC().Truncate(time.Minute).Format(instant) }

// ids is the first column of a result.
func (o *Org) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := o.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, rows.Err()
}
