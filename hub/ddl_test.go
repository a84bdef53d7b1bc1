package hub

import (
	"fmt"
	"slices"
	"strings"

	"crosswalk/record"
)

// ddl writes the statements that make the model's tables from nothing. The
// migrations must end in the same schema.
func ddl(d Dialect) string {
	var b strings.Builder
	for _, t := range append(Tables(), Xref(), Notes()) {
		writeTable(&b, d, t)
		writeIndexes(&b, d, t)
	}
	return b.String()
}

func writeTable(b *strings.Builder, d Dialect, t Table) {
	var parts []string
	for _, c := range t.All() {
		parts = append(parts, columnDDL(d, t, c))
	}
	parts = append(parts, "PRIMARY KEY ("+strings.Join(t.PrimaryKey(), ", ")+")")
	for _, u := range t.Unique {
		if !hasNull(t, u) {
			parts = append(parts, "UNIQUE ("+strings.Join(u, ", ")+")")
		} else if d == Postgres {
			parts = append(parts, "UNIQUE NULLS NOT DISTINCT ("+strings.Join(u, ", ")+")")
		}
	}
	for _, c := range t.Checks {
		parts = append(parts, fmt.Sprintf("CONSTRAINT %s_%s_check CHECK (%s)", t.Name, c.Name, c.SQL))
	}
	fmt.Fprintf(b, "\nCREATE TABLE %s (\n    %s\n)", t.Name, strings.Join(parts, ",\n    "))
	if d == SQLite {
		b.WriteString(" STRICT")
		if t.Key != nil {
			b.WriteString(", WITHOUT ROWID")
		}
	}
	b.WriteString(";\n")
}

func writeIndexes(b *strings.Builder, d Dialect, t Table) {
	for _, u := range t.Unique {
		if hasNull(t, u) && d == SQLite {
			var parts []string
			for _, name := range u {
				if column(t, name).Null {
					name = "ifnull(" + name + ", '')"
				}
				parts = append(parts, name)
			}
			fmt.Fprintf(b, "CREATE UNIQUE INDEX %s_%s_key ON %s (%s);\n", t.Name, strings.Join(u, "_"), t.Name, strings.Join(parts, ", "))
		}
	}
	for _, c := range t.All() {
		led := slices.ContainsFunc(t.Unique, func(u []string) bool { return u[0] == c.Name })
		if !c.Index || led {
			continue
		}
		fmt.Fprintf(b, "CREATE INDEX %s_%s_idx ON %s (%s)", t.Name, c.Name, t.Name, c.Name)
		if c.Null {
			fmt.Fprintf(b, " WHERE %s IS NOT NULL", c.Name)
		}
		b.WriteString(";\n")
	}
	for _, i := range t.Indexes {
		unique := ""
		if i.Unique {
			unique = "UNIQUE "
		}
		fmt.Fprintf(b, "CREATE %sINDEX %s ON %s (%s) WHERE %s;\n", unique, i.Name, t.Name, i.Column, i.Where)
	}
}

func columnDDL(d Dialect, t Table, c Column) string {
	s := c.Name + " " + nativeDDL(d, c)
	if !c.Null {
		s += " NOT NULL"
	}
	if checks := columnChecks(d, c); len(checks) > 0 {
		s += fmt.Sprintf(" CONSTRAINT %s_%s_check CHECK (%s)", t.Name, c.Name, strings.Join(checks, " AND "))
	}
	if table, column := c.Target(); table != "" {
		s += fmt.Sprintf(" REFERENCES %s (%s)", table, column)
		if table == t.Name {
			s += " DEFERRABLE INITIALLY DEFERRED"
		}
	}
	return s
}

func nativeDDL(d Dialect, c Column) string {
	if d == SQLite {
		switch c.Type.Kind {
		case record.KindInt, record.KindBool:
			return "INTEGER"
		case record.KindBytes:
			return "BLOB"
		}
		return "TEXT"
	}
	switch {
	case c.UUID:
		return "uuid"
	case c.Type.Kind == record.KindText && c.Type.Size > 0:
		return fmt.Sprintf(`varchar(%d) COLLATE "C"`, c.Type.Size)
	case c.Type.Kind == record.KindText:
		return `text COLLATE "C"`
	}
	return map[record.Kind]string{
		record.KindInt: "bigint", record.KindBool: "boolean", record.KindDate: "date", record.KindInstant: "timestamptz", record.KindBytes: "bytea",
	}[c.Type.Kind]
}

// columnChecks keeps sentinel dates out everywhere, and in SQLite, which has
// few types, everything that is no value of the column's type.
func columnChecks(d Dialect, c Column) []string {
	var all []string
	add := func(when bool, format string) {
		if when {
			all = append(all, strings.ReplaceAll(format, "$", c.Name))
		}
	}
	lite, kind := d == SQLite, c.Type.Kind
	add(lite && c.UUID, "length($) = 36")
	add(lite && kind == record.KindText && c.Type.Size > 0 && !c.UUID && c.In == nil, fmt.Sprintf("length($) <= %d", c.Type.Size))
	add(c.Trim, "$ = trim($) AND $ <> ''")
	add(c.In != nil, "$ IN ('"+strings.Join(c.In, "', '")+"')")
	add(lite && kind == record.KindBool, "$ IN (0, 1)")
	add(lite && kind == record.KindDate, "date($) = $")
	add(kind == record.KindDate, "$ BETWEEN '1901-01-01' AND '2098-12-31'")
	add(lite && kind == record.KindInstant, "$ GLOB '????-??-??T??:??:??.??????Z' AND $ BETWEEN '1901-01-01T' AND '2099'")
	add(!lite && kind == record.KindInstant, "$ >= '1901-01-01 00:00:00Z' AND $ < '2099-01-01 00:00:00Z'")
	return all
}

func hasNull(t Table, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return column(t, name).Null })
}

func column(t Table, name string) Column {
	all := t.All()
	return all[slices.IndexFunc(all, func(c Column) bool { return c.Name == name })]
}
