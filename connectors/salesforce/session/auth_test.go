package session_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

// host answers every request of a session, whatever its address, so that tests
// can use the real names of hosts.
type host func(r *http.Request, body string) (int, string)

func (h host) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	code, text := h(r, string(body))
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

const granted = `{"access_token":"t","instance_url":"https://acme.my.salesforce.com","id":"https://login.salesforce.com/id/00D/005000000000001AAA"}`

func privateKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func TestJWTIsSignedForTheLoginHost(t *testing.T) {
	key, text := privateKey(t)
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ url, set, want string }{
		{"https://acme.my.salesforce.com/", "", "https://login.salesforce.com"},
		{"https://login.salesforce.com", "", "https://login.salesforce.com"},
		{"https://test.salesforce.com", "", "https://test.salesforce.com"},
		{"https://acme--uat.sandbox.my.salesforce.com", "", "https://test.salesforce.com"},
		{"https://acme.my.salesforce.com", "https://acme.my.site.com", "https://acme.my.site.com"},
	} {
		var form url.Values
		transport := host(func(r *http.Request, body string) (int, string) {
			form, _ = url.ParseQuery(body)
			if r.Header.Get("Authorization") != "" || r.URL.String() != strings.TrimRight(c.url, "/")+"/services/oauth2/token" {
				t.Errorf("asked at %s", r.URL)
			}
			return 200, granted
		})
		s, err := session.Open(t.Context(), session.Config{URL: c.url, Auth: session.JWT{ClientID: "app", Username: "jane", PrivateKey: text, Audience: c.set}},
			session.Options{Transport: transport, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if s.UserID() != "005000000000001AAA" {
			t.Errorf("the user is %s", s.UserID())
		}
		parts := strings.Split(form.Get("assertion"), ".")
		signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
			t.Error(err)
		}
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"iss": "app", "sub": "jane", "aud": c.want, "exp": float64(now.Unix() + 180)}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Error(c.url, diff)
		}
	}
}

