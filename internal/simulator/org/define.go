package org

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Define adds custom fields to an object, or a custom object (its name ends in
// __c) with fields. Of a Field it reads Name, Type, Length, Precision, Scale,
// Label, Unique, CaseSensitive, ExternalID, Calculated (then nobody can write
// it), AutoNumber, RestrictedPicklist, Picklist, ReferenceTo, RelationshipName,
// ChildName, CascadeDelete, Default and Required, and fills in the rest. A
// standard picklist gets the values that are given for it. To define the same once more
// does nothing.
func (o *Org) Define(ctx context.Context, object string, fields ...Field) error {
	return o.transact(ctx, func(t *tx) error { return t.define(object, fields) })
}

// Disable makes an object unknown, as in orgs without the feature that it
// belongs to. It lasts until Close.
func (o *Org) Disable(object string) {
	o.withhold(func(w *withheld) { w.disabled[strings.ToLower(object)] = true })
}

// Protect makes a field read-only, as for users who may not write it; Load does
// all the same. It lasts until Close, and the field may be defined later.
func (o *Org) Protect(object, field string) {
	o.withhold(func(w *withheld) { w.protected[strings.ToLower(object+"."+field)] = true })
}

func (o *Org) withhold(change func(*withheld)) {
	o.write.Lock()
	defer o.write.Unlock()
	old := o.catalog.Load()
	w := withheld{map[string]bool{}, map[string]bool{}}
	maps.Copy(w.disabled, old.disabled)
	maps.Copy(w.protected, old.protected)
	change(&w)
	o.catalog.Store(newCatalog(old.objects(), w))
}

// objects are the definitions that the catalog was made from.
func (c *catalog) objects() []Object {
	var list []Object
	for _, e := range c.entities {
		o := e.Object
		o.Children = nil
		list = append(list, o)
	}
	return list
}

func (t *tx) define(object string, fields []Field) error {
	objects, changed, err := extend(t.catalog.objects(), object, fields)
	if err != nil || !changed {
		return err
	}
	for _, f := range append([]Field{{}}, fields...) { // the first stands for the object itself
		text, err := json.Marshal(f)
		if err != nil {
			return err
		}
		if err := t.exec("INSERT INTO _definition (object, field) VALUES (?, ?)", object, string(text)); err != nil {
			return err
		}
	}
	t.catalog = newCatalog(objects, t.catalog.withheld)
	return t.makeTable(t.catalog.entities[strings.ToLower(object)])
}

// redefine makes the catalog of the standard objects and of what was defined since.
func (t *tx) redefine() error {
	var objects []Object
	for _, o := range standardObjects() {
		objects = append(objects, complete(o))
	}
	names, err := t.texts("SELECT object FROM _definition ORDER BY n")
	if err != nil {
		return err
	}
	texts, err := t.texts("SELECT field FROM _definition ORDER BY n")
	if err != nil {
		return err
	}
	for i, text := range texts {
		var f Field
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return fmt.Errorf("the definition of %s: %w", names[i], err)
		}
		var fields []Field
		if f.Name != "" {
			fields = []Field{f}
		}
		if objects, _, err = extend(objects, names[i], fields); err != nil {
			return err
		}
	}
	t.catalog = newCatalog(objects, withheld{})
	return nil
}

// extend adds fields to one of the objects, or a custom object.
func extend(objects []Object, name string, fields []Field) (_ []Object, changed bool, err error) {
	i := slices.IndexFunc(objects, func(o Object) bool { return strings.EqualFold(o.Name, name) })
	if i < 0 {
		if !isCustom(name) {
			return nil, false, fmt.Errorf("there is no object %s, and the name of a custom one ends in __c", name)
		}
		custom := writable(name, customPrefix(objects), []Field{str("Name", 80).named(), owner()})
		custom.Custom, changed = true, true
		i, objects = len(objects), append(objects, complete(custom))
	}
	o := &objects[i]
	o.Fields = slices.Clone(o.Fields)
	for _, f := range fields {
		at := slices.IndexFunc(o.Fields, func(old Field) bool { return strings.EqualFold(old.Name, f.Name) })
		switch {
		case at >= 0 && !o.Fields[at].Custom && o.Fields[at].Type == "picklist" && len(f.Picklist) > 0:
			changed = changed || !slices.Equal(o.Fields[at].Picklist, f.Picklist)
			o.Fields[at].Picklist = f.Picklist
			continue
		case at >= 0:
			full, err := customField(*o, objects, f)
			full.Createable, full.Updateable = o.Fields[at].Createable, o.Fields[at].Updateable // it may be protected
			if err != nil || !reflect.DeepEqual(full, o.Fields[at]) {
				return nil, false, fmt.Errorf("%s has a field %s already, defined in another way", o.Name, f.Name)
			}
			continue
		}
		full, err := customField(*o, objects, f)
		if err != nil {
			return nil, false, fmt.Errorf("%s.%s: %w", o.Name, f.Name, err)
		}
		o.Fields, changed = append(o.Fields, full), true
	}
	return objects, changed, nil
}

