package estate

import "fmt"

// Rate says how often a defect is made, as a share of the rows that can have
// it, at the noise level "dirty".
type Rate struct {
	ID         string
	LICDB      float64
	Bryndal    float64
	Salesforce float64
	What       string
	Expected   string // what a migration should do with such a row
}

// Rates returns the one list of defects and their rates. 70 % of the defects
// of a kind fall into one tenth of the clusters (a month of one sales office,
// say), for real defects have a common cause.
func Rates() []Rate {
	return []Rate{
		{"D01", 0.12, 0.10, 0.15, "the same company again, spelled otherwise", "migrated; a matter for matching"},
		{"D02", 0, 0.22, 0, "a customer of both companies", "migrated; a matter for matching"},
		{"D03", 0.06, 0.05, 0.04, "the same person again, e-mail in other case or with blanks", "merged"},
		{"D04", 0.025, 0, 0.02, "the same person under a second e-mail", "migrated; a matter for matching"},
		{"D05", 0.03, 0.05, 0.015, "no usable e-mail: n/a, x@, two in one field", "user quarantined"},
		{"D06", 0.04, 0, 0.03, "a shared mailbox as a user", "migrated"},
		{"D06b", 0.004, 0, 0, "one e-mail, two differently named people", "both quarantined"},
		{"D07", 0.004, 0.01, 0.002, "a look-alike domain", "migrated; a matter for profiling"},
		{"D08", 0.025, 0.06, 0.008, "leading, double, no-break or zero-width space", "cleaned"},
		{"D09", 0.012, 0.03, 0, "a byte of windows-1252 where Latin-1 is declared", "repaired"},
		{"D10", 0.008, 0.005, 0.003, "UTF-8 encoded twice", "migrated as it stands"},
		{"D11", 0.003, 0.004, 0.001, "letters lost to ? or U+FFFD", "migrated as it stands"},
		{"D12", 0.0015, 0.006, 0, "line break or tab inside a name", "cleaned"},
		{"D13", 0.007, 0, 0, "name cut at the width of the column", "migrated as it stands"},
		{"D14", 0.15, 0.35, 0.06, "country as free text", "looked up"},
		{"D15", 0.03, 0.08, 0.01, "NULL, N/A, - as text", "null"},
		{"D20", 0.02, 0.02, 0, "a date that may be day/month or month/day", "quarantined"},
		{"D20b", 0.02, 0.20, 0, "a date in another, unambiguous format", "read"},
		{"D21", 0, 0.05, 0, "an Excel serial number as text", "read"},
		{"D22", 0.015, 0, 0, "zero date 0000-00-00", "quarantined"},
		{"D24", 0.006, 0.01, 0.003, "subscription with the end date of a perpetual license", "quarantined"},
		{"D25", 0.002, 0.04, 0, "two-digit year", "read"},
		{"D26", 0.005, 0.01, 0.002, "end before start", "quarantined"},
		{"D28", 0.04, 0.12, 0.02, "maintenance without an end", "maintenance quarantined"},
		{"D29", 0.03, 0, 0.02, "gap in maintenance", "migrated"},
		{"D30", 0.0005, 0.004, 0, "impossible date", "rejected"},
		{"D31", 0.016, 0, 0, "created on the day of an import", "migrated"},
		{"D42", 0.005, 0.01, 0.01, "SKU of no catalog", "quarantined"},
		{"D42b", 0.015, 0.03, 0, "known misspelling of a SKU", "looked up"},
		{"D43", 0, 0.01, 0, "SKU that a spreadsheet turned into a number", "looked up"},
		{"D44", 0.015, 0, 0.02, "packs counted as seats", "migrated; quantity check finds it"},
		{"D45", 0.004, 0.008, 0.003, "negative quantity of a license", "quarantined"},
		{"D46", 0.009, 0.02, 0.004, "no quantity, or zero", "quarantined"},
		{"D47", 0, 0.06, 0, "quantity as text: 1.000, 10 users, unl.", "read"},
		{"D48", 0.003, 0.006, 0.001, "999999 for unlimited", "unlimited"},
		{"D49", 0, 0.20, 0.08, "no unit", "from the license model"},
		{"D60", 0.007, 0.025, 0, "license of a customer that is not there", "quarantined"},
		{"D61", 0.02, 0.03, 0, "activation of a license that is gone", "archived"},
		{"D62", 0.01, 0, 0.005, "order without items", "excluded"},
		{"D63", 0.04, 0, 0.008, "license without an order", "migrated without it"},
		{"D63b", 0.012, 0, 0, "order item without a license", "migrated"},
		{"D64", 0, 0, 0, "four orders of one day instead of instalments (60 % of some customers of Vault)", "migrated; a matter for matching"},
		{"D65", 0.006, 0.015, 0.004, "the same row again", "merged"},
		{"D66", 0, 0.003, 0, "blank key", "rejected"},
		{"D67", 0, 0, 0, "company that is its own parent, or the parent of its parent (a handful)", "link dropped"},
		{"D68", 0.002, 0, 0, "license that is its own parent", "link dropped"},
		{"D69", 0.05, 0.08, 0.069, "status that contradicts the dates", "migrated"},
		{"D70", 0.018, 0, 0, "more activations than seats", "migrated"},
		{"D71", 0.009, 0, 0, "the same host at two customers", "migrated"},
		{"D72", 0.005, 0, 0, "key in another case", "verbatim"},
		{"D73", 0.06, 0, 0, "no copy of the key", "key excluded"},
		{"D74", 0.01, 0.02, 0.015, "test and demo customers", "excluded"},
		{"D75", 0.03, 0.03, 0, "deleted, in three dialects", "excluded"},
		{"D77", 0, 0.002, 0, "subtotal row or repeated header", "excluded"},
		{"D78", 0.025, 0.03, 0.03, "reseller in the place of the customer", "migrated"},
		{"D27", 0, 0, 0.03, "end of an asset a day later than in LICDB", "migrated; found when the two are compared"},
		{"D41", 0, 0, 0.04, "a second product for one SKU", "looked up"},
		{"D76", 0, 0, 0.005, "two serial numbers in one field", "quarantined"},
		{"D90", 0, 0, 0.011, "license of LICDB without an asset", "found when the two are compared"},
		{"D91", 0, 0, 0.009, "quantity of an asset other than in LICDB", "migrated; found when the two are compared"},
		{"D93", 0, 0, 0.015, "asset cancelled, license active", "migrated; found when the two are compared"},
		{"D94", 0, 0, 0.003, "asset of another customer than its license", "migrated; found when the two are compared"},
		{"D95", 0, 0, 0.13, "asset without the id of its license", "migrated; found when the two are compared"},
		{"D95b", 0, 0, 0.002, "two assets with the id of one license", "migrated; found when the two are compared"},
		{"D95c", 0, 0, 0.02, "account without the id of its company", "migrated; a matter for matching"},
	}
}

