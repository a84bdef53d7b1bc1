package org

import (
	"fmt"
	"strings"
)

// The values of Order.Status: one for each of its two categories.
const (
	orderDraft     = "Draft"
	orderActivated = "Activated"
)

// derive fills in what follows from the values of a row.
func (t *tx) derive(d *draft, _ Change) error {
	switch d.e.Name {
	case "Order":
		t.deriveOrder(d)
	case "OrderItem", "ContractLineItem":
		if d.old == nil {
			return t.deriveLine(d)
		}
	case "PricebookEntry":
		if d.field("UseStandardPrice") == "true" {
			price, err := t.standardPrice(d)
			if err != nil {
				return err
			}
			d.set("UnitPrice", price)
		}
	case "Asset":
		return t.deriveRoot(d)
	}
	return nil
}

func (t *tx) deriveOrder(d *draft) {
	if !d.changed("Status") || t.loading {
		return
	}
	d.set("ActivatedDate", "")
	d.set("ActivatedById", "")
	if d.field("Status") == orderActivated {
		d.set("ActivatedDate", t.begin.Format(instant))
		d.set("ActivatedById", t.user)
	}
}

// deriveLine takes product and price of a line from its price book entry.
func (t *tx) deriveLine(d *draft) error {
	entry, err := t.related("PricebookEntry", d.field("PricebookEntryId"))
	if err != nil || entry == nil {
		return err
	}
	d.set("Product2Id", entry["Product2Id"])
	d.set("ListPrice", entry["UnitPrice"])
	if d.field("UnitPrice") == "" {
		d.set("UnitPrice", entry["UnitPrice"])
	}
	return nil
}

// deriveRoot finds the asset at the top of the tree; it is its own root.
func (t *tx) deriveRoot(d *draft) error {
	d.set("RootAssetId", "")
	if d.field("ParentId") == "" {
		return nil
	}
	parent, err := t.related("Asset", d.field("ParentId"))
	if err == nil && parent != nil {
		d.set("RootAssetId", orElse(parent["RootAssetId"], d.field("ParentId")))
	}
	return err
}

func (t *tx) standardPrice(d *draft) (string, error) {
	prices, err := t.texts("SELECT e.UnitPrice FROM PricebookEntry e JOIN Pricebook2 b ON b.Id = e.Pricebook2Id "+
		"WHERE b.IsStandard = 'true' AND e.Product2Id = ? AND e.IsDeleted = 'false'", d.field("Product2Id"))
	if err != nil || len(prices) == 0 {
		return "", err
	}
	return prices[0], nil
}

// related reads the stored values of another row by field name; nil if there is no such row.
func (t *tx) related(object, id string) (map[string]string, error) {
	if id == "" {
		return nil, nil
	}
	e := t.catalog.entities[strings.ToLower(object)]
	r, err := t.row(e, id)
	if err != nil || r == nil {
		return nil, err
	}
	values := make(map[string]string, len(e.stored))
	for _, at := range e.stored {
		values[e.Fields[at].Name] = r[at].Text
	}
	return values, nil
}

// rules are those that only one object has. Load brings rows in as they have become,
// so it is not asked how they came there.
func (t *tx) rules(d *draft, _ Change) error {
	if t.loading {
		return nil
	}
	switch d.e.Name {
	case "Asset":
		if d.field("AccountId") == "" && d.field("ContactId") == "" {
			d.refuse("FIELD_INTEGRITY_EXCEPTION", "Every asset needs an account, a contact, or both.", "AccountId", "ContactId")
		}
	case "PricebookEntry":
		return t.checkEntry(d)
	case "Order":
		return t.checkOrder(d)
	case "OrderItem":
		return t.checkOrderItem(d)
	case "ContractLineItem":
		return t.checkBook(d, "ServiceContract", d.field("ServiceContractId"))
	}
	return nil
}

