package simulator

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	prefixedLogin = `<?xml version="1.0" encoding="utf-8" ?><env:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><env:Header><urn:CallOptions><urn:client>c</urn:client></urn:CallOptions></env:Header><env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>%s</n1:username><n1:password>%s</n1:password></n1:login></env:Body></env:Envelope>`
	plainLogin    = `<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header/><se:Body><login xmlns="urn:partner.soap.sforce.com"><username>%s</username><password>%s</password></login></se:Body></se:Envelope>`
)

func TestSOAPLoginOpensASession(t *testing.T) {
	w := start(t, Options{})
	for _, form := range []string{prefixedLogin, plainLogin} {
		a := w.send("POST", "/services/Soap/u/64.0", fmt.Sprintf(form, "demo@crosswalk.example", "demo-passworddemo-token"), "Content-Type", "text/xml", "SOAPAction", `""`).is(http.StatusOK)
		for _, element := range []string{"<passwordExpired>false</passwordExpired>", "<serverUrl>" + w.url + "/services/Soap/u/64.0/00D", "<sessionId>00D", "<userId>005", "<organizationId>00D"} {
			if !strings.Contains(a.body, element) {
				t.Errorf("no %s in %s", element, a.body)
			}
		}
		_, rest, _ := strings.Cut(a.body, "<sessionId>")
		w.token, _, _ = strings.Cut(rest, "<")
		w.get("/limits").is(http.StatusOK)
	}
}

func TestSOAPLoginIsRefusedWithAFault(t *testing.T) {
	w := start(t, Options{})
	a := w.send("POST", "/services/Soap/u/64.0", fmt.Sprintf(plainLogin, "demo@crosswalk.example", "wrong")).is(http.StatusInternalServerError)
	a.says(`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>` +
		`<faultcode>INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring>` +
		`<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>Invalid username, password, security token; or user locked out.</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`)
	good := fmt.Sprintf(plainLogin, "demo@crosswalk.example", "demo-passworddemo-token")
	for path, code := range map[string]string{"65.0": "UNSUPPORTED_API_VERSION", "29.0": "UNSUPPORTED_API_VERSION"} {
		a := w.send("POST", "/services/Soap/u/"+path, good).is(http.StatusInternalServerError)
		if !strings.Contains(a.body, "<faultcode>"+code) {
			t.Errorf("version %s: %s", path, a.body)
		}
	}
	w.send("POST", "/services/Soap/u/64.0", "<broken").is(http.StatusInternalServerError)
	w.send("POST", "/services/Soap/u/64.0", strings.ReplaceAll(good, "login", "logout")).is(http.StatusInternalServerError)
}

func TestClientCredentialsOpenASession(t *testing.T) {
	w := start(t, Options{})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}}
	a := w.authorize(form).is(http.StatusOK)
	a.says(`{"access_token":"*","signature":"*","token_format":"opaque","scope":"api","instance_url":"` + w.url + `","id":"*","token_type":"Bearer","issued_at":"1772366400000","api_instance_url":"` + w.url + `"}`)
	basic := w.send("POST", "/services/oauth2/token", "grant_type=client_credentials",
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("demo-client:demo-secret"))).is(http.StatusOK)
	w.token = basic.member("access_token")
	w.get("/services/oauth2/userinfo").is(http.StatusOK)
	w.get("/limits").is(http.StatusOK)
}

