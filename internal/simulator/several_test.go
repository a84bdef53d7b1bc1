package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestCollectionsAnswerInTheOrderOfTheRequest(t *testing.T) {
	w := start(t, Options{})
	a := w.send("POST", "/composite/sobjects", `{"allOrNone":false,"records":[{"attributes":{"type":"Account"},"Name":"a"},{"attributes":{"type":"Account"}},{"attributes":{"type":"Contact"},"LastName":"c"}]}`).is(http.StatusOK)
	a.says(`[{"id":"*","success":true,"errors":[]},{"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Name]","fields":["Name"]}]},{"id":"*","success":true,"errors":[]}]`)
	account := strings.Split(a.body, `"`)[3]
	w.send("PATCH", "/composite/sobjects/", `{"records":[{"attributes":{"type":"Account"},"id":"`+account+`","Name":"b"},{"attributes":{"type":"Account"},"Id":"001000000000000AAA","Name":"c"}]}`).is(http.StatusOK)
	w.get("/composite/sobjects/Account?ids=" + account + ",001000000000000AAA&fields=Name").is(http.StatusOK).
		says(`[{"attributes":{"type":"Account","url":"/services/data/v64.0/sobjects/Account/` + account + `"},"Name":"b","Id":"` + account + `"},null]`)
	w.send("POST", "/composite/sobjects/Account", `{"ids":["`+account+`"],"fields":["Name"]}`).is(http.StatusOK)
	w.send("PATCH", "/composite/sobjects/Account/LICDB_Id__c", `{"records":[{"attributes":{"type":"Account"},"LICDB_Id__c":"1","Name":"x"},{"attributes":{"type":"Account"},"LICDB_Id__c":"2","Name":"y"}]}`).is(http.StatusOK).
		says(`[{"id":"*","success":true,"errors":[],"created":true},{"id":"*","success":true,"errors":[],"created":true}]`)
	again := w.send("PATCH", "/composite/sobjects/Account/LICDB_Id__c", `{"records":[{"attributes":{"type":"Account"},"LICDB_Id__c":"1","Name":"z"}]}`).is(http.StatusOK).
		says(`[{"id":"*","success":true,"errors":[],"created":false}]`)
	upserted := strings.Split(again.body, `"`)[3]
	w.send("DELETE", "/composite/sobjects?ids="+account+","+upserted+",zzz&allOrNone=false", "").is(http.StatusOK).
		says(`[{"id":"*","success":true,"errors":[]},{"id":"*","success":true,"errors":[]},{"success":false,"errors":[{"statusCode":"MALFORMED_ID","message":"malformed id zzz","fields":[]}]}]`)
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":1,"done":true,"records":[]}`)
}

func TestAllOrNoneWritesNothingWhenOneRowFails(t *testing.T) {
	w := start(t, Options{})
	a := w.send("POST", "/composite/sobjects", `{"allOrNone":true,"records":[{"attributes":{"type":"Account"},"Name":"a"},{"attributes":{"type":"Account"}}]}`).is(http.StatusOK)
	if !strings.Contains(a.body, "ALL_OR_NONE_OPERATION_ROLLED_BACK") || !strings.Contains(a.body, "REQUIRED_FIELD_MISSING") {
		t.Error(a.body)
	}
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":0,"done":true,"records":[]}`)
}

