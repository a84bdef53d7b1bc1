package bulk

import (
	"fmt"
	"strings"

	"crosswalk/internal/simulator/org"
)

// null is how an upload says that a field is to be emptied. An empty value
// says nothing: the field stays as it is.
const null = "#N/A"

// A column is what the values under one header mean.
type column struct {
	id           bool      // the id of the row
	field        org.Field // the field, or the reference that a parent is for
	relationship string    // of a parent by external id: Account in Account.Key__c
	parent       org.Parent
}

// columns make changes of rows.
type columns struct {
	op         org.Op
	object     string
	externalID string
	columns    []column
}

// newColumns understands a header. An error is what the job fails with.
func newColumns(o *org.Org, object *org.Object, b *job, header []string) (*columns, error) {
	c := &columns{op: operations[b.operation], object: object.Name, externalID: b.externalID}
	seen := map[string]bool{}
	for _, name := range header {
		col, ok := newColumn(o, object, name)
		if !ok {
			return nil, fmt.Errorf("Field name not found : %s", name)
		}
		if seen[strings.ToLower(name)] {
			return nil, fmt.Errorf("Field name stands twice : %s", name)
		}
		seen[strings.ToLower(name)] = true
		if !col.id && (c.op == org.Delete || c.op == org.HardDelete) {
			return nil, fmt.Errorf("Only the column Id is allowed to %s : %s", b.operation, name)
		}
		c.columns = append(c.columns, col)
	}
	if needed := c.needed(); needed != "" && !c.has(needed) {
		return nil, fmt.Errorf("Field name not found : %s", needed)
	}
	return c, nil
}

// needed is the column without which no row can be found.
func (c *columns) needed() string {
	switch c.op {
	case org.Insert:
		return ""
	case org.Upsert:
		return c.externalID
	}
	return "Id"
}

func (c *columns) has(field string) bool {
	for _, col := range c.columns {
		if col.relationship == "" && col.field.Name == field {
			return true
		}
	}
	return false
}

func newColumn(o *org.Org, object *org.Object, name string) (column, bool) {
	if strings.EqualFold(name, "Id") {
		return column{id: true, field: org.Field{Name: "Id"}}, true
	}
	relationship, of, isParent := strings.Cut(name, ".")
	if !isParent {
		f, ok := fieldNamed(object, name)
		return column{field: f}, ok
	}
	// Type:Owner.Email says which of several objects the parent is of.
	target := ""
	if left, right, ok := strings.Cut(relationship, ":"); ok {
		target, relationship = left, right
	}
	for _, f := range object.Fields {
		if f.RelationshipName == "" || !strings.EqualFold(f.RelationshipName, relationship) {
			continue
		}
		if target == "" && len(f.ReferenceTo) == 1 {
			target = f.ReferenceTo[0]
		}
		parent, ok := o.Object(target)
		if !ok {
			return column{}, false
		}
		key, ok := fieldNamed(parent, of)
		return column{field: f, relationship: f.RelationshipName, parent: org.Parent{Object: parent.Name, Field: key.Name}}, ok
	}
	return column{}, false
}

func fieldNamed(object *org.Object, name string) (org.Field, bool) {
	for _, f := range object.Fields {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return org.Field{}, false
}

func (c *columns) count() int { return len(c.columns) }

// change makes the change of one row.
func (c *columns) change(values []string) org.Change {
	change := org.Change{Object: c.object, Op: c.op, ExternalField: c.externalID}
	if c.op != org.Delete && c.op != org.HardDelete {
		change.Values = make(map[string]org.Cell, len(values))
	}
	for i, col := range c.columns {
		text := values[i]
		switch {
		case text == "":
		case col.id:
			change.ID = text
		case text == null:
			change.Values[col.field.Name] = org.Cell{Null: true}
		case col.relationship != "":
			if change.Parents == nil {
				change.Parents = make(map[string]org.Parent, 1)
			}
			parent := col.parent
			parent.Value = text
			change.Parents[col.relationship] = parent
		default:
			change.Values[col.field.Name] = org.Text(canonical(col.field.Type, text))
		}
	}
	return change
}

// canonical turns the other way to write a boolean to the usual one.
func canonical(fieldType, text string) string {
	if fieldType != "boolean" {
		return text
	}
	switch text {
	case "1":
		return "true"
	case "0":
		return "false"
	}
	return strings.ToLower(text)
}

// lockedID names a parent of a row as far as its values tell it.
func (c *columns) lockedID(values []string) string {
	for i, col := range c.columns {
		if col.field.Type == "reference" && col.relationship == "" && values[i] != "" {
			return values[i]
		}
	}
	return ""
}
