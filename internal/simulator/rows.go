package simulator

import (
	"fmt"
	"net/http"
	"strings"

	"crosswalk/internal/simulator/org"
)

// one applies a single change.
func (s *Server) one(c *call, change org.Change) (org.Result, error) {
	results, err := s.write(c, []org.Change{change}, true)
	if err != nil {
		return org.Result{}, err
	}
	return results[0], nil
}

// single reads a body that is one record of an object.
func (s *Server) single(c *call) (*org.Object, record, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return nil, record{}, err
	}
	var members map[string]any
	if err := c.decode(&members); err != nil {
		return nil, record{}, err
	}
	r, err := parseRecord(members)
	if err == nil && len(r.children) > 0 {
		err = malformed("children belong into composite/tree")
	}
	if err == nil {
		err = r.fits(object)
	}
	return object, r, err
}

// create answers POST sobjects/OBJECT.
func (s *Server) create(c *call) (reply, error) {
	object, r, err := s.single(c)
	if err != nil {
		return reply{}, err
	}
	result, err := s.one(c, org.Change{Object: object.Name, Op: org.Insert, Values: r.values, Parents: r.parents})
	if err != nil || len(result.Errors) > 0 {
		return orRejected(result, err)
	}
	return c.createdRow(object.Name, result, false), nil
}

func orRejected(result org.Result, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return rejected(result.Errors), nil
}

func (c *call) createdRow(object string, result org.Result, upsert bool) reply {
	a := document(http.StatusCreated, savedOf(result, upsert))
	a.header = http.Header{"Location": {c.url(object, result.ID)}}
	return a
}

// retrieve answers GET sobjects/OBJECT/ID.
func (s *Server) retrieve(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	return s.row(c, object, c.args[1])
}

// row reads the fields that a call asks for.
func (s *Server) row(c *call, object *org.Object, id string) (reply, error) {
	names := list(c.query.Get("fields"))
	values, err := s.org.Get(c.ctx, object.Name, id, names)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: c.appendFields(nil, object, names, values)}, nil
}

// update answers PATCH sobjects/OBJECT/ID.
func (s *Server) update(c *call) (reply, error) {
	object, r, err := s.single(c)
	if err != nil {
		return reply{}, err
	}
	if r.has("Id") {
		return reply{}, refuse(http.StatusBadRequest, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
	}
	result, err := s.one(c, org.Change{Object: object.Name, Op: org.Update, ID: c.args[1], Values: r.values, Parents: r.parents})
	if err != nil || len(result.Errors) > 0 {
		return orRejected(result, err)
	}
	return noContent(), nil
}

// remove answers DELETE sobjects/OBJECT/ID.
func (s *Server) remove(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	return s.removeRow(c, object, c.args[1])
}

func (s *Server) removeRow(c *call, object *org.Object, id string) (reply, error) {
	result, err := s.one(c, org.Change{Object: object.Name, Op: org.Delete, ID: id})
	if err != nil || len(result.Errors) > 0 {
		return orRejected(result, err)
	}
	return noContent(), nil
}

// keyed finds the rows that sobjects/OBJECT/FIELD/VALUE names. If they are
// several, several is the answer, which lists them.
func (s *Server) keyed(c *call, object *org.Object) (id string, several *reply, err error) {
	ids, err := s.org.FindExternal(c.ctx, object.Name, c.args[1], c.args[2])
	switch {
	case err != nil || len(ids) == 0:
		return "", nil, err
	case len(ids) == 1:
		return ids[0], nil, nil
	}
	urls := make([]string, len(ids))
	for i, id := range ids {
		urls[i] = c.url(object.Name, id)
	}
	a := document(http.StatusMultipleChoices, urls)
	return "", &a, nil
}

// retrieveByKey answers GET sobjects/OBJECT/FIELD/VALUE.
func (s *Server) retrieveByKey(c *call) (reply, error) {
	return s.byKey(c, s.row)
}

// removeByKey answers DELETE sobjects/OBJECT/FIELD/VALUE.
func (s *Server) removeByKey(c *call) (reply, error) {
	return s.byKey(c, s.removeRow)
}

// byKey does something with the one row that a path names.
func (s *Server) byKey(c *call, do func(*call, *org.Object, string) (reply, error)) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	id, several, err := s.keyed(c, object)
	switch {
	case err != nil:
		return reply{}, err
	case several != nil:
		return *several, nil
	case id == "":
		return reply{}, errNotFound
	}
	return do(c, object, id)
}

// upsert answers PATCH sobjects/OBJECT/FIELD/VALUE.
func (s *Server) upsert(c *call) (reply, error) {
	object, r, err := s.single(c)
	if err != nil {
		return reply{}, err
	}
	field, value := c.args[1], c.args[2]
	for _, name := range []string{"Id", field} {
		if r.has(name) {
			return reply{}, refuse(http.StatusBadRequest, "INVALID_FIELD", "The %s field should not be specified in the sobject data.", name)
		}
	}
	id, several, err := s.keyed(c, object)
	switch {
	case err != nil:
		return reply{}, err
	case several != nil:
		return *several, nil
	case id == "" && strings.EqualFold(c.query.Get("updateOnly"), "true"):
		return reply{}, errNotFound
	}
	r.values[field] = org.Text(value)
	result, err := s.one(c, org.Change{Object: object.Name, Op: org.Upsert, ExternalField: field, Values: r.values, Parents: r.parents})
	switch {
	case err != nil || len(result.Errors) > 0:
		return orRejected(result, err)
	case result.Created:
		return c.createdRow(object.Name, result, true), nil
	case c.version < createdIsTold:
		return noContent(), nil
	}
	return ok(savedOf(result, true)), nil
}

// createdIsTold is the first version in which an upsert that updates has a body.
const createdIsTold = 46

// basicInformation answers GET sobjects/OBJECT.
func (s *Server) basicInformation(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	return ok(struct {
		Object objectEntry `json:"objectDescribe"`
		Recent []string    `json:"recentItems"`
	}{entryOf(c, object), []string{}}), nil
}

// resources answers GET of the version itself.
func (s *Server) resources(c *call) (reply, error) {
	all := map[string]string{}
	for _, name := range []string{"sobjects", "query", "queryAll", "composite", "jobs", "limits"} {
		all[name] = fmt.Sprintf("%s/%s", c.version.base(), name)
	}
	return ok(all), nil
}
