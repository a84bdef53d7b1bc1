package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"crosswalk/internal/simulator/org"
)

// reply is what a resource answers. The server writes it, or a composite
// request puts it into its own.
type reply struct {
	status int
	header http.Header
	body   []byte // JSON; nil for none
}

// ok answers 200 with a document.
func ok(v any) reply { return document(http.StatusOK, v) }

func document(status int, v any) reply { return reply{status: status, body: encode(v)} }

// encode writes JSON without escaping for HTML. Every document is made of
// plain values, so it cannot fail.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("simulator: %v", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// write sends a reply.
func (a reply) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone needs no answer
}

// refusal is a request that is not carried out.
type refusal struct {
	status  int
	code    string
	message string
	fields  []string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// problem is one member of the array with which REST tells what is wrong.
type problem struct {
	Message string   `json:"message"`
	Code    string   `json:"errorCode"`
	Fields  []string `json:"fields,omitempty"`
}

// failed answers an error in the form of REST.
func failed(err error) reply {
	var r *refusal
	var o *org.Error
	switch {
	case errors.As(err, &r):
	case errors.As(err, &o):
		r = &refusal{statusOf(o.Code), o.Code, o.Message, o.Fields}
	default:
		r = refuse(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", "%v", err)
	}
	return document(r.status, []problem{{r.message, r.code, r.fields}})
}

// statusOf is the HTTP status that goes with a code of the org.
func statusOf(code string) int {
	switch {
	case code == "NOT_FOUND" || code == "ENTITY_IS_DELETED":
		return http.StatusNotFound
	case strings.HasPrefix(code, "INSUFFICIENT_ACCESS"):
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

func notAllowed(method, allowed string) error {
	return refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "HTTP Method '%s' not allowed. Allowed are %s", method, allowed)
}

var (
	errNotFound = refuse(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist")
	errSession  = refuse(http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid")
	errLimit    = refuse(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
)
