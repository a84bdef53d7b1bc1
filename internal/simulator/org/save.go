package org

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A draft is a row on its way into the org.
type draft struct {
	e      *entity
	old    row // as it is stored; nil if the row is new
	new    row // as it shall be
	given  []bool
	errors []RowError
}

func (d *draft) refuse(status, message string, fields ...string) {
	d.errors = append(d.errors, RowError{status, message, fields})
}

// field is a value as it shall be.
func (d *draft) field(name string) string { return d.new[d.e.positions[name]].Text }

// was is a value as it is stored.
func (d *draft) was(name string) string {
	if d.old == nil {
		return ""
	}
	return d.old[d.e.positions[name]].Text
}

func (d *draft) set(name, value string) { d.new[d.e.positions[name]] = Text(value) }

func (d *draft) changed(name string) bool { return d.was(name) != d.field(name) }

// save checks a row step by step, each on top of what the one before it has found sound,
// and writes it.
func (t *tx) save(e *entity, old row, c Change) (Result, error) {
	d := &draft{e: e, old: old, given: make([]bool, len(e.Fields))}
	if d.new = slices.Clone(old); old == nil {
		d.new = make(row, len(e.Fields))
		for at := range d.new {
			d.new[at].Null = true
		}
	}
	for _, step := range []func(*draft, Change) error{t.fill, t.adopt, t.complete, t.refer, t.derive, t.require, t.distinct, t.rules} {
		if err := step(d, c); err != nil {
			return Result{}, err
		}
		if len(d.errors) > 0 {
			return Result{Errors: d.errors}, nil
		}
	}
	return Result{ID: d.new[atID].Text, Created: old == nil}, t.store(d)
}

// fill takes over the values that are given.
func (t *tx) fill(d *draft, c Change) error {
	cells := make([]Cell, len(d.e.Fields))
	var unknown []string
	for name, cell := range c.Values {
		at, ok := d.e.at(name)
		switch {
		case !ok:
			unknown = append(unknown, name)
		case at == atID: // has found the row already
		default:
			cells[at], d.given[at] = cell, true
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		d.refuse("INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", name, d.e.Name), name)
	}
	if len(unknown) > 0 || !t.writable(d) {
		return nil
	}
	for at, f := range d.e.Fields {
		if !d.given[at] {
			continue
		}
		cell, bad := canonical(f, cells[at])
		if bad != nil {
			d.errors = append(d.errors, *bad)
			continue
		}
		if f.isID() && !cell.Null && cell.Text[:3] != t.catalog.parent(f).KeyPrefix {
			d.errors = append(d.errors, *malformedID(f, cells[at].Text))
		}
		d.new[at] = cell
	}
	return nil
}

// writable refuses values for fields that cannot be written.
func (t *tx) writable(d *draft) bool {
	var names []string
	for at, given := range d.given {
		if given && !t.canWrite(d, d.e.Fields[at]) {
			names = append(names, d.e.Fields[at].Name)
		}
	}
	if len(names) > 0 {
		d.refuse("INVALID_FIELD_FOR_INSERT_UPDATE", fmt.Sprintf("Unable to create/update fields: %s. Please check the security settings of this field "+
			"and verify that it is read/write for your profile or permission set.", strings.Join(names, ", ")), names...)
	}
	return len(names) == 0
}

func (t *tx) canWrite(d *draft, f Field) bool {
	switch {
	case t.loading:
		return f.formula == "" && !f.Calculated
	case d.old == nil:
		return f.Createable
	}
	return f.Updateable
}

// adopt finds parents that are named by an external id.
func (t *tx) adopt(d *draft, c Change) error {
	for _, name := range slices.Sorted(maps.Keys(c.Parents)) {
		p := c.Parents[name]
		at, ok := d.e.relation(name)
		if !ok {
			d.refuse("INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", name, d.e.Name), name)
			continue
		}
		f := d.e.Fields[at]
		if d.given[at] {
			d.refuse("INVALID_FIELD", fmt.Sprintf("cannot specify both an external ID reference %s and a salesforce id, %s", f.RelationshipName, f.Name), f.Name)
			continue
		}
		d.given[at] = true
		if !t.writable(d) {
			return nil
		}
		id, err := t.parentID(d, f, p)
		if err != nil {
			return err
		}
		d.new[at] = Text(id)
	}
	return nil
}

