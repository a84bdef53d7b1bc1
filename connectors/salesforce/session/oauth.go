package session

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"crosswalk/connectors"
)

const tokenPath = "/services/oauth2/token"

func (a ClientCredentials) login(ctx context.Context, s *Session) (grant, error) {
	return s.oauth(ctx, url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.ClientSecret}})
}

func (a JWT) login(ctx context.Context, s *Session) (grant, error) {
	assertion, err := a.assertion(s.config.URL, s.now())
	if err != nil {
		return grant{}, connectors.Errorf(connectors.Denied, "log in", s.config.URL, "%w", err)
	}
	return s.oauth(ctx, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}})
}

// assertion is a JWT signed with RS256. It is good for three minutes: the
// platform takes no more than five, and clocks differ.
func (a JWT) assertion(loginURL string, now time.Time) (string, error) {
	key, err := parseKey(a.PrivateKey)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{
		"iss": a.ClientID, "sub": a.Username, "aud": a.audience(loginURL), "exp": now.Add(3 * time.Minute).Unix(),
	})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + encode(signature), nil
}

// audience is the login host to which an assertion is addressed: production's,
// unless the address shows a sandbox.
func (a JWT) audience(loginURL string) string {
	if a.Audience != "" {
		return a.Audience
	}
	base, _ := url.Parse(loginURL) // Validate has parsed it
	if host := strings.ToLower(base.Hostname()); host == sandbox || strings.HasSuffix(host, ".sandbox.my.salesforce.com") {
		return "https://" + sandbox
	}
	return "https://" + production
}

// oauth asks for a token.
func (s *Session) oauth(ctx context.Context, form url.Values) (grant, error) {
	body := form.Encode()
	resp, err := s.send(ctx, request{
		method: http.MethodPost, path: tokenPath, accept: "application/json",
		contentType: "application/x-www-form-urlencoded", size: int64(len(body)),
		open:  func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil },
		login: true, whole: true, repeatable: true,
	})
	if err != nil {
		return grant{}, err
	}
	defer resp.Body.Close()
	var reply struct {
		Token    string `json:"access_token"`
		Instance string `json:"instance_url"`
		Identity string `json:"id"` // an address that ends with org and user
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return grant{}, connectors.Errorf(connectors.Unknown, "log in", s.config.URL, "the reply is not one of an OAuth token endpoint; check the url")
	}
	return s.granted(reply.Token, reply.Instance, reply.Identity[strings.LastIndexByte(reply.Identity, '/')+1:])
}
