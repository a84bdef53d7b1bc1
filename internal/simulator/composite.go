package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Limits of composite requests.
const (
	maxParts = 25
	maxHeavy = 5 // of them queries and collections
)

// part is one request within a composite request.
type part struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Reference string            `json:"referenceId"`
	Headers   map[string]string `json:"httpHeaders"`
	Body      json.RawMessage   `json:"body"`
}

// partAnswer is the answer to one part.
type partAnswer struct {
	Body      json.RawMessage   `json:"body"`
	Headers   map[string]string `json:"httpHeaders"`
	Status    int               `json:"httpStatusCode"`
	Reference string            `json:"referenceId"`
}

// composite answers POST composite: parts in order, each of which may refer to
// the answers before it. It counts as one call.
func (s *Server) composite(c *call) (reply, error) {
	var body struct {
		AllOrNone bool   `json:"allOrNone"`
		Parts     []part `json:"compositeRequest"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if err := checkParts(body.Parts); err != nil {
		return reply{}, err
	}
	if body.AllOrNone {
		c.undone = &undo{}
	}
	answers := make([]partAnswer, 0, len(body.Parts))
	known := map[string]any{}
	for i, p := range body.Parts {
		a := s.part(c, p, known)
		answers = append(answers, p.answered(a))
		if a.status < http.StatusMultipleChoices {
			known[p.Reference] = decoded(a.body)
			continue
		}
		if body.AllOrNone {
			answers = haltAll(body.Parts, answers, i)
			if err := c.undone.run(s, c); err != nil {
				return reply{}, err
			}
			break
		}
	}
	return ok(map[string]any{"compositeResponse": answers}), nil
}

func checkParts(parts []part) error {
	if len(parts) == 0 || len(parts) > maxParts {
		return refuse(http.StatusBadRequest, "LIMIT_EXCEEDED", "a composite request has 1 to %d parts", maxParts)
	}
	heavy := 0
	seen := map[string]bool{}
	for _, p := range parts {
		if p.Reference == "" || seen[p.Reference] {
			return refuse(http.StatusBadRequest, "INVALID_INPUT", "each part needs a referenceId of its own")
		}
		seen[p.Reference] = true
		lower := strings.ToLower(p.URL)
		if strings.Contains(lower, "/query") || strings.Contains(lower, "/composite/sobjects") {
			heavy++
		}
	}
	if heavy > maxHeavy {
		return refuse(http.StatusBadRequest, "LIMIT_EXCEEDED", "a composite request has at most %d queries and collections", maxHeavy)
	}
	return nil
}

// part carries out one part.
func (s *Server) part(c *call, p part, known map[string]any) reply {
	target, err := fill(p.URL, known)
	if err != nil {
		return failed(err)
	}
	body := []byte(p.Body)
	if len(body) > 0 {
		if body, err = fillBody(body, known); err != nil {
			return failed(err)
		}
	}
	return s.within(c, p.Method, target, p.Headers, body)
}

// within carries out a request that came inside of another one.
func (s *Server) within(c *call, method, target string, headers map[string]string, body []byte) reply {
	u, err := url.Parse(strings.ReplaceAll(target, " ", "%20"))
	if err != nil {
		return failed(errNotFound)
	}
	path, err := split(u.EscapedPath())
	if err != nil {
		return failed(err)
	}
	if under(path, "services", "data") {
		path = path[2:]
	}
	if len(path) == 0 || !strings.EqualFold(path[0], "v"+c.version.String()) {
		return failed(refuse(http.StatusBadRequest, "INVALID_INPUT", "the parts of a request have its version, v%s", c.version))
	}
	header := c.header.Clone()
	for name, value := range headers {
		header.Set(name, value)
	}
	inner := &call{ctx: c.ctx, method: strings.ToUpper(method), version: c.version, path: path[1:], query: u.Query(), header: header, body: body, undone: c.undone}
	if err := s.find(inner); err != nil {
		return failed(err)
	}
	if under(inner.path, "composite") && !under(inner.path, "composite", "sobjects") && !under(inner.path, "composite", "tree") {
		return failed(refuse(http.StatusBadRequest, "INVALID_INPUT", "a composite request cannot be a part of another"))
	}
	a, err := inner.route.handle(inner)
	if err != nil {
		return failed(err)
	}
	return a
}

func (p part) answered(a reply) partAnswer {
	answer := partAnswer{Body: orNull(a.body), Headers: map[string]string{}, Status: a.status, Reference: p.Reference}
	for name := range a.header {
		answer.Headers[name] = a.header.Get(name)
	}
	return answer
}

// haltAll is what a composite says of its parts when one failed and all was
// rolled back.
func haltAll(parts []part, answers []partAnswer, culprit int) []partAnswer {
	halted := failed(refuse(http.StatusBadRequest, "PROCESSING_HALTED", "The transaction was rolled back since another operation in the same transaction failed."))
	all := make([]partAnswer, len(parts))
	for i, p := range parts {
		all[i] = p.answered(halted)
	}
	all[culprit] = answers[culprit]
	return all
}

// batch answers POST composite/batch: independent parts, each of which counts
// as a call.
func (s *Server) batch(c *call) (reply, error) {
	var body struct {
		HaltOnError bool `json:"haltOnError"`
		Parts       []struct {
			Method string          `json:"method"`
			URL    string          `json:"url"`
			Body   json.RawMessage `json:"richInput"`
		} `json:"batchRequests"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if len(body.Parts) == 0 || len(body.Parts) > maxParts {
		return reply{}, refuse(http.StatusBadRequest, "LIMIT_EXCEEDED", "a batch has 1 to %d parts", maxParts)
	}
	if err := s.budget.take(c.route.kind, len(body.Parts)); err != nil {
		return reply{}, err
	}
	type result struct {
		Status int             `json:"statusCode"`
		Result json.RawMessage `json:"result"`
	}
	results := []result{}
	hasErrors := false
	for _, p := range body.Parts {
		a := failed(refuse(http.StatusPreconditionFailed, "BATCH_PROCESSING_HALTED", "Batch processing halted per request"))
		if !hasErrors || !body.HaltOnError {
			a = s.within(c, p.Method, "/services/data/"+strings.TrimPrefix(strings.TrimPrefix(p.URL, "/"), "services/data/"), nil, p.Body)
		}
		hasErrors = hasErrors || a.status >= http.StatusBadRequest
		results = append(results, result{a.status, orNull(a.body)})
	}
	return ok(map[string]any{"hasErrors": hasErrors, "results": results}), nil
}

// orNull is a body as a member of a document.
func orNull(body []byte) json.RawMessage {
	if body == nil {
		return json.RawMessage("null")
	}
	return body
}
