package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/connectors/salesforce/session"
)

var assetJob = bulk.Job{Object: "Asset", Operation: bulk.Upsert, ExternalID: "Key__c", Columns: []string{"Key__c", "Name", "Account.Key__c"}}

// given yields rows of which the first cell is the key.
func given(n int) iter.Seq2[[][]byte, error] {
	return func(yield func([][]byte, error) bool) {
		for i := range n {
			if !yield([][]byte{fmt.Appendf(nil, "k%d", i), []byte("a \"name\",\r\n two lines"), nil}, nil) {
				return
			}
		}
	}
}

func expect(n int) [][]string {
	var want [][]string
	for i := range n {
		want = append(want, []string{fmt.Sprintf("k%d", i), "a \"name\",\n two lines", "#N/A"})
	}
	return want
}

// sorted orders rows by their last-written text, for results have no order.
func sorted(rows [][]string) [][]string {
	return slices.SortedFunc(slices.Values(rows), func(a, b []string) int {
		return strings.Compare(fmt.Sprint(len(a[0]), a), fmt.Sprint(len(b[0]), b))
	})
}

func TestAnIngestWritesEachRowOnceInJobsOfLimitedSize(t *testing.T) {
	f := newFake(t)
	c := f.client(t, bulk.Options{JobBytes: 1000})
	rows := 0
	for done, err := range c.Ingest(t.Context(), assetJob, given(100)) {
		if err != nil {
			t.Fatal(err)
		}
		if done.State != "JobComplete" || done.Failed != 0 || done.Unprocessed != 0 || done.Successful() != done.Rows {
			t.Errorf("done: %+v", done)
		}
		rows += done.Rows
	}
	if rows != 100 || len(f.order) < 3 {
		t.Errorf("%d rows in %d jobs", rows, len(f.order))
	}
	if diff := cmp.Diff(sorted(expect(100)), sorted(f.written)); diff != "" {
		t.Error(diff)
	}
	for _, j := range f.jobs {
		if j.Key != "Key__c" || j.columnDelimiter != "COMMA" || j.lineEnding != "LF" || j.ctype != "CSV" {
			t.Errorf("settings: %+v", j)
		}
	}
}

func TestNothingToSendIsNoJob(t *testing.T) {
	f := newFake(t)
	for done, err := range f.client(t, bulk.Options{}).Ingest(t.Context(), assetJob, given(0)) {
		t.Error(done, err)
	}
	if f.total() != 0 {
		t.Errorf("%d calls", f.total())
	}
}

func TestRefusedRowsHaveTheirReasons(t *testing.T) {
	f := newFake(t)
	f.refuse = map[string]string{"k3": "STRING_TOO_LONG:too long:Name --", "k7": "DUPLICATE_VALUE:twice:--"}
	c := f.client(t, bulk.Options{})
	for done, err := range c.Ingest(t.Context(), assetJob, given(10)) {
		if err != nil || done.Failed != 2 || done.Successful() != 8 {
			t.Fatal(done, err)
		}
		for kind, want := range map[bulk.Kind][]string{bulk.Failed: {"k3", "k7"}, bulk.Successful: {"k0", "k1", "k2", "k4", "k5", "k6", "k8", "k9"}, bulk.Unprocessed: nil} {
			rows, err := c.Results(t.Context(), done, kind)
			if err != nil {
				t.Fatal(err)
			}
			key := slices.Index(rows.Header(), "Key__c")
			got, err := all(rows)
			var keys []string
			for _, row := range got {
				keys = append(keys, row[key])
				if kind == bulk.Failed && row[1] != f.refuse[row[key]] {
					t.Errorf("%s: %s", row[key], row[1])
				}
			}
			slices.Sort(keys)
			if diff := cmp.Diff(want, keys); diff != "" || err != nil {
				t.Error(kind, err, diff)
			}
			rows.Close()
		}
	}
	if f.calls["DELETE"] != 0 {
		t.Error("the job is deleted with its results")
	}
}

