package estate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// presence says which accounts a company of LICDB has in Salesforce.
type presence uint8

const (
	noAccount   presence = iota
	oneAccount           // C000017
	twoAccounts          // and D000017, spelled otherwise
)

// The numbers of accounts in the back office.
func accountNumber(company int) string   { return fmt.Sprintf("C%06d", company) }
func duplicateNumber(company int) string { return fmt.Sprintf("D%06d", company) }
func testNumber(i int) string            { return fmt.Sprintf("T%06d", i) }

// accountRows writes the customers of Vault, resellers, three quarters of the
// other companies of LICDB, and Bryndal's customers.
func (s *salesforce) accountRows() {
	wanted := make([]bool, len(s.companies))
	for i := range s.sales {
		wanted[s.sales[i].company], wanted[s.sales[i].dist] = true, true
	}
	s.known = make([]presence, len(s.companies))
	for id := 1; id < len(s.companies); id++ {
		c, d := &s.companies[id], newDice(s.seed, "account", id)
		if elsewhere := !d.chance(0.75); c.gone || elsewhere && !wanted[id] && !c.golden {
			continue
		}
		s.companyAccounts(d, id, c)
	}
	for i := range s.customers {
		s.bryndalAccount(i, &s.customers[i])
	}
}

// account is a row of Account before it is written.
type account struct {
	number, name, kind string
	country            string
	website            any
	vat, licdb, parent any
	division           string
}

func (s *salesforce) writeAccount(a account, cluster, clean string, golden bool, verdict outcome) {
	s.out.row("Account", value{"ERP_No__c", a.number}, value{"Name", a.name}, value{"Type", a.kind}, value{"BillingCountry", a.country},
		value{"Website", a.website}, value{"VAT_No__c", a.vat}, value{"LICDB_Id__c", a.licdb}, value{"Division__c", a.division},
		value{"Parent.ERP_No__c", a.parent})
	s.expect.organizations.add(verdict, 1)
	s.truth.write(truth{"crm", "Account", a.number, cluster, clean, "", golden})
}

// companyAccounts writes the account of a company, at times another one in
// another spelling, and at times one that somebody made to try things out.
func (s *salesforce) companyAccounts(d *dice, id int, c *company) {
	s.known[id] = oneAccount
	clean := strings.TrimSpace(c.name + " " + c.form)
	a := account{number: accountNumber(id), name: clean, kind: "Customer - Direct", country: c.country.code, website: "https://www." + c.domain,
		vat: c.country.code + strconv.Itoa(100000000+d.n(899999999)), licdb: strconv.Itoa(id), division: "Corvane"}
	switch indirect := d.chance(0.2); {
	case slices.Contains(s.resellers, id):
		a.kind = "Channel Partner / Reseller"
	case indirect:
		a.kind = "Customer - Channel"
	}
	if above := id - 1 - d.n(20); above > 0 && s.known[above] != noAccount && d.chance(0.1) {
		a.parent = accountNumber(above)
	}
	cluster := fmt.Sprintf("licdb-org-%d", c.cluster)
	if c.golden {
		s.writeAccount(a, cluster, clean, true, migrated)
		return
	}
	s.spoilAccount(d, c, &a)
	s.writeAccount(a, cluster, clean, false, migrated)
	if s.noise.hits(d, "D01", c.batch) {
		s.known[id] = twoAccounts
		again := account{number: duplicateNumber(id), name: strings.TrimSpace(respell(d, c.name, c.form)), kind: a.kind, country: a.country, division: "Corvane"}
		s.writeAccount(again, cluster, clean, false, migrated)
		s.spoil("D01", "Account", again.number, "Name", clean, again.name)
	}
	if s.noise.hits(d, "D74", c.batch) {
		s.tests++
		trial := account{number: testNumber(s.tests), name: pick(d, []string{"TEST TEST", "Test Account", "zz_do not use", "asdf"}),
			kind: "Prospect", country: "DE", division: "Corvane"}
		s.writeAccount(trial, "crm-test-"+strconv.Itoa(s.tests), trial.name, false, excluded)
		s.spoil("D74", "Account", trial.number, "Name", "", trial.name)
	}
}

func (s *salesforce) spoilAccount(d *dice, c *company, a *account) {
	note := func(id, field, is, stored string) { s.spoil(id, "Account", a.number, field, is, stored) }
	is := a.name
	switch hit := s.noise.first(d, c.batch, "D08", "D10", "D11"); hit {
	case "": // as it is
	case "D08": // the platform trims what is at the ends
		a.name = strings.Replace(is, " ", pick(d, []string{"  ", "\u00a0", "\u00a0 "}), 1)
		note(hit, "Name", is, a.name)
	default:
		a.name = spoilText(d, hit, is)
		note(hit, "Name", is, a.name)
	}
	if s.noise.hits(d, "D14", c.batch) {
		a.country = strings.TrimSpace(pick(d, c.country.typed))
		note("D14", "BillingCountry", c.country.code, a.country)
	}
	if s.noise.hits(d, "D15", c.batch) {
		is := textOf(a.vat)
		a.vat = pick(d, []string{"NULL", "N/A", "-", "k.A.", "0"})
		note("D15", "VAT_No__c", is, textOf(a.vat))
	}
	if s.noise.hits(d, "D95c", c.batch) {
		note("D95c", "LICDB_Id__c", textOf(a.licdb), "")
		a.licdb = nil
	}
}

// bryndalAccount is all that Salesforce knows of a customer of Bryndal: what
// such a customer bought comes with Insight.
func (s *salesforce) bryndalAccount(i int, c *customer) {
	if c.gone {
		return
	}
	s.writeAccount(account{number: fmt.Sprintf("B%06d", i), name: squeezed(c.stored), kind: "Customer - Direct", country: c.country.code, division: "Bryndal"},
		c.cluster, c.stored, i < 2, excluded)
}

// squeezed is a text on one line, as the platform keeps a name.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }
