package org

// These make the fields of the standard objects. A field is nillable, can be
// written, filtered and sorted by, unless a method says otherwise.

func field(name, kind string) Field {
	return Field{Name: name, Type: kind, Nillable: true, Createable: true, Updateable: true, Filterable: true, Sortable: true}
}

func str(name string, length int) Field {
	f := field(name, "string")
	f.Length = length
	return f
}

func email(name string) Field { return str(name, 80).as("email") }
func phone(name string) Field { return str(name, 40).as("phone") }
func link(name string) Field  { return str(name, 255).as("url") }

// area is a text of several lines. A long one can be neither filtered nor sorted by.
func area(name string, length int) Field {
	f := str(name, length).as("textarea")
	f.Filterable, f.Sortable = length <= 255, length <= 255
	return f
}

func list(name string, values ...string) Field {
	f := str(name, 255).as("picklist")
	f.Picklist = values
	return f
}

func boolean(name string) Field {
	f := field(name, "boolean").withDefault("false")
	f.Nillable = false
	return f
}

func number(name, kind string, precision, scale int) Field {
	f := field(name, kind)
	f.Precision, f.Scale = precision, scale
	return f
}

func whole(name string) Field  { return number(name, "int", 9, 0) }
func date(name string) Field   { return field(name, "date") }
func moment(name string) Field { return field(name, "datetime") }

// ref is a reference to an object. Parent and children are what queries call
// the row that it leads to, and the rows that lead to it.
func ref(name, to, parent, children string) Field {
	f := field(name, "reference")
	f.Length, f.ReferenceTo, f.RelationshipName, f.ChildName = 18, []string{to}, parent, children
	return f
}

// owner is the user whom a row belongs to: whoever creates it, unless told otherwise.
func owner() Field {
	f := ref("OwnerId", "User", "Owner", "")
	f.Nillable, f.DefaultedOnCreate = false, true
	return f
}

func auto(name, form string) Field {
	f := str(name, 30).readOnly().withDefault(form)
	f.AutoNumber, f.Nillable = true, false
	return f
}

// address are the parts of an address.
func address(kind string) []Field {
	return []Field{str(kind+"Street", 255).as("textarea"), str(kind+"City", 40), str(kind+"State", 80), str(kind+"PostalCode", 20), str(kind+"Country", 80)}
}

func (f Field) as(kind string) Field { f.Type = kind; return f }
func (f Field) named() Field         { f.NameField = true; return f }
func (f Field) required() Field      { f.Nillable = false; return f }
func (f Field) fixed() Field         { f.Updateable = false; return f }
func (f Field) lookup() Field        { f.IDLookup = true; return f }
func (f Field) restricted() Field    { f.RestrictedPicklist = true; return f }
func (f Field) cascading() Field     { f.CascadeDelete = true; return f }
func (f Field) withIndex() Field     { f.indexed = true; return f }
func (f Field) readOnly() Field      { f.Createable, f.Updateable = false, false; return f }

func (f Field) withDefault(value string) Field {
	f.Default, f.DefaultedOnCreate = value, true
	return f
}

// computed makes a field that is not stored: {} in its SQL is the row's table,
// and {today} the day of the org.
func (f Field) computed(formula string) Field {
	f.Calculated, f.formula = true, formula
	return f.readOnly()
}

// The first fields of every object.
const (
	atID = iota
	atDeleted
	atCreated
	atCreatedBy
	atModified
	atModifiedBy
	atStamp
)

// systemFields stand before all others, in the order of the constants above.
func systemFields() []Field {
	id := field("Id", "id").lookup().readOnly()
	id.Length, id.Nillable, id.DefaultedOnCreate = 18, false, true
	deleted := boolean("IsDeleted").readOnly()
	by := func(name, parent string) Field {
		return ref(name, "User", parent, "").required().readOnly().defaulted()
	}
	at := func(name string) Field { return moment(name).required().readOnly().defaulted() }
	return []Field{
		id, deleted, at("CreatedDate"), by("CreatedById", "CreatedBy"), at("LastModifiedDate"), by("LastModifiedById", "LastModifiedBy"),
		at("SystemModstamp"), moment("LastViewedDate").computed("NULL"), moment("LastReferencedDate").computed("NULL"),
	}
}

func (f Field) defaulted() Field { f.DefaultedOnCreate = true; return f }

// The ways in which values are compared and checked.

func (f Field) isText() bool {
	switch f.Type {
	case "string", "textarea", "email", "phone", "url", "picklist", "multipicklist":
		return true
	}
	return false
}

func (f Field) isNumber() bool {
	switch f.Type {
	case "int", "double", "currency", "percent":
		return true
	}
	return false
}

func (f Field) isID() bool { return f.Type == "id" || f.Type == "reference" }

// isKey tells whether rows are looked for by the field, so that it needs an index.
func (f Field) isKey() bool {
	return f.formula == "" && (f.Unique || f.ExternalID || f.IDLookup && f.Type != "id" || f.indexed)
}
