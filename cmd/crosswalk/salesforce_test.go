package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// settle lets the org and the hub hold what the mappings want.
func (r *rehearsal) settle() {
	r.t.Helper()
	r.ends(exitClean, "migrate", "core", "--to", "crm")
	r.ends(exitClean, "migrate", "core")
}

func TestALineGoesToSalesforceAndFromThereToTheHub(t *testing.T) {
	r := rehearse(t)
	out, _ := r.ends(exitDifference, "plan", "core", "--to", "crm", "--json")
	r.find(out, map[string]string{
		"target": "crm", "totals.read": "26", "totals.missing": "21", "totals.changed": "3", "totals.extra": "3",
		"totals.archived": "1", "totals.excluded": "1", "totals.identity_holds": "true",
		"calls.0.system": "crm", "not_checked.0": "Account: rows that only crm has are left alone",
	})
	out, _ = r.ends(exitClean, "show", "core.crm.plan")
	for _, order := range [][]string{{"\nAccount\n", "\nAsset\n", "\nEntitlement\n", "- X3", "- X1"}} {
		at := 0
		for _, text := range order {
			next := strings.Index(out[at:], text)
			if next < 0 {
				t.Fatalf("%q is not there, or not behind the others of %q:\n%s", text, order, out)
			}
			at += next
		}
	}
	out, errs := r.ends(exitClean, "apply", "core.crm.plan")
	if !strings.Contains(errs, "crm: ") || !strings.Contains(errs, " API calls, ") || !strings.Contains(out, "27 rows written") {
		t.Error(out, errs)
	}
	r.holds(wanted(t))

	writes := r.writes()
	out, _ = r.ends(exitClean, "apply", "core.crm.plan", "--json")
	r.find(out, map[string]string{"totals.created": "0", "totals.updated": "0", "totals.deleted": "0", "totals.unchanged": "27"})
	r.ends(exitClean, "plan", "core", "--to", "crm")
	out, _ = r.ends(exitClean, "migrate", "core", "--to", "crm", "--json")
	r.find(out, map[string]string{"totals.created": "0", "totals.updated": "0", "totals.deleted": "0", "totals.unchanged": "24"})
	if n := r.writes() - writes; n != 0 {
		t.Errorf("%d calls of the second apply write", n)
	}
	out, _ = r.ends(exitClean, "reconcile", "--to", "crm", "--json")
	r.find(out, map[string]string{"0.totals.unchanged": "24", "0.finding_count": "0"})

	r.ends(exitDifference, "plan", "core")
	out, _ = r.ends(exitClean, "apply", "core.plan", "--json")
	r.find(out, map[string]string{"target": "hub", "totals.created": "19", "calls.0.system": "crm"})
	r.ends(exitClean, "reconcile", "core")
	out, _ = r.ends(exitClean, "migrate", "core", "--json")
	r.find(out, map[string]string{"totals.created": "0", "totals.updated": "0", "totals.deleted": "0", "totals.unchanged": "19"})
	r.ends(exitClean, "ledger", "verify")
}

