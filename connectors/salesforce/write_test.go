package salesforce

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/org"
	"crosswalk/record"
)

// openLab opens an org with three accounts, as a connector that uses the
// Bulk API from so many rows.
func openLab(t *testing.T, l *lab, bulkFrom int, adapt ...func(*Config)) *Org {
	t.Helper()
	if err := l.accounts(t.Context(), "A-0", "A-1", "A-2"); err != nil {
		t.Fatal(err)
	}
	c := l.config()
	c.BulkFrom = bulkFrom
	for _, a := range adapt {
		a(&c)
	}
	o, err := l.open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func define(t *testing.T, l *lab, object string, fields ...org.Field) {
	t.Helper()
	if err := l.Org().Define(t.Context(), object, fields...); err != nil {
		t.Fatal(err)
	}
}

// texts makes rows of texts; "" is null.
func texts(t *testing.T, o *Org, table string, fields []string, rows ...[]string) *connectors.Changes {
	t.Helper()
	whole, err := o.Describe(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := whole.Select(fields)
	if err != nil {
		t.Fatal(err)
	}
	c := &connectors.Changes{Rows: &record.Batch{Limit: len(rows)}}
	c.Rows.Reset(s)
	for f := range fields {
		c.Compared = append(c.Compared, f)
	}
	for _, values := range rows {
		row := c.Rows.Add()
		for f, v := range values {
			if v != "" {
				row[f] = record.Text(v)
			}
		}
		c.Ops = append(c.Ops, connectors.Create)
		c.Before = append(c.Before, record.Digest{})
	}
	return c
}

// seen says that the rows of c were seen with these values.
func seen(c *connectors.Changes, op connectors.Op, rows ...[]string) *connectors.Changes {
	for i, values := range rows {
		row := make(record.Row, len(values))
		for f, v := range values {
			if v != "" {
				row[f] = record.Text(v)
			}
		}
		c.Ops[i], c.Before[i] = op, record.DigestOf(record.AppendRow(nil, row))
	}
	return c
}

// answered writes c and compares the answers, each an outcome and a part of
// its reason.
func answered(t *testing.T, o *Org, c *connectors.Changes, want ...string) {
	t.Helper()
	answers, err := o.Write(t.Context(), c)
	if err != nil {
		t.Error(err)
	}
	for i, a := range answers {
		outcome, reason, _ := strings.Cut(want[i], ": ")
		if a.Outcome.String() != outcome || !strings.Contains(a.Reason, reason) {
			t.Errorf("row %d is %s: %s, want %s", i, a.Outcome, a.Reason, want[i])
		}
	}
}

// bothWays runs a test with collections and with jobs.
func bothWays(t *testing.T, test func(t *testing.T, bulkFrom int)) {
	for name, bulkFrom := range map[string]int{"collections": 2000, "jobs": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, bulkFrom)
		})
	}
}

func TestARefusedRowIsNamedWithWhatToDo(t *testing.T) {
	bothWays(t, func(t *testing.T, bulkFrom int) {
		l := newLab(t, simulator.Options{})
		define(t, l, "Asset", org.Field{Name: "Tier__c", Type: "picklist", Picklist: []string{"gold", "silver"}, RestrictedPicklist: true},
			org.Field{Name: "Serial__c", Type: "string", Length: 20, Unique: true})
		o := openLab(t, l, bulkFrom)
		fields := []string{"Entl_Key__c", "Name", "Account.LICDB_Id__c", "Tier__c", "Serial__c"}
		answered(t, o, texts(t, o, "Asset", fields,
			[]string{"k1", "one", "A-0", "gold", "s1"},
			[]string{"k2", "two", "A-0", "bronze", "s2"},
			[]string{"k3", "three", "A-99", "gold", "s3"},
			[]string{"k4", strings.Repeat("x", 256), "A-0", "gold", "s4"},
			[]string{"k5", "five", "", "gold", "s5"},
			[]string{"k6", "", "A-0", "gold", "s6"},
			[]string{"", "seven", "A-0", "gold", "s7"},
			[]string{"k8", " eight", "A-0", "gold", "s8"},
			[]string{"k1", "nine", "A-0", "gold", "s9"},
		),
			"applied",
			"rejected: INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST in Tier__c: ",
			"rejected: write the parents first",
			"rejected: is longer than the 255 characters of the field: shorten it",
			"rejected: Every asset needs an account",
			"rejected: Name must not be null",
			"rejected: Entl_Key__c must not be null",
			"rejected: has blanks at its ends",
			"rejected: an earlier row of this write has the external id Entl_Key__c \"k1\"",
		)
		answered(t, o, texts(t, o, "Asset", fields, []string{"k10", "ten", "A-0", "gold", "s1"}, []string{"k11", "eleven", "A-0", "", ""}),
			"rejected: another record has this value in a unique field", "applied")
		answered(t, o, texts(t, o, "Asset", []string{"Entl_Key__c", "Account.LICDB_Id__c"}, []string{"k12", "A-0"}, []string{"k13", "A-0"}),
			"rejected: REQUIRED_FIELD_MISSING in Name", "rejected: fill it in the mapping")
	})
}

