package hubstore

import (
	"slices"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

func TestReferences(t *testing.T) {
	onBoth(t, []storeTest{
		{"RowMayComeBeforeTheOneItPointsAt", testRowMayComeBeforeTheOneItPointsAt},
		{"RowsThatLeanOnARejectedRowAreRejected", testRowsThatLeanOnARejectedRowAreRejected},
		{"ReferenceToAMissingRowIsRejected", testReferenceToAMissingRowIsRejected},
		{"RowThatOthersPointAtIsNotDeleted", testRowThatOthersPointAtIsNotDeleted},
		{"ParentMayBeDeletedAndReplacedInOneWrite", testParentMayBeDeletedAndReplacedInOneWrite},
		{"NaturalKeyMayPassFromARowToANewOne", testNaturalKeyMayPassFromARowToANewOne},
		{"WritersAtOnceAgree", testWritersAtOnceAgree},
	})
}

func testRowMayComeBeforeTheOneItPointsAt(t *testing.T, s *Store) {
	rows := []record.Row{org(1, "parent_id", id(2)), org(2, "parent_id", id(3)), org(3)}
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, rows, nil)), "applied", "applied", "applied")
}

func testRowsThatLeanOnARejectedRowAreRejected(t *testing.T, s *Store) {
	rows := []record.Row{
		org(1, "parent_id", id(2)), org(2, "parent_id", id(3)), org(3, "status", "merged"), org(4),
		org(5, "parent_id", id(9)), org(6, "parent_id", id(4)),
	}
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, rows, nil)),
		`rejected: parent_id "`+id(2)+`" points at no row of organizations`,
		`rejected: parent_id "`+id(3)+`" points at no row of organizations`,
		"rejected: status is merged exactly if merged_into is set",
		"applied",
		`rejected: parent_id "`+id(9)+`" points at no row of organizations`,
		"applied")
	wantRows(t, readOrgs(t, s), rows[3], rows[5])
}

func testReferenceToAMissingRowIsRejected(t *testing.T, s *Store) {
	create(t, s, "users", values(id(1), "a@example.com", "a", nil, nil, nil, nil, "active", "none", nil, nil, nil, "legacy", nil, nil))
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
	member := func(n, user, org int) record.Row {
		return values(id(n), id(user), id(org), "user", nil, nil, nil, "legacy", nil, nil)
	}
	rows := []record.Row{member(1, 1, 1), member(2, 9, 1), member(3, 1, 9), member(4, 1, 1)}
	wantReasons(t, write(t, s, batch(t, s, "memberships", nil, connectors.Create, rows, nil)),
		"applied", `rejected: user_id "`+id(9)+`" points at no row of users`, `rejected: org_id "`+id(9)+`" points at no row of organizations`, "applied")
}

func testRowThatOthersPointAtIsNotDeleted(t *testing.T, s *Store) {
	rows := []record.Row{org(1), org(2, "parent_id", id(1)), org(3), org(4)}
	write(t, s, orgs(t, s, connectors.Create, rows, nil))
	order := values(id(1), "B1", id(3), nil, nil, nil, nil, nil, "booked", "CAD", "legacy", nil, nil)
	create(t, s, "orders", order)

	gone := []record.Row{rows[0], rows[2], rows[3]}
	wantReasons(t, write(t, s, orgs(t, s, connectors.Delete, gone, gone)),
		"rejected: rows of organizations still point at it with parent_id", stillPoints(s), "applied")

	both := []record.Row{rows[0], rows[1]}
	wantReasons(t, write(t, s, orgs(t, s, connectors.Delete, both, both)), "applied", "applied")
	wantRows(t, readOrgs(t, s), rows[2])
}

// stillPoints is what each database can tell of a reference from elsewhere.
func stillPoints(s *Store) string {
	if _, lite := s.dialect.(sqliteSQL); lite {
		return "rejected: other rows still point at it"
	}
	return "rejected: rows of orders still point at it"
}

func testParentMayBeDeletedAndReplacedInOneWrite(t *testing.T, s *Store) {
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(2, "parent_id", id(1))}, nil))
	moved := org(2, "parent_id", id(3))
	c := orgs(t, s, connectors.Update, []record.Row{org(1), moved, org(3)}, []record.Row{org(1), org(2, "parent_id", id(1)), nil})
	c.Ops[0], c.Ops[2] = connectors.Delete, connectors.Create
	wantReasons(t, write(t, s, c), "applied", "applied", "applied")
	wantRows(t, readOrgs(t, s), moved, org(3))
}

// Whichever id comes first.
func testNaturalKeyMayPassFromARowToANewOne(t *testing.T, s *Store) {
	for _, pair := range [][2]int{{1, 2}, {4, 3}} {
		gone, fresh := org(pair[0], "org_no", "same"), org(pair[1], "org_no", "same")
		write(t, s, orgs(t, s, connectors.Create, []record.Row{gone}, nil))
		c := orgs(t, s, connectors.Delete, []record.Row{gone, fresh}, []record.Row{gone, nil})
		c.Ops[1] = connectors.Create
		wantReasons(t, write(t, s, c), "applied", "applied")

		renamed, third := org(pair[1], "org_no", "other"), org(pair[0]+4, "org_no", "same")
		c = orgs(t, s, connectors.Create, []record.Row{third, renamed}, []record.Row{nil, fresh})
		c.Ops[1] = connectors.Update
		wantReasons(t, write(t, s, c), "applied", "applied")
		clean(t, s)
	}
}

func testWritersAtOnceAgree(t *testing.T, s *Store) {
	var rows []record.Row
	for n := range 300 {
		rows = append(rows, org(n))
	}
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	results := make(chan []connectors.Answer, 2)
	for _, mine := range [][]record.Row{rows, reversed} {
		c := orgs(t, s, connectors.Create, mine, nil)
		go func() {
			var answers []connectors.Answer
			err := connectors.Retry(t.Context(), 5, 0, func() (err error) {
				answers, err = s.Write(t.Context(), c)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			results <- answers
		}()
	}
	count := map[connectors.Outcome]int{}
	for range 2 {
		for _, a := range <-results {
			count[a.Outcome]++
		}
	}
	if count[connectors.Applied] != 300 || count[connectors.Unchanged] != 300 {
		t.Errorf("outcomes: %v", count)
	}
}
