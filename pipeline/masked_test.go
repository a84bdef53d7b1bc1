package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"crosswalk/pipeline"
	"crosswalk/record"
)

const people = `
mapping: people
source: {system: crm, table: person}
target: people
key: [lower(email)]
let:
  wrong: year(date(born))
fields:
  email: {value: lower(email), mask: true}
  name: {value: name, mask: true}
  boss_id: {ref: person, key: [lower(boss)], mask: true}
  born: {value: date(born), mask: true}
  city: city
rules:
  - {exclude: "city == 'gone'", because: "gone is {name}"}
  - {archive: "city == 'old'", because: "old is {name}"}
  - {quarantine: "city == 'bad'", because: "bad is {name} of {email}"}
  - {reject: "city == 'worse'", because: "worse is {name}"}
`

// secret marks every value that must not be seen.
const secret = "hush"

func peopleWorld(t failer) (*world, func(...record.Row)) {
	w := newWorld(t, []*record.Schema{filled("people", "email", "name", "boss_id", "born date", "city")}, people)
	return w, func(rows ...record.Row) {
		load(t, w.system("crm", table("person", "no", "email", "name", "boss", "born", "city")), "person", rows...)
	}
}

func person(no int, born any, city string) record.Row {
	return row(fmt.Sprint(no), fmt.Sprint(secret, no, "@x"), secret+" name", nil, born, city)
}

// mustHide looks for secrets in everything that a run has told.
func (w *world) mustHide(r *pipeline.Result) {
	w.t.Helper()
	told := fmt.Sprintf("%+v %+v %+v", w.recorder.asides, w.recorder.findings, r)
	for _, d := range w.recorder.findings {
		for _, f := range d.Fields {
			for _, v := range []*string{f.Want, f.Have} {
				if v != nil {
					told += " " + *v
				}
			}
		}
	}
	if at := strings.Index(told, secret); at >= 0 {
		w.t.Fatalf("a masked value is told: ...%s...", told[max(0, at-100):min(len(told), at+100)])
	}
}

func TestMaskedValuesAreNeverRecorded(t *testing.T) {
	w, source := peopleWorld(t)
	source(person(1, "1970-01-01", "A"), person(2, "1970-01-01", "B"), person(3, "1970-01-01", "C"))
	w.mustHide(w.migrate())
	boss := row("9", secret+"9@x", secret, secret+"none@x", nil, "A") // whose boss is not carried
	source(
		person(2, secret+" date", "B"), // cannot be computed
		person(4, nil, "gone"), person(5, nil, "old"), person(6, nil, "bad"), person(7, nil, "worse"),
		person(8, nil, "twice"), row("8", secret+"8@x", secret+" other", nil, nil, "twice"),
		boss, row("10", nil, secret, nil, nil, "no key"), row("3", secret+"3@X", secret+" changed", nil, nil, "C"),
	)
	w.edit("people", secret+"1@x", "name", record.Text(secret+" by hand"))
	w.edit("people", secret+"1@x", "email", record.Null())
	r := w.reconcile()
	w.mustHide(r)
	if len(w.recorder.asides) != 8 || len(w.recorder.findings) != 3 {
		t.Errorf("not everything was recorded: %d set aside, %d found\n%+v\n%+v", len(w.recorder.asides), len(w.recorder.findings), w.recorder.asides, w.recorder.findings)
	}
	planned, _ := w.plan()
	w.mustHide(planned)
}

func TestUnreadableInputOfAMaskedTableIsNotShown(t *testing.T) {
	w, source := peopleWorld(t)
	source(person(1, nil, "A"))
	w.job.Systems["crm"] = rejecting{Source: w.job.Systems["crm"], table: "person"}
	w.mustHide(w.reconcile())
	if len(w.recorder.asides) != 1 || w.recorder.asides[0].Key != "file.csv:7" || strings.Contains(w.recorder.asides[0].Input, "line") {
		t.Errorf("%+v", w.recorder.asides)
	}
}

func TestAColumnThatOneMappingMasksIsHiddenInAll(t *testing.T) {
	for from, name := range map[string]string{"table: person": "person", "query: all people": "(all people)"} {
		w := newWorld(t, []*record.Schema{filled("people", "email", "name", "boss_id", "born date", "city"), filled("seats", "person_id", "city")}, people, `
mapping: seats
source: {system: crm, `+from+`}
target: seats
entity: seat
key: [name, no]
fields:
  person_id: {ref: person, key: [lower(email)]}
  city: city
rules:
  - {quarantine: "city == 'bad'", because: "bad is {name} of {email}"}
`)
		source := func(rows ...record.Row) {
			columns := []string{"no", "email", "name", "boss", "born", "city"}
			crm := w.system("crm", table("person", columns...), table("(all people)", columns...))
			load(t, crm, "person", rows...)
			if name != "person" {
				load(t, crm, name, rows...)
			}
		}
		source(person(1, nil, "A"), person(2, nil, "B"))
		w.mustHide(w.migrate())
		source(person(1, nil, "C"), person(3, nil, "bad"), row("4", nil, secret, nil, nil, "A"))
		w.mustHide(w.reconcile())
		if len(w.recorder.findings) != 5 || len(w.recorder.asides) != 3 {
			t.Errorf("%s: %+v\n%+v", from, w.recorder.findings, w.recorder.asides)
		}
	}
}

func TestARowWithoutAKeyShowsNone(t *testing.T) {
	w, source := peopleWorld(t)
	source(row("1", nil, "x", nil, nil, "A"))
	w.reconcile()
	if len(w.recorder.asides) != 1 || w.recorder.asides[0].Key != "" {
		t.Errorf("%+v", w.recorder.asides)
	}
}

func TestEqualMaskedValuesLookEqual(t *testing.T) {
	w, source := peopleWorld(t)
	source(person(1, nil, "bad"), row("2", "a@x", secret+" name", nil, nil, "bad"))
	w.reconcile()
	if len(w.recorder.asides) != 2 {
		t.Fatal(w.recorder.asides)
	}
	digest := record.Keyed(w.job.MaskKey, record.Text(secret+" name"))
	for _, a := range w.recorder.asides {
		if !strings.Contains(a.Input, digest) || !strings.Contains(a.Reason, digest) || !strings.Contains(a.Input, `"city":"bad"`) {
			t.Errorf("%+v", a)
		}
	}
}

func TestMasksWithoutAKeyAreRefused(t *testing.T) {
	w, source := peopleWorld(t)
	source()
	w.job.MaskKey = nil
	if _, err := pipeline.Compile(t.Context(), w.job); err == nil {
		t.Error("compiled")
	}
}
