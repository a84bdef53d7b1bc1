package estate

import (
	"strconv"
	"strings"
	"time"
)

const customersPerScale = 120

// customer is a row of Customers.xlsx. It has no number: name and town are
// all that tells two apart.
type customer struct {
	region  int
	stored  string // name as typed
	town    string
	country country
	person
	email    any
	clean    string
	cluster  string
	since    day
	reseller string
	vat      any
	red      bool // struck out by color, which no reader of values sees
	gone     bool
	hidden   bool // the name in this sheet is not the one that licences use
	user     outcome
	twice    bool // the row stands there twice
}

func (b *bryndal) makeCustomers() {
	total := customersPerScale * b.scale
	last := make([]int, len(regions())) // the latest customer of each region, for people who work for two
	for i := range last {
		last[i] = -1
	}
	for i := range total {
		d := newDice(b.seed, "customer", i)
		c := b.newCustomer(d, i)
		b.spoilCustomer(d, i, &c, last)
		last[c.region] = i
		b.customers = append(b.customers, c)
	}
}

func (b *bryndal) newCustomer(d *dice, i int) customer {
	c := customer{since: date(2009, time.January, 1) + day(d.n(5000)), person: anyPerson(d)}
	c.country = []country{countries()[4], countries()[5], countries()[10]}[d.weighted(60, 30, 10)]
	c.region = map[string]int{"GB": 0, "US": 1, "JP": 2}[c.country.code]
	c.town = pick(d, strings.Fields("Leeds York Hull Bath Derby Boston Austin Denver Dallas Kyoto Naha Nagoya"))
	name := companyName(d)
	form := pick(d, c.country.forms)
	c.cluster = "bryndal-org-" + strconv.Itoa(i)
	switch {
	case i == 0: // a golden customer of both systems, in two spellings
		name, form, c.cluster = "Acme Müller", "GmbH", "licdb-org-1"
	case i == 1:
		name, form, c.cluster = "ACME MULLER", "", "licdb-org-1"
	case b.noise.hits(d, "D02", i%10):
		of := b.corvane[len(b.corvane)/2+d.n(len(b.corvane)/2)]
		name, form, c.cluster = of.name, of.form, "licdb-org-"+strconv.Itoa(of.cluster)
	}
	c.clean = c.mailbox(i) + "@" + slug(name) + ".example"
	// Bryndal's staff told namesakes apart by a number at the end.
	c.stored = strings.TrimSpace(name+" "+form) + whether(i < 2, "", " "+strconv.Itoa(i))
	c.email = c.clean
	c.vat = whether[any](c.country.code == "GB", "GB"+strconv.Itoa(100000000+d.n(899999999)), nil)
	if d.chance(0.4) {
		c.reseller = resellerName(d.n(b.resellers()))
	}
	return c
}

func (b *bryndal) spoilCustomer(d *dice, i int, c *customer, last []int) {
	batch := c.since.year()*4 + c.region
	key := strconv.Itoa(i)
	if i < 2 {
		return
	}
	switch hit := b.noise.first(d, batch, "D74", "D75", "D01", "D11", "D12", "D10"); hit {
	case "D74":
		c.stored, c.gone = pick(d, []string{"TEST ", "Demo customer "})+key, true
		b.spoil(hit, "customers", key, "customer", "", c.stored)
	case "D75":
		if c.red = d.chance(0.5); !c.red {
			c.gone, c.hidden = true, true
		}
		b.spoil(hit, "customers", key, "", "", whether(c.red, "red", "zzz"))
	case "D01":
		if at := last[c.region]; at > 1 && !b.customers[at].gone {
			of := b.customers[at]
			c.stored = strings.ToUpper(plain(of.stored)) + " (" + key + ")"
			_, domain, _ := strings.Cut(of.clean, "@")
			c.cluster, c.clean, c.town = of.cluster, c.mailbox(i)+"@"+domain, of.town
			c.email = c.clean
			b.spoil(hit, "customers", key, "customer", of.stored, c.stored)
		}
	case "D10", "D11", "D12":
		is := c.stored
		c.stored = spoilText(d, hit, is)
		b.spoil(hit, "customers", key, "customer", is, c.stored)
	}
	b.spoilContact(d, i, c, last, batch)
	if b.noise.hits(d, "D15", batch) && c.vat != nil {
		c.vat = pick(d, []any{"N/A", "-", "#N/A", "n.a."})
		b.spoil("D15", "customers", key, "vat", "", c.vat.(string))
	}
	if c.twice = b.noise.hits(d, "D65", batch); c.twice {
		b.spoil("D65", "customers", key, "", "", "")
	}
}

