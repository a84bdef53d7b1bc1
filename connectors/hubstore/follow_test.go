package hubstore

import (
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

func TestQueries(t *testing.T) {
	onBoth(t, []storeTest{
		{"PathLeadsToTheRowThatAReferencePointsAt", testPathLeadsToTheRowThatAReferencePointsAt},
		{"PathsThatLeadNowhereAreRefused", testPathsThatLeadNowhereAreRefused},
	})
}

func testPathLeadsToTheRowThatAReferencePointsAt(t *testing.T, s *Store) {
	rows := []record.Row{org(1), org(2, "parent_id", id(1), "name", "Middle"), org(3, "parent_id", id(2))}
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, rows, nil)), "applied", "applied", "applied")

	const query = "(SELECT org_no, source_key, parent_id.name, parent_id.parent_id.org_no, parent_id.parent_id.id, id\nFROM organizations)"
	have := readAll(t, s, connectors.Query{Table: query, Sorted: true})
	wantRows(t, have,
		values("O001", "001", nil, nil, nil, id(1)),
		values("O002", "002", "Name", nil, nil, id(2)),
		values("O003", "003", "Middle", "O001", id(1), id(3)))
	have = readAll(t, s, connectors.Query{Table: query, Fields: []string{"parent_id.name"},
		Match: []connectors.Match{{Field: "parent_id.parent_id.org_no", In: []record.Value{record.Text("O001")}}}})
	wantRows(t, have, values("Middle"))

	schema, err := s.Describe(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if key := schema.KeyNames(); len(key) != 1 || key[0] != "id" || !schema.Unique {
		t.Errorf("the key is %v, unique %v", key, schema.Unique)
	}
	if at := schema.Index("parent_id.name"); !schema.Fields[at].Nullable {
		t.Error("what is behind a reference that may be null is said not to be null")
	}
}

func testPathsThatLeadNowhereAreRefused(t *testing.T, s *Store) {
	for query, want := range map[string]string{
		"(SELECT nonsense FROM organizations)":                "no column \"nonsense\"",
		"(SELECT name.id FROM organizations)":                 "organizations.name refers to no table",
		"(SELECT parent_id.source_key FROM organizations)":    "no column \"source_key\"",
		"(SELECT id, id FROM organizations)":                  "selects id twice",
		"(SELECT id FROM nowhere)":                            "no table \"nowhere\"",
		"(SELECT id FROM organizations WHERE 1 = 1)":          "want (SELECT",
		"(SELECT id FROM organizations); DELETE FROM users;(": "want (SELECT",
		"(SELECT count(*) FROM organizations)":                "want (SELECT",
	} {
		if _, err := s.Describe(t.Context(), query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := s.Read(t.Context(), connectors.Query{Table: "(SELECT name FROM organizations)", Sorted: true}); err == nil {
		t.Error("a query without a key is sorted by nothing")
	}
}
