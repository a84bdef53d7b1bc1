package ledger_test

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crosswalk/ledger"
)

// story writes a ledger with one of everything:
//
//	1 begin  2 part  3 end (Incomplete)   apply, rows set aside, report
//	4 begin  5 end (Drift)                reconcile, findings
//	6 begin                               still open
func (f *fixture) story(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	apply := must[*ledger.Run](t)(f.Begin(ctx, applyRun, nil))
	ok(t, f.Checkpoint(ctx, apply.ID, part(1)))
	ok(t, f.SetAside(ctx, apply.ID, []ledger.SetAside{{Entity: "users", Key: "7"}, {Entity: "users", Key: "8"}}))
	f.finish(t, apply, ledger.End{Verdict: ledger.Incomplete, Message: "<two>", Report: []byte("report"), Counts: []ledger.Counts{part(1).Counts}})
	f.night(t, []string{"ann", "bob"}, "users")
	f.begin(t, "plan")
}

func TestUntouchedLedgerVerifies(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		empty, n, err := f.Verify(ctx)
		if empty != strings.Repeat("0", 64) || n != 0 || err != nil {
			t.Errorf("an empty ledger: %s, %d, %v", empty, n, err)
		}
		first := f.finish(t, f.begin(t, "plan"), ledger.End{Verdict: ledger.Pass})
		f.story(t)
		head, n, err := f.Verify(ctx, first.Head, empty)
		if err != nil || n != 8 || head != must[string](t)(f.Head(ctx)) {
			t.Errorf("head %s, %d entries, %v", head, n, err)
		}
	})
}

func TestChainCanBeCheckedByHand(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.story(t)
		before := strings.Repeat("0", 64)
		raw := f.raw(t)
		for n := 1; n <= 6; n++ {
			var line, hash string
			ok(t, raw.QueryRow(fmt.Sprint("SELECT entry, hash FROM ledger_chain WHERE n = ", n)).Scan(&line, &hash))
			if got := fmt.Sprintf("%x", sha256.Sum256([]byte(before+"\n"+line))); got != hash {
				t.Errorf("entry %d has hash %s, by hand %s", n, hash, got)
			}
			before = hash
		}
	})
}

// tamperings are changes that somebody with a database client could make.
var tamperings = []struct {
	change string
	entry  int64  // that Verify names
	what   string // what it says
}{
	{"UPDATE ledger_chain SET entry = REPLACE(entry, '\"line\":\"fleet\"', '\"line\":\"float\"') WHERE n = 4", 4, "its hash does not follow"},
	{"UPDATE ledger_chain SET hash = REPLACE(hash, SUBSTR(hash, 1, 4), '0123') WHERE n = 2", 2, "its hash does not follow"},
	{"DELETE FROM ledger_chain WHERE n = 3", 3, "it is gone"},
	{"DELETE FROM ledger_chain WHERE n = 6", 6, "its end may have been cut off"},
	{"UPDATE ledger_runs SET operator = 'bob' WHERE begin_entry = 1", 1, "did not begin as the chain says"},
	{"UPDATE ledger_runs SET started = '2026-11-21T19:30:00.000001Z' WHERE begin_entry = 6", 6, "did not begin as the chain says"},
	{"UPDATE ledger_runs SET verdict = 'pass' WHERE begin_entry = 4", 5, "did not end as the chain says"},
	{"UPDATE ledger_runs SET verdict = 'pass' WHERE begin_entry = 6", 7, "there are 3 runs that have ended, and the chain knows 2"},
	{"UPDATE ledger_runs SET message = '' WHERE begin_entry = 1", 3, "did not end as the chain says"},
	{"DELETE FROM ledger_runs WHERE begin_entry = 6", 6, "is gone"},
	{"UPDATE ledger_counts SET rows_rejected = 0", 3, "counts of run"},
	{"DELETE FROM ledger_counts", 3, "counts of run"},
	{"UPDATE ledger_reports SET content = 'recast'", 3, "report of run"},
	{"DELETE FROM ledger_reports", 3, "report of run"},
	{"UPDATE ledger_parts SET rows_created = 8", 2, "is not what the chain says"},
	{"DELETE FROM ledger_parts", 2, "part 1 of"},
	{"UPDATE ledger_set_aside SET reason = 'none' WHERE n = 1", 3, "in ledger_set_aside"},
	{"DELETE FROM ledger_set_aside WHERE n = 3", 3, "in ledger_set_aside"},
	{"UPDATE ledger_findings SET row_key = 'cid' WHERE n = 2", 5, "in ledger_findings"},
	{"DELETE FROM ledger_findings WHERE n = 1", 5, "in ledger_findings"},
}

