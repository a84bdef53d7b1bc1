package estate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const rightsPerScale = 1000

// The workbooks Licences_2019.xlsx to Licences_2024.xlsx.
const (
	firstBook = 2019
	lastBook  = 2024
	book1904  = 2021 // made on an old Mac: its dates count from 1904
)

// right is one licence. It stands in the workbook of each year in which it
// was valid: each April the rows were copied into a new workbook, and the
// subscriptions got a new end.
type right struct {
	number      string
	owner       int // of bryndal.customers
	item        insightItem
	sku         string
	qty         any
	unit        string
	start       day
	first, last int // years of its workbooks
	key         string
	hit         string // the defect that keeps it out, or ""
	customer    string
	end         string // what stands in the column End, if it is no date
	verdict     outcome
	dongle      bool
}

func (b *bryndal) makeRights() {
	for i := range rightsPerScale * b.scale {
		d := newDice(b.seed, "right", i)
		r := right{number: licenceNumber(i), owner: d.n(len(b.customers)), item: pick(d, insightItems()), qty: d.between(1, 60)}
		for strings.HasPrefix(b.customers[r.owner].stored, "TEST ") && d.chance(0.9) {
			r.owner = d.n(len(b.customers))
		}
		r.customer = b.customers[r.owner].stored
		r.sku, r.unit = r.item.sku, r.item.unit
		r.first = d.between(firstBook-3, lastBook)
		r.last = min(r.first+d.n(6), lastBook)
		if r.item.perpetual() || d.chance(0.5) {
			r.last = lastBook
		}
		r.last = max(r.last, firstBook)
		r.start = date(r.first, time.April, 1) + day(d.n(360))
		if r.item.perpetual() {
			r.end = pick(d, []string{"permanent", "perpetual", "unlimited", "31/12/2099"})
			r.dongle = d.chance(0.7)
		}
		r.key = string(licenseKey(newDice(b.seed, "right key", i)))
		b.spoilRight(d, &r)
		r.first = max(r.first, firstBook)
		b.rights = append(b.rights, r)
	}
}

// spoilRight applies the defects that are copied from year to year.
func (b *bryndal) spoilRight(d *dice, r *right) {
	batch := r.first*4 + b.customers[r.owner].region
	note := func(id, column, is, stored string) { b.spoil(id, "licences", r.number, column, is, stored) }
	qty := strconv.Itoa(r.qty.(int))
	r.hit = b.noise.first(d, batch, "D60", "D42", "D45", "D46", "D24", "D26", "D30", "D20")
	switch r.hit {
	case "D60":
		r.customer = "Vanished Ltd " + r.number
		note("D60", "customer", b.customers[r.owner].stored, r.customer)
	case "D42":
		r.sku = "BI-OLD"
		note("D42", "sku", r.item.sku, r.sku)
	case "D45":
		r.qty = -r.qty.(int)
		note("D45", "qty", qty, "-"+qty)
	case "D46":
		r.qty = whether[any](d.chance(0.5), 0, nil)
		note("D46", "qty", qty, "")
	case "D24", "D20":
		if r.item.perpetual() {
			r.hit = ""
			break
		}
		r.end = whether(r.hit == "D24", "permanent", "Mar-"+strconv.Itoa(r.last-2000+1))
		note(r.hit, "end", "", r.end)
	case "D26":
		if r.item.perpetual() {
			r.hit = ""
			break
		}
		note("D26", "start", r.start.String(), date(2031, time.April, 1).String())
		r.start = date(2031, time.April, 1)
	case "D30":
		note("D30", "start", r.start.String(), "31/02")
	case "":
		b.spoilRightText(d, r, batch, note)
	}
	if b.noise.hits(d, "D49", batch) {
		note("D49", "unit", r.unit, "")
		r.unit = ""
	}
	if b.noise.hits(d, "D73", batch) {
		note("D73", "key", "", "")
		r.key = ""
	}
	r.verdict = b.rightVerdict(r)
}

func (b *bryndal) spoilRightText(d *dice, r *right, batch int, note func(id, column, is, stored string)) {
	qty := r.qty.(int)
	switch hit := b.noise.first(d, batch, "D48", "D47"); hit {
	case "D48":
		r.qty = 999999
		note(hit, "qty", "unlimited", "999999")
	case "D47":
		r.qty = pick(d, []string{strconv.Itoa(qty) + " users", "1," + fmt.Sprintf("%03d", qty), "unl."})
		note(hit, "qty", strconv.Itoa(qty), r.qty.(string))
	}
	if hit := b.noise.first(d, batch, "D42b", "D43"); hit == "D42b" || hit == "D43" && r.item.sku == "10E3" {
		r.sku = r.item.respelled()
		note(hit, "sku", r.item.sku, r.sku)
	}
}

