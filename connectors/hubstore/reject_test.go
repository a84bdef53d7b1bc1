package hubstore

import (
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

var orgFields = []string{"id", "org_no", "name", "kind", "parent_id", "status", "merged_into", "created_on", "source", "source_entity", "source_key"}

// org makes an organization with these fields changed, by name.
func org(n int, changes ...any) record.Row {
	row := values(id(n), "O"+id(n)[33:], "Name", "customer", nil, "active", nil, nil, "legacy", "accounts", id(n)[33:])
	for i := 0; i < len(changes); i += 2 {
		for f, name := range orgFields {
			if name == changes[i] {
				row[f] = values(changes[i+1])[0]
			}
		}
	}
	return row
}

func orgs(t testing.TB, s *Store, op connectors.Op, rows, before []record.Row) *connectors.Changes {
	return batch(t, s, "organizations", orgFields, op, rows, before)
}

func readOrgs(t testing.TB, s *Store) []record.Row {
	return readAll(t, s, connectors.Query{Table: "organizations", Fields: orgFields, Sorted: true})
}

func TestRejects(t *testing.T) {
	onBoth(t, []storeTest{
		{"RowsThatBreakARuleAreRejectedAndTheOthersApplied", testRowsThatBreakARuleAreRejectedAndTheOthersApplied},
		{"ReasonsShowNoMaskedValue", testReasonsShowNoMaskedValue},
		{"UpdatesThatBreakARuleAreRejected", testUpdatesThatBreakARuleAreRejected},
		{"CreateWithoutANeededColumnIsRejected", testCreateWithoutANeededColumnIsRejected},
		{"KeyThatComesTwiceIsWrittenOnce", testKeyThatComesTwiceIsWrittenOnce},
		{"ManyFaultyRowsAmongSoundOnes", testManyFaultyRowsAmongSoundOnes},
	})
}

func testRowsThatBreakARuleAreRejectedAndTheOthersApplied(t *testing.T, s *Store) {
	cases := []struct {
		row  record.Row
		want string
	}{
		{org(1), "applied"},
		{org(2, "id", "00000000-0000-0000-0000-00000000000A"), `rejected: id "00000000-0000-0000-0000-00000000000A" is no UUID in lower case`},
		{org(3, "org_no", " O3"), `rejected: org_no " O3" must not be empty or have blanks at its ends`},
		{org(4, "name", nil), "rejected: name must not be null"},
		{org(5, "name", "a\x00b"), `rejected: name "a\x00b" holds a NUL character`},
		{org(6, "name", "a\xffb"), `rejected: name "a\xffb" is not UTF-8`},
		{org(7, "name", strings.Repeat("ä", 401)), `rejected: name "` + strings.Repeat("ä", 30) + `…" is no text(400)`},
		{org(8, "name", strings.Repeat("ä", 400)), "applied"},
		{org(9, "kind", "Customer"), `rejected: kind "Customer" is none of customer, distributor, reseller, affiliate, publisher, self_registered`},
		{org(10, "created_on", record.Date(9999, 12, 31)), `rejected: created_on "9999-12-31" lies outside 1901-01-01 to 2098-12-31; a day that stands for none must be null`},
		{org(11, "created_on", 5), `rejected: created_on "5" is no date`},
		{org(12, "created_on", "2024-02-29"), "applied"},
		{org(13, "name", record.Absent()), `rejected: name has no value at all`},
		{org(14, "source_entity", nil), "rejected: source_entity and source_key go together"},
		{org(15, "org_no", "O001"), "rejected: another row has the same source and org_no"},
		{org(16, "status", "merged"), "rejected: status is merged exactly if merged_into is set"},
		{org(17, "parent_id", id(17)), "rejected: parent_id must not be the row itself"},
		{org(18), "applied"},
	}
	var rows, want []record.Row
	var reasons []string
	for _, c := range cases {
		rows, reasons = append(rows, c.row), append(reasons, c.want)
		if c.want == "applied" {
			want = append(want, c.row)
		}
	}
	want[2][7] = record.Date(2024, 2, 29)
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, rows, nil)), reasons...)
	wantRows(t, readOrgs(t, s), want...)
}

func testReasonsShowNoMaskedValue(t *testing.T, s *Store) {
	c := orgs(t, s, connectors.Create, []record.Row{org(1, "kind", "secret"), org(2, "created_on", "secret"), org(3, "parent_id", id(99)), org(4)}, nil)
	for f := range c.Rows.Schema.Fields {
		c.Rows.Schema.Fields[f].Masked = true
	}
	for i, a := range write(t, s, c)[:3] {
		if a.Outcome != connectors.Rejected || strings.Contains(a.Reason, "secret") || strings.Contains(a.Reason, id(99)) {
			t.Errorf("row %d is %s: %s", i, a.Outcome, a.Reason)
		}
	}
}

func testUpdatesThatBreakARuleAreRejected(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(2), org(3)}, nil))
	answers := write(t, s, orgs(t, s, connectors.Update,
		[]record.Row{org(1, "name", "New"), org(2, "org_no", "O003"), org(3, "status", "merged")},
		[]record.Row{org(1), org(2), org(3)}))
	wantReasons(t, answers, "applied", "rejected: another row has the same source and org_no", "rejected: status is merged exactly if merged_into is set")
	wantRows(t, readOrgs(t, s), org(1, "name", "New"), org(2), org(3))
}

func testCreateWithoutANeededColumnIsRejected(t *testing.T, s *Store) {
	c := batch(t, s, "organizations", []string{"id", "name"}, connectors.Create, []record.Row{values(id(1), "One")}, nil)
	wantReasons(t, write(t, s, c), "rejected: org_no is missing")
}

func testKeyThatComesTwiceIsWrittenOnce(t *testing.T, s *Store) {
	rows := []record.Row{org(1), org(2), org(1), org(1, "name", "Other"), org(1)}
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, rows, nil)),
		"applied", "applied", "unchanged", "stale: a row with this key exists, with another name", "unchanged")
	wantRows(t, readOrgs(t, s), org(1), org(2))
}

func testManyFaultyRowsAmongSoundOnes(t *testing.T, s *Store) {
	var rows []record.Row
	var want []connectors.Outcome
	for n := range 900 {
		row, outcome := org(n), connectors.Applied
		if n%7 == 3 {
			row, outcome = org(n, "status", "merged"), connectors.Rejected
		}
		if n%7 == 5 {
			row, outcome = org(n, "parent_id", id(5000)), connectors.Rejected
		}
		rows, want = append(rows, row), append(want, outcome)
	}
	wantOutcomes(t, write(t, s, orgs(t, s, connectors.Create, rows, nil)), want...)
}