// customPrefix is the next one: a00, a01, … a0Z, a10.
func customPrefix(objects []Object) string {
	n := 0
	for _, o := range objects {
		if o.Custom {
			n++
		}
	}
	return "a" + string(base62[n/36]) + string(base62[n%36])
}

// isCustom accepts letters, digits and underscores that end in __c. Such names can stand in SQL.
func isCustom(name string) bool {
	stem, ok := strings.CutSuffix(name, "__c")
	return ok && stem != "" && !strings.ContainsFunc(stem, func(r rune) bool {
		return r != '_' && (r > 0x7f || !alphanumeric(byte(r)))
	})
}

// customField fills in what a definition leaves open.
func customField(o Object, objects []Object, f Field) (Field, error) {
	if !isCustom(f.Name) {
		return f, fmt.Errorf("the name of a custom field is made of letters, digits and underscores, and ends in __c")
	}
	f.Custom, f.Nillable = true, !f.Required && !f.AutoNumber
	f.Required, f.formula = false, ""
	f.Createable = !f.Calculated && !f.AutoNumber
	f.Updateable = f.Createable
	f.Filterable = f.Type != "textarea" || f.Length <= 255
	f.Sortable = f.Filterable && f.Type != "multipicklist"
	f.IDLookup = f.ExternalID
	f.DefaultedOnCreate = f.Default != "" || f.AutoNumber
	switch {
	case f.Type == "reference":
		return customReference(o, objects, f)
	case f.Type == "boolean":
		f.Nillable, f.DefaultedOnCreate = false, true
		if f.Default == "" {
			f.Default = "false"
		}
	case f.isText() && f.Length == 0:
		f.Length = 255
	case f.isNumber() && f.Precision == 0:
		f.Precision = 18
	case !f.isText() && !f.isNumber() && f.Type != "date" && f.Type != "datetime":
		return f, fmt.Errorf("unknown type %q", f.Type)
	}
	if f.AutoNumber && f.Default == "" {
		f.Default = "{0000}"
	}
	f.Label = orElse(f.Label, label(f.Name))
	return f, sound(f)
}

// The greatest field that can be defined.
const (
	maxLength    = 131_072
	maxPrecision = 18
)

// sound tells what is wrong with a field before rows meet it.
func sound(f Field) error {
	switch {
	case f.isText() && (f.Length < 1 || f.Length > maxLength):
		return fmt.Errorf("a text is 1 to %d characters long, not %d", maxLength, f.Length)
	case f.isNumber() && (f.Scale < 0 || f.Scale > f.Precision || f.Precision > maxPrecision):
		return fmt.Errorf("a number has at most %d digits, of which %d cannot stand behind the point of %d", maxPrecision, f.Scale, f.Precision)
	case f.AutoNumber && f.Type != "string":
		return fmt.Errorf("an automatic number is a string, not of type %s", f.Type)
	case f.AutoNumber:
		return nil
	}
	if _, bad := canonical(f, Text(f.Default)); bad != nil {
		return fmt.Errorf("its default: %s", bad.Message)
	}
	return nil
}

func customReference(o Object, objects []Object, f Field) (Field, error) {
	if len(f.ReferenceTo) != 1 || !slices.ContainsFunc(objects, func(p Object) bool { return p.Name == f.ReferenceTo[0] }) {
		return f, fmt.Errorf("a reference leads to one object of the org, not to %v", f.ReferenceTo)
	}
	stem := strings.TrimSuffix(f.Name, "__c")
	f.Length = 18
	f.RelationshipName = orElse(f.RelationshipName, stem+"__r")
	f.ChildName = orElse(f.ChildName, strings.ReplaceAll(o.LabelPlural, " ", "_")+"__r")
	f.Label = orElse(f.Label, label(f.Name))
	return f, nil
}

// complete adds the system fields and the labels to an object.
func complete(o Object) Object {
	o.Queryable = true
	o.Label = orElse(o.Label, label(o.Name))
	o.LabelPlural = orElse(o.LabelPlural, plural(o.Label))
	o.Fields = append(systemFields(), o.Fields...)
	for i := range o.Fields {
		f := &o.Fields[i]
		f.Label = label(f.Name)
		if f.NameField {
			f.Label = o.Label + " " + label(strings.TrimPrefix(f.Name, o.Name))
		}
	}
	return o
}

// label makes words of a name: AccountId is Account ID.
func label(name string) string {
	name = strings.TrimSuffix(name, "__c")
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' && !('A' <= name[i-1] && name[i-1] <= 'Z') {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	words := strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == ' ' || r == '_' }), " ")
	if stem, ok := strings.CutSuffix(words, " Id"); ok {
		return stem + " ID"
	}
	return words
}

func plural(label string) string {
	switch {
	case strings.HasSuffix(label, "y"):
		return strings.TrimSuffix(label, "y") + "ies"
	case strings.HasSuffix(label, "s"):
		return label
	}
	return label + "s"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
