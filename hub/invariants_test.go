package hub

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// world is a small hub that breaks no rule. #12 stands for an id.
const world = `
INSERT INTO product_lines (id, code, name, write_owner, source) VALUES (#1, 'CAD', 'CAD', 'legacy', 'store');
INSERT INTO license_models (id, code, name, counted, overdraft, grace_days, source) VALUES (#1, 'counted', 'Counted', true, 1, 0, 'store');
INSERT INTO products (id, code, name, kind, state, line, source) VALUES (#1, 'P', 'P', 'product', 'deployed', 'CAD', 'store');
INSERT INTO part_numbers (id, sku, product_id, units_per_sku, state, line, source) VALUES (#1, 'S', #1, 5, 'deployed', 'CAD', 'store');
INSERT INTO organizations (id, org_no, name, kind, parent_id, status, merged_into, source) VALUES
	(#1, 'O1', 'One', 'customer', NULL, 'active', NULL, 'store'), (#2, 'O2', 'Two', 'customer', #1, 'active', NULL, 'store'),
	(#3, 'O3', 'Three', 'customer', NULL, 'merged', #1, 'store');
INSERT INTO users (id, email, email_raw, status, auth, merged_into, source) VALUES
	(#1, 'a@example.com', 'A', 'active', 'none', NULL, 'store'), (#2, 'a@example.com', 'A', 'merged', 'none', #1, 'store');
INSERT INTO memberships (id, user_id, org_id, role, source) VALUES (#1, #1, #1, 'user', 'store');
INSERT INTO orders (id, order_no, sold_to_id, reseller_id, state, line, source) VALUES (#1, 'B', #1, NULL, 'booked', 'CAD', 'store'), (#2, 'old', #3, NULL, 'closed', 'CAD', 'store');
INSERT INTO order_lines (id, order_id, line_no, part_number_id, qty, type, line, source) VALUES (#1, #1, 1, #1, 2, 'new', 'CAD', 'store');
INSERT INTO entitlements (id, entitlement_no, org_id, kind, origin, state, portal_login, line, source) VALUES (#1, 'E', #1, 'simple', 'revenue', 'deployed', false, 'CAD', 'store');
INSERT INTO line_items (id, activation_id, entitlement_id, part_number_id, product_id, license_model, uom, qty, unlimited, order_line_id, type, parent_id,
	start_date, start_rule, term_kind, term_n, term_unit, end_date, state, line, source) VALUES
	(#1, 'A1', #1, #1, #1, 'counted', 'NAMED_USER', 10, false, #1, 'new', NULL, '2024-01-01', 'fixed', 'subscription', 1, 'years', '2024-12-31', 'deployed', 'CAD', 'store'),
	(#2, 'A2', #1, #1, #1, 'counted', 'NAMED_USER', 10, false, NULL, 'renewal', #1, '2025-01-01', 'fixed', 'subscription', 1, 'years', '2025-12-31', 'deployed', 'CAD', 'store'),
	(#3, 'A3', #1, #1, #1, 'counted', 'NAMED_USER', 5, false, NULL, 'new', NULL, NULL, 'first_activation', 'fixed', 1, 'years', NULL, 'obsolete', 'CAD', 'store'),
	(#4, 'A4', #1, #1, #1, 'counted', 'NAMED_USER', 2, false, NULL, 'split', #3, NULL, 'fixed', 'perpetual', NULL, NULL, NULL, 'deployed', 'CAD', 'store'),
	(#5, 'A5', #1, #1, #1, 'counted', 'NAMED_USER', 3, false, NULL, 'split', #3, NULL, 'fixed', 'perpetual', NULL, NULL, NULL, 'deployed', 'CAD', 'store');
INSERT INTO maintenance (id, maintenance_no, product_id, start_date, end_date, state, line, source) VALUES (#1, 'M', #1, '2024-01-01', '2024-12-31', 'deployed', 'CAD', 'store');
INSERT INTO maintenance_coverage (id, maintenance_id, line_item_id, line, source) VALUES (#1, #1, #1, 'CAD', 'store');
INSERT INTO subscriptions (id, line_item_id, period_start, period_end, auto_renew, requires_payment, state, line, source) VALUES
	(#1, #1, '2024-01-01', '2024-12-31', true, true, 'active', 'CAD', 'store');
INSERT INTO payment_schedules (id, line_item_id, currency, total_minor, line, source) VALUES (#1, #1, 'EUR', 100, 'CAD', 'store');
INSERT INTO instalments (id, schedule_id, seq, due_on, covers_from, covers_to, amount_minor, state, line, source) VALUES
	(#1, #1, 1, '2024-01-31', '2024-01-01', '2024-12-31', 50, 'paid', 'CAD', 'store'), (#2, #1, 2, '2025-01-31', '2025-01-01', '2025-12-31', 50, 'planned', 'CAD', 'store');
INSERT INTO devices (id, host_type, host_id, kind, state, source) VALUES (#1, 'MAC', '00', 'node', 'active', 'store'), (#2, 'DISK', '00', 'node', 'active', 'store'), (#3, 'MAC', '01', 'node', 'dead', 'store');
INSERT INTO activations (id, fulfillment_no, line_item_id, device_id, qty, overdraft, state, date_quality, line, source) VALUES
	(#1, 'F1', #1, #1, 10, 0, 'active', 'actual', 'CAD', 'store'), (#2, 'F2', #1, #2, 1, 0, 'active', 'actual', 'CAD', 'store'), (#3, 'F3', #1, #2, 5, 0, 'returned', 'actual', 'CAD', 'store');
`

