package pipeline_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/record"
)

// Three tables that refer to each other: companies, their licenses, and the
// seats of a license.
func threeTables() []*record.Schema {
	return []*record.Schema{
		filled("companies", "name"),
		filled("licenses", "no", "company_id", "reseller_id", "line"),
		filled("seats", "license_id", "line"),
	}
}

const companies = `
mapping: companies
source: {system: crm, table: company}
target: companies
key: [id]
fields: {name: name}
rules:
  - {quarantine: "name == 'bad'", because: bad}
  - {exclude: "name == 'gone'", because: gone}
`

// licenses refer to companies; %s is what becomes of one without.
const licenses = `
mapping: licenses
source: {system: crm, table: license}
target: licenses
key: [id]
line: "'one'"
fields:
  no: id
  company_id: {ref: company, key: [company], when_missing: %s}
`

const seats = `
mapping: seats
source: {system: crm, table: seat}
target: seats
key: [id]
line: "'one'"
fields:
  license_id: {ref: license, key: [license]}
`

func sourceTables() []*record.Schema {
	return []*record.Schema{
		table("company", "id", "name"),
		table("license", "id", "company", "reseller"),
		table("seat", "id", "license"),
	}
}

func TestARowWhoseParentIsNotCarriedIsSetAsideAsItsMappingSays(t *testing.T) {
	for missing, outcome := range map[string]string{"quarantine": "quarantined", "exclude": "excluded", "archive": "archived", "reject": "rejected"} {
		t.Run(missing, func(t *testing.T) {
			w := newWorld(t, threeTables(), companies, fmt.Sprintf(licenses, missing), seats)
			crm := w.system("crm", sourceTables()...)
			load(t, crm, "company", row("c1", "Acme"), row("c2", "bad"), row("c3", "gone"))
			load(t, crm, "license", row("l1", "c1", nil), row("l2", "c2", nil), row("l3", "c3", nil), row("l4", "c4", nil), row("l5", nil, nil))
			load(t, crm, "seat", row("s1", "l1"), row("s2", "l2"), row("s3", "l3"), row("s4", "l4"), row("s5", "l5"))
			r := w.migrate()
			if diff := cmp.Diff([]string{"l1 c1", "l5 -"}, w.rows("licenses", "no", "company_id")); diff != "" {
				t.Errorf("licenses: %s", diff)
			}
			if diff := cmp.Diff([]string{"s1 l1", "s5 l5"}, w.rows("seats", "source_key", "license_id")); diff != "" {
				t.Errorf("seats of rows that are not carried must not be either: %s", diff)
			}
			want := []string{"companies c2 quarantined"}
			for _, l := range []string{"l2", "l3", "l4"} {
				if outcome != "excluded" {
					want = append(want, "licenses "+l+" "+outcome)
				}
			}
			want = append(want, "seats s2 quarantined", "seats s3 quarantined", "seats s4 quarantined")
			if diff := cmp.Diff(want, w.recorder.aside()); diff != "" {
				t.Errorf("set aside: %s", diff)
			}
			c := counted(t, r, "licenses")
			if got := map[string]int64{"quarantined": c.Quarantined, "excluded": c.Excluded, "archived": c.Archived, "rejected": c.Rejected}[outcome]; got != 3 {
				t.Errorf("%s: %d, want 3: %+v", outcome, got, c)
			}
			w.settled()
		})
	}
}

func TestAReferenceToARowThatIsNotCarriedIsLeftEmptyIfTheMappingSaysSo(t *testing.T) {
	w := newWorld(t, threeTables(), companies, fmt.Sprintf(licenses, "null"), seats)
	crm := w.system("crm", sourceTables()...)
	load(t, crm, "company", row("c1", "Acme"), row("c2", "bad"))
	load(t, crm, "license", row("l1", "c1", nil), row("l2", "c2", nil), row("l3", "none", nil))
	load(t, crm, "seat", row("s2", "l2"))
	w.migrate()
	if diff := cmp.Diff([]string{"l1 c1", "l2 -", "l3 -"}, w.rows("licenses", "no", "company_id")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"s2 l2"}, w.rows("seats", "source_key", "license_id")); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

func TestTheFirstMissingReferenceOfARowDecides(t *testing.T) {
	w := newWorld(t, threeTables(), companies, `
mapping: licenses
source: {system: crm, table: license}
target: licenses
key: [id]
line: "'one'"
fields:
  no: id
  company_id: {ref: company, key: [company], when_missing: null}
  reseller_id: {ref: company, key: [reseller], when_missing: archive}
`)
	crm := w.system("crm", sourceTables()...)
	load(t, crm, "company", row("c1", "Acme"))
	load(t, crm, "license", row("l1", "none", "c1"), row("l2", "c1", "none"), row("l3", "none", "none"))
	r := w.migrate()
	if diff := cmp.Diff([]string{"l1 - c1"}, w.rows("licenses", "no", "company_id", "reseller_id")); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "licenses"); c.Archived != 2 {
		t.Errorf("%+v", c)
	}
	w.settled()
}

func TestReferencesFindTheirMappingInATableFilledByTwo(t *testing.T) {
	w := newWorld(t, threeTables(), companies, `
mapping: partners
source: {system: erp, table: partner}
target: companies
key: [id]
fields: {name: name}
rules: [{quarantine: "name == 'bad'", because: bad}]
`, fmt.Sprintf(licenses, "quarantine")+"  reseller_id: {ref: erp/partner, key: [reseller]}\n")
	crm := w.system("crm", sourceTables()...)
	erp := w.system("erp", table("partner", "id", "name"))
	load(t, crm, "company", row("1", "Acme"), row("2", "bad"))
	load(t, erp, "partner", row("1", "bad"), row("2", "Bolt"))
	load(t, crm, "license", row("l1", "1", "2"), row("l2", "2", "2"), row("l3", "1", "1"))
	w.migrate()
	if diff := cmp.Diff([]string{"crm 1", "erp 2"}, w.rows("companies", "source", "source_key")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"l1 1 2"}, w.rows("licenses", "no", "company_id", "reseller_id")); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

func TestMoreParentsThanMemoryHoldsAreAllFound(t *testing.T) {
	const many = 66_000 // more than a spill.Set keeps in memory
	w := newWorld(t, threeTables(), companies, fmt.Sprintf(licenses, "quarantine"))
	w.job.TempDir = t.TempDir()
	crm := w.system("crm", table("company", "id", "name", "unique"), table("license", "id", "company", "reseller", "unique"))
	parents := make([]record.Row, many)
	for i := range parents {
		name := "Acme"
		if i%1000 == 7 {
			name = "bad"
		}
		parents[i] = row(fmt.Sprintf("c%06d", i), name)
	}
	load(t, crm, "company", parents...)
	var children []record.Row
	for i := 0; i < many; i += 9 {
		children = append(children, row(fmt.Sprintf("l%06d", i), fmt.Sprintf("c%06d", i), nil))
	}
	children = append(children, row("orphan", "c999999", nil))
	load(t, crm, "license", children...)
	bad := int64(1)
	for i := 0; i < many; i += 9 {
		if i%1000 == 7 {
			bad++
		}
	}
	c := counted(t, w.reconcile(), "licenses")
	if c.Quarantined != bad || c.Missing != int64(len(children))-bad {
		t.Errorf("%d orphans expected: %+v", bad, c)
	}
}
