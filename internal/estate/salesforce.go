package estate

import (
	"cmp"
	"context"
	"path/filepath"
)

// salesforce makes the org in which Corvane keeps accounts and contacts, and
// through which it sells Vault. It holds what LICDB holds of Vault, and each
// renewal since, of which LICDB was never told.
type salesforce struct {
	seed    uint64
	noise   *noise
	out     *orgFile
	truth   *journal
	defects *journal
	expect  vaultCounts

	companies []company
	resellers []int
	sales     []sale
	customers []customer // of Bryndal

	known    []presence // by company
	tests    int        // accounts made for a test
	contacts int
}

// vaultCounts are the expected counts of the mappings that read Salesforce for
// the product line vault.
type vaultCounts struct {
	organizations, users, memberships   *Counts
	products, parts, orders, orderLines *Counts
	entitlements, lines, subscriptions  *Counts
	maintenance, coverage               *Counts
}

func newVaultCounts(e Expected) vaultCounts {
	e.catalog("vault")
	at := func(name, target, source string) *Counts { return e.mapping("vault", name, target, "crm/"+source) }
	return vaultCounts{
		organizations: at("crm-organizations", "organizations", "Account"),
		users:         at("crm-users", "users", "Contact"),
		memberships:   at("crm-memberships", "memberships", "Contact"),
		products:      at("vault-products", "products", "Product2"),
		parts:         at("vault-part-numbers", "part_numbers", "Product2"),
		orders:        at("vault-orders", "orders", "Order"),
		orderLines:    at("vault-order-lines", "order_lines", "OrderItem"),
		entitlements:  at("vault-entitlements", "entitlements", "Asset"),
		lines:         at("vault-line-items", "line_items", "Asset"),
		subscriptions: at("vault-subscriptions", "subscriptions", "Asset"),
		maintenance:   at("vault-maintenance", "maintenance", "Entitlement"),
		coverage:      at("vault-maintenance-coverage", "maintenance_coverage", "Entitlement"),
	}
}

// generateSalesforce writes org.jsonl below dir, after LICDB and Bryndal's
// files, whose customers it shares.
func generateSalesforce(ctx context.Context, dir string, o Options, a *licdb, b *bryndal, expected Expected) error {
	n, err := newNoise(o.Seed, o.Noise, func(r Rate) float64 { return r.Salesforce })
	if err != nil {
		return err
	}
	out, err := createOrgFile(filepath.Join(dir, "org.jsonl"))
	if err != nil {
		return err
	}
	s := &salesforce{seed: o.Seed, noise: n, out: out, truth: a.truth, defects: a.defects, expect: newVaultCounts(expected),
		companies: a.companies, resellers: a.resellers, sales: a.sales, customers: b.customers}
	return cmp.Or(s.fill(ctx), out.close())
}

func (s *salesforce) fill(ctx context.Context) error {
	s.customFields()
	for _, write := range []func(){s.accountRows, s.contactRows, s.productRows, s.orderRows, s.assetRows} {
		write()
		if err := cmp.Or(ctx.Err(), s.out.err); err != nil {
			return err
		}
	}
	return nil
}

// customFields defines what Corvane added to the objects of the platform.
//
//	LICDB_Id__c              the row of LICDB that the interface saw, where it saw one
//	ERP_No__c                the number of the back office
//	Entl_Key__c, Entl_Line__c  what the new store writes: its id, and the product line
func (s *salesforce) customFields() {
	text := func(object, name string, length int, more ...value) {
		s.out.field(object, name, "string", append([]value{{"length", length}}, more...)...)
	}
	external, unique, exact := value{"externalId", true}, value{"unique", true}, value{"caseSensitive", true}
	for _, object := range []string{"Account", "Contact", "Product2", "Asset", "Entitlement"} {
		text(object, "Entl_Key__c", 36, external, unique, exact)
	}
	text("Account", "LICDB_Id__c", 20, external, unique)
	text("Asset", "LICDB_Id__c", 20, external)
	for _, object := range []string{"Asset", "Entitlement"} {
		text(object, "Entl_Line__c", 40)
	}
	for _, object := range []string{"Account", "Contact", "PricebookEntry", "Order", "OrderItem", "Asset", "Entitlement"} {
		text(object, "ERP_No__c", 40, external)
	}
	text("Account", "Division__c", 40)
	text("Account", "VAT_No__c", 40)
	text("Product2", "Base_Product__c", 40)
	text("Product2", "License_Model__c", 40)
	text("Product2", "Unit__c", 20)
	s.out.field("Product2", "Pack_Size__c", "double", value{"precision", 9}, value{"scale", 0})
	text("Asset", "Unit__c", 20)
}

// spoil writes down a defect.
func (s *salesforce) spoil(id, object, key, field, is, stored string) {
	s.defects.write(defect{id, "crm", object, key, field, is, stored})
}
