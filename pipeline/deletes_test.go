package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
	"crosswalk/pipeline"
	"crosswalk/record"
)

// deleteWorld is a migrated world of n companies, each with a license that
// has a seat. Its sources can be emptied with keep.
func deleteWorld(t failer, n int) (w *world, keep func(companies, licenses, seats []record.Row)) {
	w = newWorld(t, threeTables(), companies, licensesQuarantined, seats)
	keep = func(companies, licenses, seats []record.Row) {
		crm := w.system("crm", sourceTables()...)
		load(t, crm, "company", companies...)
		load(t, crm, "license", licenses...)
		load(t, crm, "seat", seats...)
	}
	keep(deleteRows(n))
	w.migrate()
	return w, keep
}

func deleteRows(n int) (companies, licenses, seats []record.Row) {
	for i := 1; i <= n; i++ {
		c, l := fmt.Sprint("c", i), fmt.Sprint("l", i)
		companies = append(companies, row(c, "Acme"))
		licenses = append(licenses, row(l, c, nil))
		seats = append(seats, row(fmt.Sprint("s", i), l))
	}
	return companies, licenses, seats
}

func TestDeletesComeAfterAllElseAndChildrenBeforeParents(t *testing.T) {
	w, keep := deleteWorld(t, 3)
	companies, licenses, seats := deleteRows(4)
	companies[0] = row("c1", "Bolt")
	keep(slices.Delete(companies, 1, 2), slices.Delete(licenses, 1, 2), slices.Delete(seats, 1, 2))
	r, s := w.plan()
	want := []string{
		"companies update c1", "companies create c4", "licenses create l4", "seats create s4",
		"seats delete s2", "licenses delete l2", "companies delete c2",
	}
	slices.Sort(want[:2])
	slices.Sort(s.changes[:2])
	if diff := cmp.Diff(want, s.changes); diff != "" {
		t.Error(diff)
	}
	if len(r.Withheld) > 0 {
		t.Errorf("withheld: %+v", r.Withheld)
	}
	w.migrate()
	w.settled()
}