func TestWhatCannotBeWrittenAtAllIsOneError(t *testing.T) {
	l := newLab(t, simulator.Options{Profile: simulator.Profile{ReadOnlyFields: []string{"Asset.SerialNumber"}}})
	o := openLab(t, l, 2000)
	for says, fields := range map[string][]string{
		"SerialNumber cannot be written": {"Entl_Key__c", "SerialNumber"},
		"CreatedById cannot be written":  {"Entl_Key__c", "CreatedById"},
		"say the same":                   {"Entl_Key__c", "Account.LICDB_Id__c", "AccountId"},
		"the rows lack the key":          {"Name"},
	} {
		answers, err := o.Write(t.Context(), texts(t, o, "Asset", fields, make([]string, len(fields))))
		if connectors.ClassOf(err) != connectors.Invalid || !strings.Contains(err.Error(), says) || answers != nil {
			t.Errorf("%v: got %v, want an error that says %q", fields, err, says)
		}
	}
}

func TestAnExternalIDThatFitsTwoRecordsIsRefused(t *testing.T) {
	bothWays(t, func(t *testing.T, bulkFrom int) {
		l := newLab(t, simulator.Options{})
		define(t, l, "Asset", org.Field{Name: "Loose__c", Type: "string", Length: 40, ExternalID: true})
		o := openLab(t, l, bulkFrom, func(c *Config) { c.ExternalIDs = map[string]string{"Account": "LICDB_Id__c", "Asset": "Loose__c"} })
		for _, key := range []string{"twice", "twice", "Alike"} {
			change := org.Change{Object: "Asset", Op: org.Insert,
				Values: map[string]org.Cell{"Name": org.Text("x"), "Loose__c": org.Text(key)}, Parents: map[string]org.Parent{"Account": {Field: "LICDB_Id__c", Value: "A-0"}}}
			if err := l.apply(t.Context(), []org.Change{change}); err != nil {
				t.Fatal(err)
			}
		}
		fields := []string{"Loose__c", "Name", "Account.LICDB_Id__c"}
		answered(t, o, texts(t, o, "Asset", fields, []string{"twice", "x", "A-0"}, []string{"alike", "x", "A-0"}, []string{"new", "x", "A-0"}, []string{"NEW", "x", "A-0"}),
			"rejected: two records have the external id",
			`rejected: a record has the external id Loose__c "Alike", which Salesforce takes for the same`,
			"applied",
			"rejected: an earlier row of this write has the external id",
		)
	})
}

func TestRowsKnownByTheirIdAreChangedAndDeletedButNotCreated(t *testing.T) {
	bothWays(t, func(t *testing.T, bulkFrom int) {
		l := newLab(t, simulator.Options{})
		o := openLab(t, l, bulkFrom, func(c *Config) { c.ExternalIDs = nil })
		rows := content(t, o, connectors.Query{Table: "Account", Fields: []string{"Id", "Name"}})
		if len(rows) != 3 {
			t.Fatalf("there are %d accounts", len(rows))
		}
		first, second, third := rows[0], rows[1], rows[2]
		fields := []string{"Id", "Name"}
		c := texts(t, o, "Account", fields, []string{first[0][:15], "changed"}, []string{second[0], ""}, []string{"001000000000001", "new"}, third)
		seen(c, connectors.Update, first)
		c.Ops[1] = connectors.Delete
		c.Before[1] = seen(texts(t, o, "Account", fields, second), connectors.Delete, second).Before[0]
		answered(t, o, c, "applied", "applied", "rejected: name an external id of Account in external_ids", "unchanged")
		left := content(t, o, connectors.Query{Table: "Account", Fields: fields})
		if diff := cmp.Diff([][]string{{first[0], "changed"}, third}, left); diff != "" {
			t.Error(diff)
		}
	})
}

