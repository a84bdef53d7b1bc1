package simulator

import (
	"errors"
	"net/http"
	"strings"

	"crosswalk/internal/simulator/org"
)

// Limits of calls with several rows.
const (
	maxCollection = 200
	maxChunks     = 10 // of records of one type
	maxRetrieve   = 2000
)

// collection reads the body of composite/sobjects: records of one object, or
// of any if it is not named.
func (s *Server) collection(c *call, object string) (records []record, allOrNone bool, err error) {
	var body struct {
		AllOrNone bool  `json:"allOrNone"`
		Records   []any `json:"records"`
	}
	if err := c.decode(&body); err != nil {
		return nil, false, err
	}
	if err := checkCount(len(body.Records)); err != nil {
		return nil, false, err
	}
	records, err = parseRecords(body.Records)
	for _, r := range records {
		if object != "" && r.object != "" && !strings.EqualFold(r.object, object) {
			return nil, false, refuse(http.StatusBadRequest, "INVALID_INPUT", "a record is of type %s, not %s", r.object, object)
		}
		if err := s.member(r); err != nil {
			return nil, false, err
		}
	}
	if n := chunks(records); n > maxChunks {
		return nil, false, refuse(http.StatusBadRequest, "INVALID_INPUT", "Cannot have more than %d chunks in a single operation: sort the records by type", maxChunks)
	}
	return records, body.AllOrNone, err
}

// member refuses a record that no collection can have.
func (s *Server) member(r record) error {
	switch object, known := s.org.Object(r.object); {
	case r.object == "":
		return refuse(http.StatusBadRequest, "INVALID_INPUT", "each record needs attributes with a type")
	case len(r.children) > 0:
		return malformed("children belong into composite/tree")
	case known:
		return r.fits(object)
	}
	return nil // the org will tell that there is no such object
}

// chunks counts the runs of records of one type.
func chunks(records []record) int {
	n := 0
	for i, r := range records {
		if i == 0 || !strings.EqualFold(r.object, records[i-1].object) {
			n++
		}
	}
	return n
}

func checkCount(n int) error {
	switch {
	case n > maxCollection:
		return refuse(http.StatusBadRequest, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than %d records into this call", maxCollection)
	case n == 0:
		return refuse(http.StatusBadRequest, "INVALID_INPUT", "no records are given")
	}
	return nil
}

// createAll answers POST composite/sobjects.
func (s *Server) createAll(c *call) (reply, error) {
	return s.saveAll(c, "", func(r *record) org.Change { return org.Change{Op: org.Insert, Object: r.object} })
}

// updateAll answers PATCH composite/sobjects.
func (s *Server) updateAll(c *call) (reply, error) {
	return s.saveAll(c, "", func(r *record) org.Change { return org.Change{Op: org.Update, Object: r.object, ID: r.id()} })
}

// upsertAll answers PATCH composite/sobjects/OBJECT/FIELD.
func (s *Server) upsertAll(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	field := c.args[1]
	return s.saveAll(c, object.Name, func(r *record) org.Change {
		change := org.Change{Op: org.Upsert, Object: r.object, ExternalField: field}
		if strings.EqualFold(field, "Id") {
			change.ID = r.id()
		}
		return change
	})
}

// saveAll writes each record of the body as the change that it is made to.
func (s *Server) saveAll(c *call, object string, change func(*record) org.Change) (reply, error) {
	records, allOrNone, err := s.collection(c, object)
	if err != nil {
		return reply{}, err
	}
	changes := make([]org.Change, len(records))
	for i := range records {
		changes[i] = change(&records[i])
		changes[i].Values, changes[i].Parents = records[i].values, records[i].parents
	}
	return s.writeAll(c, changes, allOrNone)
}

// writeAll applies changes and answers in their order.
func (s *Server) writeAll(c *call, changes []org.Change, allOrNone bool) (reply, error) {
	results, err := s.write(c, changes, allOrNone)
	if err != nil {
		return reply{}, err
	}
	answers := make([]saved, len(results))
	for i, r := range results {
		answers[i] = savedOf(r, changes[i].Op == org.Upsert)
	}
	return ok(answers), nil
}

// removeAll answers DELETE composite/sobjects?ids=.
func (s *Server) removeAll(c *call) (reply, error) {
	ids := list(c.query.Get("ids"))
	if err := checkCount(len(ids)); err != nil {
		return reply{}, err
	}
	changes := make([]org.Change, len(ids))
	for i, id := range ids {
		changes[i] = org.Change{Op: org.Delete, ID: id, Object: s.objectOf(id)}
	}
	return s.writeAll(c, changes, strings.EqualFold(c.query.Get("allOrNone"), "true"))
}

// objectOf names the object whose rows have ids like this one, or is empty.
func (s *Server) objectOf(id string) string {
	for _, object := range s.org.Objects() {
		if object.KeyPrefix != "" && strings.HasPrefix(id, object.KeyPrefix) {
			return object.Name
		}
	}
	return ""
}

// retrieveAll answers GET and POST of composite/sobjects/OBJECT. A row that is
// not there is null.
func (s *Server) retrieveAll(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	body := struct {
		IDs    []string `json:"ids"`
		Fields []string `json:"fields"`
	}{list(c.query.Get("ids")), list(c.query.Get("fields"))}
	if c.method == http.MethodPost {
		if err := c.decode(&body); err != nil {
			return reply{}, err
		}
	}
	if len(body.IDs) > maxRetrieve {
		return reply{}, refuse(http.StatusBadRequest, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than %d records into this call", maxRetrieve)
	}
	if len(body.IDs) == 0 || len(body.Fields) == 0 {
		return reply{}, refuse(http.StatusBadRequest, "MISSING_ARGUMENT", "ids and fields are needed")
	}
	out := []byte("[")
	for i, id := range body.IDs {
		if i > 0 {
			out = append(out, ',')
		}
		values, err := s.org.Get(c.ctx, object.Name, id, body.Fields)
		var refused *org.Error
		switch {
		case errors.As(err, &refused) && statusOf(refused.Code) == http.StatusNotFound:
			out = append(out, "null"...)
		case err != nil:
			return reply{}, err
		default:
			out = c.appendFields(out, object, body.Fields, values)
		}
	}
	return reply{status: http.StatusOK, body: append(out, ']')}, nil
}

// list cuts a text at its commas.
func list(text string) []string {
	var all []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			all = append(all, item)
		}
	}
	return all
}
