package sqldb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"crosswalk/connectors"
	"crosswalk/record"
)

// table is a table or query that is ready to be read.
type table struct {
	from    string // what stands after FROM
	schema  *record.Schema
	columns []column // one for each field
}

// cache remembers tables, so that each Read need not ask the catalog.
type cache struct {
	mu    sync.Mutex
	known map[string]*table
}

func (c *cache) get(name string) *table {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[name]
}

func (c *cache) put(name string, t *table) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]*table{}
	}
	c.known[name] = t
}

// table returns a table that was described before, or describes it.
func (v *view) table(ctx context.Context, name string) (*table, error) {
	if t := v.cache.get(name); t != nil {
		return t, nil
	}
	return v.describe(ctx, name)
}

func (v *view) describe(ctx context.Context, name string) (*table, error) {
	var t *table
	var err error
	if strings.HasPrefix(name, "(") {
		t, err = v.describeQuery(ctx, name)
	} else {
		t, err = v.describeTable(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	v.cache.put(name, t)
	return t, nil
}

// objects lists the tables and views that are to be seen.
func (v *view) objects(ctx context.Context) ([]object, error) {
	objects, err := v.dialect.list(ctx, v.db, v.config.Schema)
	if err != nil {
		return nil, v.fail("list the tables of", "", err)
	}
	for i, o := range objects {
		objects[i].label = o.Schema + "." + o.Name
		if o.Home {
			objects[i].label = o.Name
		}
	}
	return slices.DeleteFunc(objects, func(o object) bool { return !v.config.shows(o.label) }), nil
}

func (v *view) describeTable(ctx context.Context, name string) (*table, error) {
	objects, err := v.objects(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(objects, func(o object) bool { return o.label == name })
	if at < 0 {
		return nil, connectors.Errorf(connectors.Missing, "describe", v.where(name), "there is no such table; %s", known(objects))
	}
	o := objects[at]
	natives, err := v.dialect.columns(ctx, v.db, o)
	if err != nil {
		return nil, v.fail("describe", name, err)
	}
	if len(natives) == 0 {
		return nil, connectors.Errorf(connectors.Missing, "describe", v.where(name), "it has no columns that this user may see")
	}
	from := v.dialect.quote(o.Name)
	if o.Schema != "" {
		from = v.dialect.quote(o.Schema) + "." + from
	}
	return v.newTable(name, from, natives), nil
}

// known names the tables in an error, as many as fit.
func known(objects []object) string {
	const most = 30
	if len(objects) == 0 {
		return "there are none at all"
	}
	var names []string
	for _, o := range objects {
		names = append(names, o.label)
	}
	slices.Sort(names)
	if rest := len(names) - most; rest > 0 {
		return fmt.Sprintf("there are %s and %d more", strings.Join(names[:most], ", "), rest)
	}
	return "there are " + strings.Join(names, ", ")
}

// describeQuery asks the server for the columns of a query without its rows.
func (v *view) describeQuery(ctx context.Context, query string) (*table, error) {
	if v.dialect.batches && !oneQuery(query) {
		return nil, connectors.Errorf(connectors.Invalid, "describe", v.where(query), "a query is one SELECT in brackets: (SELECT …)")
	}
	loan, err := v.lender.lend(ctx)
	if err != nil {
		return nil, v.fail("describe", query, err)
	}
	natives, err := v.queryColumns(ctx, loan, query)
	loan.back(err != nil)
	if err != nil {
		return nil, v.fail("describe", query, err)
	}
	seen := map[string]bool{}
	for _, n := range natives {
		if n.Name == "" || seen[n.Name] {
			return nil, connectors.Errorf(connectors.Invalid, "describe", v.where(query), "two columns are called %q; give each a name of its own with AS", n.Name)
		}
		seen[n.Name] = true
	}
	return v.newTable(query, query, natives), nil
}

// queryColumns prepares the statement, because a prepared text is a single
// statement: the query cannot smuggle in a second one.
func (v *view) queryColumns(ctx context.Context, l *loan, query string) ([]native, error) {
	stmt, err := l.conn.PreparexContext(ctx, "SELECT * FROM "+query+" t WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	rows, err := stmt.QueryxContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	natives := make([]native, len(types))
	for i, t := range types {
		natives[i] = v.dialect.queried(t)
		natives[i].Name = t.Name()
		natives[i].Nullable = true
	}
	return natives, rows.Err()
}

func (v *view) newTable(name, from string, natives []native) *table {
	t := &table{from: from, schema: &record.Schema{Table: name}}
	for i, n := range natives {
		c := v.dialect.column(n)
		t.columns = append(t.columns, c)
		t.schema.Fields = append(t.schema.Fields, record.Field{Name: n.Name, Type: c.kind, Nullable: n.Nullable, Native: n.Native})
		if n.Key.Valid {
			t.schema.Key = append(t.schema.Key, i)
			t.schema.Unique = n.Unique
		}
	}
	slices.SortFunc(t.schema.Key, func(a, b int) int { return cmp.Compare(natives[a].Key.Int64, natives[b].Key.Int64) })
	return t
}

// oneQuery reports whether text is a single pair of brackets with all that
// it holds, reading quotes and comments as standard SQL does.
func oneQuery(text string) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return strings.TrimSpace(text[i+1:]) == ""
			}
		case c == ';':
			return false
		case c == '\'' || c == '"' || c == '`' || c == '[' || strings.HasPrefix(text[i:], "--") || strings.HasPrefix(text[i:], "/*"):
			n := quoted(text[i:])
			if n == 0 {
				return false
			}
			i += n - 1
		}
	}
	return false
}

// quoted returns the length of the quotation or comment at the start of text,
// 0 if it does not end. A doubled quote reads as two quotations in a row,
// which comes to the same.
func quoted(text string) int {
	start, end := 1, text[:1]
	switch {
	case text[0] == '[':
		end = "]"
	case text[0] == '-':
		start, end = 2, "\n"
	case text[0] == '/':
		start, end = 2, "*/"
	}
	at := strings.Index(text[start:], end)
	if at < 0 {
		return 0
	}
	return start + at + len(end)
}
