package pipeline_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/pipeline"
	"crosswalk/record"
)

// anyWorld is a world of three tables over rows that are as bad as rows can
// be: without a key, twice, of other lines, with values that do not fit, and
// with parents that are missing, go in circles or come later.
type anyWorld struct {
	*world
	companies, licenses, seats []record.Row
}

// The rules of the companies, and what becomes of a license without one, are
// drawn; seats do not mind.
const (
	anyCompanies = `
mapping: companies
source: {system: crm, table: company}
target: companies
key: [id]
fields:
  name: name
  parent_id: {ref: company, key: [parent], when_missing: %s}
rules: [{%s: "name == 'bad'", because: bad}, {%s: "name == 'gone'", because: gone}]
duplicates: %s
`
	anyLicenses = `
mapping: licenses
source: {system: crm, table: license}
target: licenses
key: [id]
line: line
fields:
  qty: int(qty)
  company_id: {ref: company, key: [company], when_missing: %s}
`
	anySeats = `
mapping: seats
source: {system: crm, table: seat}
target: seats
key: [license, id]
line: "'one'"
fields: {license_id: {ref: license, key: [license], when_missing: null}}
`
)

func drawWorld(t *rapid.T) *anyWorld {
	outcomes := rapid.SampledFrom([]string{"quarantine", "exclude", "archive", "reject"})
	missing := rapid.SampledFrom([]string{"quarantine", "exclude", "archive", "reject", "null"})
	w := &anyWorld{world: newWorld(t,
		[]*record.Schema{filled("companies", "name!", "parent_id"), filled("licenses", "qty int", "company_id", "line"), filled("seats", "license_id", "line")},
		fmt.Sprintf(anyCompanies, missing.Draw(t, "no parent"), outcomes.Draw(t, "bad"), outcomes.Draw(t, "gone"),
			rapid.SampledFrom([]string{"quarantine", "{keep: max, by: since}"}).Draw(t, "duplicates")),
		fmt.Sprintf(anyLicenses, missing.Draw(t, "no company")), anySeats)}
	w.chunk = 100 // holds a whole circle of companies
	w.job.Readers = rapid.IntRange(0, 3).Draw(t, "readers")
	w.job.Target = &guarded{DB: w.target, refs: map[string]map[string]string{
		"companies": {"parent_id": "companies"}, "licenses": {"company_id": "companies"}, "seats": {"license_id": "licenses"}}}
	w.draw(t)
	return w
}

// draw makes new source rows.
func (w *anyWorld) draw(t *rapid.T) {
	of := func(values ...any) *rapid.Generator[any] { return rapid.SampledFrom(values) }
	company, license := of("c1", "c2", "c3", "c4", "c5", nil), of("l1", "l2", "l3", "l4", nil)
	rows := func(name string, columns ...*rapid.Generator[any]) []record.Row {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record.Row {
			var values []any
			for i, c := range columns {
				values = append(values, c.Draw(t, fmt.Sprint("column", i)))
			}
			return row(values...)
		}), 0, 12).Draw(t, name)
	}
	w.companies = rows("companies", company, of("Acme", "Acme", "Bolt", "bad", "gone", nil), company, of(1, 2, nil))
	w.licenses = rows("licenses", license, of("one", "one", "two", nil), of("1", "2", "many"), company)
	w.seats = rows("seats", of("s1", "s2", "s3", ""), license)
	crm := w.system("crm", table("company", "id", "name", "parent", "since int"), table("license", "id", "line", "qty", "company"), table("seat", "id", "license"))
	load(t, crm, "company", w.companies...)
	load(t, crm, "license", w.licenses...)
	load(t, crm, "seat", w.seats...)
}