// checkEntry wants a standard price before any other, and one price for each product and book.
func (t *tx) checkEntry(d *draft) error {
	if d.old != nil {
		return nil
	}
	same, err := t.texts("SELECT Id FROM PricebookEntry WHERE Pricebook2Id = ? AND Product2Id = ? AND IsDeleted = 'false'",
		d.field("Pricebook2Id"), d.field("Product2Id"))
	if err != nil {
		return err
	}
	if len(same) > 0 {
		d.refuse("DUPLICATE_VALUE", "This price definition already exists in this price book")
		return nil
	}
	book, err := t.related("Pricebook2", d.field("Pricebook2Id"))
	if err != nil || book["IsStandard"] == "true" {
		return err
	}
	if price, err := t.standardPrice(d); err != nil || price != "" {
		return err
	}
	d.refuse("STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")
	return nil
}

func (t *tx) checkOrder(d *draft) error {
	if end := d.field("EndDate"); end != "" && end < d.field("EffectiveDate") {
		d.refuse("FIELD_INTEGRITY_EXCEPTION", "Order End Date can't be earlier than Order Start Date.", "EndDate")
	}
	if d.old == nil {
		if d.field("Status") != orderDraft {
			d.refuse("FAILED_ACTIVATION", "Choose a valid order status and save your changes. Ask your admin for details: "+
				"an order starts in a status of the category Draft.", "Status")
		}
		return nil
	}
	if d.changed("AccountId") && d.was("Status") != orderDraft {
		d.refuse("FIELD_INTEGRITY_EXCEPTION", "The account of an order can be changed only while its status is Draft.", "AccountId")
	}
	items, err := t.texts("SELECT Id FROM OrderItem WHERE OrderId = ? AND IsDeleted = 'false' LIMIT 1", d.field("Id"))
	if err != nil {
		return err
	}
	if d.changed("Status") && d.field("Status") == orderActivated && len(items) == 0 {
		d.refuse("FAILED_ACTIVATION", "An order must have at least one product.", "Status")
	}
	if d.changed("Pricebook2Id") && len(items) > 0 {
		d.refuse("FIELD_INTEGRITY_EXCEPTION", "You can't change the price book of an order that has products.", "Pricebook2Id")
	}
	return nil
}

func (t *tx) checkOrderItem(d *draft) error {
	if d.old != nil {
		return nil
	}
	order, err := t.related("Order", d.field("OrderId"))
	if err != nil {
		return err
	}
	if order["Status"] == orderActivated {
		d.refuse("FIELD_INTEGRITY_EXCEPTION", "You can't add products to an activated order.", "OrderId")
		return nil
	}
	return t.checkBook(d, "Order", d.field("OrderId"))
}

// checkBook wants the price of a line to be an active one of its parent's price book.
func (t *tx) checkBook(d *draft, parent, id string) error {
	if d.old != nil {
		return nil
	}
	entry, err := t.related("PricebookEntry", d.field("PricebookEntryId"))
	if err != nil {
		return err
	}
	above, err := t.related(parent, id)
	if err != nil {
		return err
	}
	why := ""
	switch {
	case entry["Pricebook2Id"] != above["Pricebook2Id"]:
		why = fmt.Sprintf("pricebook entry is in a different pricebook than the one assigned to the %s", parent)
	case entry["IsActive"] != "true":
		why = "pricebook entry is inactive"
	}
	if why != "" {
		d.refuse("FIELD_INTEGRITY_EXCEPTION", fmt.Sprintf("field integrity exception: PricebookEntryId (%s)", why), "PricebookEntryId")
	}
	return nil
}

// checkRemoval refuses to delete what stands in an activated order, and the order itself.
func (t *tx) checkRemoval(e *entity, r row) (*RowError, error) {
	status := ""
	switch e.Name {
	case "Order":
		at, _ := e.at("Status")
		status = r[at].Text
	case "OrderItem":
		at, _ := e.at("OrderId")
		order, err := t.related("Order", r[at].Text)
		if err != nil {
			return nil, err
		}
		status = order["Status"]
	}
	if status == orderActivated {
		return &RowError{Status: "FIELD_INTEGRITY_EXCEPTION", Message: "You can't delete an activated order or its products."}, nil
	}
	return nil, nil
}