func (t *tx) parentID(d *draft, f Field, p Parent) (string, error) {
	parent := t.catalog.parent(f)
	at, ok := parent.at(p.Field)
	known := ok && parent.Fields[at].formula == "" && (parent.Fields[at].IDLookup || t.loading)
	if !known || p.Object != "" && !strings.EqualFold(p.Object, parent.Name) || t.catalog.disabled[strings.ToLower(parent.Name)] {
		d.refuse("INVALID_FIELD", fmt.Sprintf("The external foreign key reference does not reference a valid entity: %s.%s", f.RelationshipName, p.Field), f.Name)
		return "", nil
	}
	key := parent.Fields[at]
	value, bad := canonical(key, Text(p.Value))
	if bad != nil {
		d.errors = append(d.errors, *bad)
		return "", nil
	}
	ids, err := t.find(parent, at, value.Text)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) == 0:
		d.refuse("INVALID_FIELD", fmt.Sprintf("Foreign key external ID: %s not found for field %s in entity %s", p.Value, key.Name, parent.Name), f.Name)
	default:
		d.refuse("INVALID_FIELD", fmt.Sprintf("More than one record found for external id field %s in entity %s: %s", key.Name, parent.Name, ids), f.Name)
	}
	return "", nil
}

// complete gives a new row its defaults.
func (t *tx) complete(d *draft, _ Change) error {
	if d.old != nil {
		return nil
	}
	for at, f := range d.e.Fields {
		switch {
		case d.given[at] || f.formula != "":
		case f.AutoNumber:
			n, err := t.next("number "+d.e.Name+"."+f.Name, 1)
			if err != nil {
				return err
			}
			d.new[at] = Text(numbered(f.Default, n))
		case f.Default != "":
			d.new[at] = Text(f.Default)
		}
	}
	if at, ok := d.e.owned(); ok && d.new[at].Null {
		d.new[at] = Text(t.user)
	}
	return nil
}

// numbered puts a number into a form such as INV-{0000}.
func numbered(form string, n uint64) string {
	before, rest, _ := strings.Cut(form, "{")
	zeros, after, _ := strings.Cut(rest, "}")
	return fmt.Sprintf("%s%0*d%s", before, len(zeros), n, after)
}

// refer checks that the ids which are given lead to rows.
func (t *tx) refer(d *draft, c Change) error {
	for at, f := range d.e.Fields {
		if !d.given[at] || f.Type != "reference" || d.new[at].Null || named(c, f.RelationshipName) {
			continue
		}
		ids, err := t.find(t.catalog.parent(f), atID, d.new[at].Text)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			d.refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", f.Name)
		}
	}
	return nil
}

// named tells whether a parent was named by an external id, and so found already.
func named(c Change, relation string) bool {
	for name := range c.Parents {
		if strings.EqualFold(name, relation) {
			return true
		}
	}
	return false
}

func (t *tx) require(d *draft, _ Change) error {
	var missing []string
	for at, f := range d.e.Fields {
		if !f.Nillable && f.Createable && d.new[at].Null {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) > 0 {
		d.refuse("REQUIRED_FIELD_MISSING", fmt.Sprintf("Required fields are missing: [%s]", strings.Join(missing, ", ")), missing...)
	}
	return nil
}

// distinct sees to it that unique values stay so.
func (t *tx) distinct(d *draft, _ Change) error {
	for _, at := range d.e.keys {
		f := d.e.Fields[at]
		if !f.Unique || d.new[at].Null || d.old != nil && d.old[at] == d.new[at] {
			continue
		}
		ids, err := t.find(d.e, at, d.new[at].Text)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if id != d.new[atID].Text {
				d.refuse("DUPLICATE_VALUE", fmt.Sprintf("duplicate value found: %s duplicates value on record with id: %s", f.Name, id))
				break
			}
		}
	}
	return nil
}

// store stamps a row and writes it.
func (t *tx) store(d *draft) error {
	stamp := t.begin.Format(instant)
	put := func(at int, value string) {
		if !t.loading || !d.given[at] {
			d.new[at] = Text(value)
		}
	}
	if d.old == nil {
		id, err := t.newID(d.e)
		if err != nil {
			return err
		}
		d.new[atID] = Text(id)
		put(atDeleted, "false")
		put(atCreated, stamp)
		put(atCreatedBy, t.user)
	}
	put(atModified, stamp)
	put(atModifiedBy, t.user)
	put(atStamp, max(stamp, d.new[atStamp].Text)) // a row's stamp never goes back
	t.changed(d.e)
	if d.old != nil {
		return t.write(d.e, d.old, d.new)
	}
	values := make([]any, len(d.e.stored))
	for i, at := range d.e.stored {
		values[i] = d.new[at].sql()
	}
	return t.exec(d.e.insertSQL, values...)
}

// write updates the columns that have changed.
func (t *tx) write(e *entity, old, now row) error {
	var sql strings.Builder
	var values []any
	sql.WriteString("UPDATE " + quote(e.Name) + " SET ")
	for _, at := range e.stored {
		if old[at] == now[at] {
			continue
		}
		if len(values) > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString(quote(e.Fields[at].Name) + " = ?")
		values = append(values, now[at].sql())
	}
	if len(values) == 0 {
		return nil
	}
	sql.WriteString(" WHERE Id = ?")
	return t.exec(sql.String(), append(values, old[atID].Text)...)
}

// sql is the cell as a statement takes it.
func (c Cell) sql() any {
	if c.Null {
		return nil
	}
	return c.Text
}
