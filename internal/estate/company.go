package estate

import (
	"strconv"
	"strings"
	"time"
)

// company is a row of the table company as the rest of the estate needs it.
type company struct {
	cluster int // id of the first row of the same organization
	name    string
	form    string
	domain  string
	batch   int // rows of one batch share defects: a year of one sales office
	country country
	gone    bool // deleted or a test: everything of it is excluded
	golden  bool
	depth   int // below the top of its group
	last    renewable
}

// renewable is the latest license of fleet that a company bought.
type renewable struct {
	license int
	item    item
	packs   int
	end     day
}

// companyRow is what stands in the database.
type companyRow struct {
	name, name2, country, vat any
	parent                    int
	kind                      string
	deleted                   int
	created                   day
}

const companiesPerScale = 500

func (g *licdb) addCompany(c company, row companyRow) int {
	id := len(g.companies)
	if c.cluster == 0 {
		c.cluster = id
	}
	g.companies = append(g.companies, c)
	g.sink.add("company", id, row.name, row.name2, row.country, row.vat, idOrNull(row.parent), row.kind, row.deleted, row.created)
	g.expect.organizations.add(whether(c.gone, excluded, migrated), 1)
	g.truth.write(truth{"licdb", "company", strconv.Itoa(id), "licdb-org-" + strconv.Itoa(c.cluster), strings.TrimSpace(c.name + " " + c.form), "", c.golden})
	return id
}

// randomCompanies fills the table: first the resellers, then the customers.
func (g *licdb) randomCompanies() {
	total := companiesPerScale * g.scale
	resellers := max(6, 140*g.scale/100)
	for range resellers {
		d := newDice(g.seed, "company", len(g.companies))
		c := g.newCompany(d)
		kind := whether(d.chance(0.1), "D", "R")
		g.resellers = append(g.resellers, g.addCompany(c, companyRow{name: cut(c.name + " " + c.form), country: c.country.code, kind: kind, created: g.founded(d)}))
	}
	for len(g.companies) <= total {
		g.randomCompany(total)
	}
}

func (g *licdb) newCompany(d *dice) company {
	where := anyCountry(d)
	name := companyName(d)
	return company{name: name, form: pick(d, where.forms), country: where,
		domain: slug(name) + strconv.Itoa(len(g.companies)) + ".example"}
}

func (g *licdb) founded(d *dice) day {
	return date(2006, time.January, 1) + day(d.n(365*17))
}

func (g *licdb) randomCompany(total int) {
	id := len(g.companies)
	d := newDice(g.seed, "company", id)
	c := g.newCompany(d)
	row := companyRow{kind: "C", created: g.founded(d), country: c.country.code, vat: c.country.code + strconv.Itoa(100000000+d.n(899999999))}
	full := c.name + " " + c.form
	c.batch = row.created.year()*8 + c.country.office
	if g.noise.hits(d, "D01", c.batch) && id > g.resellers[len(g.resellers)-1]+1 {
		full, row.vat = g.duplicate(d, &c, id), nil
	}
	if d.chance(0.15) {
		row.name2 = pick(d, []string{"Werk Süd", "Zentrale", "Abt. Einkauf", "IT Department", "R&D"})
	}
	g.parent(d, id, total, &c, &row)
	g.spoilCompany(d, id, full, &c, &row)
	g.addCompany(c, row)
	if d.chance(0.1) {
		g.notes++
		g.sink.add("notes", g.notes, id, row.created.String()+" 09:00:00", pick(d, []string{"Rückruf erbeten", "zahlt spät", "Ansprechpartner gewechselt", "see mail"}))
	}
}

// duplicate makes c another spelling of a company a few rows before.
func (g *licdb) duplicate(d *dice, c *company, id int) string {
	twin := id - 1 - d.n(min(50, id-g.resellers[len(g.resellers)-1]-1))
	of := g.companies[twin]
	spelled := respell(d, of.name, of.form)
	c.name, c.form, c.domain, c.country, c.cluster = of.name, of.form, of.domain, of.country, of.cluster
	g.spoil("D01", "company", id, "name", of.name+" "+of.form, spelled)
	return spelled
}

// parent puts one company in five below an earlier one, at most six deep. A
// few are their own parent, or the parent of their parent.
func (g *licdb) parent(d *dice, id, total int, c *company, row *companyRow) {
	every := max(400, total/8)
	switch {
	case id%every == 317 && id < total:
		row.parent = id + 1
		g.spoil("D67", "company", id, "parent_id", "", strconv.Itoa(row.parent))
	case id%every == 318:
		row.parent = id - 1
		g.spoil("D67", "company", id, "parent_id", "", strconv.Itoa(row.parent))
	case id%every == 330:
		row.parent = id
		g.spoil("D67", "company", id, "parent_id", "", strconv.Itoa(row.parent))
	case d.chance(0.2):
		above := id - 1 - d.n(20)
		if above%every != 317 && above%every != 318 && g.companies[above].depth < 6 {
			row.parent, c.depth = above, g.companies[above].depth+1
		}
	}
}

// spoilCompany applies the defects of text and the ways of being deleted.
func (g *licdb) spoilCompany(d *dice, id int, full string, c *company, row *companyRow) {
	stored := full
	if hit := g.noise.first(d, c.batch, "D08", "D09", "D10", "D11", "D12", "D13"); hit != "" {
		stored = spoilText(d, hit, full)
		g.spoil(hit, "company", id, "name", full, stored)
	}
	row.name = cut(stored)
	if g.noise.hits(d, "D14", c.batch) {
		row.country = pick(d, c.country.typed)
		g.spoil("D14", "company", id, "country", c.country.code, row.country.(string))
	}
	if row.vat != nil && g.noise.hits(d, "D15", c.batch) {
		is := row.vat.(string)
		row.vat = pick(d, []string{"NULL", "N/A", "-", "k.A.", "0"})
		g.spoil("D15", "company", id, "vat", is, row.vat.(string))
	}
	if g.noise.hits(d, "D31", c.batch) {
		row.created = date(2014, time.June, 1)
		g.spoil("D31", "company", id, "created", "", row.created.String())
	}
	switch g.noise.first(d, c.batch, "D75", "D74") {
	case "D75":
		c.gone = true
		if d.chance(0.7) {
			row.deleted = 1
		} else {
			row.name = cut("zzz " + full)
		}
		g.spoil("D75", "company", id, "", "", "")
	case "D74":
		c.gone = true
		row.name = pick(d, []string{"TEST TEST", "Test Kunde", "zz_do not use", "asdf"})
		g.spoil("D74", "company", id, "name", "", row.name.(string))
	}
}

// spoilText applies one defect of text. The byte 0x92 is an apostrophe in
// windows-1252 and a control character in Latin-1.
func spoilText(d *dice, id, s string) string {
	switch id {
	case "D08":
		return spaced(d, s)
	case "D09":
		return s + "\u0092s"
	case "D10":
		return mojibake(s)
	case "D11":
		return lost(s)
	case "D12":
		return strings.Replace(s, " ", pick(d, []string{"\r\n", "\t"}), 1)
	}
	return cut(s + " Internationale Beteiligungsgesellschaft")
}
