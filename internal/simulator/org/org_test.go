package org

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A world is an org with a clock that the test moves.
type world struct {
	t   *testing.T
	org *Org
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: beginning}
	content, err := template()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "org.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open(path)
	return w
}

// beginning is where the clock of a world stands until a test moves it.
var beginning = time.Date(2026, 3, 15, 10, 30, 0, 0, time.UTC)

// template is the file of an org with the fields that tests use: to copy it costs a
// fraction of making it.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "org.db")
	o, err := Open(context.Background(), Options{Path: path, Now: func() time.Time { return beginning }, Seed: 7})
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		o.Define(context.Background(), "Account", Field{Name: "Key__c", Type: "string", Length: 40, ExternalID: true, Unique: true}),
		o.Define(context.Background(), "Asset", Field{Name: "Key__c", Type: "string", Length: 40, ExternalID: true, Unique: true},
			Field{Name: "Exact__c", Type: "string", ExternalID: true, Unique: true, CaseSensitive: true},
			Field{Name: "Legacy__c", Type: "string", ExternalID: true},
			Field{Name: "Modules__c", Type: "multipicklist", Picklist: []string{"Core", "Pro", "Edge"}, RestrictedPicklist: true},
			Field{Name: "Seen__c", Type: "datetime"}, Field{Name: "Frozen__c", Type: "string", Calculated: true},
			Field{Name: "Serial__c", Type: "string", AutoNumber: true, Default: "S-{000}"}),
		o.Close())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func (w *world) open(path string) {
	w.t.Helper()
	o, err := Open(context.Background(), Options{Path: path, Now: func() time.Time { return w.now }, Seed: 7})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = o.Close() })
	w.org = o
}

func (w *world) define(object string, fields ...Field) {
	w.t.Helper()
	if err := w.org.Define(context.Background(), object, fields...); err != nil {
		w.t.Fatal(err)
	}
}

// values reads "Name=A; Quantity=5": texts by field name. A value in brackets is a
// parent: "Account=[Key__c:a1]".
func values(text string) (map[string]Cell, map[string]Parent) {
	cells, parents := map[string]Cell{}, map[string]Parent{}
	for _, part := range strings.Split(text, ";") {
		name, value, ok := strings.Cut(strings.TrimLeft(part, " "), "=")
		if !ok {
			continue
		}
		if inner, ok := strings.CutPrefix(value, "["); ok {
			field, key, _ := strings.Cut(strings.TrimSuffix(inner, "]"), ":")
			parents[name] = Parent{Field: field, Value: key}
			continue
		}
		cells[name] = Text(value)
	}
	return cells, parents
}

func change(op Op, object, id, text string) Change {
	cells, parents := values(text)
	return Change{Object: object, Op: op, ID: id, Values: cells, Parents: parents}
}

func (w *world) apply(allOrNone bool, changes ...Change) []Result {
	w.t.Helper()
	results, err := w.org.Apply(context.Background(), changes, allOrNone)
	if err != nil {
		w.t.Fatal(err)
	}
	return results
}

// do applies one change that must be accepted, and returns the id.
func (w *world) do(c Change) string {
	w.t.Helper()
	r := w.apply(false, c)[0]
	if len(r.Errors) > 0 {
		w.t.Fatalf("%s: %v", c.Object, r.Errors)
	}
	return r.ID
}

func (w *world) insert(object, text string) string {
	w.t.Helper()
	return w.do(change(Insert, object, "", text))
}

func (w *world) update(object, id, text string) {
	w.t.Helper()
	w.do(change(Update, object, id, text))
}

func (w *world) upsert(object, field, text string) string {
	w.t.Helper()
	c := change(Upsert, object, "", text)
	c.ExternalField = field
	return w.do(c)
}

// refused applies one change that must be refused, with a status and a part of its message.
func (w *world) refused(c Change, status, message string) {
	w.t.Helper()
	r := w.apply(false, c)[0]
	if len(r.Errors) == 0 || r.Errors[0].Status != status || !strings.Contains(r.Errors[0].Message, message) || r.ID != "" {
		w.t.Errorf("%s %v: want %s %q, got %+v", c.Object, c.Values, status, message, r)
	}
}