// mustAccount insists that all rows were read, and that each is in a count and
// in a reason if it is not carried.
func (w *anyWorld) mustAccount(r *pipeline.Result) {
	w.t.Helper()
	w.mustAdd(r)
	read := map[string]int64{"companies": int64(len(w.companies)), "licenses": int64(len(w.licenses)), "seats": int64(len(w.seats))}
	for _, c := range r.Counts {
		if c.Mapping == "" {
			continue
		}
		if c.Read != read[c.Mapping] {
			w.t.Fatalf("%d rows of %s, %d were read", read[c.Mapping], c.Mapping, c.Read)
		}
		told, recorded := int64(0), int64(0)
		for _, reason := range r.Reasons {
			if reason.Mapping == c.Mapping {
				told += reason.Rows
			}
		}
		for _, a := range w.recorder.asides {
			if a.Mapping == c.Mapping {
				recorded++
			}
		}
		if aside := c.Archived + c.Excluded + c.Quarantined + c.Rejected; told != aside || recorded != aside-c.Excluded {
			w.t.Fatalf("%s: %d rows set aside, %d with a reason, %d recorded, %d of them excluded", c.Mapping, aside, told, recorded, c.Excluded)
		}
	}
}

// mustSettle insists that all that is left to differ is what must not be
// deleted.
func (w *anyWorld) mustSettle() {
	w.t.Helper()
	r, s := w.plan()
	w.mustAccount(r)
	withheld := int64(0)
	for _, h := range r.Withheld {
		withheld += h.Rows
	}
	if len(s.changes) > 0 || r.Findings != withheld {
		w.t.Fatalf("%d findings and %d withheld remain; planned %v", r.Findings, withheld, s.changes)
	}
}

// fewer lets a property whose cases are whole runs be tried less often, unless
// -rapid.checks says how often.
func fewer(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() != checks.DefValue {
		return
	}
	if err := checks.Value.Set("30"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
}

func TestEveryRowEndsInExactlyOneCountWhateverItIs(t *testing.T) {
	fewer(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.mustAccount(w.migrate())
		w.mustSettle()

		// Another day: other rows in the source, and the target was edited.
		w.draw(t)
		for _, key := range w.rows("companies", "source_key") {
			if rapid.Bool().Draw(t, "edit "+key) {
				w.edit("companies", key, "name", record.Text("by hand"))
			}
		}
		before := w.reconcile()
		w.mustAccount(before)
		planned := w.migrate()
		w.mustAccount(planned)
		if diff := cmp.Diff(before.Counts, planned.Counts); diff != "" {
			t.Fatalf("reconcile and plan disagree: %s", diff)
		}
		w.mustSettle()
	})
}

func TestTheRowsCarriedAreThoseWhoseParentsAreCarried(t *testing.T) {
	fewer(t)
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
		var rows []record.Row
		for range rapid.IntRange(0, 10).Draw(t, "rows") {
			r := row(key.Draw(t, "id"), rapid.SampledFrom([]string{"A", "A", "B", "bad"}).Draw(t, "name"), nil)
			if rapid.IntRange(0, 3).Draw(t, "has a parent") > 0 {
				r[2] = record.Text(key.Draw(t, "parent"))
			}
			rows = append(rows, r)
		}
		w := groupWorld(t, "quarantine", rows...)
		w.migrate()
		w.settled()
		carried := map[string]string{}
		for _, r := range w.rows("groups", "source_key", "name", "parent_id") {
			carried[r[:1]] = r
		}
		for _, r := range rows {
			mustStandOrFall(t, r, rows, carried)
		}
	})
}

// mustStandOrFall insists that a row is carried unless there is a reason: a
// rule, a parent that is not carried or might not be, or another row of the
// same key that says otherwise.
func mustStandOrFall(t failer, r record.Row, all []record.Row, carried map[string]string) {
	key, parent := r[0].AsText(), r[2].AsText()
	rivals := func(key string) bool {
		said := map[string]bool{}
		for _, other := range all {
			if other[0].AsText() == key && other[1].AsText() != "bad" {
				said[show(other, nil)] = true
			}
		}
		return len(said) > 1
	}
	bad := r[1].AsText() == "bad" || parent != "" && carried[parent] == ""
	if shown := show(r, nil); bad && carried[key] == shown {
		t.Fatalf("%q is carried: %q", shown, carried)
	} else if !bad && carried[key] != shown && !rivals(key) && !rivals(parent) {
		t.Fatalf("%q is not carried: %q", shown, carried)
	}
}
