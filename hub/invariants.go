package hub

import (
	"fmt"
	"strings"

	"crosswalk/record"
)

// Invariant is a rule of more than one row.
//
// The numbers are those of the domain model. Where one is missing here, it is
// upheld otherwise: I3 (a term ends after it begins), most of I2, and the
// dates and keys of I19 by constraints, and I4, I15, I16 and I20 by the
// packages that keep what they speak of.
type Invariant struct {
	Name  string // I1
	Title string // the rule, as a report shows it
	sql   string // see SQL; with dialectal spellings for what the dialects write differently
}

// SQL returns the query that finds the rows that break the rule. It yields
// two texts for each: the table, and the id of the row.
func (i Invariant) SQL(d Dialect) string {
	if d == SQLite {
		return onSQLite.Replace(i.sql)
	}
	return onPostgres.Replace(i.sql)
}

// The spellings: [x] is the day after x, and x ~ unprintable tells that the
// text x has a control character or the replacement character U+FFFD.
var (
	onSQLite   = strings.NewReplacer("[", "date(", "]", ", '+1 day')", "~ unprintable", "GLOB '*[' || char(1) || '-' || char(31) || char(127) || char(65533) || ']*'")
	onPostgres = strings.NewReplacer("[", "(", "]", " + 1)", "~ unprintable", `~ '[\x01-\x1f\x7f\uFFFD]'`)
)

// Invariants returns the rules in the order of their numbers.
func Invariants() []Invariant {
	return []Invariant{
		{"I1", "the active activations of a line item stay within its quantity and overdraft", `
			SELECT 'line_items', CAST(li.id AS text)
			FROM line_items li JOIN license_models m ON m.code = li.license_model JOIN activations a ON a.line_item_id = li.id AND a.state = 'active'
			WHERE m.counted AND NOT li.unlimited
			GROUP BY li.id, li.qty, m.overdraft HAVING sum(a.qty) > li.qty + m.overdraft`},
		{"I2", "a line item is perpetual, or has an end date, or begins with an activation and has a term", `
			SELECT 'line_items', CAST(id AS text) FROM line_items
			WHERE CASE WHEN term_kind = 'perpetual' THEN end_date IS NOT NULL OR term_n IS NOT NULL
				ELSE (end_date IS NOT NULL) = (start_rule <> 'fixed' AND term_n IS NOT NULL AND start_date IS NULL) END`},
		{"I5", "what a line item is split, transferred or upgraded into adds up to its quantity", `
			SELECT 'line_items', CAST(p.id AS text)
			FROM line_items p JOIN line_items c ON c.parent_id = p.id AND c.type IN ('split', 'transfer', 'upgrade')
			WHERE p.state = 'obsolete' AND NOT p.unlimited
			GROUP BY p.id, p.qty HAVING sum(c.qty) <> p.qty`},
		{"I6", "nothing is its own ancestor", union(eachSelfReference(cycles))},
		{"I7", "a renewal begins the day after what it renews ends, or an event gives a reason", `
			SELECT 'line_items', CAST(n.id AS text)
			FROM line_items n JOIN line_items p ON p.id = n.parent_id
			WHERE n.type = 'renewal' AND n.start_date <> [p.end_date]
				AND NOT EXISTS (SELECT 1 FROM events e WHERE e.entity = 'line_items' AND e.entity_id = CAST(n.id AS text) AND e.reason IS NOT NULL)`},
		{"I8", "a subscription that requires payment does not run into a period that is not paid", `
			SELECT DISTINCT 'subscriptions', CAST(s.id AS text)
			FROM subscriptions s JOIN payment_schedules p ON p.line_item_id = s.line_item_id JOIN instalments i ON i.schedule_id = p.id
			WHERE s.requires_payment AND s.state IN ('active', 'cancelling')
				AND i.state IN ('planned', 'invoiced', 'overdue', 'written_off') AND i.covers_from <= coalesce(s.technical_end, s.period_end)`},
		{"I9", "no two users have one e-mail address, save those merged or erased", `
			SELECT 'users', CAST(u.id AS text) FROM users u
			WHERE u.status NOT IN ('merged', 'erased') AND u.email IN
				(SELECT email FROM users WHERE status NOT IN ('merged', 'erased') GROUP BY email HAVING count(*) > 1)`},
		{"I10", "nothing that is alive points at a merged organization or user", union(eachColumn(pointsAtMerged))},
		{"I11", "a deployed line item has a unit of measure, a deployed product and a deployed part number", `
			SELECT 'line_items', CAST(li.id AS text)
			FROM line_items li JOIN products p ON p.id = li.product_id JOIN part_numbers n ON n.id = li.part_number_id
			WHERE li.state = 'deployed' AND (li.uom IS NULL OR p.state <> 'deployed' OR n.state <> 'deployed')`},
		{"I12", "the line items of an order line add up to what was ordered", `
			SELECT 'order_lines', CAST(o.id AS text)
			FROM order_lines o JOIN part_numbers n ON n.id = o.part_number_id JOIN line_items li ON li.order_line_id = o.id
				JOIN entitlements e ON e.id = li.entitlement_id
			WHERE e.origin = 'revenue' AND NOT li.unlimited AND li.type IN ('new', 'renewal', 'upsell', 'upgrade')
			GROUP BY o.id, o.qty, n.units_per_sku HAVING sum(li.qty) <> o.qty * n.units_per_sku`},
		{"I13", "maintenance covers a line item, while that lives", `
			SELECT 'maintenance', CAST(m.id AS text) FROM maintenance m
			WHERE m.state = 'deployed' AND NOT EXISTS (SELECT 1 FROM maintenance_coverage c WHERE c.maintenance_id = m.id)
			UNION ALL
			SELECT 'maintenance_coverage', CAST(c.id AS text)
			FROM maintenance_coverage c JOIN maintenance m ON m.id = c.maintenance_id JOIN line_items li ON li.id = c.line_item_id
			WHERE m.end_date < li.start_date OR m.start_date > li.end_date`},
		{"I14", "no two active devices have one host id", `
			SELECT 'devices', CAST(d.id AS text) FROM devices d
			WHERE d.state = 'active' AND EXISTS (SELECT 1 FROM devices o
				WHERE o.host_type = d.host_type AND o.host_id = d.host_id AND o.state = 'active' AND o.id <> d.id)`},
		{"I17", "every row of a source stands in the cross-reference, and what stands there exists", union(append(eachTable(unlinked), dangling()))},
		{"I18", "every product line is known, and so has one write owner", union(eachTable(unknownLine))},
		{"I19", "no text has control characters or the replacement character U+FFFD", union(eachTable(unprintable))},
	}
}

