package estate

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

const licensesPerScale = 7500

// order is one order before it is spoiled and written.
type order struct {
	id      int
	company int
	dist    int
	line    string
	on      day
	status  string
	items   []line
	golden  bool
	cluster int
	outcome outcome // of the order in fleet
}

// line is one item of an order, with the license that it gave.
type line struct {
	item   item
	packs  int
	start  day
	end    day // 0: perpetual
	months int
	status string
	parent int
	acts   int
	over   int // seats activated beyond those bought
	sku    string
	hit    string // the defect that keeps the license out, or ""
	lost   bool   // the license was never made
}

// randomOrders makes orders until there are licenses enough. Later orders
// have later dates, so that a cluster of defects is a time and an office.
func (g *licdb) randomOrders(ctx context.Context) error {
	quota := licensesPerScale * g.scale
	for g.licenses < quota {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := newDice(g.seed, "order", g.orders+1)
		left := 1 - float64(g.licenses)/float64(quota)
		first := date(2006, time.January, 10)
		past := (1 - left*left) * float64(today()-10-first) // business grows: a quarter of all orders are of the last year
		o := g.anyOrder(d, first+day(past)+day(d.n(9)))
		if o.line == vault && o.company%3 == 0 && d.chance(0.6) {
			g.staircase(d, o)
			continue
		}
		g.addOrder(d, o)
	}
	return nil
}

func (g *licdb) anyOrder(d *dice, on day) order {
	share := []int{60, 22, 18}
	if on > date(2023, time.October, 1) { // Fleet is what sells now
		share = []int{14, 76, 10}
	}
	o := order{company: 1 + d.n(len(g.companies)-1), line: []string{design, fleet, vault}[d.weighted(share...)], on: on, status: "C"}
	for g.companies[o.company].golden {
		o.company = 1 + d.n(len(g.companies)-1)
	}
	if o.line == fleet && on.year() < 2012 {
		o.line = design
	}
	if d.chance(whether(o.line == fleet, 0.95, 0.3)) {
		o.dist = pick(d, g.resellers)
	}
	if on > today()-90 {
		o.status = []string{"O", "F", "C", "X", "R"}[d.weighted(30, 40, 20, 6, 4)]
	}
	for range []int{1, 1, 1, 2, 3}[d.n(5)] {
		o.items = append(o.items, g.anyLine(d, o))
	}
	return o
}

// anyLine makes a clean line that fits the order.
func (g *licdb) anyLine(d *dice, o order) line {
	i := anyItem(d, o.line)
	l := line{item: i, packs: []int{1, 1, 2, 3, 5, 10, 40}[d.n(7)], start: o.on + day(d.n(6)), months: i.months, acts: []int{0, 1, 1, 2, 2, 3, 3}[d.n(7)]}
	switch o.line {
	case fleet:
		g.term(d, o, &l)
	case vault:
		l.months = pick(d, []int{1, 3, 6, 12, 12, 24})
		l.end, l.acts = l.start.term(l.months), d.n(2)
	}
	l.status = anyStatus(d, l)
	return l
}

// term makes a line of fleet the renewal of what the company has, if that ends
// at about this time, or else gives it a term to the end of a calendar year.
func (g *licdb) term(d *dice, o order, l *line) {
	last := &g.companies[o.company].last
	if last.license != 0 && last.end > o.on-90 && last.end < o.on+120 && d.chance(0.9) {
		l.parent, l.item, l.packs, l.start = last.license, renewal(last.item), last.packs, last.end+1
		l.end = date(l.start.year(), time.December, 31)
		last.license = 0 // renewed once
		return
	}
	l.end = date(l.start.year(), time.December, 31)
	if l.start.time().Month() >= time.October { // a first term under three months runs on to the next boundary
		l.end = date(l.start.year()+1, time.December, 31)
	}
}

// anyItem picks a SKU of the line; renewals and maintenance come about otherwise.
func anyItem(d *dice, productLine string) item {
	all := items()
	switch productLine {
	case design:
		return all[d.n(10)]
	case fleet:
		return pick(d, []item{all[11], all[11], all[12], all[12], all[13], all[16], all[18]})
	}
	return all[20+d.n(3)]
}

func renewal(of item) item {
	for _, i := range items() {
		if i.sku == of.sku+"-R" {
			return i
		}
	}
	return of
}

