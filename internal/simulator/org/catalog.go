package org

import (
	"maps"
	"slices"
	"strings"
)

// A catalog is all that an org knows of its objects. It never changes: Define,
// Disable and Protect make a new one, and what began with the old one ends with it.
type catalog struct {
	withheld
	entities map[string]*entity // by lower-case name; disabled ones too
	seen     []*Object          // those that are enabled, by name
}

// withheld is what the user is not given, by names in lower case.
type withheld struct {
	disabled  map[string]bool // objects
	protected map[string]bool // object.field: cannot be written
}

// An entity is an object with what reading and writing its rows needs.
type entity struct {
	Object
	positions map[string]int // of fields, by name as written and in lower case
	relations map[string]int // of reference fields, by lower-case relationship name
	stored    []int          // the fields that have a column
	keys      []int          // the fields by which rows are looked for
	children  []child

	insertSQL, selectSQL string
}

// A child is a field of another object that refers to this one.
type child struct {
	entity *entity
	at     int
}

func newCatalog(objects []Object, w withheld) *catalog {
	c := &catalog{entities: map[string]*entity{}, withheld: w}
	for _, o := range objects {
		c.entities[strings.ToLower(o.Name)] = newEntity(w.protect(o))
	}
	for _, name := range slices.Sorted(maps.Keys(c.entities)) {
		c.adopt(c.entities[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.entities)) {
		if e := c.entities[name]; !w.disabled[name] {
			c.describeChildren(e)
			c.seen = append(c.seen, &e.Object)
		}
	}
	return c
}

// protect is an object whose protected fields cannot be written.
func (w withheld) protect(o Object) Object {
	o.Fields = slices.Clone(o.Fields)
	for at, f := range o.Fields {
		if w.protected[strings.ToLower(o.Name+"."+f.Name)] {
			o.Fields[at] = f.readOnly()
		}
	}
	return o
}

// entity finds an enabled object.
func (c *catalog) entity(name string) (*entity, bool) {
	name = strings.ToLower(name)
	e, ok := c.entities[name]
	return e, ok && !c.disabled[name]
}

// parent is the object that a reference leads to.
func (c *catalog) parent(f Field) *entity { return c.entities[strings.ToLower(f.ReferenceTo[0])] }

// adopt tells the objects that e refers to of their children.
func (c *catalog) adopt(e *entity) {
	for at, f := range e.Fields {
		if f.Type == "reference" && f.formula == "" {
			parent := c.parent(f)
			parent.children = append(parent.children, child{e, at})
		}
	}
}

func (c *catalog) describeChildren(e *entity) {
	for _, k := range e.children {
		if f := k.field(); !c.disabled[strings.ToLower(k.entity.Name)] {
			e.Children = append(e.Children, Child{k.entity.Name, f.Name, f.ChildName, f.CascadeDelete, k.restricts()})
		}
	}
}

func (k child) field() Field { return k.entity.Fields[k.at] }

// restricts tells whether a parent must stay as long as it has such children:
// they can neither go with it nor be without it.
func (k child) restricts() bool { return !k.field().CascadeDelete && !k.field().Nillable }

func newEntity(o Object) *entity {
	e := &entity{Object: o, positions: map[string]int{}, relations: map[string]int{}}
	var columns []string
	for at, f := range o.Fields {
		e.positions[f.Name], e.positions[strings.ToLower(f.Name)] = at, at
		if f.RelationshipName != "" {
			e.relations[strings.ToLower(f.RelationshipName)] = at
		}
		if f.formula == "" {
			e.stored = append(e.stored, at)
			columns = append(columns, quote(f.Name))
		}
		if f.isKey() {
			e.keys = append(e.keys, at)
		}
	}
	e.insertSQL = "INSERT INTO " + quote(o.Name) + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	e.selectSQL = "SELECT " + strings.Join(columns, ", ") + " FROM " + quote(o.Name) + " WHERE Id = ?"
	return e
}

// at finds a field by its name in any case.
func (e *entity) at(name string) (int, bool) {
	if at, ok := e.positions[name]; ok {
		return at, true
	}
	at, ok := e.positions[strings.ToLower(name)]
	return at, ok
}

// relation finds the reference field of a relationship by its name in any case.
func (e *entity) relation(name string) (int, bool) {
	at, ok := e.relations[strings.ToLower(name)]
	return at, ok
}

// owned tells whether rows of e belong to a user.
func (e *entity) owned() (int, bool) { return e.at("OwnerId") }

// keySQL is what an index and a search see of a column: texts are compared
// without case, unless the field says otherwise.
func keySQL(f Field, column string) string {
	if f.isText() && !(f.Unique && f.CaseSensitive) {
		return "fold(" + column + ")"
	}
	return column
}

// key is what keySQL makes of a value.
func key(f Field, text string) string {
	if f.isText() && !(f.Unique && f.CaseSensitive) {
		return fold(text)
	}
	return text
}