// chained are the tables that the chain seals, each after those it refers to.
var chained = []string{
	"ledger_chain", "ledger_runs", "ledger_reports", "ledger_counts", "ledger_parts", "ledger_set_aside", "ledger_findings",
}

// native writes a change as the database wants it.
func (f *fixture) native(change string) string {
	if f.config.Driver == "sqlite" {
		return strings.ReplaceAll(change, "'recast'", "x'00'") // its literal for bytes
	}
	return change
}

// tamper takes the protection of the database away, makes a change, lets the
// test look, and takes the change back.
func (f *fixture) tamper(t *testing.T, change string, look func()) {
	t.Helper()
	raw := f.raw(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := raw.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, table := range chained {
		f.unprotect(t, raw, table)
		exec("CREATE TABLE keep_" + table + " AS SELECT * FROM " + table)
	}
	exec(f.native(change))
	look()
	for _, table := range slices.Backward(chained) {
		exec("DELETE FROM " + table)
	}
	for _, table := range chained {
		exec("INSERT INTO " + table + " SELECT * FROM keep_" + table)
		exec("DROP TABLE keep_" + table)
	}
}

func (f *fixture) unprotect(t *testing.T, raw *sql.DB, table string) {
	t.Helper()
	if f.config.Driver == "postgres" {
		_, err := raw.Exec("ALTER TABLE " + table + " DISABLE TRIGGER USER")
		ok(t, err)
		return
	}
	for _, name := range []string{table + "_stays", table + "_remains"} {
		_, err := raw.Exec("DROP TRIGGER IF EXISTS " + name)
		ok(t, err)
	}
}

func TestDatabaseRefusesToChangeWhatIsWritten(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.story(t)
		raw := f.raw(t)
		for _, c := range tamperings {
			if strings.Contains(c.change, "UPDATE ledger_runs") && strings.Contains(c.change, "begin_entry = 6") {
				continue // an open run is allowed to change
			}
			if _, err := raw.Exec(f.native(c.change)); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", c.change, err)
			}
		}
		_, _, err := f.Verify(t.Context())
		ok(t, err)
	})
}

func TestVerifyNamesTheFirstEntryThatDoesNotFit(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.story(t)
		for _, c := range tamperings {
			f.tamper(t, c.change, func() {
				_, _, err := f.Verify(t.Context())
				var found *ledger.TamperError
				if !errors.As(err, &found) || found.Entry != c.entry || !strings.Contains(found.What, c.what) {
					t.Errorf("%s: %v", c.change, err)
				}
			})
		}
		_, _, err := f.Verify(t.Context())
		ok(t, err)
	})
}

func TestKnownHeadShowsThatTheEndWasCutOff(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.story(t)
		head := must[string](t)(f.Head(t.Context()))
		f.tamper(t, "DELETE FROM ledger_chain WHERE n = 6; DELETE FROM ledger_runs WHERE begin_entry = 6", func() {
			if _, n, err := f.Verify(t.Context()); n != 5 || err != nil {
				t.Fatalf("a chain cut off with care: %d entries, %v", n, err)
			}
			if _, _, err := f.Verify(t.Context(), head); err == nil || !strings.Contains(err.Error(), head) {
				t.Errorf("with the head known: %v", err)
			}
		})
	})
}
