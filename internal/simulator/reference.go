package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// decoded is a JSON document as plain values; nil if there is none.
func decoded(body []byte) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	_ = d.Decode(&v) // only an empty body fails
	return v
}

// reference finds @{part.member[0].member}.
var reference = regexp.MustCompile(`@\{[^}]+\}`)

// fill replaces the references of a text by what earlier parts answered.
func fill(text string, known map[string]any) (string, error) {
	var failure error
	filled := reference.ReplaceAllStringFunc(text, func(found string) string {
		value, err := lookUp(known, found[2:len(found)-1])
		if err != nil {
			failure = err
		}
		return value
	})
	return filled, failure
}

// fillBody replaces references in the texts of a document.
func fillBody(body []byte, known map[string]any) ([]byte, error) {
	filled, err := fillValue(decoded(body), known)
	if err != nil {
		return nil, err
	}
	return encode(filled), nil
}

func fillValue(v any, known map[string]any) (any, error) {
	var err error
	switch v := v.(type) {
	case string:
		return fill(v, known)
	case []any:
		for i := range v {
			if v[i], err = fillValue(v[i], known); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = fillValue(v[name], known); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// lookUp follows a reference such as newAccount.id or found.records[0].Id.
func lookUp(known map[string]any, path string) (string, error) {
	missing := refuse(http.StatusBadRequest, "PROCESSING_HALTED", "Invalid reference specified. No value for %s found", path)
	var at any = known
	for step := range strings.SplitSeq(strings.ReplaceAll(path, "[", ".["), ".") {
		switch here := at.(type) {
		case map[string]any:
			at = here[step]
		case []any:
			i, err := strconv.Atoi(strings.Trim(step, "[]"))
			if err != nil || i < 0 || i >= len(here) {
				return "", missing
			}
			at = here[i]
		}
		if at == nil {
			return "", missing
		}
	}
	switch at.(type) {
	case map[string]any, []any:
		return "", missing
	}
	return fmt.Sprint(at), nil
}