func TestRefusedGrantsAreObjects(t *testing.T) {
	w := start(t, Options{})
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"wrong secret":  {url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"x"}}, `{"error":"invalid_client","error_description":"invalid client credentials"}`},
		"wrong id":      {url.Values{"grant_type": {"client_credentials"}, "client_id": {"x"}}, `{"error":"invalid_client_id","error_description":"client identifier invalid"}`},
		"password":      {url.Values{"grant_type": {"password"}, "username": {"demo@crosswalk.example"}, "password": {"demo-password"}}, `{"error":"unsupported_grant_type","error_description":"grant type not supported"}`},
		"none":          {url.Values{}, `{"error":"invalid_request","error_description":"grant_type is missing"}`},
		"bad assertion": {url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {"a.b"}}, `{"error":"invalid_grant","error_description":"invalid assertion"}`},
	} {
		if a := w.authorize(c.form); a.status != http.StatusBadRequest || a.body != c.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	w.get("/services/oauth2/token").refuses(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
}

func TestAssertionsAreVerified(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	credentials := DemoCredentials()
	credentials.PublicKey = &key.PublicKey
	w := start(t, Options{Credentials: credentials})
	soon := noon.Add(3 * time.Minute).Unix()
	const user = "demo@crosswalk.example"
	for name, c := range map[string]struct {
		key  *rsa.PrivateKey
		body string
		want string // "" for a session
	}{
		"number":    {key, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"https://login.salesforce.com","exp":%d}`, user, soon), ""},
		"text":      {key, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"https://test.salesforce.com","exp":"%d"}`, user, soon), ""},
		"own host":  {key, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"%s","exp":%d}`, user, w.url, soon), ""},
		"other key": {other, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"https://login.salesforce.com","exp":%d}`, user, soon), "invalid_grant"},
		"audience":  {key, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"https://example.com","exp":%d}`, user, soon), "invalid_grant"},
		"user":      {key, fmt.Sprintf(`{"iss":"demo-client","sub":"nobody","aud":"https://login.salesforce.com","exp":%d}`, soon), "invalid_grant"},
		"issuer":    {key, fmt.Sprintf(`{"iss":"x","sub":"%s","aud":"https://login.salesforce.com","exp":%d}`, user, soon), "invalid_client_id"},
		"expired":   {key, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"https://login.salesforce.com","exp":%d}`, user, noon.Unix()-60), "invalid_grant"},
		"too far":   {key, fmt.Sprintf(`{"iss":"demo-client","sub":"%s","aud":"https://login.salesforce.com","exp":%d}`, user, noon.Unix()+3600), "invalid_grant"},
	} {
		a := w.authorize(url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {sign(t, c.key, c.body)}})
		switch {
		case c.want == "" && a.status != http.StatusOK:
			t.Errorf("%s: %s", name, a.body)
		case c.want != "" && (a.status != http.StatusBadRequest || a.member("error") != c.want):
			t.Errorf("%s: %d %s, not %s", name, a.status, a.body, c.want)
		}
	}
}

