package estate_test

import (
	"testing"

	"crosswalk/connectors/hubstore"
	"crosswalk/internal/estate"
	"crosswalk/reconcile"
)

// checkSalesforce gives Fleet, which is in the hub, to Salesforce. What goes
// there must not come back as if it were new.
func checkSalesforce(t *testing.T, expected estate.Expected, store hubstore.Config) {
	t.Helper()
	first := byMapping(carry(t, "fleet", "crm", store, nil))
	for name, from := range map[string]string{
		"fleet-crm-products": "fleet-part-numbers", "fleet-crm-assets": "fleet-line-items", "fleet-crm-entitlements": "fleet-maintenance-coverage",
	} {
		if c, want := first[name], expected["fleet"][from].Migrated; !c.Adds || int(c.Created) != want {
			t.Errorf("%s: want %d created: %+v", name, want, c)
		}
	}
	if c := first["fleet-crm-accounts"]; !c.Adds || c.Created == 0 || c.Unchanged == 0 || c.Updated > 0 {
		t.Errorf("some customers have accounts, which stay as they are, and some get one: %+v", c)
	}
	for name, c := range byMapping(carry(t, "fleet", "crm", store, nil)) {
		if c.Created+c.Updated+c.Deleted+c.Rejected > 0 {
			t.Errorf("a second run writes to %s: %+v", name, c)
		}
	}
	for name, c := range byMapping(migrate(t, "vault", store, nil)) {
		if c.Created+c.Updated+c.Deleted > 0 || int(c.Unchanged) != expected["vault"][name].Migrated {
			t.Errorf("%s is not as it was before: %+v", name, c)
		}
	}
}

func byMapping(counts []reconcile.Counts) map[string]reconcile.Counts {
	all := map[string]reconcile.Counts{}
	for _, c := range counts {
		all[c.Mapping] = c
	}
	return all
}