func TestDeletesBeyondTheCapAreWithheld(t *testing.T) {
	gone := func(n int) ([]record.Row, []record.Row, []record.Row) {
		companies, licenses, seats := deleteRows(10)
		return companies, licenses, seats[n:]
	}
	for name, test := range map[string]struct {
		limit    pipeline.DeleteCap
		gone     int
		withheld bool
	}{
		"as many rows as allowed":       {pipeline.DeleteCap{Rows: 2}, 2, false},
		"one more":                      {pipeline.DeleteCap{Rows: 2}, 3, true},
		"as many percent as allowed":    {pipeline.DeleteCap{Percent: 30}, 3, false},
		"more percent, but few rows":    {pipeline.DeleteCap{Rows: 4, Percent: 30}, 4, false},
		"more percent and rows":         {pipeline.DeleteCap{Rows: 3, Percent: 30}, 4, true},
		"no deletes at all are allowed": {pipeline.DeleteCap{}, 1, true},
		"all rows, and all are allowed": {pipeline.DeleteCap{Percent: 100}, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, keep := deleteWorld(t, 10)
			w.job.Deletes = test.limit
			keep(gone(test.gone))
			r, s := w.plan()
			deletes := len(s.changes)
			switch {
			case test.withheld && (deletes != 0 || len(r.Withheld) != 1 || !r.Withheld[0].Gate || r.Withheld[0].Rows != int64(test.gone)):
				t.Errorf("%d deletes, withheld %+v", deletes, r.Withheld)
			case !test.withheld && (deletes != test.gone || len(r.Withheld) != 0):
				t.Errorf("%d deletes, withheld %+v", deletes, r.Withheld)
			}
			if c := counted(t, r, "seats"); c.Extra != int64(test.gone) {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestRowsWhoseSourceIsUndecidedAreNotDeleted(t *testing.T) {
	w, keep := deleteWorld(t, 4)
	companies, licenses, seats := deleteRows(4)
	companies[0] = row("c1", "bad")  // quarantined, and with it l1 and s1
	companies[1] = row("c2", "gone") // excluded; l2 and s2 are quarantined
	keep(companies, licenses, seats[:3])
	r, s := w.plan()
	if diff := cmp.Diff([]string{"seats delete s4"}, s.changes); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "seats"); c.Extra != 3 || c.Withheld != 2 || c.Quarantined != 2 {
		t.Errorf("%+v", c)
	}
	var held []string
	for _, h := range r.Withheld {
		held = append(held, fmt.Sprint(h.Entity, " ", h.Rows, " ", h.Gate, " ", strings.Fields(h.Reason)[0]))
	}
	want := []string{"companies 1 false their", "licenses 2 false their", "seats 2 false their", "companies 1 false rows"}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsDeletedWhileRowsWithoutAKeyMayBeIt(t *testing.T) {
	w, keep := deleteWorld(t, 3)
	companies, licenses, seats := deleteRows(3)
	seats[2] = row(nil, "l3")
	keep(companies, licenses, seats)
	r, s := w.plan()
	if len(s.changes) != 0 || len(r.Withheld) != 1 || r.Withheld[0].Gate || r.Withheld[0].Rows != 1 {
		t.Errorf("planned %v, withheld %+v", s.changes, r.Withheld)
	}
}

func TestNothingIsDeletedWhileInputIsUnreadable(t *testing.T) {
	w, keep := deleteWorld(t, 3)
	companies, licenses, seats := deleteRows(3)
	keep(companies, licenses, seats[:2])
	w.job.Systems["crm"] = rejecting{w.job.Systems["crm"], "seat"}
	r, s := w.plan()
	if len(s.changes) != 0 || len(r.Withheld) != 1 {
		t.Errorf("planned %v, withheld %+v", s.changes, r.Withheld)
	}
	if c := counted(t, r, "seats"); c.Read != 3 || c.Rejected != 1 || c.Unchanged != 2 {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff([]string{"seats file.csv:7 rejected"}, w.recorder.aside()); diff != "" {
		t.Error(diff)
	}
}

func TestDeletesThatAreWithheldKeepTheRowsThatTheyReferTo(t *testing.T) {
	w, keep := deleteWorld(t, 3)
	companies, licenses, seats := deleteRows(3)
	keep(companies[:1], licenses[:1], append(seats[:2], row(nil, "l3")))
	r, s := w.plan()
	if len(s.changes) != 0 {
		t.Errorf("planned %v, withheld %+v", s.changes, r.Withheld)
	}
	w.job.Target = &guarded{DB: w.target, refs: map[string]map[string]string{"licenses": {"company_id": "companies"}, "seats": {"license_id": "licenses"}}}
	w.migrate()
}

func TestChildrenAreDeletedBeforeParentsOfTheirOwnTable(t *testing.T) {
	rows := []record.Row{row("k", "root", nil), row("self", "S", "self"), row("x", "X", "y"), row("y", "Y", "x"), row("z", "Z", "x")}
	for i, key := range []string{"c", "p", "a", "q", "b", "m", "d"} {
		parents := []string{"k", "c", "p", "a", "q", "b", "m"}
		rows = append(rows, row(key, "N", parents[i]))
	}
	w := groupWorld(t, "quarantine", rows...)
	w.job.Target = &guarded{DB: w.target, refs: map[string]map[string]string{"groups": {"parent_id": "groups"}}}
	w.migrate()
	load(t, w.system("crm", table("company", "id", "name", "parent")), "company", rows[0])
	_, s := w.plan()
	var order []string
	for _, c := range s.changes {
		order = append(order, strings.TrimPrefix(c, "groups delete "))
	}
	slices.Sort(order[:3]) // leaves come in order of their ids
	if diff := cmp.Diff([]string{"d", "self", "z", "m", "b", "q", "a", "p", "c"}, order[:9]); diff != "" {
		t.Error(diff)
	}
	if len(order) != 11 {
		t.Errorf("the circle is left: %v", order)
	}
	w.migrate()
	w.settled()
}

func TestTwoMappingsOfOneSystemCountTheirWithheldRowsOnce(t *testing.T) {
	w := newWorld(t, threeTables(), companies, strings.NewReplacer("mapping: companies", "mapping: branches", "table: company", "table: branch").Replace(companies))
	load(t, w.system("crm", table("company", "id", "name"), table("branch", "id", "name")), "company", row("c1", "Acme"))
	w.migrate()
	load(t, w.system("crm", table("company", "id", "name"), table("branch", "id", "name")), "company", row("c1", "bad"))
	r, _ := w.plan()
	if a, b := counted(t, r, "companies"), counted(t, r, "branches"); a.Extra+b.Extra != 1 || a.Withheld+b.Withheld != 1 {
		t.Errorf("%+v\n%+v", a, b)
	}
}

// rejecting is a source in which a line of one table is unreadable.
type rejecting struct {
	connectors.Source
	table string
}

func (s rejecting) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	r, err := s.Source.Read(ctx, q)
	if err != nil || q.Table != s.table {
		return r, err
	}
	return &rejectingReader{Reader: r}, nil
}

type rejectingReader struct {
	record.Reader
	told bool
}

func (r *rejectingReader) Read(ctx context.Context, b *record.Batch) error {
	if r.told {
		return r.Reader.Read(ctx, b)
	}
	r.told = true
	b.Reset(r.Schema())
	b.Rejects = append(b.Rejects, record.Reject{Where: "file.csv:7", Reason: "5 fields instead of 2", Input: "secret,line"})
	return nil
}

// guarded is a target that refuses a row that refers to none, and to delete
// one that others refer to, as a database does.
type guarded struct {
	*memory.DB
	refs map[string]map[string]string // table, column: the table referred to
}

func (g *guarded) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	answers, err := g.DB.Write(ctx, c)
	if err != nil {
		return nil, err
	}
	return answers, g.check(ctx)
}

func (g *guarded) check(ctx context.Context) error {
	for table, columns := range g.refs {
		for column, parent := range columns {
			parents, err := readAll(ctx, g.DB, parent, "id")
			if err != nil {
				return err
			}
			children, err := readAll(ctx, g.DB, table, column)
			if err != nil {
				return err
			}
			for _, c := range children {
				if !c[0].IsNull() && !slices.ContainsFunc(parents, func(p record.Row) bool { return p[0] == c[0] }) {
					return fmt.Errorf("a row of %s refers to a row of %s that is not there", table, parent)
				}
			}
		}
	}
	return nil
}
