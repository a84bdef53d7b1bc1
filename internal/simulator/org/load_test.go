package org

import (
	"context"
	"strings"
	"testing"
)

const estate = `{"object":"Account","field":{"name":"LICDB_Id__c","type":"string","length":20,"externalId":true,"unique":true}}
{"object":"Asset","field":{"name":"Entl_Key__c","type":"string","length":255,"externalId":true,"unique":true,"caseSensitive":true}}

{"attributes":{"type":"Account"},"Name":"Acme","LICDB_Id__c":"17","CreatedDate":"2019-05-06T07:08:09Z","SystemModstamp":"2020-01-02T03:04:05.000+0000"}
{"attributes":{"type":"Product2"},"Name":"Tool","ProductCode":"X","IsActive":true}
{"attributes":{"type":"PricebookEntry"},"UnitPrice":12345678901234.56,"IsActive":true,"Product2":{"ProductCode":"X"},"Pricebook2":{"IsStandard":true}}
{"attributes":{"type":"Order"},"Name":"O-1","EffectiveDate":"2025-01-01","Status":"Activated","Account":{"LICDB_Id__c":"17"},"Pricebook2":{"IsStandard":true}}
{"attributes":{"type":"OrderItem"},"Quantity":2,"Order":{"Name":"O-1"},"PricebookEntry":{"Product2Id":"{}"}}
{"attributes":{"type":"Asset"},"Name":"A","Quantity":5,"Entl_Key__c":"k","Account":{"attributes":{"type":"Account"},"LICDB_Id__c":"17"},"Product2":{"ProductCode":"X"},"IsDeleted":true}
`

func (w *world) load(text string) (int, error) {
	return w.org.Load(context.Background(), strings.NewReader(text))
}

func TestLoadBringsRowsInAsTheyHaveBecome(t *testing.T) {
	w := &world{t: t}
	w.open("")
	text := strings.Replace(estate, `"PricebookEntry":{"Product2Id":"{}"}`, `"PricebookEntry":{"UnitPrice":12345678901234.56}`, 1)
	n, err := w.load(text)
	if err != nil || n != 6 {
		t.Fatal(n, err)
	}
	w.expect("SELECT Name, CreatedDate, SystemModstamp FROM Account", "Acme|2019-05-06T07:08:09.000Z|2020-01-02T03:04:05.000Z")
	w.expect("SELECT Order.Status, Product2.Name, TotalPrice FROM OrderItem", "Activated|Tool|24691357802469.12")
	if got := w.readAll("SELECT Account.Name, Quantity, IsDeleted FROM Asset", true); len(got) != 1 || got[0] != "Acme|5|true" {
		t.Errorf("got %v", got)
	}
}

func TestALineThatIsWrongIsNamedAndNothingIsKept(t *testing.T) {
	w := &world{t: t}
	w.open("")
	for _, c := range []struct{ line, message string }{
		{`{"attributes":{"type":"Account"}}`, "line 3: Account: REQUIRED_FIELD_MISSING: Required fields are missing: [Name]"},
		{`{"attributes":{"type":"Nothing"},"Name":"x"}`, "line 3: Nothing: INVALID_TYPE"},
		{`{"attributes":{"type":"Account"},"Name":"x","Parent":{"Key__c":"zz"}}`, "line 3: Account: INVALID_FIELD: Foreign key external ID: zz not found"},
		{`{"attributes":{"type":"Account"},"Name":"x","Parent":{"Key__c":"a","Name":"b"}}`, "line 3: Parent: a parent is named by one field"},
		{`{"attributes":{"type":"Account"},"Name":["x"]}`, "line 3: Name: a value is"},
		{`{"Name":"x"}`, `line 3: neither a row (which has "attributes") nor a definition: json: unknown field "Name"`},
		{`{"object":"Nothing","field":{"name":"A__c","type":"string"}}`, "line 3: there is no object Nothing"},
		{`{"attributes":{"type":"Account"},"Name":"x"} {}`, "line 3: there is more than one value"},
		{`{"attributes"`, "line 3: unexpected"},
	} {
		text := `{"object":"Account","field":{"name":"Key__c","type":"string","externalId":true}}` + "\n" +
			`{"attributes":{"type":"Account"},"Name":"Kept?"}` + "\n" + c.line
		if _, err := w.load(text); err == nil || !strings.HasPrefix(err.Error(), c.message) {
			t.Errorf("%s: want %s, got %v", c.line, c.message, err)
		}
		w.expect("SELECT Id FROM Account")
		if account, _ := w.org.Object("Account"); len(account.Fields) != len(systemFields())+len(accountFields()) {
			t.Error("the definition was kept")
		}
	}
}

func TestFieldsThatNoRowCouldMeetAreRefused(t *testing.T) {
	w := newWorld(t)
	for text, message := range map[string]string{
		`"name":"A__c","type":"double","scale":-1`:                       "a number has at most 18 digits",
		`"name":"A__c","type":"double","precision":5,"scale":6`:          "a number has at most 18 digits",
		`"name":"A__c","type":"double","precision":19`:                   "a number has at most 18 digits",
		`"name":"A__c","type":"string","length":-5`:                      "a text is 1 to 131072 characters long",
		`"name":"A__c","type":"boolean","default":"false'); DROP TABLE"`: "its default: A: value not of required type",
		`"name":"A__c","type":"date","default":"soon"`:                   "its default: A: value not of required type",
		`"name":"A__c","type":"double","autoNumber":true`:                "an automatic number is a string",
		`"name":"A'__c","type":"string"`:                                 "the name of a custom field",
	} {
		if _, err := w.load(`{"object":"Asset","field":{` + text + `}}`); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: want %s, got %v", text, message, err)
		}
	}
}

func TestAProtectedFieldIsReadOnlyForAllButLoad(t *testing.T) {
	w := newWorld(t)
	w.org.Protect("account", "Later__c")
	later := Field{Name: "Later__c", Type: "string"}
	w.define("Account", later)
	w.define("Account", later) // once more, which does nothing
	w.refused(change(Insert, "Account", "", "Name=a; Later__c=x"), "INVALID_FIELD_FOR_INSERT_UPDATE", "Later__c")
	if _, err := w.load(`{"attributes":{"type":"Account"},"Name":"a","Later__c":"x"}`); err != nil {
		t.Error(err)
	}
	w.expect("SELECT Later__c FROM Account", "x")
}