func TestWhatOthersDoInSalesforceIsFoundAndRepaired(t *testing.T) {
	r := rehearse(t)
	r.settle()
	r.edit("Asset", "L01", map[string]string{"Description": "changed", "Quantity": "6"})
	r.edit("Asset", "L03", map[string]string{"UsageEndDate": "2025-04-30"})
	r.remove("Asset", "L02")
	r.edit("Entitlement", "S4", map[string]string{"EndDate": "2026-02-01"})
	r.edit("Account", "C1", map[string]string{"Phone": "nobody's business"})
	r.load(`{"attributes":{"type":"Asset"},"Name":"New","Key__c":"X9","Account":{"Key__c":"C2"},"Line__c":"core","Status":"Installed"}`)

	out, _ := r.ends(exitDifference, "reconcile", "core", "--to", "crm", "--json")
	r.find(out, map[string]string{
		"finding_count": "6", "totals.missing": "1", "totals.changed": "4", "totals.shifted": "1", "totals.extra": "1", "totals.unchanged": "19",
		"findings.key=L01.fields.len": "2", "findings.key=L01.kind": "changed", "findings.key=L02.kind": "missing", "findings.key=X9.kind": "extra",
		"findings.key=L03.class": "date_convention", "findings.key=L03.fields.0.want": "2025-05-01", "findings.key=L03.fields.0.have": "2025-04-30",
		"findings.key=S4.fields.0.name": "EndDate", "findings.key=S2.fields.0.name": "Asset.Key__c", // its asset was removed
	})
	if found, err := findIn(out, "findings.key=S4.class"); err == nil {
		t.Errorf("a month is taken for a convention: %v", found)
	}
	out, _ = r.ends(exitDifference, "reconcile", "core", "--json") // Salesforce is the source here
	r.find(out, map[string]string{
		"finding_count": "3", "findings.kind=missing.source_key": "X9", "findings.kind=changed.source_key": "L01", "findings.kind=changed.fields.0.have": "null",
		"totals.extra": "1",
	})

	r.ends(exitDifference, "plan", "core", "--to", "crm")
	r.ends(exitClean, "apply", "core.crm.plan")
	r.holds(wanted(t))
	r.ends(exitClean, "reconcile", "core", "--to", "crm")
	r.ends(exitClean, "reconcile", "core")
}

// Few rows are guarded by REST, many by a job.
func TestARowThatMovedInSalesforceIsNotOverwritten(t *testing.T) {
	for _, bulkFrom := range []string{"100", "1"} {
		t.Run("bulk_from "+bulkFrom, func(t *testing.T) {
			r := rehearse(t)
			r.env["BULK_FROM"] = bulkFrom
			r.ends(exitDifference, "plan", "core", "--to", "crm")
			r.edit("Asset", "L04", map[string]string{"Name": "Moved"})
			r.edit("Asset", "X2", map[string]string{"Name": "Moved, too"})
			r.load(`{"attributes":{"type":"Asset"},"Name":"Somebody was quicker","Key__c":"L05","Account":{"Key__c":"C1"},"Line__c":"core"}`)
			r.remove("Entitlement", "S2")

			out, _ := r.ends(exitIncomplete, "apply", "core.crm.plan", "--json")
			r.find(out, map[string]string{
				"totals.stale": "4", "totals.created": "20", "totals.updated": "1", "totals.deleted": "2", "refused_count": "4",
				"refused.key=L04.reason": "the row has changed since it was seen", "refused.key=L05.reason": "a row with this key exists, with other values",
				"refused.key=S2.reason": "the row is gone", "refused.key=X2.op": "delete",
			})
			want := []string{"Asset | L04 | Moved |", "Asset | L05 | Somebody was quicker |", "Asset | X2 | Moved, too |"}
			for _, row := range want {
				if !strings.Contains(strings.Join(r.rows("Asset", "Key__c", "Name"), "\n"), row) {
					t.Errorf("%s was overwritten", row)
				}
			}
			r.ends(exitDifference, "plan", "core", "--to", "crm")
			r.ends(exitClean, "apply", "core.crm.plan")
			r.holds(wanted(t))
		})
	}
}

func TestEightCommandsCanUseAnOrgAtOnce(t *testing.T) {
	r := rehearse(t)
	r.env["BULK_FROM"] = "5"
	r.settle()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			args := [][]string{{"reconcile", "core", "--to", "crm"}, {"reconcile", "core"}, {"plan", "core", "--to", "crm", "-o", fmt.Sprint(n, ".plan")}, {"profile", "crm.Asset"}}[n%4]
			if code, out, errs := r.command(args...); code != exitClean {
				t.Errorf("%s: exit code %d\n%s%s", args, code, out, errs)
			}
		})
	}
	all.Wait()
	r.holds(wanted(t))
}

// wanted is what the org holds when all is well.
func wanted(t *testing.T) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(readText(t, "wanted.txt")), "\n")
}

// writes counts the calls to the org that write rows.
func (r *rehearsal) writes() int {
	calls := r.org.Load().Calls()
	return calls["collection"] + calls["bulk ingest"]
}
