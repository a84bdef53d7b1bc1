package main

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Each kill has a migration of its own, which begins with an empty hub and is
// run again to its end.
func TestAMigrationKilledTenTimesEndsInTheSameHub(t *testing.T) {
	t.Parallel()
	ws := copyOf(t, sampleM)
	report, took := run(t, ws, exitClean, "migrate", "insight", "--json")
	likeTruth(t, ws, "insight", report)
	undisturbed := hubOf(t, ws)

	const kills = 10
	dice := rand.New(rand.NewPCG(1, 9))
	early := 1.0
	for killed := 0; killed < kills; {
		forget(t, ws)
		moment := (float64(killed) + dice.Float64()) / kills * early
		if !begin(t, ws, "migrate", "insight", "--quiet").killAfter(time.Duration(moment * float64(took))) {
			early *= 0.8 // the machine is quicker now: the kill came too late, and does not count
			continue
		}
		killed++
		leaseEnds(t, ws)
		run(t, ws, exitClean, "migrate", "insight", "--quiet")
		sameHub(t, ws, undisturbed)
		if out, _ := run(t, ws, exitClean, "ledger", "verify"); !strings.HasPrefix(out, "intact: ") {
			t.Error(out)
		}
	}
}

func TestTwoInstancesAtOnceNeverWriteTogether(t *testing.T) {
	t.Parallel()
	ws := copyOf(t, sample)
	run(t, ws, exitClean, "migrate", "insight", "--quiet")
	alone := hubOf(t, ws)
	forget(t, ws)

	first, second := begin(t, ws, "migrate", "insight", "--quiet"), begin(t, ws, "migrate", "insight", "--quiet")
	<-first.ended
	<-second.ended
	refused := 0
	for _, p := range []*child{first, second} {
		switch code := p.cmd.ProcessState.ExitCode(); code {
		case exitClean:
		case exitRefused:
			refused++
			if out := p.output.String(); !strings.Contains(out, "insight is held by") || strings.Count(out, "\n") != 1 {
				t.Errorf("what the refused one says: %s", out)
			}
		default:
			t.Errorf("exit code %d:\n%s", code, p.output.String())
		}
	}
	if refused != 1 {
		t.Errorf("%d of 2 were refused", refused)
	}
	sameHub(t, ws, alone)
	run(t, ws, exitClean, "reconcile", "insight", "--quiet")
}

func TestTwoLinesCanBeWrittenAtOnce(t *testing.T) {
	t.Parallel()
	ws := copyOf(t, sample)
	run(t, ws, exitClean, "migrate", "fleet", "--quiet")
	run(t, ws, exitClean, "migrate", "insight", "--quiet")
	inTurn := hubOf(t, ws)
	forget(t, ws)

	fleet, insight := begin(t, ws, "migrate", "fleet", "--quiet"), begin(t, ws, "migrate", "insight", "--quiet")
	<-fleet.ended
	<-insight.ended
	for _, p := range []*child{fleet, insight} {
		if code := p.cmd.ProcessState.ExitCode(); code != exitClean {
			t.Errorf("exit code %d:\n%s", code, p.output.String())
		}
	}
	sameHub(t, ws, inTurn)
}

// copyOf makes a workspace for one test.
func copyOf(t *testing.T, s *sampleFolder) string {
	t.Helper()
	dir := t.TempDir()
	if err := s.copyTo(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// hubOf dumps the hub of a workspace.
func hubOf(t *testing.T, ws string) string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(ws, "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	dump, err := dumpHub(db)
	if err != nil {
		t.Fatal(err)
	}
	return dump
}

// sameHub compares the hub with a dump, byte for byte.
func sameHub(t *testing.T, ws, want string) {
	t.Helper()
	sameDump(t, want, hubOf(t, ws))
}

func sameDump(t *testing.T, want, got string) {
	t.Helper()
	if got == want {
		return
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("the hub differs in line %d of %d (%d) of its dump:\n- %s\n+ %s", i, len(a), len(b), a[i], b[i])
		}
	}
	t.Fatalf("the hub has %d lines, should have %d", len(b), len(a))
}

// forget removes the hub and the ledger.
func forget(t *testing.T, ws string) {
	t.Helper()
	for _, pattern := range []string{"hub.db*", "ledger.db*"} {
		files, err := filepath.Glob(filepath.Join(ws, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// leaseEnds does what a minute of waiting would do where nobody can tell that
// the process that holds the lease is gone.
func leaseEnds(t *testing.T, ws string) {
	t.Helper()
	if runtime.GOOS == "linux" {
		return
	}
	db, err := sql.Open("sqlite", filepath.Join(ws, "ledger.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE ledger_leases SET expires = '2020-01-01T00:00:00.000000Z' WHERE holder <> ''"); err != nil && !strings.Contains(err.Error(), "no such table") {
		t.Fatal(err)
	}
}
