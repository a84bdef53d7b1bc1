package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/internal/estate"
	"crosswalk/internal/testdb"
	"crosswalk/reconcile"
)

// The estate is made together with the truth about it, so the counts of a
// migration can be right or wrong, not only plausible.
func TestEveryLineBringsWhatTheEstateHolds(t *testing.T) {
	ws := copyOf(t, sample)
	serveOrg(t, ws)
	for _, line := range []string{"fleet", "vault", "insight"} {
		out, _ := run(t, ws, exitClean, "migrate", line, "--json")
		likeTruth(t, ws, line, out)
	}
	here := hubOf(t, ws)

	t.Run("the same bytes on another machine", func(t *testing.T) {
		t.Setenv("TZ", "Pacific/Auckland")
		t.Setenv("LC_ALL", "tr_TR.UTF-8")
		ws := copyOf(t, sample)
		for _, line := range []string{"insight", "vault", "fleet"} {
			run(t, ws, exitClean, "migrate", line, "--json")
		}
		sameHub(t, ws, here)
	})
	t.Run("the same rows in PostgreSQL, with plan and apply", func(t *testing.T) {
		ws, address := copyOf(t, sample), testdb.Postgres(t)
		t.Setenv("CROSSWALK_HUB", address)
		inPostgres(t, ws)
		for _, line := range []string{"fleet", "vault", "insight"} {
			run(t, ws, exitDifference, "plan", line, "--json")
			run(t, ws, exitClean, "apply", line+".plan", "--json")
			out, _ := run(t, ws, exitClean, "migrate", line, "--json")
			likeTruth(t, ws, line, out)
			if created, err := findIn(out, "totals.created"); err != nil || spell(created) != "0" {
				t.Errorf("a migration after the apply creates %v rows (%v)", created, err)
			}
		}
		db, err := openDatabase(address, filepath.Clean)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		there, err := dumpHub(db)
		if err != nil {
			t.Fatal(err)
		}
		sameDump(t, here, there)
		if out, _ := run(t, ws, exitClean, "ledger", "verify"); !strings.HasPrefix(out, "intact: ") {
			t.Error(out)
		}
	})
}

// inPostgres moves hub and ledger of a workspace into the database of
// CROSSWALK_HUB.
func inPostgres(t *testing.T, ws string) {
	t.Helper()
	path := filepath.Join(ws, "crosswalk.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, name := range []string{"hub", "ledger"} {
		text = strings.Replace(text, name+": {driver: sqlite, path: "+name+".db}", name+": {driver: postgres, dsn: \"${CROSSWALK_HUB}\"}", 1)
	}
	if strings.Count(text, "${CROSSWALK_HUB}") != 2 {
		t.Fatal("crosswalk.yaml is not as this test expects it")
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// likeTruth holds the counts of a report against those of the generator.
func likeTruth(t *testing.T, ws, line, report string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ws, "truth", "expected_counts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected estate.Expected
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	var r reconcile.Report
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatal(err)
	}
	got := map[string]*estate.Counts{}
	for _, c := range r.Counts {
		if !c.Adds {
			t.Errorf("%s: the counts do not add up: %+v", c.Mapping, c)
		}
		source := ""
		if want := expected[line][c.Mapping]; want != nil {
			source = want.Source
		}
		got[c.Mapping] = &estate.Counts{
			Target: c.Entity, Source: source, Read: int(c.Read), Migrated: int(c.Created + c.Unchanged), Merged: int(c.Merged),
			Archived: int(c.Archived), Excluded: int(c.Excluded), Quarantined: int(c.Quarantined), Rejected: int(c.Rejected),
		}
	}
	if diff := cmp.Diff(expected[line], got); diff != "" {
		t.Errorf("%s of %s (-expected +got):\n%s", r.Kind, line, diff)
	}
}
