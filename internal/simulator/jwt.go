package simulator

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// assertionLife is how far ahead an assertion may end; clockTolerance is how
// far the clocks of client and org may differ in that.
const (
	assertionLife  = 5 * time.Minute
	clockTolerance = 30 * time.Second
)

// claims are what an assertion says. Clients write the end as a number or as
// a text.
type claims struct {
	Issuer   string  `json:"iss"`
	Subject  string  `json:"sub"`
	Audience string  `json:"aud"`
	Expires  seconds `json:"exp"`
}

// seconds is a Unix time in JSON, quoted or not.
type seconds int64

func (s *seconds) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	*s = seconds(n)
	return err
}

// assertion checks a JWT by which a client asks for a session of a user.
func (s *Server) assertion(token, base string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return &grantError{"invalid_grant", "invalid assertion"}
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claimed claims
	if claim(parts[0], &header) != nil || claim(parts[1], &claimed) != nil {
		return &grantError{"invalid_grant", "invalid assertion"}
	}
	end, now := time.Unix(int64(claimed.Expires), 0), s.clock.Now()
	switch {
	case claimed.Issuer == "" || claimed.Issuer != s.credentials.ClientID:
		return &grantError{"invalid_client_id", "client identifier invalid"}
	case header.Algorithm != "RS256":
		return &grantError{"invalid_grant", "algorithm is not RS256"}
	case !s.signed(parts):
		return &grantError{"invalid_grant", "invalid assertion"}
	case claimed.Subject != s.credentials.Username:
		return &grantError{"invalid_grant", "user hasn't approved this consumer"}
	case !slices.Contains([]string{"https://login.salesforce.com", "https://test.salesforce.com", base}, strings.TrimSuffix(claimed.Audience, "/")):
		return &grantError{"invalid_grant", "audience is invalid"}
	case now.After(end.Add(clockTolerance)):
		return &grantError{"invalid_grant", "expired assertion"}
	case end.After(now.Add(assertionLife + clockTolerance)):
		return &grantError{"invalid_grant", "assertion ends too far ahead"}
	}
	return nil
}

// signed reports whether the registered key made the signature.
func (s *Server) signed(parts []string) bool {
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || s.credentials.PublicKey == nil {
		return false
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return rsa.VerifyPKCS1v15(s.credentials.PublicKey, crypto.SHA256, sum[:], signature) == nil
}

// claim decodes one part of a JWT.
func claim(text string, into any) error {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
