package hubstore

import (
	"context"
	"maps"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/record"
)

// The columns that a row has from its primary xref.
const (
	linkEntity = "source_entity"
	linkKey    = "source_key"
)

// table is a table of the hub as it is read and written.
type table struct {
	model   hub.Table
	columns []hub.Column   // those of the model, and then those of the link
	schema  *record.Schema // with a field for each column
	linked  bool           // has the columns of the link
	from    string         // the FROM clause, with t for the table and x for its link
	exprs   []string       // of a query: what each column is there; see readable
}

func newTables(d dialect) map[string]*table {
	all := map[string]*table{}
	for _, m := range append(hub.Tables(), hub.Xref()) {
		t := &table{model: m, columns: m.All(), from: m.Name + " t"}
		if m.Key == nil {
			t.linked = true
			t.columns = append(t.columns, optional(hub.Xref(), linkEntity), optional(hub.Xref(), linkKey))
			t.from += " LEFT JOIN xref x ON x.canonical_id = t.id AND x.role = 'primary' AND x.source = t.source AND x.entity = '" + m.Name + "'"
		}
		t.schema = &record.Schema{Table: m.Name, Unique: true}
		for _, c := range t.columns {
			t.schema.Fields = append(t.schema.Fields, record.Field{Name: c.Name, Type: c.Type, Nullable: c.Null, Native: d.native(c)})
		}
		for _, name := range m.PrimaryKey() {
			t.schema.Key = append(t.schema.Key, t.schema.Index(name))
		}
		all[m.Name] = t
	}
	return all
}

func optional(t hub.Table, name string) hub.Column {
	c := t.Columns[slices.IndexFunc(t.Columns, func(c hub.Column) bool { return c.Name == name })]
	c.Null = true
	return c
}

// isLink reports whether a column stands in xref.
func (t *table) isLink(column int) bool { return t.linked && column >= len(t.columns)-2 }

// sql names a column in a statement with the table's FROM clause.
func (t *table) sql(column int) string {
	if t.exprs != nil {
		return t.exprs[column]
	}
	if t.isLink(column) {
		return "x." + t.columns[column].Name
	}
	return "t." + t.columns[column].Name
}

// selfReferences lists the columns that point at rows of the table itself.
func (t *table) selfReferences() []hub.Column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c hub.Column) bool { return c.Ref != t.model.Name })
}

// Tables names the tables of the model, and xref.
func (s *source) Tables(ctx context.Context) ([]string, error) {
	return s.names(), ctx.Err()
}

func (s *source) names() []string { return slices.Sorted(maps.Keys(s.tables)) }

// Describe returns the schema of one table, or of a query in brackets; see
// readable.
func (s *source) Describe(_ context.Context, name string) (*record.Schema, error) {
	t, err := s.readable("describe", name)
	if err != nil {
		return nil, err
	}
	return t.schema, nil
}

func (s *source) table(op, name string) (*table, error) {
	if t, ok := s.tables[name]; ok {
		return t, nil
	}
	return nil, connectors.Errorf(connectors.Missing, op, name, "the hub has no table %q; it has %s", name, strings.Join(s.names(), ", "))
}
