package hubstore

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// followForm is a query in brackets of a table and of what its rows refer to.
var followForm = regexp.MustCompile(`(?is)^\(\s*SELECT\s+([a-z0-9_.,\s]+?)\s+FROM\s+([a-z0-9_]+)\s*\)$`)

// readable returns a table, or what a query in brackets makes of one:
//
//	(SELECT id, qty, entitlement_id.org_id.org_no FROM line_items)
//
// A path goes from a reference to the row that it points at, and is null where
// one of them is. Each row of the table is one row of the query.
func (s *source) readable(op, name string) (*table, error) {
	if !strings.HasPrefix(name, "(") {
		return s.table(op, name)
	}
	parts := followForm.FindStringSubmatch(name)
	if parts == nil {
		return nil, connectors.Errorf(connectors.Invalid, op, name, "want (SELECT column, reference.column FROM table): columns, and columns of rows that are referred to")
	}
	root, err := s.table(op, parts[2])
	if err != nil {
		return nil, err
	}
	f := &following{source: s, stops: map[string]stop{}, out: &table{
		model: root.model, from: root.from, exprs: []string{}, schema: &record.Schema{Table: name},
	}}
	for path := range strings.SplitSeq(parts[1], ",") {
		if err := f.add(op, root, strings.TrimSpace(path)); err != nil {
			return nil, err
		}
	}
	f.keepKey(root)
	return f.out, nil
}

// following makes the table of a query.
type following struct {
	source *source
	out    *table
	stops  map[string]stop // by the path that leads there
}

// stop is a row that a path leads to.
type stop struct {
	alias string // in the FROM clause; "" is the table of the query itself
	table *table
}

// expr names a column of the row in a statement.
func (s stop) expr(column int) string {
	if s.alias == "" {
		return s.table.sql(column)
	}
	return s.alias + "." + s.table.columns[column].Name
}

// add adds the column that a path leads to.
func (f *following) add(op string, root *table, path string) error {
	at, from := stop{table: root}, f.out.schema.Table
	names := strings.Split(path, ".")
	nullable := false
	for i, name := range names {
		c := at.table.schema.Index(name)
		if c < 0 || at.alias != "" && at.table.isLink(c) {
			return connectors.Errorf(connectors.Missing, op, from, "%s has no column %q; it has %s", at.table.model.Name, name, joined(at.table.schema.Names()))
		}
		column, field := at.table.columns[c], at.table.schema.Fields[c]
		nullable = nullable || field.Nullable
		if i < len(names)-1 {
			next, err := f.follow(at, c, strings.Join(names[:i+1], "."))
			if err != nil {
				return connectors.Errorf(connectors.Invalid, op, from, "%w", err)
			}
			at = next
			continue
		}
		if f.out.schema.Index(path) >= 0 {
			return connectors.Errorf(connectors.Invalid, op, from, "the query selects %s twice", path)
		}
		field.Name, field.Nullable = path, nullable
		f.out.schema.Fields = append(f.out.schema.Fields, field)
		f.out.columns = append(f.out.columns, column)
		f.out.exprs = append(f.out.exprs, at.expr(c))
	}
	return nil
}

// follow joins the table that a reference leads to, once for each path.
func (f *following) follow(at stop, reference int, path string) (stop, error) {
	if known, ok := f.stops[path]; ok {
		return known, nil
	}
	name, column := at.table.columns[reference].Target()
	if name == "" {
		return stop{}, fmt.Errorf("%s.%s refers to no table", at.table.model.Name, at.table.columns[reference].Name)
	}
	next := stop{fmt.Sprintf("f%d", len(f.stops)+1), f.source.tables[name]}
	f.stops[path] = next
	f.out.from += fmt.Sprintf(" LEFT JOIN %s %s ON %s.%s = %s", name, next.alias, next.alias, column, at.expr(reference))
	return next, nil
}

// keepKey makes the key of the table that of the query, if it selects it.
func (f *following) keepKey(root *table) {
	for _, name := range root.schema.KeyNames() {
		f.out.schema.Key = append(f.out.schema.Key, f.out.schema.Index(name))
	}
	if slices.Contains(f.out.schema.Key, -1) {
		f.out.schema.Key = nil
	}
	f.out.schema.Unique = f.out.schema.Key != nil
}