func TestSOAPLoginEscapesWhatItIsGiven(t *testing.T) {
	auth := session.Password{Username: `<j&ne>@"acme"`, Password: `p<&>"'`, Token: `t<&>`}
	var got struct {
		User     string `xml:"Body>login>username"`
		Password string `xml:"Body>login>password"`
	}
	transport := host(func(r *http.Request, body string) (int, string) {
		if strings.HasPrefix(r.URL.Path, "/services/data") {
			if r.URL.Host != "acme.my.salesforce.com" || r.Header.Get("Authorization") != "Bearer soap-token" {
				t.Errorf("called %s with %s", r.URL, r.Header.Get("Authorization"))
			}
			return 200, `{}`
		}
		if r.URL.String() != "https://login.salesforce.com/services/Soap/u/64.0" || r.Header.Get("Content-Type") != "text/xml" || r.Header.Get("SOAPAction") != "login" {
			t.Errorf("asked at %s with %v", r.URL, r.Header)
		}
		if err := xml.Unmarshal([]byte(body), &got); err != nil {
			t.Error(err)
		}
		return 200, soapReply("https://acme.my.salesforce.com")
	})
	s, err := session.Open(t.Context(), session.Config{URL: "https://login.salesforce.com", Auth: auth}, session.Options{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	if got.User != auth.Username || got.Password != auth.Password+auth.Token {
		t.Errorf("sent %+v", got)
	}
	if err := s.JSON(t.Context(), "GET", "limits", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestARefusedLoginSaysWhatToCheckAndNoSecret(t *testing.T) {
	_, key := privateKey(t)
	jwt := session.JWT{ClientID: "app", Username: "jane", PrivateKey: key}
	password := session.Password{Username: "jane", Password: "s3cret", Token: "t0ken"}
	fault := func(code string) string {
		return `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault><faultcode>sf:` + code +
			`</faultcode><faultstring>` + code + `: for s3cret</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>`
	}
	for _, c := range []struct {
		name   string
		auth   session.Auth
		status int
		body   string
		class  connectors.Class
		want   string
	}{
		{"an unknown app", app, 400, `{"error":"invalid_client_id","error_description":"client identifier invalid"}`, connectors.Denied, "check the client id"},
		{"a wrong secret", app, 401, `{"error":"invalid_client","error_description":"invalid client credentials s3cret"}`, connectors.Denied, "check client id and client secret"},
		{"a user who did not approve", jwt, 400, `{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}`, connectors.Denied, "user hasn't approved this consumer"},
		{"a grant that is off", app, 400, `{"error":"unsupported_grant_type"}`, connectors.Denied, "does not allow"},
		{"another refusal", app, 400, `{"error":"inactive_org"}`, connectors.Denied, "check the credentials"},
		{"a wrong password", password, 500, fault("INVALID_LOGIN"), connectors.Denied, "security token"},
		{"a right that is missing", password, 500, fault("INSUFFICIENT_ACCESS"), connectors.Denied, "lacks the right"},
		{"a retired version", password, 500, fault("UNSUPPORTED_API_VERSION"), connectors.Missing, "set version"},
		{"a fault of the org", password, 500, fault("UNKNOWN_EXCEPTION"), connectors.Transient, "trouble"},
		{"a page", app, 200, html, connectors.Transient, "not JSON"},
		{"a page for SOAP", password, 200, html, connectors.Unknown, "check the url"},
		{"no token", app, 200, `{}`, connectors.Unknown, "no token"},
		{"an address in the clear", app, 200, `{"access_token":"t","instance_url":"http://acme.my.salesforce.com"}`, connectors.Denied, "no safe address"},
		{"no address", app, 200, `{"access_token":"t"}`, connectors.Denied, "no safe address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fake{}
			_, err := session.Open(t.Context(), session.Config{URL: "https://acme.my.salesforce.com", Auth: c.auth},
				session.Options{Transport: host(func(*http.Request, string) (int, string) { return c.status, c.body }), Wait: f.wait})
			if connectors.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", connectors.ClassOf(err), err)
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "t0ken") {
				t.Errorf("the message holds a secret: %v", err)
			}
		})
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	_, key := privateKey(t)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(elliptic)
	if err != nil {
		t.Fatal(err)
	}
	const acme = "https://acme.my.salesforce.com"
	for _, c := range []struct {
		config session.Config
		want   string
	}{
		{session.Config{Auth: app}, "url: want"},
		{session.Config{URL: "acme.my.salesforce.com", Auth: app}, "url: want"},
		{session.Config{URL: acme + "/services", Auth: app}, "url: want"},
		{session.Config{URL: "https://user:pass@acme.my.salesforce.com", Auth: app}, "url: want"},
		{session.Config{URL: "http://acme.my.salesforce.com", Auth: app}, "not https"},
		{session.Config{URL: acme, Auth: app, Version: "v64.0"}, "version"},
		{session.Config{URL: acme, Auth: app, Budget: 1.5}, "budget"},
		{session.Config{URL: acme, Auth: app, Budget: -1}, "budget"},
		{session.Config{URL: acme}, "auth"},
		{session.Config{URL: "https://login.salesforce.com", Auth: app}, "the org's own host"},
		{session.Config{URL: acme, Auth: session.ClientCredentials{ClientID: "app"}}, "client secret"},
		{session.Config{URL: acme, Auth: session.JWT{Username: "jane", PrivateKey: key}}, "client id"},
		{session.Config{URL: acme, Auth: session.JWT{ClientID: "app", Username: "jane", PrivateKey: "s3cret"}}, "want PEM"},
		{session.Config{URL: acme, Auth: session.JWT{ClientID: "app", Username: "jane", PrivateKey: "-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----\n"}}, "want an RSA key"},
		{session.Config{URL: acme, Auth: session.JWT{ClientID: "app", Username: "jane", PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}}, "RS256 only"},
		{session.Config{URL: acme, Auth: session.Password{Username: "jane"}}, "password"},
		{session.Config{URL: acme, Version: "65.0", Auth: session.Password{Username: "jane", Password: "p"}}, "64.0"},
	} {
		_, err := session.Open(t.Context(), c.config, session.Options{Transport: host(func(*http.Request, string) (int, string) {
			t.Error("a call")
			return 500, ""
		})})
		if connectors.ClassOf(err) != connectors.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestAnExpiredSessionIsRenewedOnce(t *testing.T) {
	f := newFake(t, status(401, refusal("INVALID_SESSION_ID")))
	err := f.open(t).JSON(t.Context(), "POST", "sobjects/Account", map[string]string{}, nil)
	if connectors.ClassOf(err) != connectors.Denied || len(f.seen().calls) != 2 || f.seen().logins != 2 {
		t.Errorf("%d calls, %d logins, %v", len(f.seen().calls), f.seen().logins, err)
	}
}

func TestASessionThatDoesNotLastMayDoSoLater(t *testing.T) {
	f := newFake(t, status(401, `[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`))
	err := f.open(t).JSON(t.Context(), "GET", "limits", nil, nil)
	if connectors.ClassOf(err) != connectors.Transient || len(f.seen().calls) != 2 || f.seen().logins != 2 {
		t.Errorf("%d calls, %d logins, %v", len(f.seen().calls), f.seen().logins, err)
	}
}

func TestARefusedRenewalIsFinal(t *testing.T) {
	logins := 0
	var mu sync.Mutex
	transport := host(func(r *http.Request, _ string) (int, string) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/services/oauth2/token" {
			return 401, refusal("INVALID_SESSION_ID")
		}
		if logins++; logins > 1 {
			return 400, `{"error":"invalid_grant"}`
		}
		return 200, granted
	})
	s, err := session.Open(t.Context(), session.Config{URL: "https://acme.my.salesforce.com", Auth: app}, session.Options{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if err := s.JSON(t.Context(), "GET", "limits", nil, nil); connectors.ClassOf(err) != connectors.Denied {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if logins != 2 {
		t.Errorf("%d logins: a user would be locked out", logins)
	}
}