// sign makes a JWT.
func sign(t *testing.T, key *rsa.PrivateKey, claims string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestVersionsNeedNoSession(t *testing.T) {
	w := start(t, Options{})
	w.token = ""
	a := w.get("/services/data/").is(http.StatusOK)
	for _, entry := range []string{`{"label":"Spring '22","url":"/services/data/v54.0","version":"54.0"}`, `{"label":"Summer '26","url":"/services/data/v67.0","version":"67.0"}`, `{"label":"Winter '26","url":"/services/data/v65.0","version":"65.0"}`} {
		if !strings.Contains(a.body, entry) {
			t.Errorf("no %s in %s", entry, a.body)
		}
	}
	if got := a.header.Get("Sforce-Limit-Info"); got != "" {
		t.Errorf("the list of versions tells the limit: %s", got)
	}
	w.get("/services/data/v64.0/limits").refuses(http.StatusUnauthorized, "INVALID_SESSION_ID").says(`[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`)
}

func TestRequestsThatLeadNowhereAreRefused(t *testing.T) {
	w := start(t, Options{})
	w.get("/services/data/v30.0/limits").refuses(http.StatusGone, "GONE")
	w.get("/services/data/v99.0/limits").refuses(http.StatusNotFound, "NOT_FOUND")
	w.get("/services/data/v64.5/limits").refuses(http.StatusNotFound, "NOT_FOUND")
	w.get("/services/nothing").refuses(http.StatusNotFound, "NOT_FOUND")
	w.get("/nothing").refuses(http.StatusNotFound, "NOT_FOUND").says(`[{"message":"The requested resource does not exist","errorCode":"NOT_FOUND"}]`)
	w.send("PUT", "/query", "").refuses(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	w.send("POST", "/sobjects/Account", "Name=x", "Content-Type", "application/x-www-form-urlencoded").refuses(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	w.send("POST", "/sobjects/Account", `{"Name":`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	w.send("POST", "/sobjects/Account", `{"Name":"x"}{}`).refuses(http.StatusBadRequest, "JSON_PARSER_ERROR")
	w.send("POST", "/sobjects/Account", `x`, "Content-Encoding", "gzip").is(http.StatusBadRequest)
	w.get("/query?q="+strings.Repeat("x", 17_000)).refuses(http.StatusRequestURITooLong, "URI_TOO_LONG")
	w.send("GET", "/limits", "", "X-Long", strings.Repeat("x", 17_000)).refuses(http.StatusRequestHeaderFieldsTooLarge, "REQUEST_HEADER_FIELDS_TOO_LARGE")
}

func TestSpellingsOfClientsAreUnderstood(t *testing.T) {
	w := start(t, Options{})
	w.get("//services/data//v64.0/limits/").is(http.StatusOK)
	w.get("/query/?q=SELECT+Id+FROM+Account").is(http.StatusOK)
	w.send("POST", "/sobjects/account/", `{"Name":"x"}`).is(http.StatusCreated)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(`{"Name":"zipped"}`))
	_ = z.Close()
	id := w.send("POST", "/sobjects/Account", zipped.String(), "Content-Encoding", "gzip").is(http.StatusCreated).member("id")
	w.send("POST", "/sobjects/Account/"+id+"?_HttpMethod=PATCH", `{"Name":"tunneled"}`).is(http.StatusNoContent)
	chunked, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, w.url+"/services/data/v64.0/sobjects/Account/"+id, struct{ io.Reader }{strings.NewReader(`{"Name":"patched"}`)})
	if err != nil {
		t.Fatal(err)
	}
	chunked.Header = http.Header{"Authorization": {"Bearer " + w.token}, "Content-Type": {"application/json; charset=utf-8"}}
	if a, err := w.perform(chunked); err != nil || a.status != http.StatusNoContent {
		t.Errorf("a chunked body: %v %d %s", err, a.status, a.body)
	}
	w.send("GET", "/sobjects/Account/"+id[:15]+"?fields=Name", "", "Authorization", "OAuth "+w.token).is(http.StatusOK).
		says(`{"attributes":{"type":"Account","url":"/services/data/v64.0/sobjects/Account/` + id + `"},"Name":"patched","Id":"` + id + `"}`)
}

func TestAnswersAreCompressedForThoseWhoTakeIt(t *testing.T) {
	w := start(t, Options{})
	a := w.send("GET", "/limits", "", "Accept-Encoding", "gzip").is(http.StatusOK)
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", a.header)
	}
	if _, err := gzip.NewReader(strings.NewReader(a.body)); err != nil {
		t.Error(err)
	}
}

func TestSessionsEndWhenTheyAreNotUsed(t *testing.T) {
	w := start(t, Options{SessionLife: time.Hour})
	w.now = w.now.Add(50 * time.Minute)
	w.get("/limits").is(http.StatusOK)
	w.now = w.now.Add(50 * time.Minute)
	w.get("/limits").is(http.StatusOK)
	w.now = w.now.Add(61 * time.Minute)
	w.get("/limits").refuses(http.StatusUnauthorized, "INVALID_SESSION_ID")
	w.login()
	w.get("/limits").is(http.StatusOK)
	w.server.ExpireSessions()
	w.get("/limits").refuses(http.StatusUnauthorized, "INVALID_SESSION_ID")
}

func TestCallsAreCountedAgainstTheDailyLimit(t *testing.T) {
	w := start(t, Options{DailyAPIRequests: 4})
	w.get("/services/data/")
	if got := w.get("/limits").header.Get("Sforce-Limit-Info"); got != "api-usage=1/4" {
		t.Errorf("after one call: %s", got)
	}
	w.get("/nowhere").is(http.StatusNotFound)
	body := `{"batchRequests":[{"method":"GET","url":"v64.0/limits"},{"method":"GET","url":"v64.0/limits"},{"method":"GET","url":"v64.0/limits"}]}`
	a := w.send("POST", "/composite/batch", body).is(http.StatusOK)
	if got := a.header.Get("Sforce-Limit-Info"); got != "api-usage=4/4" {
		t.Errorf("after a batch of three: %s", got)
	}
	w.get("/limits").refuses(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED")
	if w.server.TotalCalls() != 4 || w.server.Calls()["batch"] != 3 {
		t.Errorf("%d calls: %v", w.server.TotalCalls(), w.server.Calls())
	}
	w.now = w.now.Add(25 * time.Hour)
	w.login()
	if daily := w.get("/limits").is(http.StatusOK).object()["DailyApiRequests"].(map[string]any); fmt.Sprint(daily["Remaining"]) != "3" {
		t.Errorf("a day later: %v", daily)
	}
}

func TestTheDateIsThatOfTheOrg(t *testing.T) {
	w := start(t, Options{})
	if got := w.get("/limits").header.Get("Date"); got != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("Date: %s", got)
	}
}