// content reads rows as texts, in the order in which they come.
func content(t *testing.T, o *Org, q connectors.Query) [][]string {
	t.Helper()
	r, err := o.Read(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return rowsOf(t, r)
}

func rowsOf(t *testing.T, r record.Reader) [][]string {
	t.Helper()
	defer r.Close()
	var rows [][]string
	var b record.Batch
	for r.Read(t.Context(), &b) == nil {
		for i := range b.Len() {
			var texts []string
			for _, v := range b.Row(i) {
				texts = append(texts, v.String())
			}
			rows = append(rows, texts)
		}
	}
	return rows
}

func TestAParentIsSetAndTakenAway(t *testing.T) {
	bothWays(t, func(t *testing.T, bulkFrom int) {
		o := openLab(t, newLab(t, simulator.Options{}), bulkFrom, func(c *Config) { c.ExternalIDs["Asset"] = "Entl_Key__c" })
		fields := []string{"LICDB_Id__c", "Name", "Parent.LICDB_Id__c"}
		a, b := []string{"B-1", "one", "A-1"}, []string{"B-2", "two", "A-2"}
		answered(t, o, texts(t, o, "Account", fields, a, b), "applied", "applied")
		c := texts(t, o, "Account", fields, []string{"B-1", "one", ""}, []string{"B-2", "two", "A-1"})
		answered(t, o, seen(c, connectors.Update, a, b), "applied", "applied")
		q := connectors.Query{Table: "Account", Fields: fields, Match: []connectors.Match{{Field: "LICDB_Id__c", In: []record.Value{record.Text("B-1"), record.Text("B-2")}}}}
		have := content(t, o, q)
		slices.SortFunc(have, slices.Compare) // the org promises no order
		if diff := cmp.Diff([][]string{{"B-1", "one", ""}, {"B-2", "two", "A-1"}}, have); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATextThatReadsAsNullInAJobIsWrittenAllTheSame(t *testing.T) {
	o := openLab(t, newLab(t, simulator.Options{}), 1)
	fields := []string{"LICDB_Id__c", "Name", "Description"}
	rows := [][]string{{"B-1", "#N/A", "#N/A"}, {"B-2", "two", "x"}, {"B-3", "three", "x"}}
	c := texts(t, o, "Account", fields, rows...)
	answered(t, o, c, "applied", "applied", "applied")
	answered(t, o, c, "unchanged", "unchanged", "unchanged")
}

func TestALargeWriteNeedsFewCalls(t *testing.T) {
	l := newLab(t, simulator.Options{})
	l.wait = inProportion
	o := openLab(t, l, 0)
	const n = 2_500 // more than bulk_from
	var rows [][]string
	var applied, unchanged []string
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("B-%05d", i), "name", "A-1"})
		applied, unchanged = append(applied, "applied"), append(unchanged, "unchanged")
	}
	c := texts(t, o, "Account", []string{"LICDB_Id__c", "Name", "Parent.LICDB_Id__c"}, rows...)
	for _, step := range []struct {
		want []string
		most int
	}{{applied, 20}, {unchanged, 12}} {
		before := l.TotalCalls()
		answered(t, o, c, step.want...)
		if calls := l.TotalCalls() - before; calls > step.most {
			t.Errorf("%d rows %s: %d calls, want at most %d", n, step.want[0], calls, step.most)
		}
	}
	if have, want := o.Usage().Calls, l.TotalCalls(); have != want {
		t.Errorf("the connector counts %d calls, the org %d", have, want)
	}
}

func TestARowThatOthersHoldIsLeftToTheNextPlan(t *testing.T) {
	bothWays(t, func(t *testing.T, bulkFrom int) {
		l := newLab(t, simulator.Options{Faults: always("row-lock")})
		o := openLab(t, l, bulkFrom)
		answered(t, o, texts(t, o, "Account", []string{"LICDB_Id__c", "Name"}, []string{"B-1", "x"}, []string{"B-2", "x"}),
			"stale: UNABLE_TO_LOCK_ROW", "stale: UNABLE_TO_LOCK_ROW")
	})
}

func TestACanceledWriteSaysSo(t *testing.T) {
	o := openLab(t, newLab(t, simulator.Options{}), 1)
	c := texts(t, o, "Account", []string{"LICDB_Id__c", "Name"}, []string{"B-1", "x"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if answers, err := o.Write(ctx, c); err == nil || answers != nil {
		t.Errorf("got %v, %v", answers, err)
	}
}

func TestEightWorkersWriteAndReadAtOnce(t *testing.T) {
	bothWays(t, func(t *testing.T, bulkFrom int) {
		o := openLab(t, newLab(t, simulator.Options{}), bulkFrom)
		fields := []string{"LICDB_Id__c", "Name"}
		var workers sync.WaitGroup
		for n := range 8 {
			c := texts(t, o, "Account", fields, []string{fmt.Sprint("B-", n), "x"}, []string{fmt.Sprint("C-", n), "x"})
			workers.Go(func() {
				answered(t, o, c, "applied", "applied")
				if r, err := o.Read(t.Context(), connectors.Query{Table: "Account", Fields: fields}); err != nil {
					t.Error(err)
				} else if rows := rowsOf(t, r); len(rows) < 3+2 {
					t.Errorf("a worker reads %d rows", len(rows))
				}
			})
		}
		workers.Wait()
		if rows := content(t, o, connectors.Query{Table: "Account", Fields: fields}); len(rows) != 3+16 {
			t.Errorf("there are %d rows", len(rows))
		}
	})
}
