package hubstore

import (
	"slices"
	"strings"

	"github.com/lib/pq"

	"crosswalk/hub"
)

// A database names the constraint that a row breaks. People need the rule.

func pointsNowhere(c hub.Column) string {
	table, _ := c.Target()
	return "points at no row of " + table
}

func stillPointedAt(table, column string) string {
	return "rows of " + table + " still point at it with " + column
}

// whySQLite explains a message such as "UNIQUE constraint failed: t.a, t.b".
func (t *table) whySQLite(message string) string {
	_, what, _ := strings.Cut(message, " constraint failed: ")
	what, _, _ = strings.Cut(what, " (") // the driver adds the code
	switch {
	case strings.Contains(message, "UNIQUE"):
		names := strings.Split(strings.TrimSuffix(strings.TrimPrefix(what, "index '"), "'"), ", ")
		if len(names) == 1 && !strings.Contains(names[0], ".") {
			return t.whyConstraint(names[0])
		}
		for i := range names {
			names[i] = strings.TrimPrefix(names[i], t.model.Name+".")
		}
		return anotherHas(names)
	case strings.Contains(message, "CHECK"):
		return t.whyConstraint(what)
	case strings.Contains(message, "NOT NULL"):
		return strings.TrimPrefix(what, t.model.Name+".") + " is missing"
	}
	return "it breaks the rule " + what
}

func (t *table) whyPostgres(err *pq.Error) string {
	switch err.Code {
	case "23502":
		return err.Column + " is missing"
	case "23503":
		if err.Table != t.model.Name || strings.Contains(err.Message, "update or delete") {
			return "rows of " + err.Table + " still point at it"
		}
	}
	if err.Constraint == "" {
		return "a value does not fit its column (" + string(err.Code) + ")" // the message may show the value
	}
	return t.whyConstraint(err.Constraint)
}

// whyConstraint explains a constraint by its name, which the model gives it.
func (t *table) whyConstraint(name string) string {
	rule := strings.TrimPrefix(name, t.model.Name+"_")
	for _, u := range append(slices.Clone(t.model.Unique), t.model.PrimaryKey()) {
		if rule == strings.Join(u, "_")+"_key" {
			return anotherHas(u)
		}
	}
	for _, c := range t.model.Checks {
		if rule == c.Name+"_check" {
			return c.Says
		}
	}
	for _, c := range t.columns {
		switch rule {
		case c.Name + "_fkey":
			return c.Name + " " + pointsNowhere(c)
		case c.Name + "_check":
			return c.Name + " has a value that is not allowed"
		}
	}
	if rule == "pkey" {
		return anotherHas(t.model.PrimaryKey())
	}
	return "it breaks the rule " + name
}

func anotherHas(names []string) string {
	return "another row has the same " + strings.Join(names, " and ")
}
