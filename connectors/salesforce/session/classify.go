package session

import (
	"net/http"
	"strings"

	"crosswalk/connectors"
)

// known tells of the refusals whose code says enough what to do about them.
var known = map[string]struct {
	class  connectors.Class
	advice string
}{
	"INVALID_SESSION_ID":                        {connectors.Denied, "a new login did not help; may this user use the API?"},
	"API_DISABLED_FOR_ORG":                      {connectors.Denied, "the org's edition or this user's profile lacks the API"},
	"API_CURRENTLY_DISABLED":                    {connectors.Denied, "the API is off for this user; see the permission API Enabled"},
	"INVALID_OPERATION_WITH_EXPIRED_PASSWORD":   {connectors.Denied, "this user's password has expired; set a new one"},
	"FUNCTIONALITY_NOT_ENABLED":                 {connectors.Missing, "it has to be enabled in the org first"},
	"NOT_FOUND":                                 {connectors.Missing, "is the object enabled in the org, and may this user see it?"},
	"INVALID_TYPE":                              {connectors.Missing, "is the object enabled in the org, and may this user see it?"},
	"ENTITY_IS_DELETED":                         {connectors.Missing, ""},
	"UNSUPPORTED_API_VERSION":                   {connectors.Missing, "the org does not know this version of the API; set version"},
	"UNABLE_TO_LOCK_ROW":                        {connectors.Transient, "another transaction holds the row"},
	"SERVER_UNAVAILABLE":                        {connectors.Transient, "the org is overloaded or in maintenance"},
	"QUERY_TIMEOUT":                             {connectors.Transient, ""},
	"INVALID_QUERY_LOCATOR":                     {connectors.Unknown, "the result of the query is no longer kept; read again from the start"},
	"INVALID_REPLICATION_DATE":                  {connectors.Unknown, "the org no longer knows what changed so long ago; compare in full"},
	"TXN_SECURITY_METERING_ERROR":               {connectors.Denied, "a security policy of the org stops it"},
	"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":      {connectors.Invalid, ""},
	"INVALID_FIELD_FOR_INSERT_UPDATE":           {connectors.Denied, "may this user write the field?"},
	"INVALID_LOGIN":                             {connectors.Denied, "check user name, password and security token, and whether the user is locked out"},
	"LOGIN_MUST_USE_SECURITY_TOKEN":             {connectors.Denied, "append the security token, or log in from a trusted address"},
	"LOGIN_RATE_EXCEEDED":                       {connectors.Throttled, "this user logged in too often within the hour"},
	"invalid_client_id":                         {connectors.Denied, "check the client id of the connected app"},
	"invalid_client":                            {connectors.Denied, "check client id and client secret of the connected app"},
	"invalid_grant":                             {connectors.Denied, "check user, key and audience, that the app is approved for this user, and this machine's clock"},
	"unsupported_grant_type":                    {connectors.Denied, "the connected app does not allow this way to log in"},
	"server_error":                              {connectors.Transient, ""},
	"temporarily_unavailable":                   {connectors.Transient, ""},
	"OPERATION_NOT_SUPPORTED_FOR_EXTERNAL_USER": {connectors.Denied, ""},
}

// classify says what to do about a refusal.
func classify(e *APIError, login bool) (connectors.Class, string) {
	if e.Code == "REQUEST_LIMIT_EXCEEDED" && e.quota() {
		return connectors.Throttled, "the org's daily API calls are used up; they come back over the next 24 hours"
	}
	if e.Code == "REQUEST_LIMIT_EXCEEDED" {
		return connectors.Throttled, "too many long calls run at once"
	}
	if e.Code == "INVALID_SESSION_ID" && strings.Contains(e.Message, "expired") {
		return connectors.Transient, "the session ended right after a new login"
	}
	if e.Code == "INVALID_FIELD" && strings.Contains(e.Message, "No such column") {
		return connectors.Missing, "does the field exist, and may this user see it?"
	}
	if k, ok := known[e.Code]; ok {
		return k.class, k.advice
	}
	if strings.HasPrefix(e.Code, "INSUFFICIENT_ACCESS") {
		return connectors.Denied, "this user lacks the right; see its permission sets"
	}
	return byStatus(e.Status, login)
}

func byStatus(status int, login bool) (connectors.Class, string) {
	switch {
	case status == http.StatusMultipleChoices:
		return connectors.Invalid, "the external id fits several records; merge them first"
	case status < 400:
		return connectors.Unknown, "the org's address has moved; set url to its present one"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return connectors.Denied, "may this user do that?"
	case status == http.StatusNotFound:
		return connectors.Missing, "check the url"
	case status == http.StatusGone:
		return connectors.Missing, "this version of the API is retired; set version to a newer one"
	case status == 420: // of the platform's edge: no route to the host
		return connectors.Missing, "there is no org at this address; check the url"
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return connectors.Conflict, ""
	case status == http.StatusTooManyRequests:
		return connectors.Throttled, "too many calls"
	case status == http.StatusRequestTimeout, status >= 500:
		return connectors.Transient, "the org or something before it is in trouble"
	case login:
		return connectors.Denied, "check the credentials"
	}
	return connectors.Invalid, ""
}
