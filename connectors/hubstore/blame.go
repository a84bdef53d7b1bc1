package hubstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lib/pq"

	"crosswalk/hub"
)

// rowFaults says what is wrong with which row.
type rowFaults map[int]string

func (f rowFaults) Error() string { return fmt.Sprintf("%d rows are at fault", len(f)) }

// blame finds the rows at fault when a statement was refused. PostgreSQL
// names one broken rule and none of the rows, but the rows stand in the stage
// and can be asked. Where that cannot be done it returns no faults.
func (w *pgWriter) blame(ctx context.Context, rows []int, err error) (rowFaults, error) {
	var refused *pq.Error
	errors.As(err, &refused)
	if len(rows) == 1 {
		return rowFaults{rows[0]: w.whyOne(refused, rows[0])}, nil
	}
	if refused.Table != w.table.model.Name {
		return nil, nil
	}
	rule := strings.TrimPrefix(refused.Constraint, w.table.model.Name+"_")
	switch refused.Code {
	case "23503":
		return w.orphans(ctx, rows)
	case "23505":
		return w.twins(ctx, rows, rule)
	case "23514":
		return w.breakers(ctx, rows, rule)
	}
	return nil, nil
}

// whyOne explains the fault of a single row.
func (w *pgWriter) whyOne(refused *pq.Error, i int) string {
	for f, at := range w.columns {
		c := w.table.columns[at]
		if refused.Table == w.table.model.Name && refused.Constraint == w.table.model.Name+"_"+c.Name+"_fkey" {
			return w.say(f, w.rows[i][f], pointsNowhere(c))
		}
	}
	return w.table.whyPostgres(refused)
}

// orphans are the rows that point at rows of other tables that are not there.
func (w *pgWriter) orphans(ctx context.Context, rows []int) (rowFaults, error) {
	faults := rowFaults{}
	for f, at := range w.columns {
		c := w.table.columns[at]
		table, column := c.Target()
		if table == "" || table == w.table.model.Name {
			continue
		}
		err := w.ask(ctx, rows, fmt.Sprintf("s.%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s p WHERE p.%s = s.%[1]s)", c.Name, table, column),
			func(i int) { faults[i] = w.say(f, w.rows[i][f], pointsNowhere(c)) })
		if err != nil {
			return nil, err
		}
	}
	return faults, nil
}

// twins are the rows whose natural key another row has already: in the table,
// or among those before them, save where the row itself has had it.
func (w *pgWriter) twins(ctx context.Context, rows []int, rule string) (rowFaults, error) {
	at := slices.IndexFunc(w.table.model.Unique, func(u []string) bool { return rule == strings.Join(u, "_")+"_key" })
	if at < 0 || !w.has(w.table.model.Unique[at]) {
		return nil, nil
	}
	key := w.table.model.Unique[at]
	var theirs, earlier []string
	for _, name := range key {
		theirs = append(theirs, w.comparable("t", name)+" = "+w.comparable("s", name))
		earlier = append(earlier, w.comparable("e", name)+" = "+w.comparable("s", name))
	}
	faults := rowFaults{}
	err := w.ask(ctx, rows, fmt.Sprintf(`(EXISTS (SELECT 1 FROM %[1]s t WHERE %[2]s AND t.id <> s.id)
		OR EXISTS (SELECT 1 FROM %[3]s e WHERE %[4]s AND e.n < s.n AND e.n = ANY($1::int[]))
		AND NOT EXISTS (SELECT 1 FROM %[1]s t WHERE %[2]s AND t.id = s.id))`, w.table.model.Name, and(theirs), stageName, and(earlier)),
		func(i int) { faults[i] = anotherHas(key) })
	return faults, err
}

// comparable is a column in which a null equals a null.
func (w *pgWriter) comparable(alias, name string) string {
	if w.table.columns[w.table.schema.Index(name)].Null {
		return "coalesce(" + alias + "." + name + ", '')"
	}
	return alias + "." + name
}

// breakers are the rows that break a rule between their columns.
func (w *pgWriter) breakers(ctx context.Context, rows []int, rule string) (rowFaults, error) {
	at := slices.IndexFunc(w.table.model.Checks, func(c hub.Check) bool { return rule == c.Name+"_check" })
	if at < 0 {
		return nil, nil
	}
	check := w.table.model.Checks[at]
	var names []string
	for _, word := range words.FindAllString(check.SQL, -1) {
		if w.table.schema.Index(word) >= 0 {
			names = append(names, word)
		}
	}
	if !w.has(names) {
		return nil, nil
	}
	faults := rowFaults{}
	err := w.ask(ctx, rows, "NOT ("+check.SQL+")", func(i int) { faults[i] = check.Says })
	return faults, err
}

var words = regexp.MustCompile(`\w+`)

// has reports whether the rows hold all of these columns.
func (w *pgWriter) has(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return w.schema.Index(name) < 0 })
}

// ask visits those of the rows, staged as s, for which a condition holds.
func (w *pgWriter) ask(ctx context.Context, rows []int, condition string, visit func(i int)) error {
	if len(rows) == 0 {
		return nil
	}
	return w.each(ctx, func(values []driver.Value) error {
		visit(int(values[0].(int64)))
		return nil
	}, "SELECT s.n FROM "+stageName+" s WHERE s.n = ANY($1::int[]) AND "+condition, list(rows))
}
