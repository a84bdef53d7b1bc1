package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"crosswalk/internal/simulator"
)

func TestWhatSalesforceRefusesAsAWholeIsOneLineThatSaysWhatToDo(t *testing.T) {
	r := rehearse(t)
	before := r.content()
	for name, test := range map[string]struct {
		options simulator.Options
		adapt   func(*rehearsal)
		code    int
		says    []string
	}{
		"wrong credentials": {
			adapt: func(r *rehearsal) { r.env["CRM_SECRET"] = "hunter2" },
			code:  exitError, says: []string{"system crm: log in", "invalid_client", "check client id and client secret"},
		},
		"a user without the API": {
			adapt: func(r *rehearsal) {
				r.refuse = refusal("", http.StatusForbidden, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")
			},
			code: exitError, says: []string{"describe Account in Salesforce", "API_DISABLED_FOR_ORG", "this user's profile lacks the API"},
		},
		"an object that this user may not write": {
			adapt: func(r *rehearsal) {
				r.refuse = refusal("PATCH", http.StatusForbidden, "INSUFFICIENT_ACCESS_OR_READONLY", "no")
			},
			code: exitError, says: []string{"write Account in Salesforce", "INSUFFICIENT_ACCESS_OR_READONLY", "permission sets"},
		},
		"an object that is not enabled": {
			options: simulator.Options{Profile: simulator.Profile{HiddenObjects: []string{"Entitlement"}}},
			code:    exitError, says: []string{`no object "Entitlement"`, "enabled in Setup", "Entitlement Management"},
		},
		"a field that this user may only read": {
			options: simulator.Options{Profile: simulator.Profile{ReadOnlyFields: []string{"Asset.SerialNumber"}}},
			code:    exitError, says: []string{"Asset", "SerialNumber cannot be written", "leave it out of the mapping, or give the user edit access"},
		},
		"a field that is not there": {
			adapt: func(r *rehearsal) {
				r.replace("mappings/crm/assets.yaml", "SerialNumber: serial", "Serial__c: serial")
			},
			code: exitError, says: []string{"mappings/crm/assets.yaml:15:", "Serial__c"},
		},
		"an external id that is none": {
			adapt: func(r *rehearsal) { r.replace("crosswalk.yaml", "Asset: Key__c", "Asset: SerialNumber") },
			code:  exitError, says: []string{"SerialNumber, which is not marked as an external id in Setup", "Key__c"},
		},
		"no calls left today": {
			options: simulator.Options{DailyAPIRequests: 12},
			code:    exitIncomplete, says: []string{"incomplete", "daily API calls", "run it again when that is over"},
		},
		"a budget that is used up": {
			options: simulator.Options{DailyAPIRequests: 40},
			adapt:   func(r *rehearsal) { r.replace("crosswalk.yaml", "budget: 100", "budget: 30") },
			code:    exitIncomplete, says: []string{"incomplete", "40 daily API calls", "raise the budget"},
		},
		"an org that is down": {
			adapt: func(r *rehearsal) {
				r.refuse = refusal("", http.StatusServiceUnavailable, "SERVER_UNAVAILABLE", "maintenance")
			},
			code: exitIncomplete, says: []string{"incomplete", "SERVER_UNAVAILABLE", "maintenance", "run it again"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.restart(test.options)
			if test.adapt != nil {
				test.adapt(r)
			}
			out, errs := r.ends(test.code, "migrate", "core", "--to", "crm")
			line := strings.TrimPrefix(errs, usage.FindString(errs))
			if strings.Count(line, "\n") != 1 || out != "" {
				t.Errorf("it says\n%s%s", out, errs)
			}
			for _, text := range test.says {
				if !strings.Contains(line, text) {
					t.Errorf("%q lacks %q", line, text)
				}
			}
			for _, secret := range []string{"hunter2", "demo-secret"} {
				if strings.Contains(errs, secret) {
					t.Errorf("%q holds a secret", errs)
				}
			}
			r.refuse, r.env["CRM_SECRET"] = nil, "demo-secret"
			r.calm()
			r.inBetween(before, wanted(t))
		})
	}
}

// A row that cannot be is refused alone: the others are written, it is counted,
// and every form of the report says why. What the org's description tells is
// known before the row is sent; what only the org knows is not.
func TestARowThatSalesforceRefusesIsNamedWithWhatToDo(t *testing.T) {
	bad := []struct {
		key, good, bad string // of a row of the file
		sent           bool
		says           []string
	}{
		{"L05", "Mesher 5", strings.Repeat("Mesher ", 40), false, []string{"Name", "255"}},
		{"L07", "Optimizer 7", "", false, []string{"Name", "must not be null"}},
		{"L08", ",40,", ",12345678901234,", false, []string{"Quantity", "does not fit decimal(12,2)"}},
		{"L09", "SN-009", `"SN-009 "`, true, []string{"SerialNumber", "trim it in the mapping"}},
		{"L11", "Installed,SN-011", "Broken,SN-011", true, []string{"Status", "Broken", "add the value to the picklist in Setup, or map it"}},
		{"L12", "L12,C3", "L12,C9", true, []string{"C9 not found", "write the parents first"}},
	}
	for _, bulkFrom := range []string{"100", "1"} {
		t.Run("bulk_from "+bulkFrom, func(t *testing.T) {
			r := rehearse(t)
			r.env["BULK_FROM"] = bulkFrom
			want := wanted(t)
			for _, row := range bad {
				r.replace("files/licenses.csv", row.good, row.bad)
				want = slices.DeleteFunc(want, func(line string) bool { return strings.HasPrefix(line, "Asset | "+row.key) })
			}
			out, _ := r.ends(exitIncomplete, "migrate", "core", "--to", "crm", "--json")
			r.find(out, map[string]string{
				"totals.rejected": "6", "refused_count": "3", "totals.created": "15", "totals.updated": "3", "totals.deleted": "3", "totals.identity_holds": "true",
			})
			csv, _ := r.ends(exitClean, "report", "--format", "csv")
			html, _ := r.ends(exitClean, "report", "--format", "html")
			for _, row := range bad {
				path := "set_aside.key=" + row.key + ".reason"
				if row.sent {
					path = "refused.key=" + row.key + ".reason"
				}
				reason, err := findIn(out, path)
				for _, text := range row.says {
					if err != nil || !strings.Contains(spell(reason), text) {
						t.Errorf("the reason of %s is %q, which lacks %q (%v)", row.key, reason, text, err)
					}
					if !strings.Contains(csv, text) || !strings.Contains(html, text) {
						t.Errorf("a form of the report lacks %q", text)
					}
				}
			}
			r.holds(want)
		})
	}
}

// S1 is an external id that is not marked as unique, so two records can have it.
const twice = `{"attributes":{"type":"Entitlement"},"Name":"one","Key__c":"S1","Account":{"Key__c":"O1"},"Line__c":"core"}
{"attributes":{"type":"Entitlement"},"Name":"two","Key__c":"S1","Account":{"Key__c":"O1"},"Line__c":"core"}`

// Since the two stay, so do the assets that they might be about.
func TestAnExternalIDThatFitsTwoRecordsIsForAPersonToDecide(t *testing.T) {
	r := rehearse(t)
	r.load(twice)
	out, _ := r.ends(exitDifference, "migrate", "core", "--to", "crm", "--json")
	r.find(out, map[string]string{
		"totals.quarantined": "1", "totals.created": "20", "totals.deleted": "1", "totals.extra": "2", "totals.identity_holds": "true",
		"set_aside.key=S1.reason": "crm has 2 rows of this key; remove or mend all but one", "withheld.0.entity": "Asset", "withheld.0.rows": "2",
	})
	r.twoStand("Asset | X1 | core | C1 | Gone |  |  |  |  |  |  |", "Asset | X2 | core | O1 | Gone, too |  |  |  |  |  |  |")
}

func TestAnExternalIDThatFitsTwoRecordsSinceThePlanIsRefused(t *testing.T) {
	for _, bulkFrom := range []string{"100", "1"} {
		t.Run("bulk_from "+bulkFrom, func(t *testing.T) {
			r := rehearse(t)
			r.env["BULK_FROM"] = bulkFrom
			r.ends(exitDifference, "plan", "core", "--to", "crm")
			r.load(twice)
			out, _ := r.ends(exitIncomplete, "apply", "core.crm.plan", "--json")
			r.find(out, map[string]string{
				"totals.rejected": "1", "totals.created": "20", "refused_count": "1", "refused.0.key": "S1",
				"refused.0.reason": `two records have the external id Key__c "S1": merge them, and mark the field as unique`,
			})
			r.twoStand()
		})
	}
}

// twoStand checks that the two records and some others are as they were, and
// everything else as it should be.
func (r *rehearsal) twoStand(others ...string) {
	r.t.Helper()
	want := slices.DeleteFunc(wanted(r.t), func(row string) bool { return strings.HasPrefix(row, "Entitlement | S1") })
	want = append(want, others...)
	want = append(want, "Entitlement | S1 | core | O1 |  | one |  |  |  |", "Entitlement | S1 | core | O1 |  | two |  |  |  |")
	slices.Sort(want)
	r.holds(want)
}