// read runs a query and writes each record as its cells with | between them; null is ~.
func (w *world) read(query string) []string {
	w.t.Helper()
	return w.readAll(query, false)
}

func (w *world) readAll(query string, all bool) []string {
	w.t.Helper()
	ctx := context.Background()
	rows, err := w.org.Query(ctx, query, all)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var records []string
	for rows.Next(ctx) {
		var texts []string
		for _, c := range rows.Cells() {
			if c.Null {
				c.Text = "~"
			}
			texts = append(texts, c.Text)
		}
		records = append(records, strings.Join(texts, "|"))
	}
	if rows.Err() != nil {
		w.t.Fatal(rows.Err())
	}
	if n, err := rows.Size(ctx); err != nil || n != len(records) {
		w.t.Errorf("%s: size %d of %d, %v", query, n, len(records), err)
	}
	if n, err := w.org.Count(ctx, query, all); err != nil || n != len(records) {
		w.t.Errorf("%s: count %d of %d, %v", query, n, len(records), err)
	}
	return records
}

func (w *world) expect(query string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.read(query)); diff != "" {
		w.t.Errorf("%s (-want +got)\n%s", query, diff)
	}
}

func TestAnOrgIsTheSameWhenItIsOpenedAgain(t *testing.T) {
	w := &world{t: t, now: time.Date(2026, 3, 15, 10, 30, 0, 0, time.UTC)}
	path := t.TempDir() + "/org.db"
	w.open(path)
	w.define("Asset", Field{Name: "Key__c", Type: "string", ExternalID: true, Unique: true})
	w.define("Invoice__c", Field{Name: "Account__c", Type: "reference", ReferenceTo: []string{"Account"}}, Field{Name: "Number__c", Type: "string", AutoNumber: true})
	w.define("Asset", Field{Name: "Status", Picklist: []string{"Live", "Dead"}})
	account := w.insert("Account", "Name=Acme")
	w.insert("Asset", "Name=One; Key__c=k1; Status=live; AccountId="+account)
	w.do(change(Delete, "Asset", w.insert("Asset", "Name=Two; AccountId="+account), ""))
	w.insert("Invoice__c", "Name=I; Account__c="+account)
	dump := func() (all [][]string) {
		for _, o := range w.org.Objects() {
			var names []string
			for _, f := range o.Fields {
				names = append(names, f.Name)
			}
			all = append(all, w.readAll("SELECT "+strings.Join(names, ", ")+" FROM "+o.Name+" ORDER BY Id", true))
		}
		return all
	}
	objects, rows := w.org.Objects(), dump()
	if err := w.org.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(path)
	if diff := cmp.Diff(rows, dump()); diff != "" {
		t.Errorf("other rows:\n%s", diff)
	}
	if diff := cmp.Diff(objects, w.org.Objects(), cmp.AllowUnexported(Field{})); diff != "" {
		t.Errorf("other objects:\n%s", diff)
	}
	again := w.insert("Asset", "Name=Three; AccountId="+account)
	for _, seen := range w.readAll("SELECT Id FROM Asset WHERE Name != 'Three'", true) {
		if seen == again {
			t.Error("an id was given twice")
		}
	}
	w.insert("Invoice__c", "Name=J")
	w.expect("SELECT Number__c, Account__r.Name FROM Invoice__c ORDER BY Number__c", "0001|Acme", "0002|~")
}

func TestIdsHaveTheirChecksum(t *testing.T) {
	for _, c := range [][2]string{
		{"a0BA0000000L2ZC", "a0BA0000000L2ZCMA0"}, {"AaaAABbbBBCccCC", "AaaAABbbBBCccCCZZZ"}, {"AAaAAbbBBBCcCCC", "AAaAAbbBBBCcCCC123"},
		{"70130000001tcyI", "70130000001tcyIAAQ"}, {"00558000001N0Ke", "00558000001N0KeAAK"},
	} {
		for _, given := range []string{c[0], c[1]} {
			if got, ok := ID18(given); got != c[1] || !ok {
				t.Errorf("ID18(%s) = %s, %v; want %s", given, got, ok, c[1])
			}
		}
	}
	for _, bad := range []string{"", "001", "00558000001N0KeAAA", "00558000001N0K-", "00558000001N0KeA"} {
		if _, ok := ID18(bad); ok {
			t.Errorf("ID18(%q) is accepted", bad)
		}
	}
}