func TestRowsThatWereNotTriedAreNamed(t *testing.T) {
	f := newFake(t)
	f.fault = func(step string, n int) fault {
		if step == "GET" {
			return failed
		}
		return none
	}
	c := f.client(t, bulk.Options{})
	for done, err := range c.Ingest(t.Context(), assetJob, given(3)) {
		if err != nil || done.State != "Failed" || done.Unprocessed != 3 || done.Message != "InvalidBatch : Field name not found : Foo" {
			t.Fatal(done, err)
		}
		rows, err := c.Results(t.Context(), done, bulk.Unprocessed)
		if err != nil {
			t.Fatal(err)
		}
		got, err := all(rows)
		if diff := cmp.Diff(expect(3), got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
}

func TestRowsThatCannotBeSentInBulkAreRefusedFirst(t *testing.T) {
	for _, cell := range []string{"#N/A", "\xff", strings.Repeat("x", 400_001)} {
		err := bulk.Check([][]byte{[]byte("fine"), []byte(cell)})
		if connectors.ClassOf(err) != connectors.Invalid || strings.Contains(err.Error(), "xx") {
			t.Errorf("got %v", err)
		}
	}
	if err := bulk.Check([][]byte{nil, {}, []byte("#N/A "), []byte("ü")}); err != nil {
		t.Error(err)
	}
	f := newFake(t)
	bad := errors.New("the source broke")
	for _, rows := range []iter.Seq2[[][]byte, error]{
		func(yield func([][]byte, error) bool) { yield([][]byte{[]byte("k"), []byte("#N/A"), nil}, nil) },
		func(yield func([][]byte, error) bool) { yield([][]byte{[]byte("k")}, nil) },
		func(yield func([][]byte, error) bool) { yield(nil, bad) },
	} {
		n := 0
		for done, err := range f.client(t, bulk.Options{}).Ingest(t.Context(), assetJob, rows) {
			if n++; err == nil || done != nil {
				t.Error(done, err)
			}
		}
		if n != 1 || f.total() != 0 {
			t.Errorf("%d answers, %d calls", n, f.total())
		}
	}
}

// Whatever reply is lost, and however often, a row is written once or the
// error says that it may have been written, and no job is left open.
func TestLostRepliesNeitherLoseNorDoubleRows(t *testing.T) {
	for seed := range uint64(40) {
		f := newFake(t)
		f.refuse = map[string]string{"k1": "X:x:--"}
		random := rand.New(rand.NewPCG(seed, 0))
		odds := 2 + random.IntN(5)
		f.fault = func(string, int) fault {
			switch random.IntN(odds) {
			case 0:
				return after
			case 1:
				return [...]fault{before, expire, cut, none}[random.IntN(4)]
			}
			return none
		}
		c := f.client(t, bulk.Options{JobBytes: 150})
		answered := map[string]bool{}
		unsure := false
		for done, err := range c.Ingest(t.Context(), assetJob, given(5)) {
			if err != nil {
				unsure = unsure || errors.Is(err, session.ErrOutcomeUnknown)
				break
			}
			for _, kind := range []bulk.Kind{bulk.Successful, bulk.Failed} {
				rows, err := c.Results(t.Context(), done, kind)
				if err != nil {
					unsure = true
					break
				}
				got, err := all(rows)
				unsure = unsure || err != nil
				for _, row := range got {
					if answered[row[2]] {
						t.Errorf("seed %d: %s is answered twice", seed, row[2])
					}
					answered[row[2]] = kind == bulk.Successful
				}
			}
		}
		times := map[string]int{}
		for _, row := range f.written {
			times[row[0]]++
		}
		for key, n := range times {
			if n != 1 || !answered[key] && !unsure {
				t.Errorf("seed %d: %s is written %d times and answered: %v", seed, key, n, answered[key])
			}
		}
		for key, good := range answered {
			if good && times[key] == 0 {
				t.Errorf("seed %d: %s is answered and not written", seed, key)
			}
		}
	}
}

func TestWorkersShareAClient(t *testing.T) {
	f := newFake(t)
	f.table = assets(50)
	var mu sync.Mutex
	n := 0
	f.fault = func(string, int) fault {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%11 == 0 {
			return after
		}
		return none
	}
	c := f.client(t, bulk.Options{PageRows: 20})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			rows, err := c.Query(t.Context(), soql, false)
			if err != nil {
				t.Error(err)
				return
			}
			defer rows.Close()
			if got, err := all(rows); len(got) != 50 || err != nil {
				t.Error(len(got), err)
			}
			for _, err := range c.Ingest(t.Context(), assetJob, given(5)) {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(f.written) != 40 {
		t.Errorf("%d rows are written", len(f.written))
	}
}

func TestTheSpoolLeavesNothingBehind(t *testing.T) {
	f := newFake(t)
	dir := t.TempDir()
	s, err := session.Open(t.Context(), session.Config{URL: f.URL, Auth: session.ClientCredentials{ClientID: "a", ClientSecret: "b"}},
		session.Options{Wait: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range bulk.New(s, bulk.Options{Dir: dir}).Ingest(t.Context(), assetJob, given(5)) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestHalfAMillionRowsCostFewCalls(t *testing.T) {
	// Sizes are a hundredth of the real ones, and so are the limits.
	f := newFake(t)
	f.table, f.polls = assets(5000), 9 // a job of more than four minutes
	c := f.client(t, bulk.Options{PageRows: 2500, JobBytes: 130 * 1250})
	rows, err := c.Query(t.Context(), soql, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all(rows); len(got) != 5000 || err != nil {
		t.Fatal(len(got), err)
	}
	rows.Close()
	if f.total() > 20 {
		t.Errorf("a read costs %d calls: %v", f.total(), f.calls)
	}
	clear(f.calls)
	f.refuse["k1"] = "X:x:--"
	for done, err := range c.Ingest(t.Context(), assetJob, given(5000)) {
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []bulk.Kind{bulk.Successful, bulk.Failed, bulk.Unprocessed} {
			rows, err := c.Results(t.Context(), done, kind)
			if err != nil {
				t.Fatal(err)
			}
			rows.Close()
		}
	}
	if f.total() > 40 {
		t.Errorf("a write costs %d calls: %v", f.total(), f.calls)
	}
}

// A job goes on while the org is out of reach, and is asked for until it can
// be asked again.
func TestAJobIsAwaitedThroughAsManyFailedPollsAsAreAllowed(t *testing.T) {
	f := newFake(t)
	f.fault = func(step string, n int) fault {
		if step == "GET" && n <= 25 { // each poll is tried five times
			return before
		}
		return none
	}
	for done, err := range f.client(t, bulk.Options{}).Ingest(t.Context(), assetJob, given(3)) {
		if err != nil || done.Successful() != 3 {
			t.Errorf("got %+v, %v", done, err)
		}
	}
}

// The call that closes a job is lost on its way out, and arrives after the job
// was read back: the second one is refused.
func TestAJobThatIsClosedAlreadyIsAwaited(t *testing.T) {
	f := newFake(t)
	f.fault = func(step string, n int) fault {
		if step == "PATCH" && n == 1 {
			return before
		}
		if step == "PATCH" {
			for _, j := range f.jobs {
				j.State = "UploadComplete"
			}
		}
		return none
	}
	for done, err := range f.client(t, bulk.Options{}).Ingest(t.Context(), assetJob, given(3)) {
		if err != nil || done.Successful() != 3 {
			t.Errorf("got %+v, %v", done, err)
		}
	}
}

// Another process of the same user may write the same object at this moment.
func TestAJobThatIsAtWorkIsNotTakenForALostOne(t *testing.T) {
	f := newFake(t)
	f.mu.Lock()
	theirs := f.make("Asset", "upsert")
	theirs.State = "InProgress"
	f.mu.Unlock()
	f.fault = func(step string, n int) fault {
		if step == "POST" && n == 1 {
			return after
		}
		return none
	}
	for done, err := range f.client(t, bulk.Options{}).Ingest(t.Context(), assetJob, given(3)) {
		if err != nil || done.Successful() != 3 {
			t.Errorf("got %+v, %v", done, err)
		}
	}
	if lost := f.jobs[f.order[1]]; theirs.State != "InProgress" || lost.State != "Aborted" {
		t.Errorf("the job of the other is %s, the lost one %s", theirs.State, lost.State)
	}
}
