package reconcile

import "strings"

// cleanReport is a migration in which everything went well.
func cleanReport() *Report {
	r := &Report{
		Format: ReportFormat, Run: "r-20261121-0001", Kind: "migrate", Line: "cad", LineName: "CAD Suite",
		Verdict: "pass", Message: "every row is where it should be",
		Started: "2026-11-21T20:00:00Z", Finished: "2026-11-21T20:04:12Z", Tool: "crosswalk 0.1.0", Encoding: 1,
		Mapping: "sha256:4f0c9a52d1e87b36", Scope: "sha256:98b1d0c4aa017e55", Plan: "sha256:c0ffee1234567890", Head: "sha256:0d5e3b7f88c21a90",
		Counts: []Counts{
			{Entity: "organizations", Source: "licdb", Mapping: "organizations-licdb", Read: 9120, Created: 8350, Merged: 742, Excluded: 28},
			{Entity: "organizations", Source: "acquired", Mapping: "organizations-acquired", Read: 1204, Created: 1011, Merged: 193},
			{Entity: "users", Source: "licdb", Mapping: "users-licdb", Read: 204118, Created: 199870, Merged: 4100, Archived: 148},
			{Entity: "entitlements", Source: "licdb", Mapping: "entitlements-licdb", Read: 512044, Created: 488210, Unchanged: 1200, Archived: 22600, Excluded: 34},
		},
		Reasons: []Reason{
			{"users", "users-licdb", "archived", "left before 2015", 148},
			{"entitlements", "entitlements-licdb", "archived", "expired for ten years", 22600},
			{"entitlements", "entitlements-licdb", "excluded", "test keys", 34},
			{"organizations", "organizations-licdb", "excluded", "internal", 28},
		},
		Soft:       []SoftCount{{"organizations", "name", 17}},
		Invariants: []Invariant{{Name: "H1", Title: "every line item belongs to an entitlement"}, {Name: "H2", Title: "activations stay within the quantity and its overdraft"}},
		NotChecked: []string{"Salesforce: this line has no mapping that reads it"},
	}
	settle(r)
	return r
}

// driftReport has findings of every kind and the nastiest of values.
func driftReport() *Report {
	r := &Report{
		Format: ReportFormat, Run: "r-20261122-0002", Kind: "reconcile", Line: "cad", LineName: "CAD <Suite> & Friends", Target: "crm",
		Verdict: "incomplete", Message: "1,281 rows differ, and 40 rows of users do not add up",
		Started: "2026-11-22T02:00:00Z", Finished: "2026-11-22T02:07:31Z", Tool: "crosswalk 0.1.0", Encoding: 1,
		Mapping: "sha256:4f0c9a52d1e87b36", Scope: "sha256:98b1d0c4aa017e55", Head: "sha256:77aa10cc93be4d02",
		Counts: []Counts{
			{Entity: "users", Source: "licdb", Mapping: "users-licdb", Read: 204118, Missing: 3, Changed: 12, Shifted: 2, Unchanged: 199815, Merged: 4100, Archived: 148},
			{Entity: "entitlements", Source: "licdb", Mapping: "entitlements-licdb", Read: 512044, Missing: 1020, Changed: 98, Unchanged: 487092, Merged: 11, Archived: 22600, Excluded: 34, Quarantined: 740, Rejected: 449, Extra: 104, Withheld: 60},
			{Entity: "entitlements", Source: "crm", Extra: 44, Withheld: 44},
		},
		Reasons: []Reason{
			{"entitlements", "entitlements-licdb", "archived", "expired for ten years", 22600},
			{"entitlements", "entitlements-licdb", "quarantined", "reference organization_id", 739},
			{"entitlements", "entitlements-licdb", "rejected", "no quantity", 448},
			{"users", "users-licdb", "archived", "left before 2015", 148},
			{"entitlements", "entitlements-licdb", "excluded", "test keys", 34},
			{"entitlements", "entitlements-licdb", "rejected", `<script>alert("rule")</script>`, 1},
			{"entitlements", "entitlements-licdb", "quarantined", "same key, different rows", 1},
		},
		Soft: []SoftCount{{"organizations", "name", 17}, {"users", "email", 3}},
		Withheld: []Withheld{
			{"entitlements", 60, "a source of this table could not put a key to 12 rows", false},
			{"entitlements", 44, "148 deletes are above the cap of 50 rows", true},
		},
		Invariants: []Invariant{
			{Name: "H1", Title: "every line item belongs to an entitlement"},
			{Name: "H2", Title: "activations stay within the quantity and its overdraft", Violations: 2, Examples: []string{"ACT-77: 9 of 7", "ACT-<b>78</b>: 3 of 1"}},
		},
		NotChecked: []string{
			"Salesforce: this line has no mapping that reads it",
			"the column notes of entitlements: no mapping fills it",
		},
		RefusedCount: 3,
		Refused: []Refused{
			{"line_items", "ACT-77", "update", "stale", "the row changed after the plan was made"},
			{"line_items", "=HYPERLINK(\"http://evil\")", "create", "rejected", "qty: -1 is below 0"},
			{"users", "u-9", "delete", "unsure", "the connection broke; <unknown> whether it was carried out"},
		},
		SetAside: []Aside{
			{"entitlements", "licdb", "entitlements-licdb", "LIC-00007", "quarantined", "reference organization_id", "organization_id: the organization it refers to is not carried", `{"LIC_NO":"LIC-00007","CUST":"C-404"}`},
			{"entitlements", "licdb", "entitlements-licdb", "LIC-00099", "quarantined", "reference organization_id", "organization_id: the organization it refers to is not carried", `{"LIC_NO":"LIC-00099","CUST":"masked:0011223344556677"}`},
			{"entitlements", "licdb", "entitlements-licdb", "+49 30 123456", "rejected", "no quantity", "QTY is empty", `{"LIC_NO":"+49 30 123456","NOTE":"line one\nline two"}`},
			{"entitlements", "licdb", "entitlements-licdb", "row 17\tof orders.csv", "rejected", `<script>alert("rule")</script>`, `a "quoted" reason, with a comma`, ""},
			{"entitlements", "licdb", "entitlements-licdb", "LIC-00500", "quarantined", "same key, different rows", "another row of the same key says otherwise; decide which is right", `{"LIC_NO":"LIC-00500"}`},
		},
		FindingCount: 1281,
		Findings:     nastyFindings(),
	}
	settle(r)
	return r
}

