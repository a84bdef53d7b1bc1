package bulk

import (
	"encoding/json"
	"errors"
	"net/http"
)

// A refusal is an answer to a whole request.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func refuse(status int, code, message string) *refusal {
	return &refusal{status: status, code: code, message: message}
}

// answerError writes a refusal as Salesforce writes it: an array of one.
func answerError(w http.ResponseWriter, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = refuse(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", err.Error())
	}
	answer(w, r.status, []struct {
		Code    string `json:"errorCode"`
		Message string `json:"message"`
	}{{r.code, r.message}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	// The client is gone if this fails, and nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
