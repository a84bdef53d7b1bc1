package org

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestValuesAreCheckedAndStoredInOneForm(t *testing.T) {
	w := newWorld(t)
	account := w.insert("Account", "Name=Acme")
	asset := w.insert("Asset", "Name=A; AccountId="+account)
	for _, c := range []struct{ given, field, want string }{
		{"Name=  A b  ", "Name", "A b"},
		{"Description=   ", "Description", "~"},
		{"SerialNumber=", "SerialNumber", "~"},
		{"Quantity=005.50", "Quantity", "5.5"},
		{"Quantity=1.005", "Quantity", "1.01"},
		{"Quantity=-1.005", "Quantity", "-1.01"},
		{"Quantity=-0.001", "Quantity", "0"},
		{"Quantity=1.25e3", "Quantity", "1250"},
		{"Price=1234567890123456.78", "Price", "1234567890123456.78"},
		{"IsCompetitorProduct=1", "IsCompetitorProduct", "true"},
		{"IsCompetitorProduct=", "IsCompetitorProduct", "false"},
		{"Status=installed", "Status", "Installed"},
		{"InstallDate=2024-02-29", "InstallDate", "2024-02-29"},
		{"Seen__c=2026-01-31T10:00:00.999+01:00", "Seen__c", "2026-01-31T09:00:00.000Z"},
		{"Seen__c=2026-01-31T10:00:00+0000", "Seen__c", "2026-01-31T10:00:00.000Z"},
		{"modules__C=Pro; ", "Modules__c", "Pro"},
	} {
		w.update("Asset", asset, c.given)
		if got := w.read("SELECT " + c.field + " FROM Asset")[0]; got != c.want {
			t.Errorf("%s is stored as %q, want %q", c.given, got, c.want)
		}
	}
	for _, c := range []struct{ given, status, message string }{
		{"Name=" + strings.Repeat("ü", 256), "STRING_TOO_LONG", "Asset Name: data value too large: üü"},
		{"Quantity=five", "INVALID_TYPE_ON_FIELD_IN_RECORD", "Quantity: value not of required type: five"},
		{"Quantity=1,5", "INVALID_TYPE_ON_FIELD_IN_RECORD", "1,5"},
		{"Quantity=12345678901", "NUMBER_OUTSIDE_VALID_RANGE", "12345678901"},
		{"IsCompetitorProduct=yes", "INVALID_TYPE_ON_FIELD_IN_RECORD", "yes"},
		{"Status=Broken", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Status: bad value for restricted picklist field: Broken"},
		{"Modules__c=Core|Pro", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Core|Pro"},
		{"InstallDate=2025-02-29", "INVALID_TYPE_ON_FIELD_IN_RECORD", "2025-02-29"},
		{"InstallDate=2026-01-31T00:00:00Z", "INVALID_TYPE_ON_FIELD_IN_RECORD", "T00"},
		{"InstallDate=1600-01-01", "NUMBER_OUTSIDE_VALID_RANGE", "1600"},
		{"Seen__c=2026-01-31", "INVALID_TYPE_ON_FIELD_IN_RECORD", "2026-01-31"},
		{"AccountId=" + w.org.User(), "MALFORMED_ID", "Account ID: id value of incorrect type: 005"},
		{"AccountId=x", "MALFORMED_ID", "x"},
		{"AccountId=001000000000000", "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"},
		{"Nope=1", "INVALID_FIELD", "No such column 'Nope' on sobject of type Asset"},
		{"Name=", "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"},
		{"ProductCode=X; Frozen__c=Y", "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: ProductCode, Frozen__c."},
		{"SystemModstamp=2020-01-01T00:00:00Z", "INVALID_FIELD_FOR_INSERT_UPDATE", "SystemModstamp"},
		{"Serial__c=S-9", "INVALID_FIELD_FOR_INSERT_UPDATE", "Serial__c"},
	} {
		w.refused(change(Update, "Asset", asset, c.given), c.status, c.message)
	}
	w.refused(change(Insert, "Contact", "", "LastName=L; Email=nobody"), "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody")
	w.refused(change(Insert, "Asset", "", "Quantity=1"), "REQUIRED_FIELD_MISSING", "[Name]")
	w.refused(change(Insert, "Asset", "", "Name=A"), "FIELD_INTEGRITY_EXCEPTION", "Every asset needs an account, a contact, or both.")
	w.refused(change(Insert, "Entitlement", "", "Name=E"), "REQUIRED_FIELD_MISSING", "[AccountId]")
	w.refused(change(Insert, "Asset", "", "Id=02i000000000000; Name=A"), "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id")
	w.refused(change(Insert, "User", "", "Username=x"), "INVALID_TYPE_FOR_OPERATION", "entity type cannot be inserted: User")
	w.refused(change(Update, "Asset", "", "Name=A"), "MISSING_ARGUMENT", "Id not specified")
	w.refused(change(Update, "Asset", account, "Name=A"), "MALFORMED_ID", account)
	w.refused(change(Update, "Asset", "02i000000000000", "Name=A"), "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
}

func TestUniqueValuesStayUnique(t *testing.T) {
	w := newWorld(t)
	account := w.insert("Account", "Name=Acme")
	first := w.insert("Asset", "Name=A; Key__c=Ünï; Exact__c=x; Legacy__c=l; AccountId="+account)
	second := w.insert("Asset", "Name=B; Exact__c=X; Legacy__c=L; AccountId="+account)
	w.refused(change(Insert, "Asset", "", "Name=C; Key__c=üNÏ; AccountId="+account), "DUPLICATE_VALUE",
		"duplicate value found: Key__c duplicates value on record with id: "+first)
	w.refused(change(Update, "Asset", second, "Exact__c=x"), "DUPLICATE_VALUE", first)
	w.update("Asset", first, "Key__c=üNÏ") // its own value in another case
	w.do(change(Delete, "Asset", first, ""))
	w.update("Asset", second, "Key__c=ünï") // the recycle bin does not count
	w.expect("SELECT Id FROM Asset WHERE Exact__c = 'x'")
	w.expect("SELECT Id FROM Asset WHERE Exact__c = 'X' AND Legacy__c = 'l'", second)
}

func TestUpsertFindsItsRowByExternalId(t *testing.T) {
	w := newWorld(t)
	w.insert("Account", "Name=Acme; Key__c=a1")
	id := w.upsert("Asset", "key__c", "Name=A; KEY__C=k1; Account=[Key__c:A1]")
	if again := w.upsert("Asset", "Key__c", "Key__c=K1; Quantity=2"); again != id {
		t.Errorf("%s and %s are two rows", id, again)
	}
	w.expect("SELECT Name, Key__c, Quantity, Account.Name FROM Asset", "A|K1|2|Acme")
	created := w.apply(false, Change{Object: "Asset", Op: Upsert, ExternalField: "Id", ID: id, Values: map[string]Cell{"Name": Text("B")}},
		Change{Object: "Asset", Op: Upsert, ExternalField: "Id", Values: map[string]Cell{"Id": {Null: true}, "Name": Text("C")}, Parents: map[string]Parent{"Account": {Field: "Key__c", Value: "a1"}}})
	if created[0].Created || !created[1].Created || created[0].ID != id {
		t.Errorf("got %+v", created)
	}

	refused := func(field, text, status, message string) {
		t.Helper()
		c := change(Upsert, "Asset", "", text)
		c.ExternalField = field
		w.refused(c, status, message)
	}
	refused("Name", "Name=A", "INVALID_FIELD", "Name does not match an External ID")
	refused("Key__c", "Name=A", "MISSING_ARGUMENT", "Key__c not specified")
	refused("Key__c", "Key__c=k1; Id="+id, "INVALID_FIELD_FOR_INSERT_UPDATE", "Id field should not be specified")
	w.insert("Asset", "Name=D; Legacy__c=same; Account=[Key__c:a1]")
	w.insert("Asset", "Name=E; Legacy__c=Same; Account=[Key__c:a1]")
	refused("Legacy__c", "Legacy__c=SAME", "DUPLICATE_EXTERNAL_ID", "more than one record found for external id field")
	ids, err := w.org.FindExternal(context.Background(), "Asset", "Legacy__c", "SAME")
	if err != nil || len(ids) != 2 {
		t.Errorf("FindExternal gives %v, %v", ids, err)
	}
	if ids, err := w.org.FindExternal(context.Background(), "Asset", "Key__c", "nobody"); err != nil || len(ids) != 0 {
		t.Errorf("FindExternal gives %v, %v", ids, err)
	}
}

func TestExternalIdTwiceInOneCallRefusesBoth(t *testing.T) {
	w := newWorld(t)
	w.insert("Account", "Name=Acme; Key__c=a1")
	var changes []Change
	for _, key := range []string{"k1", "k2", "K1 "} {
		c := change(Upsert, "Asset", "", "Name=A; Account=[Key__c:a1]; Key__c="+key)
		c.ExternalField = "Key__c"
		changes = append(changes, c)
	}
	results := w.apply(false, changes...)
	for i, refused := range []bool{true, false, true} {
		if got := len(results[i].Errors) > 0; got != refused {
			t.Errorf("row %d: %+v", i, results[i])
		}
	}
	if e := results[2].Errors; e[0].Status != "DUPLICATE_VALUE" || !strings.Contains(e[0].Message, "Duplicate external id specified") {
		t.Errorf("got %+v", e)
	}
}

func TestParentsAreNamedByExternalId(t *testing.T) {
	w := newWorld(t)
	w.insert("Account", "Name=Acme; Key__c=a1")
	insert := func(text string) Change { return change(Insert, "Asset", "", "Name=A; "+text) }
	w.refused(insert("Account=[Key__c:zz]"), "INVALID_FIELD", "Foreign key external ID: zz not found for field Key__c in entity Account")
	w.refused(insert("Account=[Name:Acme]"), "INVALID_FIELD", "does not reference a valid entity: Account.Name")
	w.refused(insert("Acount=[Key__c:a1]"), "INVALID_FIELD", "No such column 'Acount'")
	w.refused(insert("Account=[Key__c:a1]; AccountId="+w.insert("Account", "Name=B")), "INVALID_FIELD", "cannot specify both")
	w.refused(insert("RootAsset=[Key__c:a1]; Account=[Key__c:a1]"), "INVALID_FIELD_FOR_INSERT_UPDATE", "RootAssetId")
	w.insert("Asset", "Name=P; Legacy__c=p; Account=[Key__c:a1]")
	w.insert("Asset", "Name=P; Legacy__c=p; Account=[Key__c:a1]")
	w.refused(insert("Parent=[Legacy__c:p]; Account=[Key__c:a1]"), "INVALID_FIELD", "More than one record found")
}

func TestAParentOfTheSameCallIsFound(t *testing.T) {
	w := newWorld(t)
	results := w.apply(true, change(Insert, "Asset", "", "Name=A; Account=[Key__c:new]"))
	if len(results[0].Errors) == 0 {
		t.Fatal("the account is not there yet")
	}
	results = w.apply(true, change(Insert, "Account", "", "Name=N; Key__c=new"), change(Insert, "Asset", "", "Name=A; Account=[Key__c:new]"))
	if len(results[1].Errors) > 0 {
		t.Errorf("got %+v", results[1])
	}
}

func TestAllOrNoneTakesEverythingBack(t *testing.T) {
	w := newWorld(t)
	results := w.apply(true, change(Insert, "Account", "", "Name=A; Key__c=a1"), change(Insert, "Account", "", "Name="))
	if r := results[0]; r.ID != "" || r.Created || r.Errors[0].Status != "ALL_OR_NONE_OPERATION_ROLLED_BACK" {
		t.Errorf("the first is %+v", r)
	}
	if r := results[1]; r.Errors[0].Status != "REQUIRED_FIELD_MISSING" {
		t.Errorf("the second is %+v", r)
	}
	w.expect("SELECT Id FROM Account")
	w.refused(change(Insert, "Asset", "", "Name=A; Account=[Key__c:a1]"), "INVALID_FIELD", "Foreign key external ID")
	results = w.apply(false, change(Insert, "Account", "", "Name=A"), change(Insert, "Account", "", "Name="))
	if len(results[0].Errors) > 0 || len(results[1].Errors) == 0 {
		t.Errorf("got %+v", results)
	}
	w.expect("SELECT Name FROM Account", "A")
}

func TestEveryChangeStampsItsRowInWholeSeconds(t *testing.T) {
	w := newWorld(t)
	w.now = time.Date(2026, 3, 15, 10, 30, 1, 987654321, time.UTC)
	id := w.insert("Account", "Name=A")
	const query = "SELECT CreatedDate, LastModifiedDate, SystemModstamp, CreatedById, OwnerId FROM Account"
	user := w.org.User()
	w.expect(query, "2026-03-15T10:30:01.000Z|2026-03-15T10:30:01.000Z|2026-03-15T10:30:01.000Z|"+user+"|"+user)
	w.now = w.now.Add(time.Hour)
	w.update("Account", id, "")
	w.expect(query, "2026-03-15T10:30:01.000Z|2026-03-15T11:30:01.000Z|2026-03-15T11:30:01.000Z|"+user+"|"+user)
}

func TestALateTransactionAppearsBehindTheOthers(t *testing.T) {
	w := newWorld(t)
	old := w.insert("Account", "Name=Old")
	w.now = w.now.Add(time.Minute)
	begin := w.now
	late := w.org.BeginLate()
	w.now = w.now.Add(time.Minute)
	w.insert("Account", "Name=Quick")
	w.update("Account", old, "Name=Older")
	w.expect("SELECT Name FROM Account ORDER BY Name", "Older", "Quick")
	if got := w.org.LatestCovered(w.now); !got.Equal(begin) {
		t.Errorf("covered until %v, want %v", got, begin)
	}
	results, err := late.Apply(context.Background(), []Change{change(Insert, "Account", "", "Name=Slow"), change(Update, "Account", old, "Phone=1")}, false)
	if err != nil || len(results[0].Errors)+len(results[1].Errors) > 0 {
		t.Fatal(results, err)
	}
	w.expect("SELECT Name, SystemModstamp FROM Account ORDER BY SystemModstamp, Name",
		"Slow|2026-03-15T10:31:00.000Z", "Older|2026-03-15T10:32:00.000Z", "Quick|2026-03-15T10:32:00.000Z")
	if got := w.org.LatestCovered(w.now); !got.Equal(w.now) {
		t.Errorf("covered until %v, want %v", got, w.now)
	}
	w.org.BeginLate().Abandon()
	if got := w.org.LatestCovered(w.now.Add(time.Second)); !got.Equal(w.now.Add(time.Second)) {
		t.Errorf("covered until %v after it was abandoned", got)
	}
}

func TestACanceledApplyWritesNothing(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.org.Apply(ctx, []Change{change(Insert, "Account", "", "Name=A")}, false); err == nil {
		t.Error("no error")
	}
	w.expect("SELECT Id FROM Account")
}
