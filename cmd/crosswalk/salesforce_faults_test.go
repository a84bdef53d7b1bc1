package main

import (
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/faults"
)

// trouble is what goes wrong with the org in one try of the property.
type trouble struct {
	name  string
	seed  uint64
	rules []faults.Rule
}

// troubles switches each fault on alone, then all together, for some seeds. By
// its seed, a fault that is alone strikes
//
//	0, 4, 8…    every call
//	1, 5, 9…    each so-manieth call
//	2, 6, 10…   by chance
//	3, 7, 11…   only what writes
func troubles(seeds ...uint64) []trouble {
	var all []trouble
	for _, seed := range seeds {
		for _, kind := range faults.Kinds() {
			all = append(all, trouble{fmt.Sprintf("%s %d", kind, seed), seed, []faults.Rule{alone(kind, seed)}})
		}
		together := trouble{name: fmt.Sprintf("all %d", seed), seed: seed}
		for n, kind := range faults.Kinds() {
			together.rules = append(together.rules, among(kind, seed, n))
		}
		all = append(all, together)
	}
	return all
}

func alone(kind faults.Kind, seed uint64) faults.Rule {
	r := shape(kind, seed)
	switch {
	case kind == faults.ClockShift:
	case seed%4 == 1:
		r.Every = 2 + int(seed%5)
	case seed%4 == 2:
		r.Probability = 0.3
	case seed%4 == 3 && (kind == faults.FailedBatch || kind == faults.SlowJob):
		r.Path = "/jobs/ingest"
	case seed%4 == 3:
		r.Path, r.Every = "/composite", 2+int(seed/4%2)
	}
	return r
}

func among(kind faults.Kind, seed uint64, n int) faults.Rule {
	r := shape(kind, seed)
	switch kind {
	case faults.ClockShift:
	case faults.LimitReached:
		r.Every = 25 + int(seed*7%30)
	default:
		r.Every = 3 + (int(seed)+3*n)%11
	}
	return r
}

// shape is what a fault does when it strikes.
func shape(kind faults.Kind, seed uint64) faults.Rule {
	r := faults.Rule{Kind: kind}
	switch kind {
	case faults.Unavailable:
		r.HTML, r.RetryAfter = seed%2 == 0, time.Duration(seed%2)*time.Second
	case faults.RowLock:
		r.Rows = []float64{1, 0.5, 0.2}[seed%3]
	case faults.ClockShift:
		r.By = time.Duration(int(seed%5)-2)*time.Hour + time.Minute
	case faults.LateCommit:
		r.By = 90 * time.Second
	case faults.FailedBatch:
		r.Batch = 1 + int(seed%2)
	}
	return r
}

// Whatever goes wrong on the way to Salesforce, a run ends clean and with each
// row as it should be, or says that it is incomplete; then the same command
// does the rest. No row is lost, doubled or left in between.
func TestNoFaultOfSalesforceLosesOrDoublesARow(t *testing.T) {
	r := rehearse(t)
	before, want := r.content(), wanted(t)
	for n, trouble := range troubles(0, 1, 2, 3) {
		t.Run(trouble.name, func(t *testing.T) {
			r.t = t
			r.env["BULK_FROM"] = []string{"10", "2", "100"}[n%3]
			r.restart(simulator.Options{Seed: trouble.seed, Faults: trouble.rules})
			command := []string{"migrate", "core", "--to", "crm"}
			if n/3%2 == 1 {
				r.plan()
				command = []string{"apply", "core.crm.plan"}
			}
			code, out, errs := r.run([]int{exitClean, exitIncomplete}, command...)
			if code == exitIncomplete {
				r.explained(out, errs)
				r.inBetween(before, want)
			}
			r.calm()
			if code == exitIncomplete {
				r.ends(exitClean, command...)
			}
			r.holds(want)
			if n%2 == 0 {
				r.serve(r.troubled)
				if code, out, errs := r.run([]int{exitClean, exitIncomplete}, "reconcile", "core", "--to", "crm"); code == exitIncomplete {
					r.explained(out, errs)
				}
				return
			}
			out, _ = r.ends(exitClean, "migrate", "core", "--to", "crm", "--json")
			r.find(out, map[string]string{"totals.created": "0", "totals.updated": "0", "totals.deleted": "0"})
		})
	}
	r.t = t
	r.allStruck()
}

