package hubstore

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

// noted makes a creation of organizations under a note.
func noted(t testing.TB, s *Store, note string, rows ...record.Row) *connectors.Changes {
	c := orgs(t, s, connectors.Create, rows, nil)
	c.Note = note
	return c
}

func TestAnswersAreKeptUntilTheyAreForgotten(t *testing.T) {
	for name, c := range map[string]Config{
		"sqlite":   {Driver: hub.SQLite, Path: filepath.Join(t.TempDir(), "hub.db")},
		"postgres": {Driver: hub.Postgres, DSN: testdb.Postgres(t)},
	} {
		t.Run(name, func(t *testing.T) {
			rows := []record.Row{org(1, "parent_id", id(2)), org(2, "parent_id", id(9)), org(3, "status", "merged"), org(4), org(5, "name", nil), org(6)}
			want := []string{
				`rejected: parent_id "` + id(2) + `" points at no row of organizations`,
				`rejected: parent_id "` + id(9) + `" points at no row of organizations`,
				"rejected: status is merged exactly if merged_into is set",
				"applied", "rejected: name must not be null", "applied",
			}
			s := open(t, c)
			wantReasons(t, write(t, s, noted(t, s, "plan/1", rows...)), want...)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, c)
			execute(t, s, "DELETE FROM organizations")
			wantReasons(t, write(t, s, noted(t, s, "plan/1", rows...)), want...)
			wantRows(t, readOrgs(t, s))

			if err := s.ForgetNotes(t.Context(), "plan/"); err != nil {
				t.Fatal(err)
			}
			var left int
			if err := s.Hub().Reader().QueryRow("SELECT count(*) FROM write_notes").Scan(&left); err != nil || left > 0 {
				t.Errorf("%d notes are left, %v", left, err)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	onBoth(t, []storeTest{
		{"AWriteOfRejectedRowsHasItsNoteToo", testAWriteOfRejectedRowsHasItsNoteToo},
		{"ANoteThatTheHubCannotKeepIsRefused", testANoteThatTheHubCannotKeepIsRefused},
		{"ANoteThatCannotBeReadIsNoMissingNote", testANoteThatCannotBeReadIsNoMissingNote},
	})
}

func testAWriteOfRejectedRowsHasItsNoteToo(t *testing.T, s *Store) {
	wantReasons(t, write(t, s, noted(t, s, "bad", org(1, "name", nil))), "rejected: name must not be null")
	if _, err := s.Write(t.Context(), noted(t, s, "bad", org(1), org(2))); connectors.ClassOf(err) != connectors.Invalid {
		t.Errorf("two rows under the note of one: %v", err)
	}
}

func testANoteThatTheHubCannotKeepIsRefused(t *testing.T, s *Store) {
	for _, note := range []string{" ", "a ", "a\x00b", "a\xffb", strings.Repeat("a", 201)} {
		if _, err := s.Write(t.Context(), noted(t, s, note, org(1))); connectors.ClassOf(err) != connectors.Invalid {
			t.Errorf("note %q: %v", note, err)
		}
	}
	wantRows(t, readOrgs(t, s))
	wantReasons(t, write(t, s, noted(t, s, strings.Repeat("ä", 200), org(1))), "applied")
}

func testANoteThatCannotBeReadIsNoMissingNote(t *testing.T, s *Store) {
	for _, answers := range []string{"", "{}", `[{"rows": 1, "outcome": "perhaps"}]`} {
		execute(t, s, "DELETE FROM write_notes")
		execute(t, s, "INSERT INTO write_notes (note, answers) VALUES ('damaged', '"+answers+"')")
		if _, err := s.Write(t.Context(), noted(t, s, "damaged", org(1))); err == nil || !strings.Contains(err.Error(), "the note damaged") {
			t.Errorf("answers %q: %v", answers, err)
		}
	}
	wantRows(t, readOrgs(t, s))
}

func TestAnswersAreKeptShortAndWhole(t *testing.T) {
	a, stale := connectors.Answer{Outcome: connectors.Applied}, connectors.Answer{Outcome: connectors.Stale, Reason: "moved <&> \"ä\"\n"}
	answers := []connectors.Answer{a, a, a, stale, stale, a}
	kept := encodeAnswers(answers)
	if strings.Count(kept, "applied") != 2 || strings.Count(kept, "stale") != 1 {
		t.Error(kept)
	}
	back, err := decodeAnswers(kept)
	if diff := cmp.Diff(answers, back); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestCommitWhoseReplyIsLostIsToldByItsNote(t *testing.T) {
	for name, p := range map[string]*proxy{
		"carried out":   {word: []byte("COMMIT"), pass: true},
		"never arrived": {word: []byte("COMMIT")},
	} {
		t.Run(name, func(t *testing.T) {
			s := behindProxy(t, p)
			p.armed.Store(true)
			c := noted(t, s, "lost", org(1), org(2, "kind", "x"))
			if _, err := s.Write(t.Context(), c); connectors.ClassOf(err) != connectors.Transient {
				t.Fatalf("got %v", err)
			}
			wantOutcomes(t, write(t, s, c), connectors.Applied, connectors.Rejected)
			wantRows(t, readOrgs(t, s), org(1))
		})
	}
}
