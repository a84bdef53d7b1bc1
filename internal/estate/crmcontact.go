package estate

import (
	"fmt"
	"strconv"
	"strings"
)

// contactOf is a row of Contact before it is written.
type contactOf struct {
	person
	account string
	email   any
	phone   any
	clean   string // the true address
	cluster int
}

// contactRows gives each account none to two contacts, and a test account one.
// Bryndal's customers have none.
func (s *salesforce) contactRows() {
	for id := range s.known {
		c, d := &s.companies[id], newDice(s.seed, "contacts of", id)
		if s.known[id] == noAccount {
			continue
		}
		mailbox := c.cluster == id // one mailbox for all spellings of a company
		for range []int{0, 1, 1, 2}[d.n(4)] {
			s.contact(d, c, accountNumber(id), &mailbox)
		}
		if s.known[id] == twoAccounts && d.chance(0.5) {
			s.contact(d, c, duplicateNumber(id), &mailbox)
		}
	}
	for i := range s.tests {
		row := contactOf{person: person{"Test", "Test"}, account: testNumber(i + 1), email: "test@corvane.example", clean: "test@corvane.example"}
		s.writeContact(row, excluded, excluded)
	}
	s.freelancer()
}

// contact makes a contact of an account, or two that belong together.
func (s *salesforce) contact(d *dice, c *company, account string, mailbox *bool) {
	row := contactOf{person: anyPerson(d), account: account, cluster: s.contacts + 1}
	row.clean = slug(row.first)[:1] + "." + slug(row.last) + strconv.Itoa(s.contacts+1) + "@" + c.domain
	row.email = row.clean
	if d.chance(0.5) {
		row.phone = "+49 30 " + strconv.Itoa(100000+d.n(899999))
	}
	hit := ""
	if !c.golden {
		hit = s.noise.first(d, c.batch, "D05", "D06", "D07", "D03", "D04")
	}
	verdict := migrated
	switch hit {
	case "D05": // the platform takes nothing that has not the form of an address
		row.email, verdict = pick(d, []any{"noemail@noemail.com", "na@na.na", nil}), quarantined
	case "D06":
		if !*mailbox {
			hit = ""
			break
		}
		*mailbox = false
		row.clean = pick(d, []string{"purchasing", "procurement"}) + "@" + c.domain
		row.email = row.clean
	case "D07":
		row.email = strings.Replace(row.clean, ".example", ".exmaple", 1)
	}
	s.writeContact(row, verdict, verdict)
	again := row
	switch hit {
	case "":
		return
	case "D03":
		again.email = strings.ToUpper(row.clean[:1]) + row.clean[1:]
		s.writeContact(again, merged, merged)
	case "D04":
		again.email = strings.Replace(row.clean, "@", "@old-", 1)
		s.writeContact(again, migrated, migrated)
	}
	s.spoil(hit, "Contact", contactNumber(s.contacts), "Email", row.clean, textOf(again.email))
}

func contactNumber(i int) string { return fmt.Sprintf("P%06d", i) }

func (s *salesforce) writeContact(row contactOf, user, membership outcome) {
	s.contacts++
	number := contactNumber(s.contacts)
	s.out.row("Contact", value{"ERP_No__c", number}, value{"FirstName", row.first}, value{"LastName", row.last}, value{"Email", row.email},
		value{"Phone", row.phone}, value{"Account.ERP_No__c", row.account})
	s.expect.users.add(user, 1)
	s.expect.memberships.add(membership, 1)
	s.truth.write(truth{"crm", "Contact", number, "crm-person-" + strconv.Itoa(row.cluster), row.first + " " + row.last, row.clean, false})
}

// freelancer stands at twelve accounts under one address: one user with twelve
// memberships, and no duplicate.
func (s *salesforce) freelancer() {
	const address = "jon.reyes@reyes-data.example"
	row := contactOf{person: person{"Jon", "Reyes"}, email: address, clean: address, cluster: s.contacts + 1}
	user := migrated
	for id, found := len(s.known)-1, 0; id > 0 && found < 12; id-- {
		if s.known[id] == noAccount {
			continue
		}
		found++
		row.account = accountNumber(id)
		s.writeContact(row, user, migrated)
		user = merged
	}
}
