package org

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// prepare makes the file ready: its own tables, the catalog, a table for each object,
// and the rows without which no org is.
func (t *tx) prepare(seed uint64) error {
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS _setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
		"CREATE TABLE IF NOT EXISTS _counter (name TEXT PRIMARY KEY, next TEXT NOT NULL)",
		"CREATE TABLE IF NOT EXISTS _definition (n INTEGER PRIMARY KEY, object TEXT NOT NULL, field TEXT NOT NULL)",
	} {
		if err := t.exec(statement); err != nil {
			return err
		}
	}
	if err := t.exec("INSERT OR IGNORE INTO _setting (name, value) VALUES ('seed', ?)", fmt.Sprint(seed)); err != nil {
		return err
	}
	saved, err := t.texts("SELECT value FROM _setting WHERE name = 'seed'")
	if err != nil {
		return err
	}
	if _, err := fmt.Sscan(saved[0], &seed); err != nil {
		return fmt.Errorf("the seed: %w", err)
	}
	t.pod, t.first = origin(seed)
	if err := t.redefine(); err != nil {
		return err
	}
	if err := t.makeTables(); err != nil {
		return err
	}
	return t.found()
}

// found creates the Organization, its user and its standard price book, or finds
// them where they are already.
func (t *tx) found() error {
	ids := map[string]string{}
	for _, name := range []string{"User", "Organization"} {
		found, err := t.texts("SELECT Id FROM " + quote(name) + " ORDER BY Id LIMIT 1")
		if err != nil {
			return err
		}
		ids[name] = slices.Concat(found, []string{""})[0]
	}
	t.user, t.org = ids["User"], ids["Organization"]
	if t.org != "" {
		return nil
	}
	t.loading = true
	t.user = makeID("005", t.pod, t.first) // the user creates herself
	for _, c := range []Change{
		{Object: "User", Values: map[string]Cell{"Username": Text("admin@example.com"), "FirstName": Text("Ada"), "LastName": Text("Admin"),
			"Email": Text("admin@example.com"), "Alias": Text("admin"), "UserType": Text("Standard")}},
		{Object: "Organization", Values: map[string]Cell{"Name": Text("Example Org"), "OrganizationType": Text("Enterprise Edition"),
			"InstanceName": Text("SIM1"), "IsSandbox": Text("true"), "LanguageLocaleKey": Text("en_US"), "DefaultLocaleSidKey": Text("en_US"),
			"TimeZoneSidKey": Text("UTC"), "FiscalYearStartMonth": Text("1")}},
		{Object: "Pricebook2", Values: map[string]Cell{"Name": Text("Standard Price Book"), "IsActive": Text("true"), "IsStandard": Text("true")}},
	} {
		c.Op = Insert
		result, err := t.apply(c)
		if err != nil {
			return err
		}
		if len(result.Errors) > 0 {
			return fmt.Errorf("create the %s: %s", c.Object, result.Errors[0].Message)
		}
		ids[c.Object] = result.ID
	}
	t.loading, t.org = false, ids["Organization"]
	return nil
}

// makeTables gives each object its table, each stored field its column, and each field
// that rows are looked for by its index.
func (t *tx) makeTables() error {
	for _, name := range slices.Sorted(maps.Keys(t.catalog.entities)) {
		if err := t.makeTable(t.catalog.entities[name]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) makeTable(e *entity) error {
	there, err := t.texts("SELECT name FROM pragma_table_info(?)", e.Name)
	if err != nil {
		return err
	}
	var columns []string
	for _, at := range e.stored {
		f := e.Fields[at]
		if slices.Contains(there, f.Name) {
			continue
		}
		column := quote(f.Name) + " TEXT"
		if f.Type == "boolean" {
			column += " NOT NULL DEFAULT '" + orElse(f.Default, "false") + "'"
		}
		columns = append(columns, column)
	}
	if len(there) == 0 {
		columns[atID] += " PRIMARY KEY NOT NULL"
		if err := t.exec("CREATE TABLE " + quote(e.Name) + " (" + strings.Join(columns, ", ") + ")"); err != nil {
			return err
		}
		columns = nil
	}
	for _, column := range columns {
		if err := t.exec("ALTER TABLE " + quote(e.Name) + " ADD COLUMN " + column); err != nil {
			return err
		}
	}
	if len(there) > 0 && len(columns) == 0 {
		return nil
	}
	return t.makeIndexes(e)
}

func (t *tx) makeIndexes(e *entity) error {
	index := func(name, on, where string) error {
		return t.exec("CREATE INDEX IF NOT EXISTS " + quote(e.Name+" by "+name) + " ON " + quote(e.Name) + " (" + on + ")" + where)
	}
	if err := index("change", "SystemModstamp, Id", ""); err != nil {
		return err
	}
	for at, f := range e.Fields {
		column := quote(f.Name)
		reference := f.Type == "reference" && f.formula == "" && f.ReferenceTo[0] != "User"
		if !reference && !slices.Contains(e.keys, at) {
			continue
		}
		if err := index(f.Name, keySQL(f, column), " WHERE "+column+" IS NOT NULL"); err != nil {
			return err
		}
	}
	return nil
}
