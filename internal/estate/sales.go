package estate

import "strconv"

// sale is a line of Vault as it was truly sold. LICDB and Salesforce both hold
// it, each with defects of its own.
type sale struct {
	order, pos int
	license    int // 0: LICDB has none
	company    int
	dist       int
	sku        string
	packs      int
	qty        int // in the unit of the SKU
	on         day
	start, end day
	status     string // of the license
}

// sold remembers what Salesforce will know of a line of Vault: nothing of
// customers and licenses that were deleted, and of a staircase only the last
// order, which has the whole term.
func (g *licdb) sold(o *order, pos int, l *line, license int) {
	if o.line != vault || g.companies[o.company].gone || l.status == "X" {
		return
	}
	s := sale{order: o.id, pos: pos, license: license, company: o.company, dist: o.dist, sku: l.item.sku, packs: l.packs,
		qty: l.packs * l.item.pack, on: o.on, start: l.start, end: l.end, status: l.status}
	if last := len(g.sales) - 1; last >= 0 && g.sales[last].longer(&s) {
		g.sales[last] = s
		return
	}
	g.sales = append(g.sales, s)
}

// longer tells that next is the next step of a staircase: the same right by
// another order, from the same day on, for longer.
func (s *sale) longer(next *sale) bool {
	return s.order != next.order && s.company == next.company && s.sku == next.sku && s.packs == next.packs &&
		s.start == next.start && s.end < next.end
}

// number is what the back office calls the item in every system.
func (s *sale) number() string { return s.orderNumber() + "-" + strconv.Itoa(s.pos) }

func (s *sale) orderNumber() string { return strconv.Itoa(100000 + s.order) }