func anyStatus(d *dice, l line) string {
	if d.chance(0.01) {
		return "X"
	}
	if d.chance(0.03) {
		return "C"
	}
	if d.chance(0.01) {
		return "T"
	}
	if l.end != 0 && l.end < today() {
		return "E"
	}
	return "A"
}

// staircase is how LICDB mimics instalments: four orders of one day for the
// same right, with 3, 6, 9 and 12 months.
func (g *licdb) staircase(d *dice, o order) {
	for months := 3; months <= 12; months += 3 {
		step := o
		step.items = []line{o.items[0]}
		l := &step.items[0]
		l.months, l.end = months, l.start.term(months)
		l.status = whether(l.end < today(), "E", "A")
		g.addOrder(d, step)
	}
	g.spoil("D64", "orders", g.orders, "", "", "")
}

// addOrder spoils an order and writes it with all that hangs on it.
func (g *licdb) addOrder(d *dice, o order) {
	g.orders++
	o.id = g.orders
	of := g.companies[o.company]
	o.cluster = int(o.on)/30*8 + of.country.office
	odate := g.orderDate(d, &o)
	if o.line != fleet || of.gone {
		o.outcome = excluded
	}
	g.sink.add("orders", o.id, strconv.Itoa(100000+o.id), o.company, idOrNull(o.dist), odate, of.country.curr, o.status)
	g.expect.orders.add(o.outcome, 1)
	for i := range o.items {
		g.addLine(d, &o, i+1, &o.items[i])
	}
	if !o.golden && d.chance(0.02) { // a credit is right: it has no license
		g.item(d, &o, len(o.items)+1, &line{item: o.items[0].item, sku: o.items[0].item.sku, packs: -1})
	}
	if !o.golden && g.noise.hits(d, "D62", o.cluster) {
		g.emptyOrder(o)
	}
}

// orderDate writes the date as text; odate was a varchar(12), and each script
// wrote it as it liked.
func (g *licdb) orderDate(d *dice, o *order) string {
	iso := o.on.String()
	if o.golden {
		return iso
	}
	var stored string
	hit := g.noise.first(d, o.cluster, "D20", "D20b", "D25", "D30")
	t := o.on.time()
	switch hit {
	case "D20":
		if t.Day() > 12 || t.Day() == int(t.Month()) {
			return iso
		}
		stored, o.outcome = o.on.format("02/01/2006"), quarantined
	case "D20b":
		stored = o.on.format("02.01.2006")
		if t.Day() > 12 {
			stored = o.on.format(pick(d, []string{"02.01.2006", "02/01/2006", "01/02/2006"}))
		}
	case "D25":
		stored = o.on.format("02.01.06")
	case "D30":
		stored, o.outcome = fmt.Sprintf("31.02.%d", t.Year()), rejected
	default:
		return iso
	}
	g.spoil(hit, "orders", o.id, "odate", iso, stored)
	return stored
}

// emptyOrder is a header without items: no product line can claim it, so the
// first line to move settles it.
func (g *licdb) emptyOrder(o order) {
	g.orders++
	g.sink.add("orders", g.orders, strconv.Itoa(100000+g.orders), o.company, nil, o.on.String(), g.companies[o.company].country.curr, "O")
	g.expect.orders.add(excluded, 1)
	g.spoil("D62", "orders", g.orders, "", "", "")
}

// item writes an order item, sometimes twice.
func (g *licdb) item(d *dice, o *order, pos int, l *line) {
	price := 1000 * (1 + int(mix(uint64(len(l.item.sku)*l.item.product*7+l.item.pack))%90)) // cents
	total := fmt.Sprintf("%d.%02d", price*9/100, price*9%100)
	verdict := migrated
	switch {
	case o.line != fleet || g.companies[o.company].gone:
		verdict = excluded
	case l.hit == "D42" || o.outcome != migrated:
		verdict = quarantined
	}
	g.sink.add("order_item", o.id, pos, l.sku, l.packs, total, l.months)
	g.expect.orderLines.add(verdict, 1)
	if verdict == migrated && !o.golden && g.noise.hits(d, "D65", o.cluster) {
		g.sink.add("order_item", o.id, pos, l.sku, l.packs, total, l.months)
		g.expect.orderLines.add(merged, 1)
		g.spoil("D65", "order_item", o.id, "pos", "", strconv.Itoa(pos))
	}
}
