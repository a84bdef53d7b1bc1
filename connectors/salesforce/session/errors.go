package session

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"crosswalk/connectors"
)

// ErrOutcomeUnknown says that a request was sent and its reply was lost, so
// that it may or may not have been carried out. It is never repeated blindly.
var ErrOutcomeUnknown = errors.New("the reply was lost, so it may or may not have been done")

// APIError is a refusal by Salesforce, the cause of a connectors.Error.
type APIError struct {
	Status  int      // of HTTP
	Code    string   // INVALID_FIELD, ...; "HTTP 502" if the reply names none
	Message string   // as Salesforce wrote it. It may quote data, so Error shows it only where it cannot
	Fields  []string // the fields it is about, if any
}

func (e *APIError) Error() string {
	text := e.Code
	if said := e.harmless(); said != "" {
		text += ": " + said
	}
	if len(e.Fields) > 0 {
		text += " (" + strings.Join(e.Fields, ", ") + ")"
	}
	return text
}

// harmless is the message if it speaks of names alone, and not of data.
func (e *APIError) harmless() string {
	message := e.Message
	switch e.Code {
	case "INVALID_FIELD":
		// The message quotes the whole query; the fault stands at its end.
		at := strings.Index(message, "No such column")
		if at < 0 {
			return ""
		}
		message, _, _ = strings.Cut(message[at:], ". ")
	case "INVALID_TYPE":
		at := strings.Index(message, "sObject type")
		if at < 0 {
			return ""
		}
		message, _, _ = strings.Cut(message[at:], ". ")
	case "REQUIRED_FIELD_MISSING", "REQUEST_LIMIT_EXCEEDED":
	default:
		if e.Code != strings.ToLower(e.Code) { // OAuth's codes are in lower case, and its texts are fixed
			return ""
		}
	}
	const most = 200
	if len(message) > most {
		message = strings.ToValidUTF8(message[:most], "") + "…"
	}
	return strings.Join(strings.Fields(message), " ")
}

// quota says that there is no more of what is counted by the hour or the day.
func (e *APIError) quota() bool {
	return e.Code == "LOGIN_RATE_EXCEEDED" || e.Code == "REQUEST_LIMIT_EXCEEDED" && !strings.Contains(e.Message, "Concurrent")
}

// refusal is the failure of a try that the platform, or something before it,
// answered with an error.
func (s *Session) refusal(r request, resp *http.Response, text []byte) *failure {
	cause := parse(resp.StatusCode, text)
	class, advice := classify(cause, r.login)
	if r.login {
		for _, secret := range s.config.Auth.secrets() {
			if secret != "" {
				cause.Message = strings.ReplaceAll(cause.Message, secret, "***")
			}
		}
	}
	err := error(cause)
	if advice != "" {
		err = fmt.Errorf("%w; %s", cause, advice)
	}
	fail := &failure{
		err:     s.failed(r, class, err),
		refused: cause.Status < 500 || cause.Code == "SERVER_UNAVAILABLE",
		expired: cause.Code == "INVALID_SESSION_ID" || cause.Status == http.StatusUnauthorized,
	}
	if class == connectors.Transient || class == connectors.Throttled {
		fail.err.Wait = retryAfter(resp)
	}
	if cause.quota() {
		fail.err.Wait = max(fail.err.Wait, quotaWait)
	}
	return fail
}

// codeForm keeps out what stands in the place of a code and is none.
var codeForm = regexp.MustCompile(`^[A-Za-z_]{1,60}$`)

// parse reads a refusal in any of the forms in which they come: the array of
// REST, the object of OAuth, the fault of SOAP, or a page of something else.
func parse(status int, text []byte) *APIError {
	e := &APIError{Status: status, Code: "HTTP " + strconv.Itoa(status)}
	type item struct {
		Code     string   `json:"errorCode"`
		Message  string   `json:"message"`
		Fields   []string `json:"fields"`
		OAuth    string   `json:"error"`
		OAuthSay string   `json:"error_description"`
	}
	var items []item
	if json.Unmarshal(text, &items) != nil {
		var one item
		if json.Unmarshal(text, &one) == nil {
			items = []item{one}
		}
	}
	if len(items) > 0 {
		first := items[0]
		e.Message, e.Fields = first.Message, first.Fields
		if codeForm.MatchString(first.Code) {
			e.Code = first.Code
		} else if codeForm.MatchString(first.OAuth) {
			e.Code, e.Message = first.OAuth, first.OAuthSay
		}
		return e
	}
	var fault struct {
		Code    string `xml:"Body>Fault>faultcode"`
		Message string `xml:"Body>Fault>faultstring"`
	}
	if xml.Unmarshal(text, &fault) == nil {
		if code := fault.Code[strings.LastIndexByte(fault.Code, ':')+1:]; codeForm.MatchString(code) {
			e.Code, e.Message = code, fault.Message
		}
	}
	return e
}

// retryAfter is how long the server asks to wait; 0 if it does not ask.
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	now, err2 := http.ParseTime(resp.Header.Get("Date")) // by the server's own clock
	if err != nil || err2 != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
