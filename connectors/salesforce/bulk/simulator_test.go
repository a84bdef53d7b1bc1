package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// simulated starts an org in which Accounts have an external id, and opens it.
func simulated(t *testing.T, o simulator.Options, b bulk.Options) (*simulator.Server, *session.Session, *bulk.Client, error) {
	t.Helper()
	server, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Org().Define(t.Context(), "Account", org.Field{Name: "Key__c", Type: "string", Length: 80, ExternalID: true, Unique: true, CaseSensitive: true}); err != nil {
		t.Fatal(err)
	}
	demo := session.ClientCredentials{ClientID: "demo-client", ClientSecret: "demo-secret"}
	s, err := session.Open(t.Context(), session.Config{URL: address, Auth: demo}, session.Options{Wait: briefly})
	b.Dir = t.TempDir()
	return server, s, bulk.New(s, b), err
}

// briefly waits a thousandth of what it should: jobs of the simulator take
// milliseconds.
func briefly(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d / 1000):
		return nil
	}
}

var accounts = bulk.Job{Object: "Account", Operation: bulk.Upsert, ExternalID: "Key__c", Columns: []string{"Key__c", "Name", "Description"}}

func accountRows(n int) iter.Seq2[[][]byte, error] {
	return func(yield func([][]byte, error) bool) {
		for i := range n {
			if !yield([][]byte{fmt.Appendf(nil, "k%05d", i), fmt.Appendf(nil, "Acme \"%d\", Ltd.", i), []byte("two\nlines")}, nil) {
				return
			}
		}
	}
}

func TestRowsGoThroughTheSimulatorAndBack(t *testing.T) {
	server, s, c, err := simulated(t, simulator.Options{}, bulk.Options{PageRows: 1000, JobBytes: 50_000})
	if err != nil {
		t.Fatal(err)
	}
	const n = 2500
	jobs := 0
	for done, err := range c.Ingest(t.Context(), accounts, accountRows(n)) {
		if err != nil || done.Failed+done.Unprocessed != 0 {
			t.Fatal(done, err)
		}
		jobs++
	}
	if jobs != 3 {
		t.Errorf("%d jobs", jobs)
	}
	rows, err := c.Query(t.Context(), "SELECT Key__c, Name, Description FROM Account", false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := all(rows)
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	slices.SortFunc(got, slices.Compare)
	var want [][]string
	for cells, err := range accountRows(n) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, []string{string(cells[0]), string(cells[1]), string(cells[2])})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if ours := s.Calls(); ours.Total != server.TotalCalls() {
		t.Errorf("we count %+v, and the org %v", ours, server.Calls())
	}
}

func TestTheSimulatorsReasonsComeWithTheirRows(t *testing.T) {
	_, _, c, err := simulated(t, simulator.Options{}, bulk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := func(yield func([][]byte, error) bool) {
		_ = yield([][]byte{[]byte("a"), []byte("Acme"), nil}, nil) && yield([][]byte{[]byte("b"), nil, nil}, nil)
	}
	for done, err := range c.Ingest(t.Context(), accounts, rows) {
		if err != nil || done.Failed != 1 || done.Successful() != 1 {
			t.Fatal(done, err)
		}
		results, err := c.Results(t.Context(), done, bulk.Failed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"sf__Id", "sf__Error", "Key__c", "Name", "Description"}, results.Header()); diff != "" {
			t.Error(diff)
		}
		got, err := all(results)
		if err != nil || len(got) != 1 || got[0][2] != "b" || got[0][1] == "" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestWhatTheSimulatorLacksIsNamed(t *testing.T) {
	_, _, c, err := simulated(t, simulator.Options{Profile: simulator.Profile{HiddenObjects: []string{"Entitlement"}}}, bulk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, soql := range []string{"SELECT Id FROM Entitlement", "SELECT Foo__c FROM Account"} {
		_, err := c.Query(t.Context(), soql, false)
		if class := connectors.ClassOf(err); class != connectors.Missing {
			t.Errorf("%s: %s: %v", soql, class, err)
		}
	}
}

// Whatever goes wrong, rows are written once, and what is answered is true.
func TestBulkSurvivesEveryFault(t *testing.T) {
	for seed := range uint64(10) {
		server, _, c, err := simulated(t, simulator.Options{Seed: seed, Faults: []faults.Rule{
			{Kind: faults.SessionExpired, Path: "/jobs", Probability: 0.05},
			{Kind: faults.Unavailable, Path: "/jobs", Probability: 0.1, HTML: seed%2 == 0},
			{Kind: faults.ResponseLost, Path: "/jobs", Probability: 0.1},
			{Kind: faults.RowLock, Path: "/jobs", Probability: 0.2, Rows: 0.3},
			{Kind: faults.SlowJob, Path: "/jobs", Probability: 0.3},
			{Kind: faults.FailedBatch, Path: "/jobs", Probability: 0.2, Batch: 1},
		}}, bulk.Options{PageRows: 7, JobBytes: 300})
		if err != nil {
			t.Fatal(err)
		}
		good, unsure := 0, false
		for done, err := range c.Ingest(t.Context(), accounts, accountRows(20)) {
			if err != nil {
				unsure = errors.Is(err, session.ErrOutcomeUnknown)
				break
			}
			good += done.Successful()
		}
		there, err := server.Org().Count(t.Context(), "SELECT COUNT() FROM Account", false)
		if err != nil || there < good || there > good && !unsure {
			t.Errorf("seed %d: %d rows are answered as written and %d are there (unsure: %v), %v", seed, good, there, unsure, err)
		}
		rows, err := c.Query(t.Context(), "SELECT Key__c FROM Account", false)
		if err != nil {
			continue // named, and not taken for an empty table
		}
		got, err := all(rows)
		rows.Close()
		seen := map[string]bool{}
		for _, row := range got {
			seen[row[0]] = true
		}
		if err == nil && (len(seen) != there || len(got) != there) {
			t.Errorf("seed %d: %d rows are read, %d of them different, and %d are there", seed, len(got), len(seen), there)
		}
	}
}
