package simulator

import (
	"slices"
	"strings"

	"crosswalk/internal/simulator/org"
)

// appendText adds a JSON string.
func appendText(b []byte, text string) []byte { return append(b, encode(text)...) }

// appendCell adds a value in the form that its type has in JSON. Numbers are
// written as they are stored, digit by digit.
func appendCell(b []byte, f org.Field, c org.Cell) []byte {
	if c.Null {
		return append(b, "null"...)
	}
	switch f.Type {
	case "boolean", "int", "double", "currency", "percent":
		return append(b, c.Text...)
	case "datetime":
		return appendText(b, strings.TrimSuffix(c.Text, "Z")+"+0000")
	}
	return appendText(b, c.Text)
}

// appendAttributes adds the first member of a record.
func (c *call) appendAttributes(b []byte, object, id string) []byte {
	if id == "" {
		return append(b, `"attributes":{"type":"AggregateResult"}`...)
	}
	b = append(b, `"attributes":{"type":`...)
	b = appendText(b, object)
	b = append(b, `,"url":`...)
	b = appendText(b, c.url(object, id))
	return append(b, '}')
}

// appendRecord adds a record of a query. rest is given the children of one
// record and returns what is shown of them.
func (c *call) appendRecord(b []byte, object string, columns []org.Column, r org.Record, rest func(org.Column, []org.Record) []byte) []byte {
	b = append(b, '{')
	b = c.appendAttributes(b, object, r.ID)
	for i, column := range columns {
		b = append(b, ',')
		b = appendText(b, column.Name)
		b = append(b, ':')
		switch value := r.Values[i]; {
		case column.Kind == org.ParentRow && value.Parent == nil, column.Kind == org.ChildRows && len(value.Children) == 0:
			b = append(b, "null"...)
		case column.Kind == org.ParentRow:
			b = c.appendRecord(b, column.Object, column.Columns, *value.Parent, rest)
		case column.Kind == org.ChildRows:
			b = append(b, rest(column, value.Children)...)
		default:
			b = appendCell(b, column.Field, value.Cell)
		}
	}
	return append(b, '}')
}

// appendFields adds a record that was read by its id: the fields that were
// asked for in their order, or all, and always the id.
func (c *call) appendFields(b []byte, object *org.Object, names []string, values map[string]org.Cell) []byte {
	b = append(b, '{')
	b = c.appendAttributes(b, object.Name, values["Id"].Text)
	for _, f := range fieldsBy(object, names) {
		b = append(b, ',')
		b = appendText(b, f.Name)
		b = append(b, ':')
		b = appendCell(b, f, values[f.Name])
	}
	return append(b, '}')
}

// fieldsBy finds the fields of these names, in any case, and the id.
func fieldsBy(object *org.Object, names []string) []org.Field {
	if len(names) == 0 {
		return object.Fields
	}
	var fields []org.Field
	for _, name := range append(slices.Clone(names), "Id") {
		named := func(f org.Field) bool { return strings.EqualFold(f.Name, name) }
		if at := slices.IndexFunc(object.Fields, named); at >= 0 && !slices.ContainsFunc(fields, named) {
			fields = append(fields, object.Fields[at])
		}
	}
	return fields
}
