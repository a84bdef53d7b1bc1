package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"crosswalk/internal/simulator/org"
)

// record is one record of a request body.
type record struct {
	object    string // of its attributes
	reference string // of its attributes, in a tree
	values    map[string]org.Cell
	bare      []string // the names of values that are numbers or booleans
	parents   map[string]org.Parent
	children  map[string][]record // by relationship name, in a tree
}

// parseRecord reads a JSON object. Its error is a *refusal.
func parseRecord(members map[string]any) (record, error) {
	r := record{values: map[string]org.Cell{}, parents: map[string]org.Parent{}, children: map[string][]record{}}
	for name, value := range members {
		var err error
		switch value := value.(type) {
		case map[string]any:
			err = r.member(name, value)
		default:
			if _, text := value.(string); !text && value != nil {
				r.bare = append(r.bare, name)
			}
			r.values[name], err = cellOf(name, value)
		}
		if err != nil {
			return record{}, err
		}
	}
	return r, nil
}

// member reads a member that is an object: the attributes, the children of a
// tree, or a parent named by an external id.
func (r *record) member(name string, value map[string]any) error {
	if name == "attributes" {
		r.object, _ = value["type"].(string)
		r.reference, _ = value["referenceId"].(string)
		return nil
	}
	if list, isTree := value["records"].([]any); isTree {
		children, err := parseRecords(list)
		r.children[name] = children
		return err
	}
	var p org.Parent
	for field, by := range value {
		if attributes, ok := by.(map[string]any); field == "attributes" && ok {
			p.Object, _ = attributes["type"].(string)
			continue
		}
		if p.Field != "" {
			return malformed("%s names its row by more than one field", name)
		}
		cell, err := cellOf(field, by)
		if err != nil {
			return err
		}
		p.Field, p.Value = field, cell.Text
	}
	if p.Field == "" {
		return malformed("%s names no field", name)
	}
	r.parents[name] = p
	return nil
}

// fits refuses numbers and booleans for fields of texts, as the parser of the
// platform does: a key of digits must be in quotes.
func (r *record) fits(object *org.Object) error {
	for _, name := range r.bare {
		at := slices.IndexFunc(object.Fields, func(f org.Field) bool { return strings.EqualFold(f.Name, name) })
		if at < 0 {
			continue // the org will tell that there is no such field
		}
		if soapType(object.Fields[at].Type) == "xsd:string" {
			return malformed("Cannot deserialize instance of string from the value %s of %s, which is not in quotes", r.values[name].Text, name)
		}
	}
	return nil
}

func parseRecords(list []any) ([]record, error) {
	records := make([]record, len(list))
	for i, item := range list {
		members, ok := item.(map[string]any)
		if !ok {
			return nil, malformed("a record is not an object")
		}
		r, err := parseRecord(members)
		if err != nil {
			return nil, err
		}
		records[i] = r
	}
	return records, nil
}

// cellOf is the text of a JSON value that is no object.
func cellOf(name string, value any) (org.Cell, error) {
	switch value := value.(type) {
	case nil:
		return org.Cell{Null: true}, nil
	case string:
		return org.Text(value), nil
	case bool:
		return org.Text(strconv.FormatBool(value)), nil
	case json.Number:
		return org.Text(value.String()), nil
	}
	return org.Cell{}, malformed("Cannot deserialize the value of %s", name)
}

func malformed(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "JSON_PARSER_ERROR", format, args...)
}

// id takes the id out of the values, whatever its case.
func (r *record) id() string {
	for name, cell := range r.values {
		if strings.EqualFold(name, "Id") {
			delete(r.values, name)
			return cell.Text
		}
	}
	return ""
}

// has reports whether the record gives a field.
func (r *record) has(field string) bool {
	for name := range r.values {
		if strings.EqualFold(name, field) {
			return true
		}
	}
	return false
}
