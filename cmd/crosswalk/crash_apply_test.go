package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/hubstore"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

// A resumed apply writes what is left, and reports all that was written and
// refused, as if it had never been killed.
func TestAnApplyKilledManyTimesEndsAsIfItNeverWas(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		ws := copyOf(t, sampleM)
		applyAndKill(t, &site{
			ws: ws, hub: hub.Config{Driver: hub.SQLite, Path: filepath.Join(ws, "hub.db")}, ledger: filepath.Join(ws, "ledger.db"),
			forget: func() { forget(t, ws) },
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		ws, address := copyOf(t, sample), testdb.Postgres(t)
		t.Setenv("CROSSWALK_HUB", address)
		inPostgres(t, ws)
		applyAndKill(t, &site{ws: ws, hub: hub.Config{Driver: hub.Postgres, DSN: address}, ledger: address, forget: func() { emptyDatabase(t, address) }})
	})
}

func applyAndKill(t *testing.T, s *site) {
	run(t, s.ws, exitDifference, "plan", "insight", "--quiet")
	run(t, s.ws, exitClean, "apply", "insight.plan", "--quiet")
	others := s.othersUsers(t)
	s.empty(t, others)
	want, _ := run(t, s.ws, exitIncomplete, "apply", "insight.plan", "--json")
	undisturbed := s.dump(t)
	if refused, err := findIn(want, "refused_count"); err != nil || spell(refused) != spell(len(others)) {
		t.Errorf("%v rows refused, should be %d (%v)", refused, len(others), err)
	}

	chunks := s.inLedger(t, "ledger_parts")

	s.empty(t, others)
	const kills = 6
	dice := rand.New(rand.NewPCG(2, 9))
	for killed, runs := 0, 1; killed < kills; runs++ {
		if runs > 10*kills {
			t.Fatal("the kills keep coming too late")
		}
		p := begin(t, s.ws, "apply", "insight.plan", "--quiet")
		s.onHub(t, func(db *sql.DB) {
			p.waitFor(func() bool { return countRows(t, db, "write_notes") > killed*chunks/(kills+2) })
		})
		if !p.killAfter(time.Duration(dice.IntN(30))*time.Millisecond) || s.inLedger(t, "ledger_runs WHERE verdict = 'incomplete'") > 0 {
			s.empty(t, others) // the kill came too late, and the next apply is another one
			killed = 0
			continue
		}
		killed++
		leaseEnds(t, s.ws)
	}
	got, _ := run(t, s.ws, exitIncomplete, "apply", "insight.plan", "--json")
	sameDump(t, undisturbed, s.dump(t))
	if diff := cmp.Diff(lasting(t, want), lasting(t, got)); diff != "" {
		t.Errorf("report of the resumed apply (-undisturbed +resumed):\n%s", diff)
	}
	s.onHub(t, func(db *sql.DB) {
		if notes := countRows(t, db, "write_notes"); notes > 0 {
			t.Errorf("%d notes are left in the hub", notes)
		}
	})
	if out, _ := run(t, s.ws, exitClean, "ledger", "verify"); !strings.HasPrefix(out, "intact: ") {
		t.Error(out)
	}
}

// site is a workspace with a hub and a ledger in either database.
type site struct {
	ws     string
	hub    hub.Config
	ledger string // path or address
	forget func() // hub and ledger
}

// onHub opens the database of the hub.
func (s *site) onHub(t *testing.T, do func(*sql.DB)) { onDatabase(t, s.hub.Path+s.hub.DSN, do) }

// inLedger counts rows of the ledger.
func (s *site) inLedger(t *testing.T, rows string) (n int) {
	onDatabase(t, s.ledger, func(db *sql.DB) { n = countRows(t, db, rows) })
	return n
}

func (s *site) dump(t *testing.T) (dump string) {
	s.onHub(t, func(db *sql.DB) {
		var err error
		if dump, err = dumpHub(db); err != nil {
			t.Fatal(err)
		}
	})
	return dump
}

// othersUsers returns some users of the hub, as somebody else has them.
func (s *site) othersUsers(t *testing.T) []record.Row {
	t.Helper()
	store := s.store(t)
	r, err := store.Read(t.Context(), connectors.Query{Table: "users", Sorted: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []record.Row
	for n, b := 0, (record.Batch{}); ; {
		if err := r.Read(t.Context(), &b); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			if n++; n%40 == 0 {
				row := slices.Clone(b.Row(i))
				row[b.Schema.Index("email_raw")] = record.Text("theirs")
				all = append(all, row)
			}
		}
	}
}

// empty makes a new hub, which holds only these users, and a new ledger.
func (s *site) empty(t *testing.T, users []record.Row) {
	t.Helper()
	s.forget()
	store := s.store(t)
	schema, err := store.Describe(t.Context(), "users")
	if err != nil {
		t.Fatal(err)
	}
	c := &connectors.Changes{Rows: &record.Batch{}, Ops: slices.Repeat([]connectors.Op{connectors.Create}, len(users)), Before: make([]record.Digest, len(users))}
	c.Rows.Reset(schema)
	for _, row := range users {
		copy(c.Rows.Add(), row)
	}
	answers, err := store.Write(t.Context(), c)
	if err != nil || slices.ContainsFunc(answers, func(a connectors.Answer) bool { return a.Outcome != connectors.Applied }) {
		t.Fatal(answers, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func (s *site) store(t *testing.T) *hubstore.Store {
	t.Helper()
	store, err := hubstore.Open(context.WithoutCancel(t.Context()), s.hub)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func onDatabase(t *testing.T, where string, do func(*sql.DB)) {
	t.Helper()
	db, err := openDatabase(where, filepath.Clean)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do(db)
}

func countRows(t *testing.T, db *sql.DB, rows string) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT count(*) FROM " + rows).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func emptyDatabase(t *testing.T, address string) {
	t.Helper()
	onDatabase(t, address, func(db *sql.DB) {
		if _, err := db.Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
			t.Fatal(err)
		}
	})
}

// lasting is a report without what is another one in each run.
func lasting(t *testing.T, report string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(report))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run", "started", "finished", "ledger_head"} {
		delete(all, name)
	}
	return all
}