// factor scales the rates to a noise level.
func factor(noise string) (float64, error) {
	switch noise {
	case "clean":
		return 0.1, nil
	case "", "dirty":
		return 1, nil
	case "hostile":
		return 3, nil
	}
	return 0, fmt.Errorf("estate: unknown noise %q: clean, dirty and hostile are known", noise)
}

// noise decides which rows are spoiled.
type noise struct {
	seed  uint64
	rates map[string]float64
}

func newNoise(seed uint64, level string, of func(Rate) float64) (*noise, error) {
	f, err := factor(level)
	if err != nil {
		return nil, err
	}
	rates := make(map[string]float64)
	for _, r := range Rates() {
		rates[r.ID] = f * of(r)
	}
	return &noise{seed, rates}, nil
}

// hits decides whether a row of the cluster has the defect. One cluster in
// ten takes 70 % of the defects of its kind.
func (n *noise) hits(d *dice, id string, cluster int) bool {
	p := n.rates[id] / 3
	if newDice(n.seed, id, cluster).n(10) == 0 {
		p = n.rates[id] * 7
	}
	return d.chance(min(p, 0.9))
}

// first returns the first defect of the list that hits, or "".
func (n *noise) first(d *dice, cluster int, ids ...string) string {
	for _, id := range ids {
		if n.hits(d, id, cluster) {
			return id
		}
	}
	return ""
}
