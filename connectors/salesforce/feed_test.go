package salesforce

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/org"
	"crosswalk/record"
)

// changed reads the names of the accounts in the feed and its last cursor.
func changed(t *testing.T, o *Org, since record.Cursor) (names []string, last record.Cursor) {
	t.Helper()
	r, err := o.Changes(t.Context(), "Account", since)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := r.Schema().Index("Name")
	b := record.Batch{Limit: 2}
	for r.Read(t.Context(), &b) == nil {
		for i := range b.Len() {
			names = append(names, b.Row(i)[name].AsText())
		}
		last = b.Cursor
	}
	slices.Sort(names)
	return names, last
}

func head(t *testing.T, o *Org) record.Cursor {
	t.Helper()
	at, err := o.Head(t.Context(), "Account")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (l *lab) later(d time.Duration) { l.ahead.Add(int64(d)) }

func TestAFeedLeavesWhatIsYoungAndReadsTheOverlapAgain(t *testing.T) {
	l := newLab(t, simulator.Options{})
	o := openLab(t, l, 2000)
	l.later(time.Hour)
	since := head(t, o)
	if err := l.accounts(t.Context(), "B-1"); err != nil {
		t.Fatal(err)
	}
	if names, _ := changed(t, o, since); len(names) > 0 {
		t.Errorf("a change within the lag is in the feed: %v", names)
	}
	l.later(5 * time.Minute)
	first, cursor := changed(t, o, since)
	l.later(5 * time.Minute)
	again, cursor := changed(t, o, cursor)
	l.later(time.Hour)
	repeated, cursor := changed(t, o, cursor)
	gone, _ := changed(t, o, cursor)
	if diff := cmp.Diff([][]string{{"Account B-1"}, {"Account B-1"}, {"Account B-1"}, nil}, [][]string{first, again, repeated, gone}); diff != "" {
		t.Error(diff)
	}
}

func TestAFeedDoesNotPassATransactionThatStillRuns(t *testing.T) {
	l := newLab(t, simulator.Options{})
	o := openLab(t, l, 2000)
	l.later(time.Hour)
	since := head(t, o)
	late := l.Org().BeginLate()
	l.later(2 * time.Hour) // far longer than the overlap
	if err := l.accounts(t.Context(), "B-1"); err != nil {
		t.Fatal(err)
	}
	l.later(5 * time.Minute)
	if names, cursor := changed(t, o, since); len(names) > 0 {
		t.Errorf("the feed goes past the transaction, to %s: %v", cursor, names)
	}
	meanwhile := head(t, o)
	if _, err := late.Apply(t.Context(), []org.Change{{Object: "Account", Op: org.Insert, Values: map[string]org.Cell{"Name": org.Text("Account B-2"), "LICDB_Id__c": org.Text("B-2")}}}, true); err != nil {
		t.Fatal(err)
	}
	for _, since := range []record.Cursor{since, meanwhile} {
		names, _ := changed(t, o, since)
		if diff := cmp.Diff([]string{"Account B-1", "Account B-2"}, names); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAFalseCursorIsNamed(t *testing.T) {
	o := openLab(t, newLab(t, simulator.Options{}), 2000)
	if _, err := o.Changes(t.Context(), "Account", "yesterday"); connectors.ClassOf(err) != connectors.Invalid || !strings.Contains(err.Error(), `"yesterday"`) {
		t.Errorf("got %v", err)
	}
}

// remove deletes an account for good or into the Recycle Bin.
func (l *lab) remove(t *testing.T, op org.Op, key string) {
	t.Helper()
	ids, err := l.Org().FindExternal(t.Context(), "Account", "LICDB_Id__c", key)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if err := l.apply(t.Context(), []org.Change{{Object: "Account", Op: op, ID: ids[0]}}); err != nil {
		t.Fatal(err)
	}
}

func TestDeletesThatAreNotAllKnownAskForAFullCompare(t *testing.T) {
	for name, transport := range map[string]http.RoundTripper{
		"too long ago":              http.DefaultTransport,
		"gone from the Recycle Bin": purged{},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, simulator.Options{})
			l.transport = transport
			o := openLab(t, l, 2000)
			l.later(time.Hour)
			since := head(t, o)
			l.remove(t, org.Delete, "A-1")
			if transport == http.DefaultTransport {
				l.later(16 * 24 * time.Hour)
			}
			l.later(5 * time.Minute)
			_, err := o.Deleted(t.Context(), "Account", since)
			if connectors.ClassOf(err) != connectors.Invalid || !strings.Contains(err.Error(), "compare in full") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// purged logs the delete of a record that is in no Recycle Bin.
type purged struct{}

func (purged) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/deleted") {
		r.Header.Set("Accept-Encoding", "identity")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "/deleted") {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	text := strings.Replace(string(body), `"deletedRecords":[`, `"deletedRecords":[{"id":"001000000000009AAA","deletedDate":"2026-01-31T10:00:00.000+0000"},`, 1)
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	return resp, err
}

func TestAKeyThatIsThereAgainIsNotDeleted(t *testing.T) {
	l := newLab(t, simulator.Options{})
	o := openLab(t, l, 2000)
	l.later(time.Hour)
	since := head(t, o)
	l.remove(t, org.Delete, "A-1")
	l.remove(t, org.Delete, "A-2")
	if err := l.accounts(t.Context(), "A-1"); err != nil {
		t.Fatal(err)
	}
	l.later(5 * time.Minute)
	r, err := o.Deleted(t.Context(), "Account", since)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"A-2"}}, rowsOf(t, r)); diff != "" {
		t.Error(diff)
	}
}

func TestDeletesWithoutACursorAreRefused(t *testing.T) {
	o := openLab(t, newLab(t, simulator.Options{}), 2000)
	if _, err := o.Deleted(t.Context(), "Account", ""); err == nil || errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "compare in full") {
		t.Errorf("got %v", err)
	}
}
