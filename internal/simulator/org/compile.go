package org

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"crosswalk/internal/simulator/soql"
)

// maxOffset is the greatest OFFSET that the platform takes.
const maxOffset = 2000

// How far a query may reach: levels of parents, and parents in all.
const (
	maxLevels  = 5
	maxParents = 55
)

// What SQLite takes at most: values of a statement, and bytes of a pattern.
const (
	maxValues  = 32_000
	maxPattern = 50_000
)

// binDays is how long deleted rows stay visible to queries of all rows.
const binDays = 15

// A plan is a query as SQL:
//
//	SELECT [id, selected fields, ids of parents] FROM object t0 LEFT JOIN parents … WHERE … ORDER BY … LIMIT …
type plan struct {
	object    *entity
	countOnly bool
	grouped   bool // the one record holds aggregates
	columns   []node
	header    []string
	fields    []Field // of header
	at        []int   // where the values of header stand in the row that SQLite gives
	children  []*plan // of subqueries; the first argument of each is the id of the parent

	list  []string // the SELECT list
	from  string   // FROM with its joins, and WHERE
	args  []any    // of from
	order string
	limit string
}

// A node is a column and where its value stands in the row that SQLite gives.
type node struct {
	Column
	at    int    // of Plain and Aggregate; of ParentRow that of its id; of ChildRows the position in plan.children
	nodes []node // of ParentRow
}

// A compiler makes the plan of one query.
type compiler struct {
	catalog *catalog
	query   *soql.Query
	now     time.Time
	all     bool
	object  *entity
	joins   []string
	sources map[string]source // by lower-case path
}

// A source is a table of the statement: the object itself, or a parent on some path.
type source struct {
	e     *entity
	alias string
}

// compile checks a query against the objects, and translates it.
func (c *catalog) compile(text string, all bool, now time.Time) (*plan, error) {
	q, err := soql.Parse(text)
	var malformed *soql.Error
	if errors.As(err, &malformed) {
		return nil, &Error{Code: "MALFORMED_QUERY", Message: malformed.Error()}
	}
	e, ok := c.entity(q.From)
	if !ok {
		return nil, &Error{Code: "INVALID_TYPE", Message: soql.Mark(text, q.Pos, unsupported(q.From))}
	}
	return newCompiler(c, e, q, all, now).plan(nil)
}

func newCompiler(c *catalog, e *entity, q *soql.Query, all bool, now time.Time) *compiler {
	return &compiler{catalog: c, query: q, now: now.UTC(), all: all, object: e, sources: map[string]source{"": {e, "t0"}}}
}

// refuse says what is wrong with the query at a place.
func (c *compiler) refuse(code string, pos int, format string, args ...any) error {
	return &Error{Code: code, Message: soql.Mark(c.query.Text, pos, fmt.Sprintf(format, args...))}
}

// plan compiles the query. Of a subquery, under is the field that leads to the parent.
func (c *compiler) plan(under *Field) (*plan, error) {
	p := &plan{object: c.object}
	if err := c.selected(p); err != nil {
		return nil, err
	}
	where, err := c.where(under)
	if err != nil {
		return nil, err
	}
	if err := c.ordered(p); err != nil {
		return nil, err
	}
	if err := c.limited(p); err != nil {
		return nil, err
	}
	if p.grouped {
		if err := c.aggregate(p, where); err != nil {
			return nil, err
		}
	}
	p.from = c.from() + " WHERE " + where.sql
	p.args = where.args
	values := len(p.args)
	if p.grouped { // each aggregate has them all
		values *= len(p.list)
	}
	if values > maxValues {
		return nil, c.refuse("MALFORMED_QUERY", 0, "the simulator compares with at most %d values", maxValues)
	}
	return p, nil
}

func (c *compiler) from() string {
	return " FROM " + quote(c.object.Name) + " t0" + strings.Join(c.joins, "")
}

// sql is the statement that gives the rows.
func (p *plan) sql() string {
	if p.grouped {
		return "SELECT " + strings.Join(p.list, ", ")
	}
	return "SELECT " + strings.Join(p.list, ", ") + p.from + p.order + p.limit
}

// sizeSQL is the statement that counts them.
func (p *plan) sizeSQL() string { return "SELECT COUNT(*) FROM (SELECT 1" + p.from + p.limit + ")" }

