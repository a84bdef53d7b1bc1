package org

// An Object describes one kind of row. It never changes: Define makes a new one.
type Object struct {
	Name, Label, LabelPlural string
	KeyPrefix                string // the first three characters of its ids
	Custom                   bool
	Createable               bool
	Updateable               bool
	Deletable                bool
	Queryable                bool
	Replicateable            bool // answers Updated and Deleted
	Fields                   []Field
	Children                 []Child // references to this object, by relationship name
}

// A Field describes one field of an object, in the words of a describe call.
type Field struct {
	Name, Label string
	// Type is one of id, string, textarea, email, phone, url, picklist,
	// multipicklist, boolean, int, double, currency, percent, date, datetime,
	// reference.
	Type             string
	Length           int // of texts, in characters
	Precision, Scale int // of numbers: digits in all, and behind the point

	Nillable           bool
	Createable         bool
	Updateable         bool
	Unique             bool
	CaseSensitive      bool // of unique texts
	ExternalID         bool
	IDLookup           bool // a parent can be named, and a row upserted, by it
	Calculated         bool
	AutoNumber         bool
	DefaultedOnCreate  bool
	RestrictedPicklist bool
	Filterable         bool
	Sortable           bool
	NameField          bool
	Custom             bool

	ReferenceTo      []string // of references
	RelationshipName string   // the parent's name in a query: Account of AccountId
	ChildName        string   // the children's name in a query of the parent: Contacts
	CascadeDelete    bool     // deleting the parent deletes this row
	Picklist         []string
	Default          string // a value; of an AutoNumber its form, as in INV-{0000}

	// Required is read by Define alone: the field is not Nillable.
	Required bool

	formula string // the SQL of a calculated field; see expand
	indexed bool   // has an index though it is neither unique nor a reference
}

// A Child is a reference to an object, seen from that object.
type Child struct {
	Object, Field    string
	RelationshipName string // the name of a subquery: Contacts; may be empty
	CascadeDelete    bool   // the child is deleted with its parent
	RestrictedDelete bool   // the parent cannot be deleted while it has such children
}

// A Cell is one value as canonical text: numbers as written decimals, booleans
// true or false, dates 2026-01-31, datetimes 2026-01-31T10:00:00.000Z, ids of
// 18 characters. An empty text is null: the platform knows no other.
type Cell struct {
	Text string
	Null bool
}

// Text is the cell of a value.
func Text(s string) Cell { return Cell{Text: s, Null: s == ""} }
