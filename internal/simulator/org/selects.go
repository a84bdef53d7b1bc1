package org

import (
	"fmt"
	"strings"

	"crosswalk/internal/simulator/soql"
)

// maxFieldSet is the greatest LIMIT beside FIELDS(ALL) and FIELDS(CUSTOM).
const maxFieldSet = 200

// selected compiles the SELECT list.
func (c *compiler) selected(p *plan) error {
	items := c.query.Select
	if a, ok := items[0].(soql.Aggregate); ok && len(items) == 1 && len(a.Field.Path) == 0 {
		p.countOnly = true
		return nil
	}
	for _, item := range items {
		if _, ok := item.(soql.Aggregate); ok {
			p.grouped = true // aggregate compiles them, when WHERE is known
			return nil
		}
	}
	p.list = []string{"t0.Id"}
	for _, item := range items {
		switch item := item.(type) {
		case soql.Field:
			if err := c.selectField(p, item); err != nil {
				return err
			}
		case soql.FieldSet:
			if err := c.selectSet(p, item); err != nil {
				return err
			}
		case soql.Subquery:
			if err := c.selectChildren(p, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compiler) selectField(p *plan, path soql.Field) error {
	s, f, err := c.resolve(path)
	if err != nil {
		return err
	}
	nodes, names, from := &p.columns, []string{}, c.sources[""]
	given := c.names(path)
	for _, name := range given[:len(given)-1] {
		at, _ := from.e.relation(name) // resolve has found it
		relation := from.e.Fields[at].RelationshipName
		names = append(names, relation)
		from = c.sources[strings.ToLower(strings.Join(names, "."))]
		nodes = p.parentNode(nodes, relation, from)
	}
	header := strings.Join(append(names, f.Name), ".")
	for _, known := range p.header {
		if known == header {
			return c.refuse("MALFORMED_QUERY", path.Pos, "duplicate field selected: %s", header)
		}
	}
	p.show(header, f, len(p.list))
	*nodes = append(*nodes, node{Column: Column{Name: f.Name, Kind: Plain, Field: f}, at: len(p.list)})
	p.list = append(p.list, c.value(s, f))
	return nil
}

// show adds a value to those of Rows.Cells.
func (p *plan) show(header string, f Field, at int) {
	p.header, p.fields, p.at = append(p.header, header), append(p.fields, f), append(p.at, at)
}

// parentNode finds or adds the column of a parent, and returns the list of its columns.
func (p *plan) parentNode(nodes *[]node, relation string, s source) *[]node {
	for i := range *nodes {
		if n := &(*nodes)[i]; n.Kind == ParentRow && n.Name == relation {
			return &n.nodes
		}
	}
	*nodes = append(*nodes, node{Column: Column{Name: relation, Kind: ParentRow, Object: s.e.Name}, at: len(p.list)})
	p.list = append(p.list, s.alias+".Id")
	return &(*nodes)[len(*nodes)-1].nodes
}

func (c *compiler) selectSet(p *plan, set soql.FieldSet) error {
	if set.Set != "STANDARD" && (c.query.Limit == soql.None || c.query.Limit > maxFieldSet) {
		return c.refuse("MALFORMED_QUERY", set.Pos, "The SOQL FIELDS function must have a LIMIT of at most %d", maxFieldSet)
	}
	for _, f := range c.object.Fields {
		if set.Set == "CUSTOM" && !f.Custom || set.Set == "STANDARD" && f.Custom {
			continue
		}
		if err := c.selectField(p, soql.Field{Path: []string{f.Name}, Pos: set.Pos}); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) selectChildren(p *plan, sub soql.Subquery) error {
	for _, k := range c.object.children {
		f := k.field()
		if f.ChildName == "" || !strings.EqualFold(f.ChildName, sub.Query.From) || c.catalog.disabled[strings.ToLower(k.entity.Name)] {
			continue
		}
		inner, err := newCompiler(c.catalog, k.entity, sub.Query, c.all, c.now).plan(&f)
		if err != nil {
			return err
		}
		if inner.grouped || inner.countOnly || len(inner.columns) == 0 {
			return c.refuse("MALFORMED_QUERY", sub.Pos, "aggregates are not supported in a subquery")
		}
		column := Column{Name: f.ChildName, Kind: ChildRows, Object: k.entity.Name, Columns: columnsOf(inner.columns)}
		p.columns = append(p.columns, node{Column: column, at: len(p.children)})
		p.children = append(p.children, inner)
		return nil
	}
	return c.refuse("INVALID_TYPE", sub.Query.Pos, "Didn't understand relationship '%s' in FROM part of query call. If you are attempting to use a "+
		"custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the "+
		"appropriate names.", sub.Query.From)
}

// aggregate compiles a SELECT list of aggregates: each is a statement of its own, so
// that the least number is found without making it a float.
func (c *compiler) aggregate(p *plan, where clause) error {
	for i, item := range c.query.Select {
		a, ok := item.(soql.Aggregate)
		if !ok || len(a.Field.Path) == 0 {
			return c.ungrouped(item)
		}
		s, f, err := c.resolve(a.Field)
		if err != nil {
			return err
		}
		value := c.value(s, f)
		sql := "(SELECT COUNT(" + value + ")" + c.from() + " WHERE " + where.sql + ")"
		out := Field{Name: f.Name, Type: "int", Precision: 9}
		if a.Func != "COUNT" {
			if !f.Sortable || f.Type == "boolean" {
				return c.refuse("MALFORMED_QUERY", a.Pos, "field %s does not support aggregate operator %s", f.Name, a.Func)
			}
			direction := map[string]string{"MIN": "", "MAX": " DESC"}[a.Func]
			sql = "(SELECT " + value + c.from() + " WHERE " + where.sql + " AND " + value + " IS NOT NULL ORDER BY " + comparable(f, value) + direction + " LIMIT 1)"
			out = f
		}
		name := orElse(a.Alias, fmt.Sprintf("expr%d", i))
		p.columns = append(p.columns, node{Column: Column{Name: name, Kind: Aggregate, Field: out}, at: i})
		p.show(name, out, i)
		p.list = append(p.list, sql)
	}
	return nil
}

func (c *compiler) ungrouped(item soql.Item) error {
	switch item := item.(type) {
	case soql.Field:
		return c.refuse("MALFORMED_QUERY", item.Pos, "Field must be grouped or aggregated: %s", item)
	case soql.Aggregate:
		return c.refuse("MALFORMED_QUERY", item.Pos, "COUNT() must stand alone in a SELECT list")
	case soql.Subquery:
		return c.refuse("MALFORMED_QUERY", item.Pos, "a subquery cannot stand beside an aggregate")
	}
	return c.refuse("MALFORMED_QUERY", 0, "FIELDS cannot stand beside an aggregate")
}

func columnsOf(nodes []node) []Column {
	columns := make([]Column, len(nodes))
	for i, n := range nodes {
		columns[i] = n.Column
		if n.Kind == ParentRow {
			columns[i].Columns = columnsOf(n.nodes)
		}
	}
	return columns
}
