package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// grantError is what the token endpoint says no with: an object, where every
// other resource of REST gives an array.
type grantError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (e *grantError) Error() string { return e.Code + ": " + e.Description }

// grant is what the token endpoint says yes with. It tells no end: a session
// ends when the org says so.
type grant struct {
	AccessToken    string `json:"access_token"`
	Signature      string `json:"signature"`
	TokenFormat    string `json:"token_format"`
	Scope          string `json:"scope"`
	InstanceURL    string `json:"instance_url"`
	ID             string `json:"id"`
	TokenType      string `json:"token_type"`
	IssuedAt       string `json:"issued_at"`
	APIInstanceURL string `json:"api_instance_url"`
}

// token answers POST /services/oauth2/token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		failed(notAllowed(r.Method, http.MethodPost)).write(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	err := s.authenticate(r)
	var refused *grantError
	if errors.As(err, &refused) {
		document(http.StatusBadRequest, refused).write(w)
		return
	}
	w.Header().Set("Cache-Control", "no-cache, no-store")
	s.grant(r).write(w)
}

// authenticate checks what a client shows. Its error is a *grantError.
func (s *Server) authenticate(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &grantError{"invalid_request", "the form cannot be read"}
	}
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
		if user, password, basic := r.BasicAuth(); basic {
			id, secret = user, password
		}
		return s.clientCredentials(id, secret)
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		return s.assertion(r.PostForm.Get("assertion"), baseURL(r))
	case "":
		return &grantError{"invalid_request", "grant_type is missing"}
	}
	return &grantError{"unsupported_grant_type", "grant type not supported"}
}

func (s *Server) clientCredentials(id, secret string) error {
	switch {
	case id == "" || id != s.credentials.ClientID:
		return &grantError{"invalid_client_id", "client identifier invalid"}
	case subtle.ConstantTimeCompare([]byte(secret), []byte(s.credentials.ClientSecret)) != 1:
		return &grantError{"invalid_client", "invalid client credentials"}
	}
	return nil
}

// grant opens a session.
func (s *Server) grant(r *http.Request) reply {
	base := baseURL(r)
	id := base + "/id/" + s.org.ID() + "/" + s.org.User()
	issued := strconv.FormatInt(s.clock.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(s.credentials.ClientSecret))
	mac.Write([]byte(id + issued))
	return ok(grant{
		AccessToken: s.sessions.open(), Signature: base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		TokenFormat: "opaque", Scope: "api", InstanceURL: base, ID: id, TokenType: "Bearer", IssuedAt: issued, APIInstanceURL: base,
	})
}

// userinfo answers GET /services/oauth2/userinfo.
func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) {
	if !s.sessions.use(bearer(r)) {
		http.Error(w, "Bad_OAuth_Token", http.StatusForbidden)
		return
	}
	base := baseURL(r)
	ok(map[string]any{
		"sub": base + "/id/" + s.org.ID() + "/" + s.org.User(), "user_id": s.org.User(), "organization_id": s.org.ID(),
		"preferred_username": s.credentials.Username, "nickname": userName, "name": userName, "email": s.credentials.Username,
		"email_verified": true, "active": true, "user_type": "STANDARD", "language": "en_US", "locale": "en_US", "utcOffset": 0,
		"urls": map[string]string{"rest": base + "/services/data/v{version}/", "sobjects": base + "/services/data/v{version}/sobjects/"},
	}).write(w)
}

// bearer is the access token of a request, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "OAuth") {
		return ""
	}
	return strings.TrimSpace(token)
}

// baseURL is the org as the client reached it.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
