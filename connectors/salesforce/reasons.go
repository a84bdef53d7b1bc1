package salesforce

import (
	"fmt"
	"slices"
	"strings"

	"crosswalk/record"
)

// rowError is why Salesforce refused a row.
type rowError struct {
	Code    string   `json:"statusCode"`
	Message string   `json:"message"`
	Fields  []string `json:"fields"`
}

// parseRowError reads CODE:message:field,field --, as the results of a job
// have it.
func parseRowError(text string) rowError {
	code, rest, _ := strings.Cut(text, ":")
	rest, whole := strings.CutSuffix(strings.TrimSpace(rest), "--")
	e := rowError{Code: strings.TrimSpace(code), Message: strings.TrimSpace(rest)}
	if at := strings.LastIndexByte(rest, ':'); whole && at >= 0 {
		e.Message = strings.TrimSpace(rest[:at])
		e.Fields = strings.FieldsFunc(rest[at+1:], func(r rune) bool { return r == ',' || r == ' ' })
	}
	return e
}

// remedies tell what to do about a refusal.
var remedies = map[string]string{
	"REQUIRED_FIELD_MISSING":                        "fill it in the mapping",
	"STRING_TOO_LONG":                               "shorten it in the mapping",
	"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST":       "add the value to the picklist in Setup, or map it to one that is there",
	"INVALID_FIELD_FOR_INSERT_UPDATE":               "this user may not write it, or it is fixed once the record is made",
	"DUPLICATE_VALUE":                               "another record has this value in a unique field: find out which of the two is right",
	"DUPLICATE_EXTERNAL_ID":                         "several records have this external id: merge them, and mark the field as unique",
	"DUPLICATES_DETECTED":                           "a duplicate rule of the org takes it for a copy of another record: merge them, or let the rule pass this user",
	"INVALID_CROSS_REFERENCE_KEY":                   "the record that it refers to is missing or not to be seen: write the parents first",
	"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "this user may not use the record that it refers to: share it with the user",
	"INSUFFICIENT_ACCESS_OR_READONLY":               "this user may not write the record: give the permission, or share it with the user",
	"FIELD_CUSTOM_VALIDATION_EXCEPTION":             "a validation rule of the org refuses it",
	"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":          "a trigger or flow of the org refuses it",
	"FIELD_INTEGRITY_EXCEPTION":                     "the fields contradict each other or what the record stands on",
	"FAILED_ACTIVATION":                             "an order is activated when its items stand, and fixed from then on",
	"DELETE_FAILED":                                 "other records stand on it: delete them first",
	"STORAGE_LIMIT_EXCEEDED":                        "the storage of the org is full",
	"NUMBER_OUTSIDE_VALID_RANGE":                    "the number has too many digits for the field",
	"INVALID_TYPE_ON_FIELD_IN_RECORD":               "the value is not of the type of the field",
	"INVALID_EMAIL_ADDRESS":                         "correct the address, or leave it out",
	"MALFORMED_ID":                                  "an id has 15 or 18 characters",
}

// passing are the refusals that may be over at the next try.
var passing = []string{"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"}

// refuse settles row i, which Salesforce did not take, or leaves it open for
// another round.
func (w *work) refuse(i int, all []rowError) {
	if len(all) == 0 {
		all = []rowError{{Code: "UNKNOWN_EXCEPTION", Message: "Salesforce gives no reason"}}
	}
	first := all[0]
	switch {
	case slices.Contains(passing, first.Code):
		w.postpone(i, first.Code+": others held the row or its parent each time it was tried: make a new plan when they are done")
	case first.Code == "DUPLICATE_VALUE" && w.wait[i].lost:
		// It may be the row of the request whose reply was lost: read again.
	case first.Code == "ENTITY_IS_DELETED":
		w.postpone(i, "the record was deleted meanwhile: make a new plan")
	default:
		var reasons []string
		for _, e := range all {
			reasons = append(reasons, w.explain(e))
		}
		w.reject(i, strings.Join(reasons, "; "))
	}
}

// postpone leaves row i open. If a reply about it was lost before, that request
// may still be the one that holds it, so the doubt stays.
func (w *work) postpone(i int, reason string) {
	if before := w.wait[i]; !before.lost {
		w.wait[i] = wait{reason: reason}
	}
}

// explain tells what Salesforce refused and what to do. Its message may quote
// values, so it is left out where that could show a masked one.
func (w *work) explain(e rowError) string {
	text := e.Code
	if len(e.Fields) > 0 && !slices.ContainsFunc(e.Fields, func(name string) bool { return !w.table.has(name) }) {
		text += " in " + strings.Join(e.Fields, ", ")
	}
	if message := strings.Join(strings.Fields(e.Message), " "); message != "" && !w.masked(e.Fields) {
		text += ": " + short(message, 300)
	}
	remedy := remedies[e.Code]
	if strings.HasPrefix(e.Message, "Foreign key external ID") {
		remedy = "its parent is not there: write the parents first"
	}
	if remedy != "" {
		text += "; " + remedy
	}
	return text
}

// masked reports whether a message about these fields could show a masked
// value: of one of them, or of any, if it names none that the object has.
func (w *work) masked(fields []string) bool {
	fields = slices.DeleteFunc(slices.Clone(fields), func(name string) bool { return !w.table.has(name) })
	for _, f := range w.Rows.Schema.Fields {
		of := len(fields) == 0 || slices.ContainsFunc(fields, func(name string) bool {
			return strings.EqualFold(name, f.Name) || strings.HasPrefix(f.Name, strings.TrimSuffix(name, "Id")+".")
		})
		if f.Masked && of {
			return true
		}
	}
	return false
}

// show names a field and, unless it is masked, a value of it.
func (w *work) show(field int, v record.Value) string {
	f := w.Rows.Schema.Fields[field]
	if f.Masked || v.IsNull() || v.Kind() == record.KindAbsent {
		return f.Name
	}
	return fmt.Sprintf("%s %q", f.Name, short(v.String(), 60))
}

// short cuts a text down to what fits in a message.
func short(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
