package session

import "errors"

// ErrOutcomeUnknown says that a request was sent and its reply was lost, so
// that it may or may not have been carried out. It is never repeated blindly.
var ErrOutcomeUnknown = errors.New("the reply was lost, so it may or may not have been done")

// APIError is a refusal by Salesforce, the cause of a connectors.Error.
type APIError struct {
	Status  int      // of HTTP
	Code    string   // INVALID_FIELD, ...
	Message string   // as Salesforce wrote it; it may quote data, so Error does not show it
	Fields  []string // the fields it is about, if any
}

func (e *APIError) Error() string { return e.Code }