// The rules that hold for many tables alike are written once, and the model
// says where they hold.

func union(queries []string) string { return strings.Join(queries, "\nUNION ALL\n") }

func eachTable(query func(Table) string) []string {
	var all []string
	for _, t := range Tables() {
		if q := query(t); q != "" {
			all = append(all, q)
		}
	}
	return all
}

func eachColumn(query func(Table, Column) string) []string {
	return eachTable(func(t Table) string {
		var all []string
		for _, c := range t.Columns {
			if q := query(t, c); q != "" {
				all = append(all, q)
			}
		}
		return union(all)
	})
}

func eachSelfReference(query func(table, column string) string) []string {
	return eachColumn(func(t Table, c Column) string {
		if c.Ref != t.Name {
			return ""
		}
		return query(t.Name, c.Name)
	})
}

// cycles walks up from each row until it comes back, or is on another row's
// cycle, which the bound on the steps ends.
func cycles(table, column string) string {
	return strings.NewReplacer("{t}", table, "{c}", column).Replace(`SELECT '{t}', CAST(origin AS text) FROM (
		WITH RECURSIVE walk (origin, at, steps) AS (
			SELECT id, {c}, 1 FROM {t} WHERE {c} IS NOT NULL
			UNION ALL
			SELECT w.origin, t.{c}, w.steps + 1 FROM walk w JOIN {t} t ON t.id = w.at
			WHERE t.{c} IS NOT NULL AND w.at <> w.origin AND w.steps < 100
		) SELECT DISTINCT origin FROM walk WHERE at = origin) AS found`)
}

// ended are the states in which a row no longer counts as alive.
var ended = []string{"obsolete", "revoked", "removed", "returned", "superseded", "closed", "cancelled", "merged", "erased", "expired", "failed"}

func pointsAtMerged(t Table, c Column) string {
	if c.Ref != "organizations" && c.Ref != "users" || c.Name == "merged_into" {
		return ""
	}
	alive := ""
	for _, s := range t.Columns {
		if s.Name == "state" || s.Name == "status" {
			alive = fmt.Sprintf(" AND t.%s NOT IN ('%s')", s.Name, strings.Join(ended, "', '"))
		}
	}
	return fmt.Sprintf("SELECT '%s', CAST(t.id AS text) FROM %[1]s t JOIN %s m ON m.id = t.%s WHERE m.status = 'merged'%s", t.Name, c.Ref, c.Name, alive)
}

func unlinked(t Table) string {
	return fmt.Sprintf(`SELECT '%s', CAST(t.id AS text) FROM %[1]s t WHERE t.source NOT IN ('store', 'hub')
			AND NOT EXISTS (SELECT 1 FROM xref x WHERE x.canonical_id = t.id AND x.role = 'primary' AND x.source = t.source)`, t.Name)
}

// dangling finds the links that lead nowhere. It reads the cross-reference
// once: it is by far the largest table.
func dangling() string {
	var found strings.Builder
	for _, t := range Tables() {
		fmt.Fprintf(&found, " WHEN '%s' THEN EXISTS (SELECT 1 FROM %[1]s t WHERE t.id = x.canonical_id)", t.Name)
	}
	return "SELECT 'xref', CAST(x.canonical_id AS text) FROM xref x WHERE NOT CASE x.entity" + found.String() + " ELSE 1 = 0 END"
}

func unknownLine(t Table) string {
	if !t.Line {
		return ""
	}
	return fmt.Sprintf("SELECT '%s', CAST(t.id AS text) FROM %[1]s t WHERE NOT EXISTS (SELECT 1 FROM product_lines p WHERE p.code = t.line)", t.Name)
}

// unprintable looks at the texts of one line, all of a row at once; notes may
// have several.
func unprintable(t Table) string {
	var texts []string
	for _, c := range t.All() {
		if c.Type.Kind == record.KindText && c.Type.Size > 0 && !c.UUID && c.In == nil {
			texts = append(texts, c.Name)
		}
	}
	return fmt.Sprintf("SELECT '%s', CAST(id AS text) FROM %[1]s WHERE concat_ws(' ', %s) ~ unprintable", t.Name, strings.Join(texts, ", "))
}