func (b *bryndal) spoilContact(d *dice, i int, c *customer, last []int, batch int) {
	hit := b.noise.first(d, batch, "D05", "D03", "D07")
	is := c.clean
	switch hit {
	case "D05":
		c.email, c.user = pick(d, []any{"n/a", nil, "x@", "see mail", c.clean + "; " + c.clean}), quarantined
	case "D03":
		at := last[c.region]
		if at < 2 || c.gone {
			return
		}
		of := b.customers[at]
		if of.gone || of.user != migrated || of.email != of.clean {
			return
		}
		c.person, c.clean = of.person, of.clean
		c.email, c.user = strings.ToUpper(of.clean), merged
	case "D07":
		c.email = strings.Replace(c.clean, ".example", ".exmaple", 1)
	default:
		return
	}
	b.spoil(hit, "customers", strconv.Itoa(i), "email", is, textOf(c.email))
}

// customersBook writes Customers.xlsx: three sheets, each with columns of its
// own names and order.
func (b *bryndal) customersBook() error {
	w := newWorkbook(false)
	for at, r := range regions() {
		switch at {
		case 0:
			w.begin(r.name, "Customer", "Town", "Country", "Contact", "E-mail", "Reseller", "Since", "VAT no")
		case 1:
			w.begin(r.name, "Account Name", "City", "State", "Country", "Email", "Contact Name", "Start Date", "Partner")
		case 2:
			w.begin(r.name, "Country", "Company", "Location", "Contact Person", "Mail", "Customer since", "Channel")
		}
		for i := range b.customers {
			if c := &b.customers[i]; c.region == at {
				b.customerRow(w, i, c, r)
			}
		}
		w.add("Total: " + strconv.Itoa(w.row-1))
		for _, c := range []*Counts{b.expect.organizations, b.expect.relations, b.expect.users, b.expect.memberships} {
			c.add(rejected, 1)
		}
	}
	return w.save(b.path("Customers.xlsx"))
}

func (b *bryndal) customerRow(w *workbook, i int, c *customer, r region) {
	d := newDice(b.seed, "customer row", i)
	name := c.stored
	if c.hidden {
		name = "zzz " + name
	}
	var label any = name
	country := c.country.code
	if b.noise.hits(d, "D14", c.since.year()) {
		country = pick(d, c.country.typed)
		b.spoil("D14", "customers", strconv.Itoa(i), "country", c.country.code, country)
	}
	if c.red {
		label = w.styled(name)
	}
	person := c.first + " " + c.last
	var row []any
	switch c.region {
	case 0:
		row = []any{label, c.town, country, person, c.email, textOrNull(c.reseller), w.cell(c.since, r.excel), c.vat}
	case 1:
		row = []any{label, c.town, nil, country, c.email, person, w.cell(c.since, r.excel), textOrNull(c.reseller)}
	case 2:
		row = []any{country, label, c.town, person, c.email, w.cell(c.since, r.excel), textOrNull(c.reseller)}
	}
	w.add(row...)
	b.countCustomer(c, c.user, migrated)
	if c.twice {
		w.add(row...)
		b.countCustomer(c, whether(c.user == quarantined, quarantined, merged), merged)
	}
	b.truth.write(truth{"bryndal", "customers", name + "|" + c.town, c.cluster, c.stored, c.clean, i < 2})
}

// countCustomer counts one row: user is what becomes of the contact, rest of
// everything else.
func (b *bryndal) countCustomer(c *customer, user, rest outcome) {
	membership, relation := rest, rest
	if user == quarantined {
		membership = quarantined
	}
	if c.reseller == "" {
		relation = excluded
	}
	if c.gone {
		user, rest, membership, relation = excluded, excluded, excluded, excluded
	}
	b.expect.organizations.add(rest, 1)
	b.expect.users.add(user, 1)
	b.expect.memberships.add(membership, 1)
	b.expect.relations.add(relation, 1)
}

func (b *bryndal) resellers() int { return 5 + 5*b.scale }

func resellerName(i int) string { return "Insight Partner " + strconv.Itoa(i+1) }

func (b *bryndal) resellersBook() error {
	w := newWorkbook(false)
	w.begin("Resellers", "Reseller", "Country", "Since")
	for i := range b.resellers() {
		d := newDice(b.seed, "reseller", i)
		w.add(resellerName(i), pick(d, []string{"GB", "UK", "USA", "Japan"}), w.cell(date(2012, time.May, 1)+day(d.n(2000)), "dd/mm/yyyy"))
		b.expect.resellers.add(migrated, 1)
	}
	return w.save(b.path("Resellers.xlsx"))
}
