package salesforce

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// queryForm is a query in brackets of plain and parent fields.
var queryForm = regexp.MustCompile(`(?is)^\(\s*SELECT\s+([A-Za-z0-9_.,\s]+?)\s+FROM\s+(([A-Za-z0-9_]+)\b.*?)\s*\)$`)

// queryTable makes the columns of a query in brackets: fields and fields of
// parents, no functions and no queries of children. It has no key.
func (o *Org) queryTable(ctx context.Context, op, name string) (*table, error) {
	parts := queryForm.FindStringSubmatch(name)
	if parts == nil {
		return nil, connectors.Errorf(connectors.Invalid, op, o.where(name), "want (SELECT field, Parent.Field FROM Object WHERE ...): plain fields and fields of parents alone")
	}
	t := &table{name: name, from: parts[2], key: -1, schema: &record.Schema{Table: name}}
	rest := strings.ToUpper(parts[2])
	t.restOnly = slices.ContainsFunc([]string{" OFFSET ", " ORDER ", " LIMIT "}, func(word string) bool {
		return strings.Contains(strings.Join(strings.Fields(rest), " "), word)
	})
	for path := range strings.SplitSeq(parts[1], ",") {
		c, f, err := o.follow(ctx, op, name, parts[3], strings.TrimSpace(path))
		if err != nil {
			return nil, err
		}
		if t.schema.Index(c.path) >= 0 {
			return nil, connectors.Errorf(connectors.Invalid, op, o.where(name), "the query selects %s twice", c.path)
		}
		t.add(c, f.Type, f.Nillable)
	}
	return t, nil
}

// follow finds the field that a path from an object leads to.
func (o *Org) follow(ctx context.Context, op, query, object, path string) (column, describedField, error) {
	d, err := o.describe(ctx, op, object)
	if err != nil {
		return column{}, describedField{}, err
	}
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		f, ok := d.field(first)
		typ, readable := typeOf(f)
		if !ok || !readable {
			return column{}, f, connectors.Errorf(connectors.Missing, op, o.where(query), "%s has no field %q that can be a column", d.Name, first)
		}
		return ownColumn(f, typ), f, nil
	}
	at := slices.IndexFunc(d.Fields, func(f describedField) bool {
		return f.RelationshipName != "" && strings.EqualFold(f.RelationshipName, first)
	})
	if at < 0 || len(d.Fields[at].ReferenceTo) != 1 {
		return column{}, describedField{}, connectors.Errorf(connectors.Missing, op, o.where(query), "%s has no parent %q of one kind", d.Name, first)
	}
	up := d.Fields[at]
	c, f, err := o.follow(ctx, op, query, up.ReferenceTo[0], rest)
	c.path = up.RelationshipName + "." + c.path
	f.Nillable = f.Nillable || up.Nillable
	return c, f, err
}
