package salesforce

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/record"
)

// describedObject and describedField are what Salesforce says of an object,
// as the user that is logged in may see it.
type describedObject struct {
	Name          string           `json:"name"`
	Queryable     bool             `json:"queryable"`
	Replicateable bool             `json:"replicateable"`
	Fields        []describedField `json:"fields"`
}

type describedField struct {
	Name             string   `json:"name"`
	Type             string   `json:"type"`
	Length           int      `json:"length"`
	Precision        int      `json:"precision"`
	Scale            int      `json:"scale"`
	Nillable         bool     `json:"nillable"`
	Createable       bool     `json:"createable"`
	Updateable       bool     `json:"updateable"`
	Filterable       bool     `json:"filterable"`
	ExternalID       bool     `json:"externalId"`
	IDLookup         bool     `json:"idLookup"`
	Unique           bool     `json:"unique"`
	CaseSensitive    bool     `json:"caseSensitive"`
	ReferenceTo      []string `json:"referenceTo"`
	RelationshipName string   `json:"relationshipName"`
}

// field finds a field; names are the same in capitals and small letters.
func (d *describedObject) field(name string) (describedField, bool) {
	for _, f := range d.Fields {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return describedField{}, false
}

// Tables implements connectors.Source: the objects that can be queried.
func (o *Org) Tables(ctx context.Context) ([]string, error) {
	if err := o.usable(ctx, "list", ""); err != nil {
		return nil, err
	}
	var all struct {
		Objects []describedObject `json:"sobjects"`
	}
	if err := o.session.JSON(ctx, http.MethodGet, "sobjects", nil, &all); err != nil {
		return nil, o.fail("list", "", err)
	}
	var names []string
	for _, object := range all.Objects {
		if object.Queryable && o.config.shows(object.Name) {
			names = append(names, object.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Describe implements connectors.Source. The columns are the fields of the
// object, and after each reference the external id of the parent, if
// external_ids names one: Account.LICDB_Id__c. Compound fields, binaries and
// geolocations are left out; the parts of a compound field are columns.
// The key is the object's external id, or else its Id.
func (o *Org) Describe(ctx context.Context, name string) (*record.Schema, error) {
	t, err := o.table(ctx, "describe", name)
	if err != nil {
		return nil, err
	}
	return t.schema, nil
}

// table returns a table, described once for the life of the Org.
func (o *Org) table(ctx context.Context, op, name string) (*table, error) {
	if err := o.usable(ctx, op, name); err != nil {
		return nil, err
	}
	o.describing.Lock()
	defer o.describing.Unlock()
	if t, known := o.tables[name]; known {
		return t, nil
	}
	t, err := o.newTable(ctx, op, name)
	if err == nil {
		o.tables[name] = t
	}
	return t, err
}

func (o *Org) newTable(ctx context.Context, op, name string) (*table, error) {
	if strings.HasPrefix(name, "(") {
		return o.queryTable(ctx, op, name)
	}
	if !apiName.MatchString(name) || !o.config.shows(name) {
		return nil, o.missingTable(ctx, op, name)
	}
	object, err := o.describe(ctx, op, name)
	if err != nil {
		return nil, err
	}
	if !object.Queryable {
		return nil, connectors.Errorf(connectors.Denied, op, o.where(name), "this user may not query it: give the permission to read the object")
	}
	return o.objectTable(ctx, op, name, object)
}

// describe asks for an object, once for the life of the Org. The caller holds
// o.describing.
func (o *Org) describe(ctx context.Context, op, name string) (*describedObject, error) {
	if d, known := o.objects[strings.ToLower(name)]; known {
		return d, nil
	}
	d := new(describedObject)
	err := o.session.JSON(ctx, http.MethodGet, "sobjects/"+session.Path(name)+"/describe", nil, d)
	if connectors.ClassOf(err) == connectors.Missing {
		return nil, o.missingTable(ctx, op, name)
	}
	if err != nil {
		return nil, o.fail(op, name, err)
	}
	o.objects[strings.ToLower(name)] = d
	return d, nil
}

// missingTable says that there is no such table, and which there are.
func (o *Org) missingTable(ctx context.Context, op, name string) error {
	names, err := o.Tables(ctx)
	if err != nil {
		return err
	}
	const most = 60
	known := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		known += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return connectors.Errorf(connectors.Missing, op, o.where(name), "there is no object %q for this user: is the name right, is the feature enabled "+
		"in Setup (Entitlement Management for Entitlement, ServiceContract and ContractLineItem), and may the user read the object? There are %s", name, known)
}

// objectTable makes the columns of an object.
func (o *Org) objectTable(ctx context.Context, op, name string, d *describedObject) (*table, error) {
	t := &table{name: name, from: name, object: d, key: -1, schema: &record.Schema{Table: name}}
	for _, f := range d.Fields {
		if typ, ok := typeOf(f); ok {
			t.add(ownColumn(f, typ), f.Type, f.Nillable)
		}
		if err := o.addParent(ctx, op, t, f); err != nil {
			return nil, err
		}
	}
	t.stamp = stampOf(d)
	return t, o.setKey(op, t)
}

// setKey makes the external id of the object the key of the table, or its Id.
func (o *Org) setKey(op string, t *table) error {
	key := "Id"
	if external := o.config.externalID(t.name); external != "" {
		key = external
		t.keyed = []string{external + " != null"}
	}
	var ok bool
	if t.keyField, ok = t.object.field(key); ok {
		t.key = t.schema.Index(t.keyField.Name)
	}
	known := joined(externalIDs(t.object))
	switch {
	case t.key < 0:
		return connectors.Errorf(connectors.Missing, op, o.where(t.name), "external_ids names %q, but the object has no such field for this user; it has %s", key, known)
	case !t.byID() && !t.keyField.ExternalID && !t.keyField.IDLookup:
		return connectors.Errorf(connectors.Invalid, op, o.where(t.name), "external_ids names %s, which is not marked as an external id in Setup; these are: %s", key, known)
	}
	t.schema.Key = []int{t.key}
	t.schema.Unique = t.keyField.Unique || t.byID()
	t.schema.Fields[t.key].Nullable = false
	return nil
}

func externalIDs(d *describedObject) []string {
	var names []string
	for _, f := range d.Fields {
		if f.ExternalID {
			names = append(names, f.Name)
		}
	}
	return names
}

// addParent adds the external id of the parent that a reference points to.
// A reference to parents of several kinds has none.
func (o *Org) addParent(ctx context.Context, op string, t *table, f describedField) error {
	if len(f.ReferenceTo) != 1 || f.RelationshipName == "" {
		return nil
	}
	external := o.config.externalID(f.ReferenceTo[0])
	if external == "" {
		return nil
	}
	parent, err := o.describe(ctx, op, f.ReferenceTo[0])
	if err != nil {
		return err
	}
	key, ok := parent.field(external)
	typ, readable := typeOf(key)
	if !ok || !readable {
		return connectors.Errorf(connectors.Missing, op, o.where(parent.Name), "external_ids names %q, but the object has no such field for this user; it has %s", external, joined(externalIDs(parent)))
	}
	c := ownColumn(f, typ)
	c.relation, c.parentKey, c.reference = f.RelationshipName, key.Name, f.Name
	c.path = c.relation + "." + c.parentKey
	c.filterable = c.filterable && key.Filterable
	c.id = false
	t.add(c, key.Type, f.Nillable)
	return nil
}

// stampOf is the field by which changes are found. SystemModstamp is the only
// one that no import can set.
func stampOf(d *describedObject) string {
	for _, name := range []string{"SystemModstamp", "LastModifiedDate", "CreatedDate"} {
		if f, ok := d.field(name); ok && f.Filterable {
			return f.Name
		}
	}
	return ""
}

func joined(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
