package simulator

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"crosswalk/internal/simulator/org"
)

func TestDescribeListsTheObjects(t *testing.T) {
	w := start(t, Options{Profile: Profile{HiddenObjects: []string{"Entitlement"}}})
	a := w.get("/sobjects/").is(http.StatusOK)
	if !strings.HasPrefix(a.body, `{"encoding":"UTF-8","maxBatchSize":200,"sobjects":[`) || !strings.Contains(a.body, `"name":"Account"`) || strings.Contains(a.body, `"name":"Entitlement"`) {
		t.Error(a.body)
	}
	w.get("/sobjects/Entitlement/describe").refuses(http.StatusNotFound, "NOT_FOUND")
	w.get("/sobjects/Account").is(http.StatusOK)
	w.get("/").is(http.StatusOK)
}

func TestDescribeTellsTheFields(t *testing.T) {
	w := start(t, Options{Profile: Profile{ReadOnlyFields: []string{"Asset.SerialNumber"}}})
	a := w.get("/sobjects/Asset/describe").is(http.StatusOK)
	fields := map[string]map[string]any{}
	for _, f := range a.object()["fields"].([]any) {
		field := f.(map[string]any)
		fields[field["name"].(string)] = field
	}
	for _, c := range []struct {
		field, property string
		want            any
	}{
		{"Entl_Key__c", "externalId", true},
		{"Entl_Key__c", "unique", true},
		{"Entl_Key__c", "idLookup", true},
		{"Entl_Key__c", "custom", true},
		{"Batch__c", "unique", false},
		{"AccountId", "relationshipName", "Account"},
		{"AccountId", "type", "reference"},
		{"AccountId", "soapType", "tns:ID"},
		{"Name", "nillable", false},
		{"Name", "createable", true},
		{"SerialNumber", "createable", false},
		{"SerialNumber", "updateable", false},
		{"SystemModstamp", "createable", false},
		{"SystemModstamp", "filterable", true},
		{"Price", "type", "currency"},
	} {
		if got := fields[c.field][c.property]; got != c.want {
			t.Errorf("%s.%s is %v, not %v", c.field, c.property, got, c.want)
		}
	}
	if got := a.object()["keyPrefix"]; got != "02i" {
		t.Errorf("key prefix %v", got)
	}
}

func TestADescriptionThatIsKnownIsNotSentAgain(t *testing.T) {
	w := start(t, Options{})
	at := w.get("/sobjects/Asset/describe").header.Get("Last-Modified")
	w.now = w.now.Add(time.Hour)
	known := w.send("GET", "/sobjects/Asset/describe", "", "If-Modified-Since", at).is(http.StatusNotModified)
	if known.body != "" {
		t.Error(known.body)
	}
	if err := w.server.Org().Define(t.Context(), "Asset", org.Field{Name: "New__c", Type: "boolean"}); err != nil {
		t.Fatal(err)
	}
	w.send("GET", "/sobjects/Asset/describe", "", "If-Modified-Since", at).is(http.StatusOK)
}
