package estate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// license is a row of the table license before it is written.
type license struct {
	id, company, order, pos, parent int
	number, sku, model, status      string
	qty                             any
	start, end                      day
	key                             any
	note                            string
}

// addLine writes an order item, its license and the activations of it.
func (g *licdb) addLine(d *dice, o *order, pos int, l *line) {
	l.sku = l.item.sku
	if !o.golden {
		g.spoilSKU(d, o, l)
		l.lost = g.noise.hits(d, "D63b", o.cluster)
	}
	g.item(d, o, pos, l)
	if l.lost {
		g.spoil("D63b", "order_item", o.id, "pos", "", strconv.Itoa(pos))
		g.sold(o, pos, l, 0)
		return
	}
	g.licenses++
	row := g.cleanLicense(o, pos, l)
	if !o.golden {
		g.spoilLicense(d, o, l, &row)
	}
	verdict := g.licenseVerdict(o, l, &row)
	g.writeLicense(row, verdict)
	if o.line == fleet {
		g.companies[o.company].last = renewable{row.id, l.item, l.packs, l.end}
	}
	if !o.golden && (verdict == migrated || o.line != fleet) && g.noise.hits(d, "D65", o.cluster) {
		g.licenses++
		again := row
		again.id = g.licenses
		g.writeLicense(again, whether(verdict == migrated, merged, excluded))
		g.spoil("D65", "license", again.id, "id", strconv.Itoa(row.id), strconv.Itoa(again.id))
	}
	g.activate(d, o, l, &row, verdict)
	switch {
	case o.line == design && l.end == 0:
		g.maintenance(d, o, l, row.id)
	case o.line == fleet && l.hit == "":
		g.support(o, l, row.id, verdict)
	case o.line == vault:
		g.sold(o, pos, l, row.id)
	}
}

func (g *licdb) spoilSKU(d *dice, o *order, l *line) {
	switch hit := g.noise.first(d, o.cluster, "D42", "D42b"); hit {
	case "D42":
		if l.item.sku[0] != 'C' {
			return
		}
		l.hit, l.sku = hit, obsolete(l.item.sku)
		g.spoil(hit, "license", g.licenses+1, "sku", l.item.sku, l.sku)
	case "D42b":
		l.sku = misspelled(l.item.sku)
		g.spoil(hit, "license", g.licenses+1, "sku", l.item.sku, l.sku)
	}
}

func (g *licdb) cleanLicense(o *order, pos int, l *line) license {
	row := license{id: g.licenses, company: o.company, order: o.id, pos: pos, parent: l.parent,
		number: fmt.Sprintf("L%08d", g.licenses), sku: l.sku, model: l.item.model, status: l.status,
		qty: l.packs * l.item.pack, start: l.start, end: l.end}
	if l.end == 0 { // perpetual
		row.end = whether(l.start.year() < 2012, date(9999, time.December, 31), date(2099, time.December, 31))
	}
	row.key = licenseKey(newDice(g.seed, "key", row.id))
	return row
}

// licenseKey is five groups of five letters; case and hyphens belong to it.
func licenseKey(d *dice) []byte {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	key := make([]byte, 0, 29)
	for i := range 25 {
		if i > 0 && i%5 == 0 {
			key = append(key, '-')
		}
		key = append(key, letters[d.n(len(letters))])
	}
	return key
}

