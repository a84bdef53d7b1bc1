package pipeline_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/mapping"
	"crosswalk/pipeline"
	"crosswalk/record"
)

// Contacts come from two systems: only one of them knows the phone, and only
// the other a note and when someone logged in last.
const contacts = `
mapping: contacts
source: {system: crm, table: contact}
target: contacts
key: [id]
fields: {name: name, phone: phone}
`

const logins = `
mapping: logins
source: {system: erp, table: login}
target: contacts
key: [id]
fields:
  name: name
  phone: {value: phone, compare: false}
  last_login: {value: last, compare: false}
  note: note
`

func contactWorld(t failer, mappings ...string) *world {
	w := newWorld(t, []*record.Schema{filled("contacts", "name", "phone", "last_login", "note", "remark")}, mappings...)
	load(t, w.system("crm", table("contact", "id", "name", "phone")), "contact", row("a", "Ann", "1"), row("b", "Bob", nil))
	load(t, w.system("erp", table("login", "id", "name", "phone", "last", "note")), "login", row("x", "Xi", "2", "mon", "n"), row("y", "Yo", nil, nil, nil))
	return w
}

func (w *world) contacts() []string {
	return w.rows("contacts", "name", "phone", "last_login", "note", "remark")
}

func TestTwoMappingsFillDifferentColumnsOfOneTable(t *testing.T) {
	w := contactWorld(t, contacts, logins)
	w.migrate()
	if diff := cmp.Diff([]string{"Ann 1 - - -", "Bob - - - -", "Xi 2 mon n -", "Yo - - - -"}, w.contacts()); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

func TestColumnsThatAMappingDoesNotFillStayAsTheyAre(t *testing.T) {
	w := contactWorld(t, contacts, logins)
	w.migrate()
	w.edit("contacts", "a", "note", record.Text("kept"))
	w.edit("contacts", "a", "last_login", record.Text("kept"))
	w.edit("contacts", "x", "remark", record.Text("kept"))
	w.settled()
	w.edit("contacts", "a", "name", record.Text("Anna"))
	if w.reconcile(); len(w.recorder.findings) != 1 || len(w.recorder.findings[0].Fields) != 1 || w.recorder.findings[0].Fields[0].Name != "name" {
		t.Errorf("only the name differs: %+v", w.recorder.findings)
	}
	w.migrate()
	if diff := cmp.Diff([]string{"Ann 1 kept kept -", "Bob - - - -", "Xi 2 mon n kept", "Yo - - - -"}, w.contacts()); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

func TestAColumnIsComparedAsTheMappingOfTheRowSays(t *testing.T) {
	w := contactWorld(t, contacts, logins)
	w.migrate()
	w.edit("contacts", "a", "phone", record.Text("9"))
	w.edit("contacts", "x", "phone", record.Text("9"))
	w.edit("contacts", "y", "last_login", record.Text("tue"))
	r := w.reconcile()
	if diff := cmp.Diff([]string{"contacts changed a"}, w.recorder.found()); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "logins"); c.Unchanged != 2 || c.Changed != 0 || r.Findings != 1 {
		t.Errorf("%+v, %d findings", c, r.Findings)
	}
	w.edit("contacts", "x", "note", record.Text("other"))
	w.migrate()
	if diff := cmp.Diff([]string{"Ann 1 - - -", "Bob - - - -", "Xi 2 mon n -", "Yo - tue - -"}, w.contacts()); diff != "" {
		t.Errorf("what is not compared is written with the rest of its row: %s", diff)
	}
	w.settled()
}

func TestRowsEqualByADeclaredRuleAreCounted(t *testing.T) {
	trimmed := strings.Replace(contacts, "name: name,", "name: {value: name, compare: {trim: true}},", 1)
	w := contactWorld(t, trimmed, strings.Replace(logins, "name: name", "name: {value: name, compare: {trim: true}}", 1))
	w.migrate()
	w.edit("contacts", "a", "name", record.Text("Ann "))
	w.edit("contacts", "x", "name", record.Text(" Xi"))
	w.edit("contacts", "x", "phone", record.Text("9")) // not compared
	w.edit("contacts", "b", "name", record.Text("Bob "))
	w.edit("contacts", "b", "phone", record.Text("7"))
	r := w.reconcile()
	if diff := cmp.Diff([]string{"contacts changed b"}, w.recorder.found()); diff != "" {
		t.Error(diff)
	}
	if len(r.Soft) != 1 || r.Soft[0].Column != "name" || r.Soft[0].Rows != 2 {
		t.Errorf("%+v", r.Soft)
	}
}

func TestMappingsThatCompareAColumnByDifferentRulesAreRefused(t *testing.T) {
	w := contactWorld(t, strings.Replace(contacts, "name: name,", "name: {value: name, compare: {trim: true}},", 1), logins)
	_, err := pipeline.Compile(t.Context(), w.job)
	if err == nil || !strings.Contains(err.Error(), "contacts and logins fill contacts.name") {
		t.Errorf("got %v", err)
	}
}

func TestATargetTableNeedsTheColumnsByWhichItsRowsAreKnown(t *testing.T) {
	for name, target := range map[string]*record.Schema{
		"another key":   table("contacts", "no!", "id text!", "name", "phone", "source", "source_key", "unique"),
		"no source":     table("contacts", "id text!", "name", "phone", "source_key", "unique"),
		"no source key": table("contacts", "id text!", "name", "phone", "source", "unique"),
	} {
		w := newWorld(t, []*record.Schema{target}, contacts)
		w.system("crm", table("contact", "id", "name", "phone"))
		if _, err := pipeline.Compile(t.Context(), w.job); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
}

func TestColumnsThatAreCarriedButNotComparedAreNamed(t *testing.T) {
	w := contactWorld(t, contacts, logins)
	want := []string{"logins: phone is carried, not compared", "logins: last_login is carried, not compared"}
	if diff := cmp.Diff(want, w.reconcile().NotChecked); diff != "" {
		t.Error(diff)
	}
	planned, _ := w.plan()
	if diff := cmp.Diff(want, planned.NotChecked); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesOfAllMappingsAreToldAtOnce(t *testing.T) {
	w := contactWorld(t, strings.Replace(contacts, "phone: phone", "phone: fax", 1), strings.Replace(logins, "note: note", "note: remarks", 1))
	_, err := pipeline.Compile(t.Context(), w.job)
	if err == nil || !strings.Contains(err.Error(), "fax") || !strings.Contains(err.Error(), "remarks") {
		t.Errorf("got %v", err)
	}
}

func TestFingerprintAndScopeTellJobsApart(t *testing.T) {
	first := contactWorld(t, contacts, logins)
	other := contactWorld(t, contacts, strings.Replace(logins, "note: note", "note: trim(note)", 1))
	if first.flows().Fingerprint() == other.flows().Fingerprint() {
		t.Error("another mapping has the same fingerprint")
	}
	if first.flows().Scope() != other.flows().Scope() {
		t.Error("the scope depends on how columns are computed")
	}
	other.job.Line = "two"
	if first.flows().Scope() == other.flows().Scope() {
		t.Error("two lines have one scope")
	}
	other.job.Mappings = []*mapping.File{other.job.Mappings[0]}
	if diff := cmp.Diff([]string{"contacts"}, other.flows().Tables()); diff != "" {
		t.Error(diff)
	}
}
