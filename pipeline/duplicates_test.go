package pipeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/record"
)

func TestIdenticalRowsAreMergedAndDifferentOnesQuarantined(t *testing.T) {
	w := newWorld(t, threeTables(), companies, licensesQuarantined, seats)
	crm := w.system("crm", sourceTables()...)
	load(t, crm, "company", row("c1", "Acme"), row("c1", "Acme"), row("c1", "Acme"),
		row("c2", "Bolt"), row("c2", "Bold"), row("c2", "Bolt"), row("c3", "Cog"))
	load(t, crm, "license", row("l1", "c1", nil), row("l2", "c2", nil), row("l3", "c3", nil))
	load(t, crm, "seat", row("s1", "l1"), row("s2", "l2"))
	r := w.migrate()
	if diff := cmp.Diff([]string{"Acme", "Cog"}, w.rows("companies", "name")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"l1 c1", "l3 c3"}, w.rows("licenses", "no", "company_id")); diff != "" {
		t.Errorf("licenses of an ambiguous company: %s", diff)
	}
	if diff := cmp.Diff([]string{"s1"}, w.rows("seats", "source_key")); diff != "" {
		t.Error(diff)
	}
	c := counted(t, r, "companies")
	if c.Read != 7 || c.Merged != 2 || c.Quarantined != 3 || c.Missing != 2 {
		t.Errorf("%+v", c)
	}
	want := []string{"companies c2 quarantined", "companies c2 quarantined", "companies c2 quarantined", "licenses l2 quarantined", "seats s2 quarantined"}
	if diff := cmp.Diff(want, w.recorder.aside()); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

const licensesQuarantined = `
mapping: licenses
source: {system: crm, table: license}
target: licenses
key: [id]
line: "'one'"
fields:
  no: id
  company_id: {ref: company, key: [company]}
`

func TestOfDifferentRowsTheGreatestStaysIfTheMappingSaysSo(t *testing.T) {
	w := newWorld(t, threeTables(), `
mapping: companies
source: {system: crm, table: company}
target: companies
key: [id]
fields: {name: name}
duplicates: {keep: max, by: since}
`)
	crm := w.system("crm", table("company", "id", "name", "since int"))
	load(t, crm, "company",
		row("c1", "old", 1), row("c1", "new", 3), row("c1", "middle", 2),
		row("c2", "one", 5), row("c2", "two", 5), row("c2", "older", 4),
		row("c3", "same", 7), row("c3", "same", 7), row("c3", "older", nil))
	r := w.migrate()
	if diff := cmp.Diff([]string{"c1 new", "c3 same"}, w.rows("companies", "source_key", "name")); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "companies"); c.Merged != 4 || c.Quarantined != 3 || c.Missing != 2 {
		t.Errorf("%+v", c)
	}
	w.settled()
}

func TestARowThatBecomesAmbiguousIsNeitherChangedNorDeleted(t *testing.T) {
	w := newWorld(t, threeTables(), companies, licensesQuarantined)
	crm := w.system("crm", sourceTables()...)
	load(t, crm, "company", row("c1", "Acme"))
	load(t, crm, "license", row("l1", "c1", nil))
	w.migrate()
	load(t, crm, "company", row("c1", "Acme Inc."))
	r, s := w.plan()
	if len(s.changes) > 0 {
		t.Errorf("planned %v", s.changes)
	}
	c := counted(t, r, "companies")
	if c.Extra != 1 || c.Withheld != 1 || len(r.Withheld) != 2 {
		t.Errorf("%+v\n%+v", c, r.Withheld)
	}
}

func TestEachOfTwoMappingsOfATableHasItsOwnWayWithDuplicates(t *testing.T) {
	w := newWorld(t, threeTables(), companies, `
mapping: partners
source: {system: erp, table: partner}
target: companies
key: [id]
fields: {name: name}
duplicates: {keep: max, by: since}
`)
	crm := w.system("crm", table("company", "id", "name"))
	erp := w.system("erp", table("partner", "id", "name", "since int"))
	load(t, crm, "company", row("1", "A"), row("1", "B"), row("2", "C"), row("2", "C"))
	load(t, erp, "partner", row("1", "A", 1), row("1", "B", 2))
	r := w.migrate()
	if diff := cmp.Diff([]string{"crm 2 C", "erp 1 B"}, w.rows("companies", "source", "source_key", "name")); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "companies"); c.Quarantined != 2 || c.Merged != 1 {
		t.Errorf("%+v", c)
	}
	if c := counted(t, r, "partners"); c.Merged != 1 || c.Quarantined != 0 {
		t.Errorf("%+v", c)
	}
	w.settled()
}

func TestATargetThatHoldsAnIDTwiceIsAnError(t *testing.T) {
	loose := filled("companies", "name")
	loose.Unique = false
	w := newWorld(t, []*record.Schema{loose}, companies)
	load(t, w.system("crm", table("company", "id", "name")), "company", row("c1", "Acme"))
	w.migrate()
	load(t, w.target, "companies", scanAll(t, w.target, "companies")...)
	if _, err := w.flows().Reconcile(t.Context()); err == nil {
		t.Error("a row that stands twice in the target went unnoticed")
	}
}
