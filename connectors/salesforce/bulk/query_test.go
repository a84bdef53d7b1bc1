package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
)

const soql = "SELECT Id, Name FROM Asset"

func assets(n int) [][]string {
	table := [][]string{{"Id", "Name"}}
	for i := range n {
		table = append(table, []string{fmt.Sprintf("02i%012dAAA", i), fmt.Sprintf("row \"%d\",\nof %d", i, n)})
	}
	return table
}

// all reads what is left of rows.
func all(rows *bulk.Rows) ([][]string, error) {
	var got [][]string
	for {
		cells, err := rows.Next()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		var row []string
		for _, cell := range cells {
			row = append(row, string(cell))
		}
		got = append(got, row)
	}
}

func TestAQueryYieldsEachRowOnce(t *testing.T) {
	for _, n := range []int{0, 1, 4, 5, 6, 23} {
		f := newFake(t)
		f.table = assets(n)
		rows, err := f.client(t, bulk.Options{PageRows: 5}).Query(t.Context(), soql, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := all(rows)
		if diff := cmp.Diff(f.table[1:], got); len(got) != n || n > 0 && diff != "" || err != nil {
			t.Error(n, err, diff)
		}
		if diff := cmp.Diff(f.table[0], rows.Header()); diff != "" {
			t.Error(diff)
		}
		if j := f.jobs[f.order[0]]; j.Operation != "queryAll" || j.Query != soql {
			t.Errorf("asked for %+v", j)
		}
		rows.Close()
		rows.Close()
		if len(f.jobs) != 0 || f.calls["DELETE"] != 1 {
			t.Errorf("%d jobs are left after %d deletes", len(f.jobs), f.calls["DELETE"])
		}
		if _, err := rows.Next(); err == nil || err == io.EOF {
			t.Errorf("closed rows give %v", err)
		}
	}
}

func TestPollsGrowFarApart(t *testing.T) {
	f := newFake(t)
	f.table, f.polls = assets(1), 12
	rows, err := f.client(t, bulk.Options{}).Query(t.Context(), soql, false)
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	var want []time.Duration
	for _, s := range []float64{.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300} {
		want = append(want, time.Duration(s*float64(time.Second)))
	}
	if diff := cmp.Diff(want, f.waits); diff != "" {
		t.Error(diff)
	}
}

func TestABrokenPageIsReadAgainWithoutItsFirstRows(t *testing.T) {
	for name, what := range map[string]fault{"cut": cut, "short": short, "lost": after} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.table = assets(2000)
			f.fault = func(step string, n int) fault {
				if step == "results" && n%2 == 1 {
					return what
				}
				return none
			}
			rows, err := f.client(t, bulk.Options{PageRows: 700}).Query(t.Context(), soql, false)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			got, err := all(rows)
			if diff := cmp.Diff(f.table[1:], got); diff != "" || err != nil {
				t.Error(err, len(got))
			}
		})
	}
}

func TestAPageThatStaysBrokenIsAnErrorAndNoEnd(t *testing.T) {
	f := newFake(t)
	f.table = assets(10)
	f.fault = func(step string, n int) fault {
		if step == "results" {
			return short
		}
		return none
	}
	rows, err := f.client(t, bulk.Options{}).Query(t.Context(), soql, false)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got, err := all(rows)
	if connectors.ClassOf(err) != connectors.Transient || len(got) != 9 {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if _, again := rows.Next(); !errors.Is(again, err) {
		t.Errorf("the error is gone: %v", again)
	}
}

func TestAReadGoesOnWhereItWasLeft(t *testing.T) {
	f := newFake(t)
	f.table = assets(23)
	for left := range 24 {
		c := f.client(t, bulk.Options{PageRows: 5})
		rows, err := c.Query(t.Context(), soql, false)
		if err != nil {
			t.Fatal(err)
		}
		for range left {
			if _, err := rows.Next(); err != nil {
				t.Fatal(err)
			}
		}
		at := rows.Position()
		rows.Leave()
		if rows, err = c.Resume(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		got, err := all(rows)
		if diff := cmp.Diff(f.table[1+left:], got); left < 23 && diff != "" || err != nil || len(got) != 23-left {
			t.Error(left, err, diff)
		}
		rows.Close()
		if _, err := c.Resume(t.Context(), at); connectors.ClassOf(err) != connectors.Missing {
			t.Errorf("a job that is gone: %v", err)
		}
	}
	if _, err := f.client(t, bulk.Options{}).Resume(t.Context(), "?"); connectors.ClassOf(err) != connectors.Invalid {
		t.Errorf("no position: %v", err)
	}
}

func TestAQueryThatIsGivenUpIsAborted(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.fault = func(step string, n int) fault {
		if step == "GET" {
			cancel()
		}
		return none
	}
	_, err := f.client(t, bulk.Options{}).Query(ctx, soql, false)
	if !errors.Is(err, context.Canceled) || f.jobs[f.order[0]].State != "Aborted" {
		t.Errorf("the job is %s, the error %v", f.jobs[f.order[0]].State, err)
	}
}

func TestAFailedQueryTellsWhy(t *testing.T) {
	f := newFake(t)
	f.fault = func(step string, n int) fault {
		if step == "GET" {
			return failed
		}
		return none
	}
	_, err := f.client(t, bulk.Options{}).Query(t.Context(), soql, false)
	if connectors.ClassOf(err) != connectors.Invalid || !strings.Contains(err.Error(), "Field name not found : Foo") {
		t.Errorf("got %v", err)
	}
}

func TestALostJobIsAbortedAndOthersAreLeftAlone(t *testing.T) {
	f := newFake(t)
	f.table = assets(3)
	c := f.client(t, bulk.Options{})
	known, err := c.Query(t.Context(), soql, false)
	if err != nil {
		t.Fatal(err)
	}
	defer known.Close()
	f.mu.Lock()
	elsewhere := []*job{f.make("Asset", "query"), f.make("Asset", "queryAll"), f.make("Contact", "query"), f.make("Asset", "query")}
	for _, j := range elsewhere {
		j.State = "InProgress"
	}
	elsewhere[0].foreign = true
	elsewhere[3].created = time.Now().Add(-time.Hour)
	posts := f.calls["POST"]
	f.mu.Unlock()
	f.fault = func(step string, n int) fault {
		if step == "POST" && n == posts+1 {
			return after
		}
		return none
	}
	rows, err := c.Query(t.Context(), soql, false)
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	for _, j := range elsewhere {
		if j.State != "InProgress" {
			t.Errorf("the job of somebody else is %s", j.State)
		}
	}
	if lost := f.jobs[f.order[5]]; lost.State != "Aborted" {
		t.Errorf("the lost job is %s", lost.State)
	}
}
