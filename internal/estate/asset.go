package estate

import (
	"fmt"
	"strconv"
	"time"
)

// asset is a row of Asset before it is written: a right that a customer has.
type asset struct {
	account    string
	serial     string
	item       any // number of the order item
	licdb      any
	qty        any
	unit       any
	start, end day
	status     string
	verdict    outcome
	twice      bool
}

// covered is an asset that support is sold for.
type covered struct {
	item, account string
	cluster       int
	start, end    day
	golden        bool
}

// assetRows writes the assets, and after them the support of some.
func (s *salesforce) assetRows() {
	var supported []covered
	for i := range s.sales {
		c := s.seen(i)
		if c.license == 0 {
			continue
		}
		if !s.golden(&c) && s.noise.hits(c.dice, "D90", c.cluster) {
			s.spoil("D90", "Asset", c.number(), "", "", "")
			continue
		}
		a := s.cleanAsset(&c)
		if !s.golden(&c) {
			s.spoilAsset(i, &c, &a)
		}
		s.writeAsset(&c, &a)
		if a.verdict == migrated && !a.twice && a.item != nil && c.dice.chance(0.3) {
			supported = append(supported, covered{c.number(), a.account, c.cluster, a.start, a.end, s.golden(&c)})
		}
	}
	for i := range supported {
		s.support(i+1, &supported[i])
	}
}

func (s *salesforce) golden(c *crmSale) bool { return s.companies[c.company].golden }

func (s *salesforce) cleanAsset(c *crmSale) asset {
	a := asset{account: c.account, serial: fmt.Sprintf("L%08d", c.license), item: c.number(), licdb: strconv.Itoa(c.license), qty: c.qty,
		start: c.start, end: s.renewed(c), status: []string{"Installed", "Registered", "Shipped"}[c.dice.weighted(70, 20, 10)]}
	a.unit = "GB"
	switch {
	case c.sku == "CV-ST-1T":
		a.unit = "TB"
	case c.qty%1000 == 0 && c.dice.chance(0.1): // right, though the article is counted in GB
		a.unit, a.qty = "TB", c.qty/1000
	}
	if c.status == "C" || c.status == "T" {
		a.status = "Obsolete"
	}
	if c.unknown {
		a.verdict = quarantined
	}
	return a
}

// renewed is the last day of the right. Most customers of Vault renewed, year
// by year, which LICDB was never told.
func (s *salesforce) renewed(c *crmSale) day {
	end := c.end
	if s.golden(c) || c.status == "C" || c.status == "T" || !c.dice.chance(0.77) {
		return end
	}
	for end < today() {
		end = (end + 1).term(12)
	}
	return end
}

// spoilAsset applies at most one defect that keeps the asset out, one of those
// that set it apart from its license, and any number of the others.
func (s *salesforce) spoilAsset(i int, c *crmSale, a *asset) {
	note := func(id, field, is, stored string) { s.spoil(id, "Asset", c.number(), field, is, stored) }
	d, qty := c.dice, a.qty.(int)
	hit := s.noise.first(d, c.cluster, "D76", "D24", "D26", "D45", "D46")
	switch hit {
	case "D76":
		is := a.serial
		a.serial += " / " + fmt.Sprintf("L%08d", c.license+1)
		note(hit, "SerialNumber", is, a.serial)
	case "D24":
		note(hit, "UsageEndDate", a.end.String(), "2099-12-31")
		a.end = date(2099, time.December, 31)
	case "D26":
		note(hit, "UsageEndDate", a.end.String(), a.start.String())
		a.start, a.end = a.end, a.start
	case "D45":
		note(hit, "Quantity", strconv.Itoa(qty), strconv.Itoa(-qty))
		a.qty = -qty
	case "D46":
		note(hit, "Quantity", strconv.Itoa(qty), "")
		a.qty = whether[any](d.chance(0.5), 0, nil)
	case "":
		s.setApart(c, a, qty, note)
	}
	if hit != "" {
		a.verdict = quarantined
	}
	if s.noise.hits(d, "D49", c.cluster) && a.unit == "GB" { // that of the article, which says it too
		note("D49", "Unit__c", textOf(a.unit), "")
		a.unit = nil
	}
	s.spoilLinks(i, c, a, note)
	if a.twice = a.verdict == migrated && s.noise.hits(d, "D65", c.cluster); a.twice {
		note("D65", "", "", "")
	}
}

