package pipeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/record"
)

// lined is a license as the target holds it, of some line and system.
func lined(id, line, source string) record.Row {
	return row(id, id, nil, nil, line, source, "license", id)
}

func licenseWorld(t failer) *world {
	w := newWorld(t, threeTables(), `
mapping: licenses
source: {system: crm, table: license}
target: licenses
key: [id]
line: line
fields: {no: id}
`)
	load(t, w.system("crm", table("license", "id", "line")), "license",
		row("l1", "one"), row("l2", "two"), row("l3", "one"), row("l4", nil))
	return w
}

func TestATableOfALineIsTouchedInThatLineOnly(t *testing.T) {
	w := licenseWorld(t)
	load(t, w.target, "licenses", lined("other", "two", "crm"), lined("gone", "one", "crm"), lined("none", "", "crm"))
	r := w.migrate()
	if diff := cmp.Diff([]string{"l1 one", "l3 one", "none ", "other two"}, w.rows("licenses", "source_key", "line")); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "licenses"); c.Excluded != 1 || c.Quarantined != 1 || c.Missing != 2 || c.Extra != 1 {
		t.Errorf("%+v", c)
	}
	w.settled()
}

func TestRowsOfASystemThatNoMappingReadsAreExtraUnderItsName(t *testing.T) {
	w := licenseWorld(t)
	w.migrate()
	load(t, w.target, "licenses", lined("a", "one", "sap"), lined("b", "one", "sap"), lined("c", "one", "erp"), lined("d", "two", "erp"), lined("e", "one", "crm"))
	r := w.reconcile()
	var got []string
	for _, c := range r.Counts {
		got = append(got, c.Mapping+"/"+c.Source+" "+record.Int(c.Extra).String())
	}
	if diff := cmp.Diff([]string{"licenses/crm 1", "/erp 1", "/sap 2"}, got); diff != "" {
		t.Error(diff)
	}
	if r.Findings != 4 || len(w.recorder.findings) != 4 {
		t.Errorf("%d findings: %v", r.Findings, w.recorder.findings)
	}
}

func TestASharedTableIsTouchedInTheRowsOfTheMappedSystemsOnly(t *testing.T) {
	w := newWorld(t, threeTables(), companies)
	load(t, w.system("crm", table("company", "id", "name")), "company", row("c1", "Acme"))
	load(t, w.target, "companies", row("x", "Sap", "sap", "org", "s1"), row("y", "Gone", "crm", "company", "c9"))
	r := w.migrate()
	if diff := cmp.Diff([]string{"crm c1", "sap s1"}, w.rows("companies", "source", "source_key")); diff != "" {
		t.Error(diff)
	}
	if len(r.Counts) != 1 || r.Counts[0].Extra != 1 {
		t.Errorf("%+v", r.Counts)
	}
	w.settled()
}
