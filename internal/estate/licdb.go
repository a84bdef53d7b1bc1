package estate

import (
	"cmp"
	"context"
	"path/filepath"
	"strconv"
)

// licdb makes LICDB.
type licdb struct {
	seed    uint64
	scale   int // 1, 10 or 100
	noise   *noise
	sink    *sink
	truth   *journal
	defects *journal
	expect  fleetCounts

	companies []company // by id; companies[0] is unused
	resellers []int
	sales     []sale // of Vault

	orders, licenses, maints, activations, notes int // highest id so far
	hosts                                        hosts
}

// fleetCounts are the expected counts of the mappings that read LICDB for the
// product line fleet.
type fleetCounts struct {
	organizations, users, memberships, devices          *Counts
	products, parts, orders, orderLines                 *Counts
	entitlements, lines, keys, subscriptions, activated *Counts
	maintenance, coverage                               *Counts
}

func newFleetCounts(e Expected) fleetCounts {
	e.catalog("fleet")
	at := func(name, target, source string) *Counts { return e.mapping("fleet", name, target, "licdb/"+source) }
	return fleetCounts{
		organizations: at("licdb-organizations", "organizations", "company"),
		users:         at("licdb-users", "users", "contact"),
		memberships:   at("licdb-memberships", "memberships", "contact"),
		devices:       at("licdb-devices", "devices", "activation"),
		products:      at("fleet-products", "products", "product"),
		parts:         at("fleet-part-numbers", "part_numbers", "sku"),
		orders:        at("fleet-orders", "orders", "orders"),
		orderLines:    at("fleet-order-lines", "order_lines", "order_item"),
		entitlements:  at("fleet-entitlements", "entitlements", "license"),
		lines:         at("fleet-line-items", "line_items", "license"),
		keys:          at("fleet-license-keys", "license_keys", "license"),
		subscriptions: at("fleet-subscriptions", "subscriptions", "license"),
		activated:     at("fleet-activations", "activations", "activation"),
		maintenance:   at("fleet-maintenance", "maintenance", "maint"),
		coverage:      at("fleet-maintenance-coverage", "maintenance_coverage", "maint"),
	}
}

// generateLICDB writes LICDB below dir.
func generateLICDB(ctx context.Context, dir string, o Options, truths, defects *journal, expected Expected) (*licdb, error) {
	n, err := newNoise(o.Seed, o.Noise, func(r Rate) float64 { return r.LICDB })
	if err != nil {
		return nil, err
	}
	var text *sqlText
	if o.MariaDB {
		if text, err = openSQLText(filepath.Join(dir, "licdb.sql")); err != nil {
			return nil, err
		}
	}
	out, err := openSink(ctx, filepath.Join(dir, "licdb.sqlite"), text)
	if err != nil {
		return nil, err
	}
	g := &licdb{seed: o.Seed, scale: o.scale(), noise: n, sink: out, truth: truths, defects: defects, expect: newFleetCounts(expected)}
	err = g.fill(ctx)
	return g, cmp.Or(err, out.close(ctx))
}

func (g *licdb) fill(ctx context.Context) error {
	g.catalogRows()
	g.goldenCompanies()
	g.randomCompanies()
	g.contactRows()
	g.goldenOrders()
	if err := g.randomOrders(ctx); err != nil {
		return err
	}
	g.orphanActivations()
	g.expect.devices.add(migrated, g.hosts.known)
	g.expect.devices.add(quarantined, g.hosts.nobody)
	return g.sink.err
}

// spoil writes down a defect.
func (g *licdb) spoil(id, table string, key int, column, is, stored string) {
	g.defects.write(defect{id, "licdb", table, strconv.Itoa(key), column, is, stored})
}