// spoilLicense applies at most one defect that keeps the license out, and any
// number of those that do not.
func (g *licdb) spoilLicense(d *dice, o *order, l *line, row *license) {
	note := func(id, column, is, stored string) { g.spoil(id, "license", row.id, column, is, stored) }
	if l.hit == "" {
		l.hit = g.noise.first(d, o.cluster, "D60", "D22", "D24", "D26", "D45", "D46")
	}
	qty := row.qty.(int)
	switch l.hit {
	case "D60":
		row.company = 9000000 + d.n(1000)
		note("D60", "company_id", strconv.Itoa(o.company), strconv.Itoa(row.company))
	case "D22":
		is := row.start
		row.start = zeroDate
		note("D22", "start", is.String(), row.start.String())
	case "D24":
		if l.end == 0 {
			l.hit = ""
			break
		}
		row.end = date(9999, time.December, 31)
		note("D24", "end", l.end.String(), row.end.String())
	case "D26":
		row.start, row.end = row.end, row.start
		note("D26", "start", row.end.String(), row.start.String())
	case "D45":
		row.qty = -qty
		note("D45", "qty", strconv.Itoa(qty), strconv.Itoa(-qty))
	case "D46":
		row.qty = whether[any](d.chance(0.5), 0, nil)
		note("D46", "qty", strconv.Itoa(qty), "")
	case "":
		g.spoilQuantity(d, o, l, row, note)
	}
	g.spoilRest(d, o, row, note)
}

func (g *licdb) spoilQuantity(d *dice, o *order, l *line, row *license, note func(id, column, is, stored string)) {
	is := strconv.Itoa(row.qty.(int))
	switch g.noise.first(d, o.cluster, "D48", "D44", "D70") {
	case "D48":
		row.qty = 999999
		note("D48", "qty", "unlimited", "999999")
	case "D44":
		if l.item.pack > 1 {
			row.qty = l.packs
			note("D44", "qty", is, strconv.Itoa(l.packs))
		}
	case "D70":
		l.over = 6 + d.n(9) // more than any license model allows
		l.acts = max(l.acts, 1)
		note("D70", "", is, strconv.Itoa(row.qty.(int)+l.over))
	}
}

func (g *licdb) spoilRest(d *dice, o *order, row *license, note func(id, column, is, stored string)) {
	if g.noise.hits(d, "D08", o.cluster) {
		note("D08", "sku", row.sku, " "+row.sku)
		row.sku = " " + row.sku
	}
	if g.noise.hits(d, "D63", o.cluster) {
		note("D63", "order_id", strconv.Itoa(row.order), "")
		row.order, row.pos = 0, 0
	}
	if row.status == "E" && g.noise.hits(d, "D69", o.cluster) {
		row.status = "A"
		note("D69", "status", "E", "A")
	}
	if g.noise.hits(d, "D68", o.cluster) {
		note("D68", "parent_lic", "", strconv.Itoa(row.id))
		row.parent = row.id
	}
	if g.noise.hits(d, "D73", o.cluster) {
		row.key = nil
		note("D73", "keytext", "", "")
	} else if g.noise.hits(d, "D72", o.cluster) {
		is := string(row.key.([]byte))
		row.key = []byte(strings.ToLower(is))
		note("D72", "keytext", is, strings.ToLower(is))
	}
	if o.dist != 0 && g.noise.hits(d, "D78", o.cluster) {
		row.note = "end customer: " + g.companies[o.company].name
		if row.company == o.company {
			row.company = o.dist
		}
		note("D78", "company_id", strconv.Itoa(o.company), strconv.Itoa(row.company))
	} else if d.chance(0.02) {
		row.note = pick(d, []string{"customer\u0092s own server", "verlängert per Mail\r\nsiehe Akte", "Kulanz", "2 x geliefert"})
	}
}

// licenseVerdict says what must become of a license in fleet.
func (g *licdb) licenseVerdict(o *order, l *line, row *license) outcome {
	switch {
	case o.line != fleet, row.status == "X":
		return excluded
	case row.company < len(g.companies) && g.companies[row.company].gone:
		return excluded
	case l.hit != "":
		return quarantined
	}
	return migrated
}

func (g *licdb) writeLicense(row license, verdict outcome) {
	g.sink.add("license", row.id, row.number, row.company, idOrNull(row.order), idOrNull(row.pos), row.sku, row.qty, row.model,
		row.start, row.end, row.status, idOrNull(row.parent), row.key, textOrNull(row.note))
	g.expect.entitlements.add(verdict, 1)
	g.expect.lines.add(verdict, 1)
	g.expect.subscriptions.add(verdict, 1)
	g.expect.keys.add(whether(row.key == nil, excluded, verdict), 1)
}
