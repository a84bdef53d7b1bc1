package main

import (
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// moments are ten parts of the time that an undisturbed migration takes, in
// tenths. In each of them falls a kill, at random. Nine are in the first two
// thirds, which write; what follows only compares.
var moments = [][2]float64{{0, 0.7}, {0.7, 1.4}, {1.4, 2.1}, {2.1, 2.8}, {2.8, 3.5}, {3.5, 4.2}, {4.2, 4.9}, {4.9, 5.6}, {5.6, 6.3}, {6.3, 10}}

func TestAMigrationKilledTenTimesEndsInTheSameHub(t *testing.T) {
	ws := copyOf(t, sampleM)
	report, took := run(t, ws, exitClean, "migrate", "insight", "--json")
	likeTruth(t, ws, "insight", report)
	undisturbed := hubOf(t, ws)
	forget(t, ws)

	dice := rand.New(rand.NewPCG(1, 9))
	early := 1.0
	for killed := 0; killed < len(moments); {
		from, to := moments[killed][0], moments[killed][1]
		moment := time.Duration((from + dice.Float64()*(to-from)) / 10 * early * float64(took))
		if begin(t, ws, "migrate", "insight", "--quiet").killAfter(moment) {
			killed++
			leaseEnds(t, ws)
			continue
		}
		// So much was done already, or the machine is so much quicker now,
		// that the run came to its end: begin anew, and kill sooner.
		sameHub(t, ws, undisturbed)
		forget(t, ws)
		early *= 0.8
	}
	run(t, ws, exitClean, "migrate", "insight", "--quiet")
	sameHub(t, ws, undisturbed)
	if out, _ := run(t, ws, exitClean, "ledger", "verify"); !strings.HasPrefix(out, "intact: ") {
		t.Error(out)
	}
}

// What an apply has noted as done counts as in an undisturbed one. A chunk that
// was durable and not yet noted when the kill came is written again and found
// there: its rows count as unchanged, for nobody can tell who wrote them.
func TestAnApplyKilledManyTimesGoesOnWhereItStopped(t *testing.T) {
	ws := copyOf(t, sampleM)
	run(t, ws, exitDifference, "plan", "insight", "--quiet")
	want, took := run(t, ws, exitClean, "apply", "insight.plan", "--json")
	undisturbed := hubOf(t, ws)
	forget(t, ws)

	dice := rand.New(rand.NewPCG(2, 9))
	killed := 0
	for _, tenths := range []float64{4, 5, 6, 7} {
		moment := time.Duration((tenths + dice.Float64()) / 10 * float64(took))
		if !begin(t, ws, "apply", "insight.plan", "--quiet").killAfter(moment) {
			break
		}
		killed++
		leaseEnds(t, ws)
	}
	if killed == 0 {
		t.Fatal("no apply was killed")
	}
	noted := notedRows(t, ws)
	if noted == 0 {
		t.Error("no checkpoint was set before the last kill")
	}
	got, _ := run(t, ws, exitClean, "apply", "insight.plan", "--json")
	sameHub(t, ws, undisturbed)

	before, after := totalOf(t, want), totalOf(t, got)
	if after["created"] < noted {
		t.Errorf("%d rows created, though %d were noted as such before", after["created"], noted)
	}
	before["created"] += before["unchanged"]
	after["created"] += after["unchanged"]
	delete(before, "unchanged")
	delete(after, "unchanged")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("totals of the resumed apply (-undisturbed +resumed):\n%s", diff)
	}
}

func TestTwoInstancesAtOnceNeverWriteTogether(t *testing.T) {
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

// notedRows is how many rows the checkpoints of the ledger say were created.
func notedRows(t *testing.T, ws string) int64 {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(ws, "ledger.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows int64
	if err := db.QueryRow("SELECT COALESCE(SUM(rows_created), 0) FROM ledger_parts").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// totalOf is the sum of the counts of a report.
func totalOf(t *testing.T, report string) map[string]int64 {
	t.Helper()
	total, err := findIn(report, "totals")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int64{}
	for name, v := range total.(map[string]any) {
		if n, ok := v.(json.Number); ok {
			if numbers[name], err = n.Int64(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return numbers
}
