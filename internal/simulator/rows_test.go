package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestARowIsCreatedReadChangedAndDeleted(t *testing.T) {
	w := start(t, Options{})
	a := w.send("POST", "/sobjects/Account/", `{"Name":"Acme","attributes":{"type":"Account"}}`).is(http.StatusCreated)
	a.says(`{"id":"*","success":true,"errors":[]}`)
	id := a.member("id")
	if got := a.header.Get("Location"); got != "/services/data/v64.0/sobjects/Account/"+id {
		t.Errorf("Location: %s", got)
	}
	at := "/sobjects/Account/" + id
	w.get(at + "?fields=Name,Phone").is(http.StatusOK).says(`{"attributes":{"type":"Account","url":"/services/data/v64.0` + at + `"},"Name":"Acme","Phone":null,"Id":"` + id + `"}`)
	if name := w.get(at).is(http.StatusOK).member("Name"); name != "Acme" {
		t.Errorf("all fields: Name %s", name)
	}
	if changed := w.send("PATCH", at, `{"Phone":"1"}`).is(http.StatusNoContent); changed.body != "" {
		t.Errorf("a change is answered %s", changed.body)
	}
	w.get(at + "?fields=Phone").says(`{"attributes":{"type":"Account","url":"/services/data/v64.0` + at + `"},"Phone":"1","Id":"` + id + `"}`)
	w.send("PATCH", at, `{"Phone":null}`).is(http.StatusNoContent)
	w.get(at + "?fields=Phone").says(`{"attributes":{"type":"Account","url":"/services/data/v64.0` + at + `"},"Phone":null,"Id":"` + id + `"}`)
	w.send("DELETE", at, "").is(http.StatusNoContent)
	w.get(at).refuses(http.StatusNotFound, "ENTITY_IS_DELETED")
	w.send("DELETE", at, "").refuses(http.StatusNotFound, "ENTITY_IS_DELETED")
}

func TestRowsThatBreakARuleAreRefused(t *testing.T) {
	w := start(t, Options{Profile: Profile{HiddenObjects: []string{"ServiceContract"}, ReadOnlyFields: []string{"Account.Phone", "Contact.AccountId"}}})
	account := w.create("Account", `{"Name":"A","LICDB_Id__c":"1"}`)
	w.send("POST", "/sobjects/Account", `{}`).refuses(http.StatusBadRequest, "REQUIRED_FIELD_MISSING").
		says(`[{"message":"Required fields are missing: [Name]","errorCode":"REQUIRED_FIELD_MISSING","fields":["Name"]}]`)
	w.send("POST", "/sobjects/Account", `{"Name":"B","LICDB_Id__c":"1"}`).refuses(http.StatusBadRequest, "DUPLICATE_VALUE")
	w.send("POST", "/sobjects/Account", `{"Name":"`+strings.Repeat("x", 256)+`"}`).refuses(http.StatusBadRequest, "STRING_TOO_LONG")
	w.send("PATCH", "/sobjects/Account/"+account, `{"Phone":"1"}`).refuses(http.StatusBadRequest, "INVALID_FIELD_FOR_INSERT_UPDATE")
	w.send("POST", "/sobjects/Contact", `{"LastName":"L","Account":{"LICDB_Id__c":"1"}}`).refuses(http.StatusBadRequest, "INVALID_FIELD_FOR_INSERT_UPDATE")
	w.send("PATCH", "/sobjects/Account/"+account, `{"Id":"`+account+`"}`).refuses(http.StatusBadRequest, "INVALID_FIELD")
	w.send("POST", "/sobjects/ServiceContract", `{"Name":"S"}`).refuses(http.StatusNotFound, "NOT_FOUND")
	w.send("POST", "/sobjects/Account", `{"Name":["a"]}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	for id, want := range map[string]struct {
		status int
		code   string
	}{
		"x":                  {http.StatusBadRequest, "MALFORMED_ID"},
		"003000000000000AAA": {http.StatusBadRequest, "MALFORMED_ID"},
		"001000000000000AAA": {http.StatusNotFound, "INVALID_CROSS_REFERENCE_KEY"},
	} {
		w.get("/sobjects/Account/"+id).refuses(http.StatusNotFound, "NOT_FOUND")
		w.send("PATCH", "/sobjects/Account/"+id, `{"Name":"x"}`).refuses(want.status, want.code)
		w.send("DELETE", "/sobjects/Account/"+id, "").refuses(want.status, want.code)
	}
}

func TestUpsertByExternalId(t *testing.T) {
	w := start(t, Options{})
	w.create("Account", `{"Name":"A","LICDB_Id__c":"1"}`)
	key := "A/B #1?x é"
	at := "/sobjects/Asset/Entl_Key__c/" + url.PathEscape(key)
	a := w.send("PATCH", at, `{"Name":"first","Account":{"LICDB_Id__c":"1"}}`).is(http.StatusCreated).says(`{"id":"*","success":true,"errors":[],"created":true}`)
	id := a.member("id")
	w.send("PATCH", at, `{"Name":"second"}`).is(http.StatusOK).says(`{"id":"` + id + `","success":true,"errors":[],"created":false}`)
	w.send("PATCH", "/services/data/v45.0"+at, `{"Name":"third"}`).is(http.StatusNoContent)
	w.get(at + "?fields=Name,Entl_Key__c").is(http.StatusOK).says(`{"attributes":{"type":"Asset","url":"/services/data/v64.0/sobjects/Asset/` + id + `"},"Name":"third","Entl_Key__c":"` + key + `","Id":"` + id + `"}`)
	w.send("PATCH", "/sobjects/Asset/Entl_Key__c/none?updateOnly=true", `{"Name":"x"}`).refuses(http.StatusNotFound, "NOT_FOUND")
	w.send("PATCH", at, `{"Entl_Key__c":"x"}`).refuses(http.StatusBadRequest, "INVALID_FIELD")
	w.send("PATCH", at, `{"Id":"x"}`).refuses(http.StatusBadRequest, "INVALID_FIELD")
	w.get("/sobjects/Asset/Entl_Key__c/none").refuses(http.StatusNotFound, "NOT_FOUND")
	w.send("DELETE", at, "").is(http.StatusNoContent)
	w.get(at).refuses(http.StatusNotFound, "NOT_FOUND")
}

func TestAnExternalIdOfTwoRowsIsAmbiguous(t *testing.T) {
	w := start(t, Options{})
	account := w.create("Account", `{"Name":"A"}`)
	one := w.create("Asset", `{"Name":"1","AccountId":"`+account+`","Batch__c":"b"}`)
	two := w.create("Asset", `{"Name":"2","AccountId":"`+account+`","Batch__c":"b"}`)
	for _, method := range []string{"GET", "PATCH"} {
		body := ""
		if method == "PATCH" {
			body = `{"Name":"x"}`
		}
		a := w.send(method, "/sobjects/Asset/Batch__c/b", body).is(http.StatusMultipleChoices)
		for _, id := range []string{one, two} {
			if !strings.Contains(a.body, `"/services/data/v64.0/sobjects/Asset/`+id+`"`) {
				t.Errorf("%s does not list %s: %s", method, id, a.body)
			}
		}
	}
}
