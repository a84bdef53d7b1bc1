package estate

import (
	"strconv"
	"strings"
	"time"
)

const contactsPerScale = 1880

// contacts makes the rows of the table contact.
type contacts struct {
	*licdb
	id      int
	people  int // cluster numbers given out
	company int
	mailbox bool // the company has its shared mailbox

	customers int // of the consultant
}

// contactRow is one row before it is written.
type contactRow struct {
	person
	company int
	email   any
	phone   any
	cluster int
	clean   string // the true address
}

func (g *licdb) contactRows() {
	c := &contacts{licdb: g}
	total := contactsPerScale * g.scale
	for company := 1; company < len(g.companies); company++ {
		c.company, c.mailbox = company, false
		until := total * company / (len(g.companies) - 1)
		for c.id < until {
			c.one(newDice(g.seed, "contact", c.id+1))
		}
	}
	c.consultant()
	c.namesakes()
}

// one makes a contact of the company, or two that belong together.
func (c *contacts) one(d *dice) {
	of := c.companies[c.company]
	c.people++
	row := contactRow{person: anyPerson(d), company: c.company, cluster: c.people}
	row.address(row.mailbox(c.people) + whether(d.chance(0.005), "+licenses@", "@") + of.domain)
	if d.chance(0.6) {
		row.phone = "+49 89 " + strconv.Itoa(100000+d.n(899999))
	}
	hit := ""
	if !of.golden {
		hit = c.noise.first(d, of.batch, "D05", "D06", "D07", "D03", "D04", "D06b", "D08")
	}
	switch hit {
	case "D03", "D04", "D06b":
		c.pair(d, hit, row)
		return
	case "D06":
		if c.mailbox || of.cluster != c.company {
			hit = "" // one mailbox for all spellings of a company
		}
	}
	verdict := c.spoilContact(d, hit, &row)
	c.write(d, row, verdict, verdict)
	if hit != "" {
		c.spoil(hit, "contact", c.id, "email", row.clean, textOf(row.email))
	}
}

// address gives a contact its true e-mail.
func (r *contactRow) address(email string) { r.clean, r.email = email, email }

func (c *contacts) spoilContact(d *dice, hit string, row *contactRow) outcome {
	of := c.companies[c.company]
	switch hit {
	case "D05":
		row.email = pick(d, []any{"n/a", "noemail", "x@", nil, row.clean + ";office@" + of.domain, "-"})
		return quarantined
	case "D06":
		c.mailbox = true
		row.address(pick(d, []string{"licenses", "it", "info"}) + "@" + of.domain)
	case "D07":
		row.email = strings.Replace(row.clean, ".example", ".exmaple", 1)
	case "D08":
		row.first += "  "
		row.last = "\u00a0" + row.last
	}
	return migrated
}

// pair writes two rows of one person, or of two persons with one address.
func (c *contacts) pair(d *dice, id string, row contactRow) {
	second := row
	switch id {
	case "D03":
		c.write(d, row, migrated, migrated)
		second.email = pick(d, []string{strings.ToUpper(row.clean), " " + row.clean, row.clean + " ", strings.ToUpper(row.clean[:1]) + row.clean[1:]})
		c.write(d, second, merged, merged)
	case "D04":
		c.write(d, row, migrated, migrated)
		second.email = strings.Replace(row.clean, "@", "@old-", 1)
		c.write(d, second, migrated, migrated)
	case "D06b":
		second.person = person{"Ruth", "Anders"}
		c.people++
		second.cluster = c.people
		c.write(d, row, quarantined, quarantined)
		c.write(d, second, quarantined, quarantined)
	}
	c.spoil(id, "contact", c.id, "email", row.clean, textOf(second.email))
}

// write writes a row; a person of a company that is gone is excluded whatever
// else is wrong with the row.
func (c *contacts) write(d *dice, row contactRow, user, membership outcome) {
	c.id++
	if c.companies[row.company].gone {
		user, membership = excluded, excluded
	}
	var login any
	if d.chance(0.7) {
		at := today() - day(d.n(3000))
		login = at.String() + at.time().Add(time.Duration(d.n(36000)+28800)*time.Second).Format(" 15:04:05")
	}
	hash := newDice(c.seed, "password", c.id)
	md5 := strconv.FormatUint(hash.next()|1<<63, 16) + strconv.FormatUint(hash.next()|1<<63, 16)
	c.sink.add("contact", c.id, row.company, row.email, row.first, row.last, row.phone, md5, login)
	c.expect.users.add(user, 1)
	c.expect.memberships.add(membership, 1)
	c.truth.write(truth{"licdb", "contact", strconv.Itoa(c.id), "licdb-person-" + strconv.Itoa(row.cluster),
		strings.TrimSpace(row.first) + " " + strings.TrimSpace(row.last), row.clean, c.companies[row.company].golden})
}

// consultant works for twelve customers under one address: one user with
// twelve memberships, and no duplicate.
func (c *contacts) consultant() {
	const address = "petra.wandel@wandel-beratung.example"
	d := newDice(c.seed, "consultant", 0)
	c.people++
	row := contactRow{person: person{"Petra", "Wandel"}, cluster: c.people, clean: address, email: address}
	for row.company = len(c.companies) - 1; c.customers < 12; row.company-- {
		if c.companies[row.company].gone {
			continue
		}
		c.customers++
		c.write(d, row, whether(c.customers == 1, migrated, merged), migrated)
	}
}

// namesakes are father and son: one name and one company, but two people.
func (c *contacts) namesakes() {
	for _, address := range []string{"hans.weber@tern-logistics.example", "h.weber@tern-logistics.example"} {
		c.people++
		c.write(newDice(c.seed, "namesake", c.people), contactRow{person: person{"Hans", "Weber"}, company: tern, cluster: c.people, clean: address, email: address},
			migrated, migrated)
	}
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}
