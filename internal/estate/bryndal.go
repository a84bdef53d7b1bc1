package estate

import (
	"context"
	"path/filepath"
	"strconv"
)

// bryndal makes the spreadsheets of Bryndal Analytics.
type bryndal struct {
	seed    uint64
	scale   int
	dir     string
	noise   *noise
	truth   *journal
	defects *journal
	expect  insightCounts
	corvane []company // customers of Corvane: some are Bryndal's too

	customers []customer
	rights    []right
}

// insightCounts are the expected counts of the mappings that read Bryndal's
// files for the product line insight.
type insightCounts struct {
	organizations, resellers, relations, users, memberships, devices *Counts
	entitlements, lines, keys, subscriptions                         *Counts
	activations, tickets, orders, orderLines                         *Counts
}

func newInsightCounts(e Expected) insightCounts {
	at := func(name, target, source string) *Counts { return e.mapping("insight", name, target, source) }
	e.catalog("insight")
	at("insight-products", "products", "catalog/insight_products").add(migrated, len(insightProducts()))
	at("insight-part-numbers", "part_numbers", "catalog/insight_skus").add(migrated, len(insightItems()))
	return insightCounts{
		organizations: at("bryndal-organizations", "organizations", "bryndal/customers"),
		resellers:     at("bryndal-resellers", "organizations", "bryndal/resellers"),
		relations:     at("bryndal-org-relations", "org_relations", "bryndal/customers"),
		users:         at("bryndal-users", "users", "bryndal/customers"),
		memberships:   at("bryndal-memberships", "memberships", "bryndal/customers"),
		devices:       at("bryndal-devices", "devices", "bryndal/dongles"),
		entitlements:  at("insight-entitlements", "entitlements", "bryndal/licences"),
		lines:         at("insight-line-items", "line_items", "bryndal/licences"),
		keys:          at("insight-license-keys", "license_keys", "bryndal/licences"),
		subscriptions: at("insight-subscriptions", "subscriptions", "bryndal/licences"),
		activations:   at("insight-activations", "activations", "bryndal/dongles"),
		tickets:       at("insight-tickets", "tickets", "bryndal/dongles"),
		orders:        at("insight-orders", "orders", "renewals/renewals"),
		orderLines:    at("insight-order-lines", "order_lines", "renewals/renewals"),
	}
}

// catalog adds the registries that every line carries.
func (e Expected) catalog(line string) {
	e.mapping(line, "catalog-product-lines", "product_lines", "catalog/product_lines").add(migrated, 4)
	e.mapping(line, "catalog-license-models", "license_models", "catalog/license_models").add(migrated, 10)
}

func generateBryndal(ctx context.Context, dir string, o Options, corvane []company, truths, defects *journal, expected Expected) (*bryndal, error) {
	n, err := newNoise(o.Seed, o.Noise, func(r Rate) float64 { return r.Bryndal })
	if err != nil {
		return nil, err
	}
	b := &bryndal{seed: o.Seed, scale: o.scale(), dir: dir, noise: n, truth: truths, defects: defects,
		expect: newInsightCounts(expected), corvane: corvane}
	b.makeCustomers()
	b.makeRights()
	for _, write := range []func() error{b.customersBook, b.resellersBook, b.licenceBooks, b.donglesBook, b.renewalsFile} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := write(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bryndal) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bryndal) spoil(id, table, key, column, is, stored string) {
	b.defects.write(defect{id, "bryndal", table, key, column, is, stored})
}

// insightItem is one article of Bryndal.
type insightItem struct {
	sku, product, model, unit string
}

// The articles stand in the workspace's registry, for Bryndal had no list.
// 10E3 is no number.
func insightItems() []insightItem {
	return []insightItem{
		{"BI-AN-P", "BI-AN", "BI-PERP", "users"},
		{"BI-AN-S", "BI-AN", "BI-SUB", "seats"},
		{"BI-DASH-S", "BI-DASH", "BI-SUB", "named"},
		{"BI-REV-S", "BI-REV", "BI-BAND", "£m"},
		{"10E3", "BI-AN", "BI-PERP", "Seat(s)"},
	}
}

func insightProducts() []string { return []string{"BI-AN", "BI-DASH", "BI-REV"} }

func (i insightItem) perpetual() bool { return i.model == "BI-PERP" }

// respelled is a misspelling that lookups/insight_skus.csv knows; of 10E3, what
// a spreadsheet makes of it.
func (i insightItem) respelled() string {
	switch i.sku {
	case "BI-AN-P":
		return "BI AN P"
	case "BI-AN-S":
		return "BI-ANS"
	case "BI-DASH-S":
		return "BI-DASHS"
	case "BI-REV-S":
		return "BI-REV"
	}
	return "1.00E+04"
}

// The three sheets of a workbook, and how dates are written in them.
func regions() []region {
	return []region{
		{"EMEA", "dd/mm/yyyy", "02/01/2006", "02.01.2006"},
		{"AMER", "mm/dd/yyyy", "01/02/2006", "2006-01-02"},
		{"APAC", "yyyy-mm-dd", "02/01/2006", "02.01.2006"},
	}
}

type region struct {
	name  string
	excel string // number format of date cells
	text  string // dates typed as text
	other string // another way of typing them
}

func licenceNumber(i int) string { return "BI-" + strconv.Itoa(100000+i) }
