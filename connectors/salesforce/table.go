package salesforce

import (
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/record"
)

// table is an object, or a query in brackets, as it is read and written.
type table struct {
	name     string
	schema   *record.Schema // with a field for each column
	columns  []column
	from     string   // what stands after FROM
	keyed    []string // the condition that a row has a key; none if each has one
	key      int      // the column that identifies a row; -1 if there is none
	keyField describedField
	stamp    string           // the field that tells when a row has changed; "" if there is none
	object   *describedObject // nil for a query
	restOnly bool             // a query that the Bulk API does not take
}

// column is a field of the object, or the external id of the parent that a
// reference points to.
type column struct {
	path       string // as SOQL, JSON and CSV name it: Name, Account.LICDB_Id__c
	typ        record.Type
	id         bool // an id of 18 characters
	createable bool
	updateable bool
	filterable bool
	reference  string // of a parent: the field that points to it, AccountId
	relation   string // of a parent: how it is called, Account
	parentKey  string // of a parent: its external id, LICDB_Id__c
}

func ownColumn(f describedField, typ record.Type) column {
	return column{
		path: f.Name, typ: typ, id: f.Type == "id" || f.Type == "reference",
		createable: f.Createable, updateable: f.Updateable, filterable: f.Filterable,
	}
}

func (t *table) add(c column, native string, nullable bool) {
	t.columns = append(t.columns, c)
	t.schema.Fields = append(t.schema.Fields, record.Field{Name: c.path, Type: c.typ, Native: native, Nullable: nullable})
}

// typeOf is the type of a field's values; false for fields that are no
// columns, since they have several values or binary ones.
func typeOf(f describedField) (record.Type, bool) {
	switch f.Type {
	case "address", "location", "base64", "complexvalue", "json":
		return record.Type{}, false
	case "boolean":
		return record.Type{Kind: record.KindBool}, true
	case "int", "long":
		return record.Type{Kind: record.KindInt}, true
	case "double", "currency", "percent":
		return record.Type{Kind: record.KindDecimal, Size: f.Precision, Scale: f.Scale}, true
	case "date":
		return record.Type{Kind: record.KindDate}, true
	case "datetime":
		return record.Type{Kind: record.KindInstant}, true
	case "":
		return record.Type{}, false
	}
	return record.Type{Kind: record.KindText, Size: f.Length}, true
}

// has reports whether the object has a field of this name, or a parent.
func (t *table) has(name string) bool {
	return slices.ContainsFunc(t.object.Fields, func(f describedField) bool {
		return strings.EqualFold(f.Name, name) || name != "" && strings.EqualFold(f.RelationshipName, name)
	})
}

// byID reports whether rows are identified by the Id that Salesforce gives.
func (t *table) byID() bool { return t.keyField.Name == "Id" }

// fold maps a key to what Salesforce takes for the same key. Letters that have
// one capital in common, such as σ and ς, are the same.
func (t *table) fold(key string) string {
	if t.byID() || t.keyField.CaseSensitive {
		return key
	}
	return strings.ToLower(strings.ToUpper(key))
}

// find returns where the named columns stand; all if there are no names.
func (o *Org) find(op string, t *table, names []string) ([]int, error) {
	if names == nil {
		names = t.schema.Names()
	}
	at := make([]int, len(names))
	for i, name := range names {
		if at[i] = t.schema.Index(name); at[i] < 0 {
			return nil, connectors.Errorf(connectors.Missing, op, o.where(t.name), "there is no field %q for this user; there are %s", name, strings.Join(t.schema.Names(), ", "))
		}
	}
	return at, nil
}