// allStruck checks that each fault has struck at some time, or nothing is
// proved. A shifted clock is always so.
func (r *rehearsal) allStruck() {
	r.t.Helper()
	r.serve(simulator.Options{})
	for _, kind := range faults.Kinds() {
		if r.struck[kind] == 0 && kind != faults.ClockShift {
			r.t.Errorf("%s never struck", kind)
		}
	}
}

// plan makes a plan, if need be at a second try, in quieter times.
func (r *rehearsal) plan() {
	r.t.Helper()
	code, out, errs := r.run([]int{exitDifference, exitIncomplete}, "plan", "core", "--to", "crm")
	if code == exitIncomplete {
		r.explained(out, errs)
		r.calm()
		r.ends(exitDifference, "plan", "core", "--to", "crm")
		r.serve(r.troubled)
	}
}

// What a command prints to standard error when it is incomplete, and what it
// has used.
var (
	incomplete = regexp.MustCompile(`^(crm: .*\n)?crosswalk: incomplete: .+; run it again when that is over\n$`)
	usage      = regexp.MustCompile(`^crm: \d+ API calls?(, \d+ % of today's limit used)?\n`)
)

// explained checks that an incomplete run tells why, in one line or in a report.
func (r *rehearsal) explained(out, errs string) {
	r.t.Helper()
	if incomplete.MatchString(errs) == strings.HasPrefix(out, "INCOMPLETE") {
		r.t.Errorf("an incomplete run says\n%s%s", out, errs)
	}
}

// inBetween checks that each row is as it was or as it should be, and there
// once.
func (r *rehearsal) inBetween(before, want []string) {
	r.t.Helper()
	now := r.content()
	for _, row := range now {
		if !slices.Contains(before, row) && !slices.Contains(want, row) {
			r.t.Errorf("%s is neither as it was nor as it should be", row)
		}
	}
	keys := map[string]bool{}
	for _, row := range now {
		key := strings.Join(strings.SplitN(row, " | ", 3)[:2], " ")
		if keys[key] {
			r.t.Errorf("%s is there twice", key)
		}
		keys[key] = true
	}
	for _, row := range before {
		if slices.Contains(want, row) && !slices.Contains(now, row) {
			r.t.Errorf("%s is lost", row)
		}
	}
}

// Whatever goes wrong while Salesforce is read, the hub ends with the rows that
// it should have, or the run says that it is incomplete.
func TestNoFaultOfSalesforceLosesARowOnItsWayIntoTheHub(t *testing.T) {
	r := rehearse(t)
	r.ends(exitClean, "migrate", "core", "--to", "crm")
	empty := readText(t, "hub.db")
	r.keep()
	r.ends(exitClean, "migrate", "core")
	want := dumpOf(t, "hub.db")
	for n, trouble := range troubles(1, 2) {
		t.Run(trouble.name, func(t *testing.T) {
			r.t = t
			r.env["BULK_FROM"] = []string{"10", "2", "100"}[n%3]
			r.restart(simulator.Options{Seed: trouble.seed, Faults: trouble.rules})
			if err := os.WriteFile("hub.db", []byte(empty), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, errs := r.run([]int{exitClean, exitIncomplete}, "migrate", "core")
			if code == exitIncomplete {
				r.explained(out, errs)
				r.calm()
				r.ends(exitClean, "migrate", "core")
			}
			if diff := cmp.Diff(want, dumpOf(t, "hub.db")); diff != "" {
				t.Errorf("the hub (-should be +is):\n%s", diff)
			}
		})
	}
}

func dumpOf(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
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