// rightVerdict says what must become of each row of a licence, or of the last
// of them if it is migrated.
func (b *bryndal) rightVerdict(r *right) outcome {
	switch owner := &b.customers[r.owner]; {
	case r.hit != "D60" && owner.gone && !owner.hidden:
		return excluded
	case r.hit == "D30":
		return rejected
	case r.hit != "" || owner.hidden:
		return quarantined
	}
	return migrated
}

// licenceBooks writes one workbook a year, with a sheet for each region.
func (b *bryndal) licenceBooks() error {
	for year := firstBook; year <= lastBook; year++ {
		w := newWorkbook(year == book1904)
		for at, r := range regions() {
			w.begin(r.name, "Lic no", "Customer", "Town", "SKU", "Qty", "Unit", "Start", "End", "Status", "Key", "Order")
			for i := range b.rights {
				if right := &b.rights[i]; b.customers[right.owner].region == at && right.first <= year && year <= right.last {
					b.rightRow(w, i, right, year, r)
				}
			}
			w.add("Total rows: " + strconv.Itoa(w.row-1))
			b.countRows(rejected, rejected, rejected, rejected)
		}
		if err := w.save(b.path(fmt.Sprintf("Licences_%d.xlsx", year))); err != nil {
			return err
		}
	}
	return nil
}

// rightRow writes a licence into the workbook of one year.
func (b *bryndal) rightRow(w *workbook, i int, r *right, year int, in region) {
	d := newDice(b.seed, "right row "+strconv.Itoa(year), i)
	owner := &b.customers[r.owner]
	end := any(r.end)
	if r.end == "" {
		end = b.dateCell(w, d, r, "end", date(year+1, time.March, 31), year, in)
	}
	start := b.dateCell(w, d, r, "start", r.start, year, in)
	if r.hit == "D30" {
		start = "31/02/" + strconv.Itoa(r.first)
		if in.name == "AMER" {
			start = "02/31/" + strconv.Itoa(r.first)
		}
	}
	customer := r.customer
	if b.noise.hits(d, "D08", year*4+owner.region) {
		customer = spaced(d, customer)
		b.spoil("D08", "licences", r.number, "customer", r.customer, customer)
	}
	status := whether(year == lastBook, "live", "renewed")
	row := []any{r.number, customer, owner.town, r.sku, r.qty, textOrNull(r.unit), start, end, status, textOrNull(r.key), "P" + strconv.Itoa(100000+i)}
	w.add(row...)
	b.countRight(r, year == r.last)
	if r.verdict == migrated && b.noise.hits(d, "D65", year*4+owner.region) {
		w.add(row...)
		b.countRight(r, false)
		b.spoil("D65", "licences", r.number, "", "", "")
	}
	if r.verdict == migrated && b.noise.hits(d, "D66", year*4+owner.region) {
		row[0] = nil
		w.add(row...)
		b.countRows(rejected, rejected, whether(r.key == "", excluded, rejected), whether(r.item.perpetual(), excluded, rejected))
		b.spoil("D66", "licences", r.number, "lic no", r.number, "")
	}
}

// dateCell is a date as somebody typed it: mostly a real one, at times a text
// in the way of the sheet or another, two digits for the year, or the bare
// number that Excel counts by.
func (b *bryndal) dateCell(w *workbook, d *dice, r *right, column string, is day, year int, in region) any {
	hit := b.noise.first(d, year*4+b.customers[r.owner].region, "D20b", "D21", "D25")
	var stored string
	switch hit {
	case "D20b":
		stored = is.format(pick(d, []string{in.text, in.other}))
	case "D21":
		stored = strconv.Itoa(int(is) + w.epoch)
	case "D25":
		stored = is.format("02.01.06")
	default:
		return w.cell(is, in.excel)
	}
	b.spoil(hit, "licences", r.number, column, is.String(), stored)
	return stored
}

// countRight counts one row of a licence; the row of its last year is the one
// that is kept.
func (b *bryndal) countRight(r *right, kept bool) {
	base := r.verdict
	if base == migrated && !kept {
		base = merged
	}
	key, subscription := base, base
	if base == rejected {
		key = quarantined // the key does not read the dates; its line item is missing
	}
	if r.key == "" {
		key = excluded
	}
	if r.item.perpetual() && r.hit != "D42" {
		subscription = excluded
	}
	b.countRows(base, base, key, subscription)
}

func (b *bryndal) countRows(entitlement, line, key, subscription outcome) {
	b.expect.entitlements.add(entitlement, 1)
	b.expect.lines.add(line, 1)
	b.expect.keys.add(key, 1)
	b.expect.subscriptions.add(subscription, 1)
}
