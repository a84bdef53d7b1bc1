package hubstore

import (
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

func execute(t *testing.T, s *Store, statement string) {
	t.Helper()
	if _, err := s.Hub().Writer().Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// xrefs lists the cross-reference: source, entity and key, then where it leads.
func xrefs(t *testing.T, s *Store) []record.Row {
	return readAll(t, s, connectors.Query{Table: "xref", Sorted: true})
}

func link(source, key string, n int, role string) record.Row {
	return values(source, "accounts", key, "organizations", id(n), role)
}

func TestLinks(t *testing.T) {
	onBoth(t, []storeTest{
		{"LinkIsWrittenWithItsRow", testLinkIsWrittenWithItsRow},
		{"LostOrWrongLinkIsADifferenceAndWritingMendsIt", testLostOrWrongLinkIsADifferenceAndWritingMendsIt},
		{"SourceRowOfAnotherRowIsNotTaken", testSourceRowOfAnotherRowIsNotTaken},
		{"LinkOfAMergedSourceRowBecomesPrimary", testLinkOfAMergedSourceRowBecomesPrimary},
		{"LinkIsTakenAway", testLinkIsTakenAway},
		{"LinkFollowsTheSource", testLinkFollowsTheSource},
		{"DeletedRowTakesAllItsLinksAlong", testDeletedRowTakesAllItsLinksAlong},
		{"ColumnsOfTheLinkCanBeLeftOut", testColumnsOfTheLinkCanBeLeftOut},
		{"SourceDoesNotMoveWithoutItsLink", testSourceDoesNotMoveWithoutItsLink},
		{"RejectedRowLeavesEveryLink", testRejectedRowLeavesEveryLink},
	})
}

func testLinkIsWrittenWithItsRow(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(2, "source_entity", nil, "source_key", nil)}, nil))
	wantRows(t, xrefs(t, s), link("legacy", "001", 1, "primary"))
}

func testLostOrWrongLinkIsADifferenceAndWritingMendsIt(t *testing.T, s *Store) {
	for name, damage := range map[string]string{
		"lost":         "DELETE FROM xref",
		"astray":       "UPDATE xref SET canonical_id = '" + id(77) + "'",
		"other key":    "UPDATE xref SET source_key = 'other'",
		"other source": "UPDATE xref SET source = 'other'",
		"other entity": "UPDATE xref SET entity = 'users'",
		"other role":   "UPDATE xref SET role = 'alternate'",
	} {
		t.Run(name, func(t *testing.T) {
			clean(t, s)
			write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
			execute(t, s, damage)
			damaged := readOrgs(t, s)
			if damaged[0][10] == org(1)[10] {
				t.Fatal("the damage does not show")
			}
			wantReasons(t, write(t, s, orgs(t, s, connectors.Update, []record.Row{org(1)}, damaged)), "applied")
			wantRows(t, readOrgs(t, s), org(1))
			wantRows(t, xrefs(t, s), link("legacy", "001", 1, "primary"))
		})
	}
}

func testSourceRowOfAnotherRowIsNotTaken(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(4)}, nil))
	rows := []record.Row{org(2), org(3, "source_key", "001"), org(5, "source_key", "006"), org(6), org(4, "source_key", "001", "name", "New")}
	c := orgs(t, s, connectors.Create, rows, []record.Row{nil, nil, nil, nil, org(4)})
	c.Ops[4] = connectors.Update
	taken := "rejected: its source_entity and source_key belong to another row already"
	answers := write(t, s, c)
	if answers[2].Outcome == answers[3].Outcome {
		t.Errorf("two rows with one source row: %v and %v", answers[2], answers[3])
	}
	if answers[0].Outcome != connectors.Applied || answers[1].Reason == "" || "rejected: "+answers[1].Reason != taken || "rejected: "+answers[4].Reason != taken {
		t.Errorf("answers: %v", answers)
	}
	wantRows(t, readAll(t, s, connectors.Query{Table: "organizations", Fields: orgFields, Match: []connectors.Match{{Field: "id", In: values(id(1), id(3), id(4))}}, Sorted: true}), org(1), org(4))
}

func testLinkOfAMergedSourceRowBecomesPrimary(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	create(t, s, "xref", link("legacy", "002", 1, "merged"))
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, []record.Row{org(2)}, nil)), "applied")
	wantRows(t, xrefs(t, s), link("legacy", "001", 1, "primary"), link("legacy", "002", 2, "primary"))
}

func testLinkIsTakenAway(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	bare := org(1, "source_entity", nil, "source_key", nil)
	wantReasons(t, write(t, s, orgs(t, s, connectors.Update, []record.Row{bare}, []record.Row{org(1)})), "applied")
	wantRows(t, readOrgs(t, s), bare)
	wantRows(t, xrefs(t, s))
}

func testLinkFollowsTheSource(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	moved := org(1, "source", "crm")
	wantReasons(t, write(t, s, orgs(t, s, connectors.Update, []record.Row{moved}, []record.Row{org(1)})), "applied")
	wantRows(t, readOrgs(t, s), moved)
	wantRows(t, xrefs(t, s), link("crm", "001", 1, "primary"))
}

func testDeletedRowTakesAllItsLinksAlong(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(2)}, nil))
	create(t, s, "xref", link("legacy", "009", 1, "merged"), link("legacy", "010", 1, "alternate"))
	wantReasons(t, write(t, s, orgs(t, s, connectors.Delete, []record.Row{org(1)}, []record.Row{org(1)})), "applied")
	wantRows(t, xrefs(t, s), link("legacy", "002", 2, "primary"))
}

func testColumnsOfTheLinkCanBeLeftOut(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	c := batch(t, s, "organizations", []string{"name", "id"}, connectors.Update, []record.Row{values("New", id(1))}, []record.Row{values("Name", id(1))})
	wantReasons(t, write(t, s, c), "applied")
	wantRows(t, readOrgs(t, s), org(1, "name", "New"))

	half := batch(t, s, "organizations", []string{"id", "source_key"}, connectors.Update, []record.Row{values(id(1), "x")}, nil)
	if _, err := s.Write(t.Context(), half); connectors.ClassOf(err) != connectors.Invalid {
		t.Errorf("half a link: %v", err)
	}
}

func testSourceDoesNotMoveWithoutItsLink(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	c := batch(t, s, "organizations", []string{"id", "name", "source"}, connectors.Update, []record.Row{values(id(1), "New", "crm")}, []record.Row{values(id(1), "Name", "legacy")})
	wantReasons(t, write(t, s, c), "rejected: source can only change together with source_entity and source_key")
	wantRows(t, readOrgs(t, s), org(1))
}

// Both rows want the source row of the first; a link astray belongs to the second.
func testRejectedRowLeavesEveryLink(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	create(t, s, "xref", link("legacy", "astray", 2, "primary"))
	before := xrefs(t, s)
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, []record.Row{org(2, "source_key", "001")}, nil)),
		"rejected: its source_entity and source_key belong to another row already")
	wantRows(t, xrefs(t, s), before...)
}