func TestIdsOfFifteenCharactersAreAcceptedEverywhere(t *testing.T) {
	w := newWorld(t)
	account := w.insert("Account", "Name=Acme")
	asset := w.insert("Asset", "Name=A; AccountId="+account[:15])
	w.update("Asset", asset[:15], "Quantity=3")
	w.expect("SELECT AccountId, Quantity FROM Asset WHERE AccountId = '"+account[:15]+"' AND Id IN ('"+asset[:15]+"')", account+"|3")
	row, err := w.org.Get(context.Background(), "asset", asset[:15], []string{"quantity", "Account" + "Id"})
	if err != nil || row["Quantity"].Text != "3" || row["AccountId"].Text != account {
		t.Errorf("got %v, %v", row, err)
	}
	w.do(change(Delete, "Asset", asset[:15], ""))
}

func TestAnObjectThatIsDisabledIsUnknown(t *testing.T) {
	w := newWorld(t)
	w.org.Disable("entitlement")
	if _, ok := w.org.Object("Entitlement"); ok {
		t.Error("it is there")
	}
	account, _ := w.org.Object("Account")
	for _, c := range account.Children {
		if c.Object == "Entitlement" {
			t.Error("it is a child of Account")
		}
	}
	w.refused(change(Insert, "Entitlement", "", "Name=E"), "INVALID_TYPE", "sObject type 'Entitlement' is not supported")
	for _, query := range []string{"SELECT Id FROM Entitlement", "SELECT Id, (SELECT Id FROM Entitlements) FROM Account"} {
		var e *Error
		if _, err := w.org.Query(context.Background(), query, false); !errors.As(err, &e) || e.Code != "INVALID_TYPE" {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestWhatCannotBeDefinedIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		object string
		field  Field
	}{
		{"Nothing", Field{Name: "A__c", Type: "string"}},
		{"Asset", Field{Name: "NoSuffix", Type: "string"}},
		{"Asset", Field{Name: `a"b__c`, Type: "string"}},
		{"Asset", Field{Name: "A__c", Type: "strange"}},
		{"Asset", Field{Name: "A__c", Type: "reference", ReferenceTo: []string{"Nothing"}}},
		{"Asset", Field{Name: "Key__c", Type: "double"}},
		{"Asset", Field{Name: "Name", Type: "string"}},
	} {
		if err := w.org.Define(context.Background(), c.object, c.field); err == nil {
			t.Errorf("%s.%s is accepted", c.object, c.field.Name)
		}
	}
	w.define("Asset", Field{Name: "Key__c", Type: "string", Length: 40, ExternalID: true, Unique: true}) // the same once more
}

func TestRequiredOnCreateIsWhatTheReferenceSays(t *testing.T) {
	want := map[string]string{
		"Account": "Name", "Contact": "LastName", "Product2": "Name", "Pricebook2": "Name", "PricebookEntry": "Pricebook2Id Product2Id UnitPrice",
		"Order": "AccountId EffectiveDate Status", "OrderItem": "OrderId PricebookEntryId Quantity UnitPrice", "Asset": "Name",
		"Entitlement": "Name AccountId", "ServiceContract": "Name", "ContractLineItem": "ServiceContractId PricebookEntryId Quantity UnitPrice",
		"User": "Username LastName", "Organization": "",
	}
	w := &world{t: t, now: time.Now()}
	w.open("")
	for _, o := range w.org.Objects() {
		var required []string
		for _, f := range o.Fields {
			if f.Createable && !f.Nillable && !f.DefaultedOnCreate {
				required = append(required, f.Name)
			}
		}
		if got := strings.Join(required, " "); got != want[o.Name] {
			t.Errorf("%s requires %q, want %q", o.Name, got, want[o.Name])
		}
	}
}