// violations breaks each invariant, in one or more ways.
var violations = map[string][]struct{ sql, broken string }{
	"I1": {{"UPDATE activations SET qty = 2 WHERE id = #2", "line_items #1"}},
	"I2": {
		{"UPDATE line_items SET term_n = 1, term_unit = 'years' WHERE id = #5", "line_items #5"},
		{"UPDATE line_items SET end_date = '2030-01-01' WHERE id = #3", "line_items #3"},
	},
	"I5": {{"UPDATE line_items SET qty = 4 WHERE id = #5", "line_items #3"}},
	"I6": {{"UPDATE organizations SET parent_id = #2 WHERE id = #1", "organizations #1 organizations #2"}},
	"I7": {{"UPDATE line_items SET start_date = '2025-01-02' WHERE id = #2", "line_items #2"}},
	"I8": {{"UPDATE subscriptions SET technical_end = '2025-01-14'", "subscriptions #1"}},
	"I9": {{"UPDATE users SET status = 'active', merged_into = NULL WHERE id = #2", "users #1 users #2"}},
	"I10": {
		{"UPDATE orders SET reseller_id = #3 WHERE id = #1", "orders #1"},
		{"UPDATE memberships SET user_id = #2", "memberships #1"},
	},
	"I11": {
		{"UPDATE line_items SET uom = NULL WHERE id = #1", "line_items #1"},
		{"UPDATE part_numbers SET state = 'obsolete'", "line_items #1 line_items #2 line_items #4 line_items #5"},
	},
	"I12": {{"UPDATE order_lines SET qty = 3", "order_lines #1"}},
	"I13": {
		{"DELETE FROM maintenance_coverage", "maintenance #1"},
		{"UPDATE maintenance SET start_date = '2025-01-01', end_date = '2025-06-30'", "maintenance_coverage #1"},
	},
	"I14": {{"UPDATE devices SET host_id = '00', state = 'active', source = 'other' WHERE id = #3; INSERT INTO xref VALUES ('other', 'd', '3', 'devices', #3, 'primary')", "devices #1 devices #3"}},
	"I17": {
		{"UPDATE users SET source = 'legacy' WHERE id = #1", "users #1"},
		{"INSERT INTO xref VALUES ('legacy', 'u', '9', 'users', #9, 'merged')", "xref #9"},
	},
	"I18": {{"UPDATE products SET line = 'cad'", "products #1"}},
	"I19": {
		{"UPDATE organizations SET name = 'a\tb' WHERE id = #1", "organizations #1"},
		{"UPDATE organizations SET name = 'a\uFFFDb' WHERE id = #2", "organizations #2"},
	},
}

func TestInvariantsFindWhatBreaksThem(t *testing.T) {
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			h := open(t, c)
			makeWorld(t, h)
			if diff := cmp.Diff(map[string]string{}, broken(t, h)); diff != "" {
				t.Fatalf("the sound world is broken (-want +have):\n%s", diff)
			}
			for _, i := range Invariants() {
				if len(violations[i.Name]) == 0 {
					t.Errorf("%s has no violation to test it", i.Name)
				}
				for _, v := range violations[i.Name] {
					execute(t, h, v.sql)
					if diff := cmp.Diff(map[string]string{i.Name: v.broken}, broken(t, h)); diff != "" {
						t.Errorf("after %s (-want +have):\n%s", v.sql, diff)
					}
					makeWorld(t, h)
				}
			}
		})
	}
}

func TestCheckCountsAllAndNamesSome(t *testing.T) {
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			h := open(t, c)
			for n := range MaxBroken + 7 {
				execute(t, h, fmt.Sprintf("INSERT INTO devices (id, host_type, host_id, kind, state, source) VALUES (#%d, 'MAC', 'x', 'node', 'active', 'store%d')", n, n))
			}
			err := h.Check(t.Context(), func(r Result) error {
				if r.Name == "I14" && (r.Count != MaxBroken+7 || len(r.Broken) != MaxBroken || r.Broken[1].ID != number("#1")) {
					t.Errorf("count %d, %d named, then %v", r.Count, len(r.Broken), r.Broken[:2])
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// makeWorld empties the hub and makes the world.
func makeWorld(t *testing.T, h *Hub) {
	t.Helper()
	var all []string
	for _, table := range append(Tables(), Xref()) {
		if table.Name != "units_of_measure" {
			all = append(all, "DELETE FROM "+table.Name)
		}
	}
	slices.Reverse(all)
	execute(t, h, strings.Join(all, ";")+";"+world)
}

func execute(t *testing.T, h *Hub, statements string) {
	t.Helper()
	if _, err := h.Writer().Exec(numbered.ReplaceAllStringFunc(statements, func(n string) string { return "'" + number(n) + "'" })); err != nil {
		t.Fatal(err)
	}
}

var numbered = regexp.MustCompile(`#\d+`)

// number is the id that #12 stands for.
func number(n string) string {
	return "00000000-0000-0000-0000-000000000000"[:37-len(n)] + n[1:]
}

// broken runs the invariants and returns the rows that each of them found.
func broken(t *testing.T, h *Hub) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := h.Check(t.Context(), func(r Result) error {
		var all []string
		for _, b := range r.Broken {
			all = append(all, b.Table+" #"+strings.TrimLeft(strings.ReplaceAll(b.ID, "-", ""), "0"))
		}
		if r.Count > 0 {
			found[r.Name] = strings.Join(all, " ")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