func TestWrongCollectionsAreRefused(t *testing.T) {
	w := start(t, Options{})
	one := `{"attributes":{"type":"Account"},"Name":"a"}`
	w.send("POST", "/composite/sobjects", `{"records":[`+strings.TrimSuffix(strings.Repeat(one+",", 201), ",")+`]}`).refuses(http.StatusBadRequest, "EXCEEDED_ID_LIMIT").
		says(`[{"message":"record limit reached. cannot submit more than 200 records into this call","errorCode":"EXCEEDED_ID_LIMIT"}]`)
	w.send("POST", "/composite/sobjects", `{"records":[]}`).refuses(http.StatusBadRequest, "INVALID_INPUT")
	w.send("POST", "/composite/sobjects", `{"records":[{"Name":"a"}]}`).refuses(http.StatusBadRequest, "INVALID_INPUT")
	w.send("PATCH", "/composite/sobjects/Contact/Email", `{"records":[`+one+`]}`).refuses(http.StatusBadRequest, "INVALID_INPUT")
	w.send("POST", "/composite/sobjects", `{"records":["a"]}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	mixed := strings.Repeat(one+`,{"attributes":{"type":"Contact"},"LastName":"c"},`, 5)
	w.send("POST", "/composite/sobjects", `{"records":[`+mixed+one+`]}`).refuses(http.StatusBadRequest, "INVALID_INPUT")
	w.send("POST", "/composite/sobjects", `{"records":[`+strings.TrimSuffix(mixed, ",")+`]}`).is(http.StatusOK)
}

func TestATextThatIsNotInQuotesIsRefused(t *testing.T) {
	w := start(t, Options{})
	w.send("POST", "/sobjects/Account", `{"Name":"A","LICDB_Id__c":17}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	w.send("POST", "/sobjects/Account", `{"Name":true}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	w.send("PATCH", "/composite/sobjects/Account/LICDB_Id__c", `{"records":[{"attributes":{"type":"Account"},"Name":"A","licdb_id__C":17}]}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	w.send("POST", "/composite/tree/Account", `{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":7}]}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	w.send("POST", "/sobjects/Account", `{"Name":"A","NumberOfEmployees":17,"AnnualRevenue":"18","Nothing":1}`).refuses(http.StatusBadRequest, "INVALID_FIELD")
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":0,"done":true,"records":[]}`)
}

func TestATreeIsCreatedWithItsChildren(t *testing.T) {
	w := start(t, Options{})
	w.send("POST", "/composite/tree/Account", `{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"A","Contacts":{"records":[{"attributes":{"type":"Contact","referenceId":"c"},"LastName":"C"}]}}]}`).
		is(http.StatusCreated).says(`{"hasErrors":false,"results":[{"referenceId":"a","id":"*"},{"referenceId":"c","id":"*"}]}`)
	row := w.find("SELECT Account.Name FROM Contact").rows()[0]
	if got := row["Account"].(map[string]any)["Name"]; got != "A" {
		t.Errorf("the account of the contact is %v", got)
	}
}

func TestATreeWithAFailureLeavesNothingBehind(t *testing.T) {
	w := start(t, Options{})
	w.send("POST", "/composite/tree/Account", `{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"A","Contacts":{"records":[{"attributes":{"type":"Contact","referenceId":"c"}}]}}]}`).
		is(http.StatusBadRequest).says(`{"hasErrors":true,"results":[{"referenceId":"c","errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [LastName]","fields":["LastName"]}]}]}`)
	w.find("SELECT COUNT() FROM Account").says(`{"totalSize":0,"done":true,"records":[]}`)
	w.send("POST", "/composite/tree/Account", `{"records":[{"Name":"A"}]}`).refuses(http.StatusBadRequest, "INVALID_INPUT")
}

func TestPartsOfACompositeReferToEarlierOnes(t *testing.T) {
	w := start(t, Options{})
	before := w.server.TotalCalls()
	a := w.send("POST", "/composite", `{"compositeRequest":[
		{"method":"POST","url":"/services/data/v64.0/sobjects/Account","referenceId":"acc","body":{"Name":"A"}},
		{"method":"POST","url":"/services/data/v64.0/sobjects/Contact","referenceId":"con","body":{"LastName":"C","AccountId":"@{acc.id}"}},
		{"method":"GET","url":"/services/data/v64.0/query?q=SELECT Id, Account.Name FROM Contact WHERE AccountId = '@{acc.id}'","referenceId":"q"},
		{"method":"PATCH","url":"/services/data/v64.0/sobjects/Contact/@{q.records[0].Id}","referenceId":"p","body":{"Title":"of @{q.records[0].Account.Name}"}},
		{"method":"GET","url":"/services/data/v64.0/sobjects/Contact/@{nobody.id}","referenceId":"n"}]}`).is(http.StatusOK)
	a.says(`{"compositeResponse":[{"body":{"id":"*","success":true,"errors":[]},"httpHeaders":{"Location":"*"},"httpStatusCode":201,"referenceId":"acc"},` +
		`{"body":{"id":"*","success":true,"errors":[]},"httpHeaders":{"Location":"*"},"httpStatusCode":201,"referenceId":"con"},` +
		`{"body":{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Contact","url":"*"},"Id":"*","Account":{"attributes":{"type":"Account","url":"*"},"Name":"A"}}]},"httpHeaders":{},"httpStatusCode":200,"referenceId":"q"},` +
		`{"body":null,"httpHeaders":{},"httpStatusCode":204,"referenceId":"p"},` +
		`{"body":[{"message":"Invalid reference specified. No value for nobody.id found","errorCode":"PROCESSING_HALTED"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"n"}]}`)
	if made := w.server.TotalCalls() - before; made != 1 {
		t.Errorf("a composite counts as %d calls", made)
	}
	if got := fmt.Sprint(w.find("SELECT Title FROM Contact").rows()[0]["Title"]); got != "of A" {
		t.Errorf("the title is %q", got)
	}
}

func TestACompositeOfAllOrNoneIsUndone(t *testing.T) {
	w := start(t, Options{})
	old := w.create("Account", `{"Name":"old","LICDB_Id__c":"1"}`)
	w.send("POST", "/composite", `{"allOrNone":true,"compositeRequest":[
		{"method":"PATCH","url":"/services/data/v64.0/sobjects/Account/LICDB_Id__c/1","referenceId":"u","body":{"Name":"new"}},
		{"method":"POST","url":"/services/data/v64.0/sobjects/Account","referenceId":"a","body":{"Name":"A"}},
		{"method":"POST","url":"/services/data/v64.0/sobjects/Account","referenceId":"b","body":{}}]}`).is(http.StatusOK).
		says(`{"compositeResponse":[{"body":[{"message":"The transaction was rolled back since another operation in the same transaction failed.","errorCode":"PROCESSING_HALTED"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"u"},` +
			`{"body":[{"message":"The transaction was rolled back since another operation in the same transaction failed.","errorCode":"PROCESSING_HALTED"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"a"},` +
			`{"body":[{"message":"Required fields are missing: [Name]","errorCode":"REQUIRED_FIELD_MISSING","fields":["Name"]}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"b"}]}`)
	w.find("SELECT Id, Name FROM Account").says(`{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"*"},"Id":"` + old + `","Name":"old"}]}`)
}

func TestWrongCompositesAreRefused(t *testing.T) {
	w := start(t, Options{})
	part := `{"method":"GET","url":"/services/data/v64.0/limits","referenceId":"r%d"}`
	var parts []string
	for i := range 26 {
		parts = append(parts, fmt.Sprintf(part, i))
	}
	w.send("POST", "/composite", `{"compositeRequest":[`+strings.Join(parts, ",")+`]}`).refuses(http.StatusBadRequest, "LIMIT_EXCEEDED")
	w.send("POST", "/composite", `{"compositeRequest":[`+parts[0]+`,`+parts[0]+`]}`).refuses(http.StatusBadRequest, "INVALID_INPUT")
	a := w.send("POST", "/composite", `{"compositeRequest":[{"method":"GET","url":"/services/data/v63.0/limits","referenceId":"a"},{"method":"POST","url":"/services/data/v64.0/composite","referenceId":"b","body":{}},{"method":"GET","url":"/services/data/v64.0/jobs/ingest","referenceId":"c"}]}`).is(http.StatusOK)
	if strings.Count(a.body, `"httpStatusCode":200`) != 0 {
		t.Error(a.body)
	}
}

func TestABatchMayHaltAtTheFirstError(t *testing.T) {
	w := start(t, Options{})
	w.send("POST", "/composite/batch", `{"haltOnError":true,"batchRequests":[{"method":"POST","url":"v64.0/sobjects/Account","richInput":{"Name":"a"}},{"method":"POST","url":"v64.0/sobjects/Account","richInput":{}},{"method":"GET","url":"v64.0/limits"}]}`).is(http.StatusOK).
		says(`{"hasErrors":true,"results":[{"statusCode":201,"result":{"id":"*","success":true,"errors":[]}},{"statusCode":400,"result":[{"message":"Required fields are missing: [Name]","errorCode":"REQUIRED_FIELD_MISSING","fields":["Name"]}]},` +
			`{"statusCode":412,"result":[{"message":"Batch processing halted per request","errorCode":"BATCH_PROCESSING_HALTED"}]}]}`)
}