// ordered compiles ORDER BY. Nulls come first whichever way the others are sorted.
func (c *compiler) ordered(p *plan) error {
	var terms []string
	for _, o := range c.query.Order {
		s, f, err := c.resolve(o.Field)
		if err != nil {
			return err
		}
		if !f.Sortable {
			return c.refuse("MALFORMED_QUERY", o.Field.Pos, "field '%s' can not be sorted in a query call", f.Name)
		}
		term := comparable(f, c.value(s, f))
		if o.Desc {
			term += " DESC"
		}
		if o.NullsLast {
			term += " NULLS LAST"
		} else {
			term += " NULLS FIRST"
		}
		terms = append(terms, term)
	}
	if len(terms) > 0 {
		p.order = " ORDER BY " + strings.Join(terms, ", ")
	}
	return nil
}

func (c *compiler) limited(p *plan) error {
	q := c.query
	if q.Offset > maxOffset {
		return c.refuse("NUMBER_OUTSIDE_VALID_RANGE", q.Pos, "Maximum SOQL offset allowed is %d", maxOffset)
	}
	if q.Limit == soql.None && q.Offset == soql.None {
		return nil
	}
	p.limit = fmt.Sprintf(" LIMIT %d OFFSET %d", q.Limit, max(q.Offset, 0)) // a limit of -1 is none
	return nil
}

// resolve finds the field that a path leads to, and joins the parents on the way.
func (c *compiler) resolve(path soql.Field) (source, Field, error) {
	names := c.names(path)
	if len(names)-1 > maxLevels {
		return source{}, Field{}, c.refuse("MALFORMED_QUERY", path.Pos, "A query reaches at most %d levels of parents", maxLevels)
	}
	s := c.sources[""]
	for i, name := range names[:len(names)-1] {
		var ok bool
		if s, ok = c.join(s, strings.ToLower(strings.Join(names[:i+1], ".")), name); !ok {
			return s, Field{}, c.refuse("INVALID_FIELD", path.Pos, "Didn't understand relationship '%s' in field path. If you are attempting to use a "+
				"custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call "+
				"for the appropriate names.", name)
		}
	}
	if len(c.joins) > maxParents {
		return s, Field{}, c.refuse("MALFORMED_QUERY", path.Pos, "A query has at most %d relationships to parents", maxParents)
	}
	name := names[len(names)-1]
	at, ok := s.e.at(name)
	if !ok {
		return s, Field{}, c.refuse("INVALID_FIELD", path.Pos, "No such column '%s' on entity '%s'. If you are attempting to use a custom field, be sure to "+
			"append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.", name, s.e.Name)
	}
	return s, s.e.Fields[at], nil
}

// names are those of a path without the alias or the object in front of it.
func (c *compiler) names(path soql.Field) []string {
	first := path.Path[0]
	_, relation := c.object.relation(first)
	if len(path.Path) > 1 && (strings.EqualFold(first, c.query.Alias) || strings.EqualFold(first, c.object.Name) && !relation) {
		return path.Path[1:]
	}
	return path.Path
}

// join adds the parent of a relationship to the statement, if it is not there yet.
func (c *compiler) join(s source, path, name string) (source, bool) {
	if known, ok := c.sources[path]; ok {
		return known, true
	}
	at, ok := s.e.relation(name)
	if !ok {
		return s, false
	}
	f := s.e.Fields[at]
	parent := c.catalog.parent(f)
	if c.catalog.disabled[strings.ToLower(parent.Name)] {
		return s, false
	}
	joined := source{parent, fmt.Sprintf("t%d", len(c.sources))}
	c.joins = append(c.joins, fmt.Sprintf(" LEFT JOIN %s %s ON %s.Id = %s", quote(parent.Name), joined.alias, joined.alias, c.value(s, f)))
	c.sources[path] = joined
	return joined, true
}

// value is the SQL of a field: its column, or what computes it.
func (c *compiler) value(s source, f Field) string {
	if f.formula == "" {
		return s.alias + "." + quote(f.Name)
	}
	return "(" + strings.NewReplacer("{}", s.alias, "{today}", "'"+c.now.Format(time.DateOnly)+"'").Replace(f.formula) + ")"
}

// comparable is the form of a value in which SQLite compares it as the platform does.
func comparable(f Field, sql string) string {
	if f.isNumber() {
		return "orderly(CAST(" + sql + " AS TEXT))" // a count is an integer of SQLite
	}
	return keySQL(f, sql)
}