func settle(r *Report) {
	for i := range r.Counts {
		r.Counts[i].Settle(r.writes())
	}
}

// nastyFindings are findings of every kind; the names of their columns tell
// what is nasty about each.
func nastyFindings() []Difference {
	text := func(s string) *string { return &s }
	long := strings.Repeat("0123456789abcdef", 200)
	change := func(key, name string, want, have *string) Difference {
		return Difference{Entity: "line_items", Kind: "changed", Key: key, Mapping: "line-items-licdb", Fields: []FieldChange{{name, want, have}}}
	}
	return []Difference{
		{Entity: "entitlements", Kind: "missing", Key: "5f0c1b9e-8f52-5c1e-9f0a-3f1d2b7a9c11", Source: "LIC-00123", Mapping: "entitlements-licdb"},
		{Entity: "entitlements", Kind: "extra", Key: "9d2e77aa-0b1c-5d3e-8f90-aa11bb22cc33", Source: "LIC-99001"},
		change("ACT-77", "quantity", text("5"), text("7")),
		{Entity: "users", Kind: "changed", Key: "u-17", Source: "PERS-17", Mapping: "users-licdb", Fields: []FieldChange{
			{"email", text("masked:a1b2c3d4e5f60718"), text("masked:8877665544332211")},
			{"status", text("active"), nil},
			{"last_seen", nil, text("")},
			{"display_name", text("Zoë Müller-Lüdenscheidt"), text("Zoe Müller-Lüdenscheidt")},
		}},
		{Entity: "line_items", Kind: "changed", Class: ClassDateConvention, Key: "ACT-shift", Mapping: "line-items-licdb", Fields: []FieldChange{{"end_date", text("2025-12-31"), text("2026-01-01")}}},
		{Entity: "entitlements", Kind: "merged", Key: "LIC-00200", Mapping: "entitlements-licdb"},
		{Entity: "entitlements", Kind: "ambiguous", Key: "LIC-00500", Mapping: "entitlements-licdb"},
		{Entity: "entitlements", Kind: "duplicate", Key: "LIC-00501", Mapping: "entitlements-licdb"},
		change(`<img src=x onerror="alert(1)">`, "html", text(`<script>alert("x")</script>`), text(`<b>bold</b> & 'quoted'`)),
		change("ACT-quotes", "quotes", text(`say "no", twice`), text(`say "yes", twice`)),
		change("ACT-lines", "line breaks", text("first line\nsecond line"), text("first line\r\nsecond line")),
		change("ACT-marks", "bidi marks", text("invoice\u202efdp.exe"), text("invoice fdp.exe")),
		change("ACT-long", "long", text(long+"A"+long), text(long+"B"+long)),
		change("ACT-formula", "formula", text(`=cmd|' /C calc'!A0`), text(`@SUM(1+1)*cmd`)),
		change("-ACT\twith a tab", "negative", text("-5"), text("+5")),
		change("ACT-bytes", "no utf-8", text("caf\xe9 cr\xe8me"), text("café crème")),
		change("ACT-look-alike", "same glyphs", text("café Zürich Nord"), text("cafe\u0301 Zürich Nord")),
		change("ACT-space", "space at the end", text("Acme Corp"), text("Acme Corp ")),
		change("ACT-escape", "terminal escapes", text("plain"), text("\x1b[31mred\x1b[0m\x00")),
		change("ACT-null", "null and NULL", nil, text("NULL")),
		change("ACT-word", "null and null", text("null"), nil),
		change("ACT-21", "beyond what text lists", text("a"), text("b")),
	}
}
