package estate

import "strings"

// crmProduct is a row of Product2: an article of Vault.
type crmProduct struct {
	sku, name, base, model, unit string
	pack                         int
	product, part                outcome
}

// crmProducts returns the articles. Each SKU was entered twice, in two
// spellings; CV-OLD9 was never described.
func crmProducts() []crmProduct {
	return []crmProduct{
		{"CV-ST-100", "Corvane Vault Storage 100 GB", "CV-STORE", "SUB-GB", "GB", 100, migrated, migrated},
		{"CV-ST-1T", "Corvane Vault Storage 1 TB", "CV-STORE", "SUB-GB", "TB", 1, merged, migrated},
		{"CV-XF-100", "Corvane Vault Transfer 100 GB", "CV-XFER", "SUB-XF", "Gbyte", 100, migrated, migrated},
		{"CV-SUP-1", "Corvane Vault Support", "CV-SUP", "MAINT", "", 1, migrated, migrated},
		{"CV ST 100", "Vault Storage 100", "CV-STORE", "SUB-GB", "GB", 100, merged, merged},
		{"CV ST 1T", "Vault Storage 1T", "CV-STORE", "SUB-GB", "TB", 1, merged, merged},
		{"CV XF 100", "Vault Transfer 100", "CV-XFER", "SUB-XF", "GB", 100, merged, merged},
		{"CV-OLD9", "Vault (old)", "", "", "", 0, quarantined, quarantined},
	}
}

const (
	standardBook = "Standard Price Book"
	vaultBook    = "Corvane Vault"
)

// productRows writes products and their prices: each has one in the standard
// price book and one in that of Vault.
func (s *salesforce) productRows() {
	for _, p := range crmProducts() {
		pack := any(p.pack)
		if p.pack == 0 {
			pack = nil
		}
		s.out.row("Product2", value{"ProductCode", p.sku}, value{"Name", p.name}, value{"Family", "Corvane Vault"}, value{"IsActive", p.base != ""},
			value{"Base_Product__c", textOrNull(p.base)}, value{"License_Model__c", textOrNull(p.model)}, value{"Unit__c", textOrNull(p.unit)}, value{"Pack_Size__c", pack})
		s.expect.products.add(p.product, 1)
		s.expect.parts.add(p.part, 1)
	}
	s.out.row("Pricebook2", value{"Name", vaultBook}, value{"IsActive", true})
	for _, book := range []string{standardBook, vaultBook} {
		for i, p := range crmProducts() {
			s.out.row("PricebookEntry", value{"ERP_No__c", book + "/" + p.sku}, value{"Pricebook2.Name", book}, value{"Product2.ProductCode", p.sku}, value{"UnitPrice", price(i)}, value{"IsActive", true})
		}
	}
}

// price is the price of an article in euros.
func price(product int) int { return 120 + 70*product }

// crmSale is a sale as Salesforce has it.
type crmSale struct {
	*sale
	cluster int    // rows of one cluster share defects
	account string // that ordered
	product string // ProductCode
	unknown bool   // the product has no description
	dice    *dice  // for what else becomes of it
}

// seen is sale i as Salesforce has it; it is the same however often it is asked for.
func (s *salesforce) seen(i int) crmSale {
	of := &s.sales[i]
	order := newDice(s.seed, "crm order", of.order)
	c := crmSale{sale: of, cluster: int(of.on)/30*8 + s.companies[of.company].country.office, account: accountNumber(of.company), product: of.sku}
	if s.known[of.company] == twoAccounts && order.chance(0.3) {
		c.account = duplicateNumber(of.company)
	}
	c.dice = newDice(s.seed, "crm sale", of.order*64+of.pos)
	if s.companies[of.company].golden {
		return c
	}
	switch s.noise.first(c.dice, c.cluster, "D42", "D41") {
	case "D42":
		c.product, c.unknown = "CV-OLD9", true
	case "D41":
		c.product = strings.ReplaceAll(of.sku, "-", " ")
	}
	return c
}

// orderRows writes the orders as they have become, and then their items. In
// the platform itself an order that is active takes no more items.
func (s *salesforce) orderRows() {
	last := 0
	for i := range s.sales {
		if c := s.seen(i); c.order != last {
			last = c.order
			s.order(&c)
		}
	}
	for i := range s.sales {
		c := s.seen(i)
		s.orderItem(&c)
	}
}

func (s *salesforce) order(c *crmSale) {
	write := func(number, status string, verdict outcome) {
		s.out.row("Order", value{"ERP_No__c", number}, value{"Account.ERP_No__c", c.account}, value{"EffectiveDate", c.on}, value{"Status", status},
			value{"Pricebook2.Name", vaultBook})
		s.expect.orders.add(verdict, 1)
	}
	write(c.orderNumber(), "Activated", migrated)
	if s.noise.hits(newDice(s.seed, "crm draft", c.order), "D62", c.cluster) {
		number := c.orderNumber() + "X"
		write(number, "Draft", excluded)
		s.spoil("D62", "Order", number, "", "", "")
	}
}

// orderItem writes an item, sometimes twice.
func (s *salesforce) orderItem(c *crmSale) {
	at := 0
	for i, p := range crmProducts() {
		if p.sku == c.product {
			at = i
		}
	}
	verdict := migrated
	if c.unknown {
		verdict = quarantined
		s.spoil("D42", "OrderItem", c.number(), "Product2Id", c.sku, c.product)
	}
	write := func(verdict outcome) {
		s.out.row("OrderItem", value{"ERP_No__c", c.number()}, value{"Order.ERP_No__c", c.orderNumber()}, value{"PricebookEntry.ERP_No__c", vaultBook + "/" + c.product},
			value{"Quantity", c.packs}, value{"UnitPrice", price(at)}, value{"ServiceDate", c.start}, value{"EndDate", c.end})
		s.expect.orderLines.add(verdict, 1)
	}
	write(verdict)
	if verdict == migrated && s.noise.hits(newDice(s.seed, "crm item", c.order*64+c.pos), "D65", c.cluster) {
		write(merged)
		s.spoil("D65", "OrderItem", c.number(), "", "", "")
	}
}
