package estate

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// donglesBook writes Dongles.xlsx: hardware keys of perpetual licences. Some
// belong to licences that nobody finds any more.
func (b *bryndal) donglesBook() error {
	w := newWorkbook(false)
	w.begin("Dongles", "Serial", "Firm code", "Ticket", "Lic no", "Issued", "Returned?")
	for i := range b.rights {
		r := &b.rights[i]
		if !r.dongle {
			continue
		}
		d := newDice(b.seed, "dongle", i)
		serial, number, verdict := fmt.Sprintf("3-%07d", 1000000+i), r.number, r.verdict
		if verdict != migrated {
			verdict = quarantined
		}
		if b.noise.hits(d, "D61", r.first) {
			number, verdict = "BI-9"+strconv.Itoa(100000+i), quarantined
			b.spoil("D61", "dongles", serial, "lic no", r.number, number)
		}
		var ticket any
		if d.chance(0.5) {
			ticket = string(licenseKey(d))
		}
		back := pick(d, []any{nil, nil, nil, "no", "yes", "ja"})
		row := []any{serial, 5010 + d.n(3), ticket, number, w.cell(r.sent(), "dd/mm/yyyy"), back}
		w.add(row...)
		b.countDongle(ticket != nil, migrated, verdict)
		if b.noise.hits(d, "D65", r.first) {
			w.add(row...)
			b.countDongle(ticket != nil, merged, whether(verdict == migrated, merged, quarantined))
			b.spoil("D65", "dongles", serial, "", "", "")
		}
	}
	return w.save(b.path("Dongles.xlsx"))
}

// sent is a day on which the dongle may have been sent.
func (r *right) sent() day { return date(r.first, time.April, 8) }

func (b *bryndal) countDongle(ticket bool, device, activation outcome) {
	b.expect.devices.add(device, 1)
	b.expect.activations.add(activation, 1)
	b.expect.tickets.add(whether(ticket, activation, excluded), 1)
}

// renewalsFile writes Renewals.csv as the German agency exports it: semicolons,
// windows-1252, decimal comma, d.m.yy. Each row is an order with one item.
func (b *bryndal) renewalsFile() error {
	file, err := os.Create(b.path("Renewals.csv"))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	fmt.Fprint(out, windows1252("Bestellnr;Lizenz;Kunde;Ort;Artikel;Menge;Betrag;Währung;Datum\r\n"))
	number := 100000 // the same numbers as in LICDB: they are other orders
	for i := range b.rights {
		r := &b.rights[i]
		if r.item.perpetual() || r.last <= r.first {
			continue
		}
		number++
		b.renewal(out, newDice(b.seed, "renewal", i), r, number)
	}
	return cmp.Or(out.Flush(), file.Close())
}

func (b *bryndal) renewal(out *bufio.Writer, d *dice, r *right, number int) {
	owner := &b.customers[r.owner]
	on := date(r.last, time.April, 1) - day(d.n(60))
	stored := on.format("2.1.06")
	order := migrated
	switch {
	case r.hit != "D60" && owner.gone && !owner.hidden:
		order = excluded
	case b.noise.hits(d, "D30", r.last):
		stored, order = "31.2."+strconv.Itoa(r.last%100), rejected
		b.spoil("D30", "renewals", strconv.Itoa(number), "Datum", on.String(), stored)
	case r.hit == "D60" || owner.hidden:
		order = quarantined
	}
	item := order
	if order == rejected || order == migrated && r.hit == "D42" {
		item = quarantined
	}
	cents := d.between(10000, 9999999)
	if owner.country.curr == "JPY" {
		cents -= cents % 100
	}
	amount := fmt.Sprintf("%d,%02d", cents/100, cents%100)
	if cents >= 100000 {
		amount = fmt.Sprintf("%d.%03d,%02d", cents/100000, cents/100%1000, cents%100)
	}
	fmt.Fprint(out, windows1252(strings.Join([]string{strconv.Itoa(number), r.number, quoteCSV(r.customer), owner.town, r.sku,
		strconv.Itoa(d.between(1, 60)), amount, owner.country.curr, stored}, ";")+"\r\n"))
	b.expect.orders.add(order, 1)
	b.expect.orderLines.add(item, 1)
}

func quoteCSV(s string) string {
	if strings.ContainsAny(s, "\";\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}