// setApart makes an asset differ from its license in LICDB.
func (s *salesforce) setApart(c *crmSale, a *asset, qty int, note func(id, field, is, stored string)) {
	hit := s.noise.first(c.dice, c.cluster, "D48", "D44", "D27", "D91", "D69", "D93")
	switch hit {
	case "D48":
		a.qty = 999999
		note(hit, "Quantity", "unlimited", "999999")
	case "D44":
		if c.packs != c.qty && a.unit == "GB" {
			a.qty = c.packs
			note(hit, "Quantity", strconv.Itoa(qty), strconv.Itoa(c.packs))
		}
	case "D27":
		a.end++
		note(hit, "UsageEndDate", (a.end - 1).String(), a.end.String())
	case "D91":
		a.qty = qty * 2
		note(hit, "Quantity", strconv.Itoa(qty), strconv.Itoa(qty*2))
	case "D69":
		if a.end < today() {
			note(hit, "Status", a.status, "Purchased")
			a.status = "Purchased"
		}
	case "D93":
		note(hit, "Status", a.status, "Obsolete")
		a.status = "Obsolete"
	}
}

// spoilLinks spoils what an asset refers to.
func (s *salesforce) spoilLinks(i int, c *crmSale, a *asset, note func(id, field, is, stored string)) {
	d, is := c.dice, a.account
	switch hit := s.noise.first(d, c.cluster, "D78", "D94"); {
	case hit == "D78" && c.dist != 0:
		a.account = accountNumber(c.dist)
		note(hit, "AccountId", is, a.account)
	case hit == "D94" && i > 0 && s.sales[i-1].company != c.company:
		a.account = accountNumber(s.sales[i-1].company)
		note(hit, "AccountId", is, a.account)
	}
	if s.noise.hits(d, "D63", c.cluster) {
		note("D63", "ERP_No__c", c.number(), "")
		a.item = nil
	}
	switch hit := s.noise.first(d, c.cluster, "D95", "D95b"); {
	case hit == "D95":
		note(hit, "LICDB_Id__c", textOf(a.licdb), "")
		a.licdb = nil
	case hit == "D95b" && i > 0 && s.sales[i-1].license != 0:
		stored := strconv.Itoa(s.sales[i-1].license)
		note(hit, "LICDB_Id__c", textOf(a.licdb), stored)
		a.licdb = stored
	}
}

func (s *salesforce) writeAsset(c *crmSale, a *asset) {
	write := func(verdict outcome) {
		s.out.row("Asset", value{"Name", "Vault " + c.sku}, value{"SerialNumber", a.serial}, value{"ERP_No__c", a.item}, value{"LICDB_Id__c", a.licdb},
			value{"Quantity", a.qty}, value{"Unit__c", a.unit}, value{"PurchaseDate", c.on}, value{"InstallDate", a.start}, value{"UsageEndDate", a.end},
			value{"Status", a.status}, value{"Account.ERP_No__c", a.account}, value{"Product2.ProductCode", c.product})
		s.expect.entitlements.add(verdict, 1)
		s.expect.lines.add(verdict, 1)
		s.expect.subscriptions.add(verdict, 1)
	}
	write(a.verdict)
	if a.twice {
		write(merged)
	}
	s.truth.write(truth{"crm", "Asset", c.number(), fmt.Sprintf("licdb-license-%d", c.license), a.serial, "", s.golden(c)})
}

// support writes a row of Entitlement, which to Salesforce is the right to be
// helped. Its end is the last day on which it is in effect.
func (s *salesforce) support(i int, of *covered) {
	d, number := newDice(s.seed, "crm support", i), fmt.Sprintf("S%06d", i)
	start, end, verdict := of.start, any(of.end), migrated
	if !of.golden && start+lapse < of.end && s.noise.hits(d, "D29", of.cluster) {
		start += lapse
		s.spoil("D29", "Entitlement", number, "StartDate", of.start.String(), start.String())
	}
	if !of.golden && s.noise.hits(d, "D28", of.cluster) {
		end, verdict = nil, quarantined
		s.spoil("D28", "Entitlement", number, "EndDate", of.end.String(), "")
	}
	s.out.row("Entitlement", value{"ERP_No__c", number}, value{"Name", "Vault support " + of.item}, value{"Type", "Phone Support"},
		value{"StartDate", start}, value{"EndDate", end}, value{"Asset.ERP_No__c", of.item}, value{"Account.ERP_No__c", of.account})
	s.expect.maintenance.add(verdict, 1)
	s.expect.coverage.add(verdict, 1)
}
