package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/all"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// crm is a system that can do no more than it must: it has no snapshot, cannot
// select rows, keeps an empty text as null, ends terms on the day after them,
// and does not guard its key. It stays open between commands.
type crm struct{ db *memory.DB }

type crmSettings struct{}

func (crmSettings) Validate() error { return nil }

func (c crm) Tables(ctx context.Context) ([]string, error) { return c.db.Tables(ctx) }
func (c crm) Close() error                                 { return nil }

func (c crm) Describe(ctx context.Context, table string) (*record.Schema, error) {
	return c.db.Describe(ctx, table)
}

func (c crm) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	if len(q.Match) > 0 {
		return nil, fmt.Errorf("crm: %w", errors.ErrUnsupported)
	}
	return c.db.Read(ctx, q)
}

func (c crm) Write(ctx context.Context, changes *connectors.Changes) ([]connectors.Answer, error) {
	return c.db.Write(ctx, changes)
}

func (c crm) Traits() connectors.Traits {
	return connectors.Traits{EndDates: connectors.EndExclusive, EmptyIsNull: true, MaxBatch: 2, Parallel: 1}
}

// outbound is the tiny workspace with a CRM.
type outbound struct {
	t   *testing.T
	crm crm
}

func newOutbound(t *testing.T, mappings map[string]string) *outbound {
	t.Helper()
	column := func(name string, kind record.Kind) record.Field {
		return record.Field{Name: name, Type: record.Type{Kind: kind, Scale: -1}, Nullable: true}
	}
	o := &outbound{t: t, crm: crm{memory.New(
		&record.Schema{Table: "Account", Key: []int{1}, Fields: []record.Field{
			column("Id", record.KindText), column("Key__c", record.KindText), column("Name", record.KindText),
		}},
		&record.Schema{Table: "Asset", Key: []int{0}, Fields: []record.Field{
			column("Key__c", record.KindText), column("Line__c", record.KindText), column("Account.Key__c", record.KindText),
			column("Description", record.KindText), column("UsageEndDate", record.KindDate), column("Owner", record.KindText),
		}},
	)}}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "tiny"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	o.sql("old.db", readText(t, "old.sql"))
	o.replace("crosswalk.yaml", "  old: {kind: sqlite, path: old.db}\n", "  old: {kind: sqlite, path: old.db}\n  crm: {kind: crm}\n")
	for name, text := range mappings {
		if err := os.WriteFile(filepath.Join("mappings", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// accounts and assets are how the CRM follows the hub.
const (
	accounts = `mapping: accounts
source: {system: hub, table: organizations}
target: {system: crm, table: Account, extra: ignore}
key: [id]
fields:
  Key__c: org_no
  Name: name
`
	assets = `mapping: assets
source: {system: hub, query: "SELECT id, entitlement_no, org_id.org_no, note, line FROM entitlements"}
target: {system: crm, table: Asset, line: Line__c}
after: [accounts]
key: [id]
line: line
fields:
  Key__c: entitlement_no
  Account.Key__c: org_id.org_no
  Description: note
  UsageEndDate: {value: date('2025-12-31'), end_date: true}
rules: []
`
)

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (o *outbound) replace(path, old, replacement string) {
	o.t.Helper()
	before := readText(o.t, path)
	after := strings.Replace(before, old, replacement, 1)
	if after == before {
		o.t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *outbound) sql(path, statement string) {
	o.t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		o.t.Fatal(err)
	}
}

// run runs a command, which must end with that code, and returns what it prints.
func (o *outbound) run(code int, args ...string) (stdout, stderr string) {
	o.t.Helper()
	var out, errs bytes.Buffer
	a := newApp()
	a.stdout, a.stderr, a.terminal, a.color, a.width = &out, &errs, false, false, 0
	a.registry = all.Connectors()
	connectors.Register(a.registry, "crm", func(context.Context, crmSettings) (crm, error) { return o.crm, nil })
	if got := a.run(append(args, "--quiet")); got != code {
		o.t.Fatalf("crosswalk %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

// find looks a value up in what a command printed as JSON.
func (o *outbound) find(document, path, want string) {
	o.t.Helper()
	found, err := findIn(document, path)
	if err != nil || spell(found) != want {
		o.t.Errorf("%s is %s (%v), want %s", path, spell(found), err, want)
	}
}

// rows shows a table of the CRM.
func (o *outbound) rows(table string, columns ...string) []string {
	o.t.Helper()
	r, err := o.crm.db.Read(o.t.Context(), connectors.Query{Table: table, Fields: columns})
	if err != nil {
		o.t.Fatal(err)
	}
	defer r.Close()
	var lines []string
	var b record.Batch
	for r.Read(o.t.Context(), &b) == nil {
		for i := range b.Len() {
			var cells []string
			for _, v := range b.Row(i) {
				cells = append(cells, v.String())
			}
			lines = append(lines, strings.Join(cells, " "))
		}
	}
	slices.Sort(lines)
	return lines
}

// edit changes a column of an asset.
func (o *outbound) edit(key, column string, v record.Value) {
	o.t.Helper()
	o.write("Asset", connectors.Update, []string{"Key__c", column}, record.Row{record.Text(key), v})
}

func (o *outbound) write(table string, op connectors.Op, columns []string, row record.Row) {
	o.t.Helper()
	whole, err := o.crm.db.Describe(o.t.Context(), table)
	if err != nil {
		o.t.Fatal(err)
	}
	schema, _, err := whole.Select(columns)
	if err != nil {
		o.t.Fatal(err)
	}
	var b record.Batch
	b.Reset(schema)
	copy(b.Add(), row)
	before := record.DigestOf(nil) // of no columns: whatever the row holds
	answers, err := o.crm.db.Write(o.t.Context(), &connectors.Changes{Rows: &b, Ops: []connectors.Op{op}, Before: []record.Digest{before}})
	if err != nil || answers[0].Outcome != connectors.Applied {
		o.t.Fatalf("%s %v: %v %v", op, row, answers, err)
	}
}

// settled makes an outbound whose hub and CRM hold what the mappings want.
func settled(t *testing.T) *outbound {
	t.Helper()
	o := newOutbound(t, map[string]string{"accounts.yaml": accounts, "assets.yaml": assets})
	o.run(exitClean, "migrate", "core")
	o.run(exitClean, "migrate", "core", "--to", "crm")
	return o
}

func load(t *testing.T, db *memory.DB, table string, rows ...record.Row) {
	t.Helper()
	if err := db.Load(table, rows...); err != nil {
		t.Fatal(err)
	}
}

func texts(values ...string) record.Row {
	var row record.Row
	for _, v := range values {
		if v == "" {
			row = append(row, record.Null())
			continue
		}
		row = append(row, record.Text(v))
	}
	return row
}

func TestALineGoesToAnotherSystemAsItGoesToTheHub(t *testing.T) {
	o := newOutbound(t, map[string]string{"accounts.yaml": accounts, "assets.yaml": assets})
	o.run(exitClean, "migrate", "core")

	out, _ := o.run(exitDifference, "plan", "core", "--to", "crm")
	if !strings.Contains(out, "Plan: core.crm.plan") || !strings.Contains(out, "Core Tools (core) to crm") {
		t.Error(out)
	}
	out, _ = o.run(exitClean, "show", "core.crm.plan")
	if account, asset := strings.Index(out, "\nAccount\n"), strings.Index(out, "\nAsset\n"); account < 0 || asset < account || !strings.Contains(out, "of line core to crm") {
		t.Errorf("parents do not come before children:\n%s", out)
	}
	out, _ = o.run(exitClean, "apply", "core.crm.plan", "--json")
	o.find(out, "target", "crm")
	o.find(out, "totals.created", "9")
	want := []string{"L1 core C1 first 2026-01-01", "L2 core C1  2026-01-01", "L3 core C2 third 2026-01-01", "L4 core C3  2026-01-01", "L5 core C4 fifth 2026-01-01"}
	if diff := cmp.Diff(want, o.rows("Asset", "Key__c", "Line__c", "Account.Key__c", "Description", "UsageEndDate")); diff != "" {
		t.Error(diff)
	}

	out, _ = o.run(exitClean, "apply", "core.crm.plan", "--json")
	o.find(out, "totals.created", "0")
	out, _ = o.run(exitClean, "migrate", "core", "--to", "crm", "--json")
	o.find(out, "totals.created", "0")
	o.find(out, "totals.updated", "0")
	o.find(out, "invariants", "[]")
	o.find(out, "not_checked.0", "Account: rows that only crm has are left alone")
	out, _ = o.run(exitClean, "reconcile", "--to", "crm", "--json")
	o.find(out, "0.totals.unchanged", "9")
	o.run(exitClean, "reconcile", "core")
	out, _ = o.run(exitClean, "runs", "--to", "crm", "--json")
	o.find(out, "len", "5")
	o.find(out, "0.target", "crm")
	o.run(exitClean, "ledger", "verify")

	out, _ = o.run(exitClean, "check", "--json")
	o.find(out, "lines.target=crm.tables", `["Account","Asset"]`)
	o.find(out, "lines.target=hub.mappings", "4")
}

func TestDriftInAnotherSystemIsFoundAndRepairedWithinItsScope(t *testing.T) {
	o := settled(t)
	o.edit("L1", "UsageEndDate", record.Date(2025, 12, 31))
	o.edit("L2", "Description", record.Text("changed"))
	o.edit("L3", "Owner", record.Text("nobody's business"))
	o.write("Asset", connectors.Delete, []string{"Key__c"}, texts("L4"))
	load(t, o.crm.db, "Asset", texts("X1", "core", "C1", "", "", ""), texts("X2", "edge", "C1", "", "", ""), texts("", "core", "C1", "without a key", "", ""))
	load(t, o.crm.db, "Account", texts("1", "X3", "of others"), texts("2", "", "without a key"))

	out, _ := o.run(exitDifference, "reconcile", "core", "--to", "crm", "--json")
	for count, want := range map[string]string{"missing": "1", "changed": "2", "shifted": "1", "extra": "1", "unchanged": "6", "identity_holds": "true"} {
		o.find(out, "totals."+count, want)
	}
	o.find(out, "message", "1 missing, 2 changed (1 by one day), 1 extra")
	o.find(out, "findings.key=L1.class", "date_convention")
	o.find(out, "findings.key=L1.fields.0.want", "2026-01-01")
	o.run(exitClean, "reconcile", "core") // the hub is not concerned
	out, _ = o.run(exitDifference, "reconcile", "core", "--to", "crm")
	if !strings.Contains(out, "One day apart") {
		t.Error(out)
	}

	o.run(exitClean, "migrate", "core", "--to", "crm")
	want := []string{" core", "L1 core", "L2 core", "L3 core", "L4 core", "L5 core", "X2 edge"}
	if diff := cmp.Diff(want, o.rows("Asset", "Key__c", "Line__c")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{" without a key", "C1 Acme GmbH", "C2 Bolt Ltd", "C3 Cog, Inc.", "C4 Dyn AG", "X3 of others"}, o.rows("Account", "Key__c", "Name")); diff != "" {
		t.Error(diff)
	}
}

func TestARowThatMovedInAnotherSystemIsLeftAlone(t *testing.T) {
	o := settled(t)
	o.edit("L1", "Description", record.Text("before the plan"))
	o.run(exitDifference, "plan", "core", "--to", "crm")
	o.edit("L1", "Description", record.Text("after the plan"))
	out, _ := o.run(exitIncomplete, "apply", "core.crm.plan", "--json")
	o.find(out, "totals.stale", "1")
	o.find(out, "refused.0.key", "L1")
	if diff := cmp.Diff([]string{"L1 after the plan"}, o.rows("Asset", "Key__c", "Description")[:1]); diff != "" {
		t.Error(diff)
	}
}

func TestARowWhoseSourceIsUndecidedStaysInAnotherSystem(t *testing.T) {
	o := settled(t)
	o.replace("mappings/assets.yaml", "rules: []", "rules: [{quarantine: \"entitlement_no == 'L1'\", because: look at it}]")
	load(t, o.crm.db, "Asset", texts("X1", "core", "C1", "", "", ""))
	out, _ := o.run(exitDifference, "migrate", "core", "--to", "crm", "--json")
	for count, want := range map[string]string{"quarantined": "1", "deleted": "1", "extra": "1", "withheld": "1"} {
		o.find(out, "totals."+count, want)
	}
	if diff := cmp.Diff([]string{"L1", "L2", "L3", "L4", "L5"}, o.rows("Asset", "Key__c")); diff != "" {
		t.Error(diff)
	}
}

func TestARowWithoutAKeyForAnotherSystemIsRejectedAndNothingDeleted(t *testing.T) {
	o := settled(t)
	o.replace("mappings/assets.yaml", "Key__c: entitlement_no", "Key__c: null_if(entitlement_no, 'L1')")
	out, _ := o.run(exitDifference, "migrate", "core", "--to", "crm", "--json")
	o.find(out, "totals.rejected", "1")
	o.find(out, "set_aside.0.reason", "column Key__c must not be null")
	o.find(out, "withheld.0.reason", "1 source rows have no readable key, so these may be among them")
	if diff := cmp.Diff([]string{"L1", "L2", "L3", "L4", "L5"}, o.rows("Asset", "Key__c")); diff != "" {
		t.Error(diff)
	}
}

func TestAKeyThatTwoRowsHaveIsForAPersonToDecide(t *testing.T) {
	o := settled(t)
	load(t, o.crm.db, "Asset", texts("L1", "core", "C1", "again", "", ""), texts("X1", "core", "C1", "one", "", ""), texts("X1", "core", "C1", "two", "", ""))
	before := o.rows("Asset", "Key__c", "Description")
	out, _ := o.run(exitDifference, "migrate", "core", "--to", "crm", "--json")
	for count, want := range map[string]string{"quarantined": "1", "deleted": "0", "extra": "2", "withheld": "2", "identity_holds": "true"} {
		o.find(out, "totals."+count, want)
	}
	o.find(out, "reasons.0.rule", "several rows of the target have the key")
	o.find(out, "set_aside.0.reason", "crm has 2 rows of this key; remove or mend all but one")
	if diff := cmp.Diff(before, o.rows("Asset", "Key__c", "Description")); diff != "" {
		t.Error(diff)
	}
}

func TestATargetThatCannotBeIsNamed(t *testing.T) {
	o := newOutbound(t, map[string]string{"accounts.yaml": accounts})
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"plan", "core", "--to", "old"}, `no mapping of core goes to "old"; they go to hub, crm`},
		{[]string{"reconcile", "--to", "old"}, `no mapping goes to "old"`},
	} {
		if _, errs := o.run(exitError, test.args...); !strings.Contains(errs, test.want) {
			t.Errorf("%s: %s", test.args, errs)
		}
	}
	o.replace("mappings/accounts.yaml", "{system: crm, table: Account, extra: ignore}", "{system: old, table: contacts}")
	if _, errs := o.run(exitError, "check"); !strings.Contains(errs, "system old can only be read") {
		t.Error(errs)
	}
	o.replace("mappings/accounts.yaml", "system: old", "system: odl")
	if _, errs := o.run(exitError, "check"); !strings.Contains(errs, `mappings/accounts.yaml:3:18: crosswalk.yaml has no system "odl"`) {
		t.Error(errs)
	}
}

func TestAPlanOfAnotherScopeIsRefused(t *testing.T) {
	o := settled(t)
	o.edit("L1", "Description", record.Text("changed"))
	o.run(exitDifference, "plan", "core", "--to", "crm")
	o.replace("mappings/accounts.yaml", "extra: ignore", "line: Name")
	o.replace("mappings/accounts.yaml", "  Name: name\n", "")
	o.replace("mappings/accounts.yaml", "key: [id]", "key: [id]\nline: name")
	if _, errs := o.run(exitRefused, "apply", "core.crm.plan"); !strings.Contains(errs, "the plan was made for another mapping") {
		t.Error(errs)
	}
}

func TestWhatIsMaskedOnItsWayIntoTheHubIsMaskedOnItsWayOut(t *testing.T) {
	o := newOutbound(t, map[string]string{"accounts.yaml": strings.NewReplacer("organizations", "users", "org_no", "id", "Name: name", "Name: email").Replace(accounts)})
	o.run(exitClean, "migrate", "core")
	out, _ := o.run(exitDifference, "reconcile", "core", "--to", "crm", "--json")
	o.find(out, "finding_count", "3")
	o.run(exitDifference, "plan", "core", "--to", "crm")
	shown, _ := o.run(exitClean, "show", "core.crm.plan")
	if strings.Contains(out+shown, "acme.example") || !strings.Contains(shown, "Name=masked:") {
		t.Error(shown)
	}
}

func TestAMaskedKeyThatWasNotWrittenIsNotTold(t *testing.T) {
	o := newOutbound(t, map[string]string{"accounts.yaml": accounts, "assets.yaml": strings.Replace(assets, "Key__c: entitlement_no", "Key__c: {value: entitlement_no, mask: true}", 1)})
	o.run(exitClean, "migrate", "core")
	o.run(exitDifference, "plan", "core", "--to", "crm")
	load(t, o.crm.db, "Asset", texts("L1", "", "", "made meanwhile", "", ""))
	out, _ := o.run(exitIncomplete, "apply", "core.crm.plan", "--json")
	o.find(out, "refused_count", "1")
	report, _ := o.run(exitClean, "report", "last", "--format", "csv")
	if strings.Contains(out+report, "L1") {
		t.Errorf("%s\n%s", out, report)
	}
	out, _ = o.run(exitIncomplete, "migrate", "core", "--to", "crm", "--json")
	if strings.Contains(out, "L1") || !strings.Contains(out, "masked:") {
		t.Error(out)
	}
}

func TestANightInWhichNoLineCouldBeComparedHasAnEmptyList(t *testing.T) {
	o := newOutbound(t, map[string]string{"accounts.yaml": accounts})
	o.replace("mappings/accounts.yaml", "table: Account", "table: Acount")
	o.replace("crosswalk.yaml", "lines:\n", "lines:\n  - {code: more, name: More, mappings: [accounts.yaml]}\n")
	out, errs := o.run(exitError, "reconcile", "--to", "crm", "--json")
	o.find(out, "len", "0")
	if out != "[]\n" || strings.Count(errs, "was not compared") != 2 {
		t.Errorf("%s%s", out, errs)
	}
}

func TestAPlanShownAsJSONTellsWhatAnUpdateReplaces(t *testing.T) {
	o := newOutbound(t, map[string]string{"accounts.yaml": accounts, "assets.yaml": strings.Replace(assets, "Description: note", "Description: {value: note, mask: true}", 1)})
	o.run(exitClean, "migrate", "core")
	o.run(exitClean, "migrate", "core", "--to", "crm")
	o.edit("L1", "UsageEndDate", record.Date(2025, 12, 31))
	o.edit("L3", "Description", record.Null())
	o.edit("L5", "Description", record.Text("secret"))
	o.run(exitDifference, "plan", "core", "--to", "crm")
	out, _ := o.run(exitClean, "show", "core.crm.plan", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 4 || strings.Contains(out, "secret") {
		t.Fatal(out)
	}
	o.find(lines[1], "op", "update")
	o.find(lines[1], "row.UsageEndDate", "2026-01-01")
	o.find(lines[1], "was", `{"UsageEndDate":"2025-12-31"}`)
	o.find(lines[2], "was", `{"Description":null}`)
	o.find(lines[3], "was.@", "Description")
}
