package org

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A shop is a world with a product, its standard price, and an order in that book.
type shop struct {
	*world
	account, product, book, entry, order string
}

func newShop(t *testing.T) *shop {
	s := &shop{world: newWorld(t)}
	s.account = s.insert("Account", "Name=Acme; Key__c=a1")
	s.product = s.insert("Product2", "Name=Tool; ProductCode=T-1; IsActive=true")
	s.book = s.read("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]
	s.entry = s.insert("PricebookEntry", "UnitPrice=19.99; IsActive=true; Product2Id="+s.product+"; Pricebook2Id="+s.book)
	s.order = s.insert("Order", "EffectiveDate=2026-01-01; Status=Draft; AccountId="+s.account+"; Pricebook2Id="+s.book)
	return s
}

func (s *shop) item(more string) Change {
	return change(Insert, "OrderItem", "", "Quantity=3; OrderId="+s.order+"; PricebookEntryId="+s.entry+"; "+more)
}

func TestAStandardPriceStandsBeforeACustomOne(t *testing.T) {
	s := newShop(t)
	custom := s.insert("Pricebook2", "Name=Partners; IsActive=true")
	other := s.insert("Product2", "Name=Other")
	s.refused(change(Insert, "PricebookEntry", "", "UnitPrice=1; Product2Id="+other+"; Pricebook2Id="+custom),
		"STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")
	s.insert("PricebookEntry", "UseStandardPrice=true; Product2Id="+s.product+"; Pricebook2Id="+custom)
	s.expect("SELECT UnitPrice, Name, ProductCode FROM PricebookEntry WHERE Pricebook2.Name = 'Partners'", "19.99|Tool|T-1")
	s.refused(change(Insert, "PricebookEntry", "", "UnitPrice=1; Product2Id="+s.product+"; Pricebook2Id="+custom), "DUPLICATE_VALUE", "already exists")
	s.refused(change(Insert, "PricebookEntry", "", "Product2Id="+other+"; Pricebook2Id="+s.book), "REQUIRED_FIELD_MISSING", "[UnitPrice]")
	s.refused(change(Update, "PricebookEntry", s.entry, "Product2Id="+other), "INVALID_FIELD_FOR_INSERT_UPDATE", "Product2Id")
	s.refused(change(Delete, "PricebookEntry", s.entry, ""), "INVALID_TYPE_FOR_OPERATION", "entity type cannot be deleted")
}

func TestItemsTakeProductPriceAndTotalFromTheirEntry(t *testing.T) {
	s := newShop(t)
	s.do(s.item(""))
	s.do(s.item("UnitPrice=0.335"))
	s.expect("SELECT OrderItemNumber, Product2.ProductCode, ListPrice, UnitPrice, TotalPrice FROM OrderItem ORDER BY OrderItemNumber",
		"0000000001|T-1|19.99|19.99|59.97", "0000000002|T-1|19.99|0.34|1.02")
	s.expect("SELECT OrderNumber, TotalAmount, StatusCode FROM Order", "00000001|60.99|Draft")
	s.refused(s.item("Product2Id="+s.product), "INVALID_FIELD_FOR_INSERT_UPDATE", "Product2Id")
}

func TestItemsKeepToTheBookOfTheirOrder(t *testing.T) {
	s := newShop(t)
	custom := s.insert("Pricebook2", "Name=Partners")
	s.entry = s.insert("PricebookEntry", "UnitPrice=1; IsActive=true; Product2Id="+s.product+"; Pricebook2Id="+custom)
	s.refused(s.item(""), "FIELD_INTEGRITY_EXCEPTION", "different pricebook")
	s.update("Order", s.order, "Pricebook2Id="+custom)
	s.update("PricebookEntry", s.entry, "IsActive=false")
	s.refused(s.item(""), "FIELD_INTEGRITY_EXCEPTION", "inactive")
	s.update("PricebookEntry", s.entry, "IsActive=true")
	s.do(s.item(""))
	s.refused(change(Update, "Order", s.order, "Pricebook2Id="+s.book), "FIELD_INTEGRITY_EXCEPTION", "price book")
}

func TestAnOrderIsActivatedOnlyWhenItIsComplete(t *testing.T) {
	s := newShop(t)
	s.refused(change(Insert, "Order", "", "EffectiveDate=2026-01-01; Status=Activated; AccountId="+s.account), "FAILED_ACTIVATION", "Draft")
	s.refused(change(Insert, "Order", "", "EffectiveDate=2026-01-01; Status=Shipped; AccountId="+s.account), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Shipped")
	s.refused(change(Update, "Order", s.order, "EndDate=2025-12-31"), "FIELD_INTEGRITY_EXCEPTION", "End Date")
	s.refused(change(Update, "Order", s.order, "Status=Activated"), "FAILED_ACTIVATION", "An order must have at least one product.")
	item := s.do(s.item(""))
	other := s.insert("Account", "Name=Other")
	s.update("Order", s.order, "AccountId="+other)
	s.update("Order", s.order, "Status=Activated")
	s.expect("SELECT StatusCode, ActivatedDate, ActivatedById FROM Order", "Activated|2026-03-15T10:30:00.000Z|"+s.org.User())

	s.refused(s.item(""), "FIELD_INTEGRITY_EXCEPTION", "activated")
	s.refused(change(Delete, "OrderItem", item, ""), "FIELD_INTEGRITY_EXCEPTION", "activated")
	s.refused(change(Delete, "Order", s.order, ""), "FIELD_INTEGRITY_EXCEPTION", "activated")
	s.refused(change(Delete, "Account", other, ""), "FIELD_INTEGRITY_EXCEPTION", "activated")
	s.refused(change(Update, "Order", s.order, "AccountId="+s.account), "FIELD_INTEGRITY_EXCEPTION", "Draft")
	s.update("OrderItem", item, "Description=still editable")
	s.update("Order", s.order, "Status=Draft")
	s.expect("SELECT ActivatedDate FROM Order", "~")
	s.do(change(Delete, "Order", s.order, ""))
	s.expect("SELECT Id FROM OrderItem")
}

func TestStatusOfAnEntitlementFollowsTheCalendar(t *testing.T) {
	w := newWorld(t)
	account := w.insert("Account", "Name=A")
	w.insert("Entitlement", "Name=E; StartDate=2026-03-16; EndDate=2026-03-16; AccountId="+account)
	for _, want := range []string{"Inactive", "Active", "Expired"} {
		w.expect("SELECT Status, SystemModstamp FROM Entitlement WHERE Status = '"+want+"'", want+"|2026-03-15T10:30:00.000Z")
		w.now = w.now.AddDate(0, 0, 1)
	}
}

func TestAssetsKnowTheirProductAndRoot(t *testing.T) {
	s := newShop(t)
	root := s.insert("Asset", "Name=R; AccountId="+s.account+"; Product2Id="+s.product)
	middle := s.insert("Asset", "Name=M; ParentId="+root+"; AccountId="+s.account)
	s.insert("Asset", "Name=L; ParentId="+middle+"; AccountId="+s.account)
	s.expect("SELECT Name, ProductCode, RootAssetId FROM Asset ORDER BY Name", "L|~|"+root, "M|~|"+root, "R|T-1|~")
}

func TestDeletedRowsLieInTheRecycleBinWithTheirChildren(t *testing.T) {
	s := newShop(t)
	s.do(s.item(""))
	contact := s.insert("Contact", "LastName=L; AccountId="+s.account)
	asset := s.insert("Asset", "Name=A; AccountId="+s.account)
	contract := s.insert("ServiceContract", "Name=S; AccountId="+s.account)
	other := s.insert("Account", "Name=Other; ParentId="+s.account)
	s.now = s.now.Add(time.Hour)
	s.do(change(Delete, "Account", s.account, ""))

	s.expect("SELECT Name, ParentId, SystemModstamp FROM Account", "Other|~|2026-03-15T11:30:00.000Z")
	s.expect("SELECT Name, AccountId FROM ServiceContract", "S|~")
	for _, object := range []string{"Contact", "Asset", "Order", "OrderItem"} {
		s.expect("SELECT Id FROM " + object)
		if got := s.readAll("SELECT IsDeleted, SystemModstamp FROM "+object, true); !cmp.Equal(got, []string{"true|2026-03-15T11:30:00.000Z"}) {
			t.Errorf("%s: %v", object, got)
		}
	}
	s.refused(change(Update, "Contact", contact, "LastName=X"), "ENTITY_IS_DELETED", "entity is deleted")
	s.refused(change(Delete, "Contact", contact, ""), "ENTITY_IS_DELETED", "entity is deleted")
	s.refused(change(Update, "Account", other, "ParentId="+s.account), "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
	s.refused(change(Insert, "Asset", "", "Name=B; Account=[Key__c:a1]"), "INVALID_FIELD", "Foreign key external ID")
	var gone *Error
	if _, err := s.org.Get(context.Background(), "Asset", asset, nil); !errors.As(err, &gone) || gone.Code != "ENTITY_IS_DELETED" {
		t.Errorf("Get: %v", err)
	}
	_ = contract

	s.do(change(HardDelete, "Asset", asset, ""))
	if got := s.readAll("SELECT Id FROM Asset", true); len(got) > 0 {
		t.Errorf("a row removed for good is still there: %v", got)
	}
	s.refused(change(Delete, "Asset", asset, ""), "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
	s.now = s.now.AddDate(0, 0, 16)
	if got := s.readAll("SELECT Id FROM Contact", true); len(got) > 0 {
		t.Errorf("the recycle bin is older than 15 days: %v", got)
	}
}

func TestAProductThatIsSoldStays(t *testing.T) {
	s := newShop(t)
	unsold := s.insert("Product2", "Name=Unsold")
	s.insert("PricebookEntry", "UnitPrice=1; Product2Id="+unsold+"; Pricebook2Id="+s.book)
	s.do(s.item(""))
	s.refused(change(Delete, "Product2", s.product, ""), "DELETE_FAILED", "associated with the following Order Items")
	s.do(change(Delete, "Product2", unsold, ""))
	s.expect("SELECT COUNT(Id) FROM PricebookEntry", "1")
}

func TestUpdatedAndDeletedGoByTheMinute(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.now = time.Date(2026, 3, 15, 12, 30, 0, 0, time.UTC)
	a := w.insert("Account", "Name=A")
	w.now = w.now.Add(5*time.Minute + time.Second)
	w.insert("Account", "Name=B") // at 12:35:01, behind 12:35:00
	from, to := time.Date(2026, 3, 15, 12, 30, 15, 0, time.UTC), time.Date(2026, 3, 15, 12, 35, 15, 0, time.UTC)
	if ids, err := w.org.Updated(ctx, "Account", from, to); err != nil || !cmp.Equal(ids, []string{a}) {
		t.Errorf("Updated: %v, %v", ids, err)
	}
	w.do(change(Delete, "Account", a, ""))
	want := []Deletion{{a, w.now}}
	if got, err := w.org.Deleted(ctx, "Account", from, w.now.Add(time.Minute)); err != nil || !cmp.Equal(got, want) {
		t.Errorf("Deleted: %v, %v", got, err)
	}
	if ids, err := w.org.Updated(ctx, "Account", from, w.now.Add(time.Minute)); err != nil || len(ids) != 1 {
		t.Errorf("Updated with a deleted row: %v, %v", ids, err)
	}
	var e *Error
	if _, err := w.org.Updated(ctx, "Account", to, to); !errors.As(err, &e) || e.Code != "INVALID_REPLICATION_DATE" {
		t.Errorf("an empty range: %v", err)
	}
	if _, err := w.org.Deleted(ctx, "Organization", from, to); !errors.As(err, &e) || e.Code != "INVALID_TYPE" {
		t.Errorf("an object that is not replicated: %v", err)
	}
}
