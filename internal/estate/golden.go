package estate

import (
	"strconv"
	"time"
)

// goldenCompanies writes the customers that people know by name. Nothing of
// theirs is spoiled by chance: what is odd about them is written here.
func (g *licdb) goldenCompanies() {
	g.companies = make([]company, 1, companiesPerScale*g.scale+2)
	all := countries()
	germany, britain, denmark, brazil, japan, us := all[0], all[4], all[6], all[7], all[10], all[5]
	add := func(name, stored string, of country, kind string, cluster, parent int) int {
		domain := slug(name) + ".example"
		if cluster != 0 {
			domain = g.companies[cluster].domain
		}
		return g.addCompany(company{cluster: cluster, name: name, country: of, domain: domain, golden: true, gone: stored == "TEST TEST"},
			companyRow{name: stored, country: of.code, kind: kind, parent: parent, created: date(2008, time.March, 3)})
	}
	add("Acme Müller GmbH", "Acme Müller GmbH", germany, "C", 0, 0)
	for _, spelling := range []string{"ACME MUELLER GMBH", "Acme Mueller", "Acme-Müller GmbH ", mojibake("Acme Müller GmbH")} {
		id := add("Acme Müller GmbH", spelling, germany, "C", acme, 0)
		g.spoil("D01", "company", id, "name", "Acme Müller GmbH", spelling)
	}
	ag := add("Acme Müller AG", "Acme Müller AG", germany, "C", 0, 0)
	g.companies[ag].domain = g.companies[acme].domain // another legal entity, the same domain
	add("Nordhavn Energi A/S", "Nordhavn Energi A/S", denmark, "C", 0, 0)
	add("Sertão Dados Ltda", "Sertão Dados Ltda", brazil, "C", 0, 0)
	add("Okinawa Robotics 株式会社", mojibake("Okinawa Robotics 株式会社"), japan, "C", 0, 0)
	add("Halden Distribution", "Halden Distribution", germany, "D", 0, 0)
	var shops []int
	for _, name := range []string{"Halden Nord", "Halden Süd", "Halden West"} {
		shops = append(shops, add(name, name, germany, "R", 0, halden))
	}
	for i := range 40 {
		name := "Halden Kunde " + strconv.Itoa(i+1)
		add(name, name, germany, "C", 0, 0)
	}
	for _, c := range []struct {
		name string
		of   country
	}{{"Brightco", britain}, {"Tern Logistics", britain}, {"Velda University", us}, {"Quorn Medical", britain},
		{"Old Oak Print", britain}, {"Kestrel Labs", britain}, {"TEST TEST", germany}, {"NULL Systems", us}} {
		add(c.name, c.name, c.of, "C", 0, 0)
	}
	g.resellers = shops
}

// The golden customers by id; goldenCompanies writes them in this order.
const (
	acme      = 1
	nordhavn  = 7
	sertao    = 8
	okinawa   = 9
	halden    = 10
	haldenOne = 14 // the first of forty end customers
	brightco  = 54
	tern      = 55
	velda     = 56
	quorn     = 57
	oldOak    = 58
	kestrel   = 59
	testTest  = 60
)

// goldenOrders writes what the golden customers bought.
func (g *licdb) goldenOrders() {
	sku := make(map[string]item)
	for _, i := range items() {
		sku[i.sku] = i
	}
	buy := func(company, dist int, productLine string, on day, lines ...line) {
		d := newDice(g.seed, "golden order", g.orders+1)
		for i := range lines {
			l := &lines[i]
			l.start = whether(l.start == 0, on, l.start)
			l.months = l.item.months
			if l.status == "" {
				l.status = whether(l.end != 0 && l.end < today(), "E", "A")
			}
		}
		g.addOrder(d, order{company: company, dist: dist, line: productLine, on: on, status: "C", items: lines, golden: true})
	}
	newYear, endOfYear := date(2024, time.January, 1), date(2024, time.December, 31)
	buy(acme, 0, design, date(2011, 5, 2), line{item: sku["CD-PRO-5"], packs: 2, acts: 3})
	buy(acme, halden, fleet, newYear, line{item: sku["CF-EP100"], packs: 3, end: endOfYear, acts: 2})
	buy(nordhavn, 0, design, date(2015, 9, 14), line{item: sku["CD-STD-1"], packs: 4, acts: 4})
	buy(nordhavn, halden, fleet, newYear, line{item: sku["CF-EP25"], packs: 4, end: endOfYear, acts: 2})
	for months := 3; months <= 12; months += 3 {
		start := date(2024, time.March, 1)
		buy(sertao, 0, vault, start, line{item: sku["CV-ST-1T"], packs: 2, start: start, end: start.term(months)})
	}
	buy(okinawa, 0, fleet, date(2024, time.April, 1), line{item: sku["CF-EP25"], packs: 1, end: date(2025, time.March, 31), acts: 1})
	for i := range 40 { // 500 endpoints are split over the forty
		buy(haldenOne+i, halden+1+i%3, fleet, newYear, line{item: sku["CF-EP25"], packs: whether(i < 20, 1, 2), end: endOfYear, acts: 1})
	}
	buy(brightco, 0, design, date(2018, 2, 20), line{item: sku["CD-PRO-1"], packs: 7, acts: 5})
	buy(tern, 0, fleet, newYear, line{item: sku["CF-SRV1"], packs: 85, end: endOfYear, acts: 1, over: 9})
	buy(velda, 0, fleet, newYear, line{item: sku["CF-EP100"], packs: 10, end: endOfYear, acts: 3})
	// Both are right: a subscription that begins next year, and 999 servers.
	buy(velda, 0, fleet, today()-10, line{item: sku["CF-EP100"], packs: 10, start: date(2025, time.January, 1), end: date(2025, time.December, 31)})
	buy(brightco, 0, fleet, newYear, line{item: sku["CF-SRV1"], packs: 999, end: endOfYear, acts: 1})
	buy(quorn, 0, fleet, newYear, line{item: sku["CF-EP25"], packs: 1, end: endOfYear, status: "C"}, line{item: sku["CF-EP25"], packs: 1, end: endOfYear, acts: 1})
	buy(oldOak, 0, design, date(2004, 6, 1), line{item: sku["CD-STD-1"], packs: 1, acts: 1})
	buy(kestrel, 0, fleet, date(2024, time.February, 29), line{item: sku["CF-EP25"], packs: 1, end: date(2024, time.February, 29).term(12), acts: 1})
	buy(testTest, 0, fleet, newYear, line{item: sku["CF-EP25"], packs: 1, end: endOfYear, acts: 1})
}
