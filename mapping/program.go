package mapping

import (
	"slices"

	"crosswalk/mapping/expression"
	"crosswalk/record"
)

// Program is a mapping ready to run.
type Program struct {
	system, entity string
	onlyLine       string // the product line whose rows are carried; "" for all
	scope          *expression.Scope
	key            []*expression.Expression
	line           *expression.Expression
	rules          []rule
	fields         []field
	by             *expression.Expression

	schema                                *record.Schema
	id, lineAt, sourceAt, entityAt, keyAt int // positions of the columns that crosswalk fills in; -1 if there is none
	refs                                  []Ref
	compared                              []int
	lossy                                 map[int]Lossy
	maskKey                               []byte
	masked                                []int // positions in Needs
	emptyIsNull                           bool
	fingerprint                           string
}

type rule struct {
	outcome Outcome
	name    string
	when    *expression.Expression
	because template
}

// field is one column of the target. It is filled by a constant, by a plain
// copy, by an expression or by a reference.
type field struct {
	name     string
	at       int
	typ      record.Type
	nullable bool
	masked   bool
	hidden   bool // messages must not show what it is computed from
	allowed  map[string]bool
	ending   *ending // turns the value into an end date of the target; nil if it need not

	emptyIsNull bool

	constant bool
	value    record.Value
	column   int // position in Needs to copy from, or -1
	expr     *expression.Expression
	ref      *reference
}

// reference makes the id of the row referred to.
type reference struct {
	prefix []byte
	key    []*expression.Expression
}

// Ref is a field that refers to the row of another mapping, or of the same.
type Ref struct {
	Field    int     // its position in Schema
	System   string  // where the row referred to comes from,
	Entity   string  // and what it is
	Missing  Outcome // what becomes of a row if the row referred to is not carried; Null empties the field
	Nullable bool
}

// finish settles what depends on all fields.
func (p *Program) finish(masked []int) {
	slices.Sort(masked)
	p.masked = slices.Compact(masked)
	for i := range p.fields {
		f := &p.fields[i]
		f.hidden = f.masked || f.expr != nil && p.readsMasked(f.expr) || f.ref != nil && slices.ContainsFunc(f.ref.key, p.readsMasked)
	}
	for _, f := range p.fields {
		// What the hub masks is masked on its way out, too.
		p.schema.Fields[f.at].Masked = p.schema.Fields[f.at].Masked || f.hidden && p.id < 0
	}
	if p.keyAt >= 0 && slices.ContainsFunc(p.key, p.readsMasked) {
		p.schema.Fields[p.keyAt].Masked = true
	}
}

// readsMasked reports whether e depends on a source column that feeds a
// masked field.
func (p *Program) readsMasked(e *expression.Expression) bool {
	return slices.ContainsFunc(e.Reads(), func(column int) bool { return slices.Contains(p.masked, column) })
}

// Schema describes the rows that a Mapper makes. In the hub: id first, then the
// columns that the mapping fills in the order of the target, then line, source,
// source_entity and source_key as far as the target has them. Elsewhere: the
// columns that the mapping fills, then that of the product line, if there is one.
func (p *Program) Schema() *record.Schema { return p.schema }

// Needs returns the source columns that are read, in the order that the input
// of Map must have.
func (p *Program) Needs() []string { return p.scope.Needs() }

// Refs lists the references to other rows.
func (p *Program) Refs() []Ref { return p.refs }

// Compared lists the columns of Schema in which a difference counts.
func (p *Program) Compared() []int { return p.compared }

// Lossy says which of the Compared columns are not compared exactly, by their
// position in Schema.
func (p *Program) Lossy() map[int]Lossy { return p.lossy }

// KeepMax reports what becomes of different rows that share a key: true if the
// one with the greatest Verdict.By stays and the others count as merged, false
// if all of them are quarantined.
func (p *Program) KeepMax() bool { return p.by != nil }

// MaskedInputs returns the source columns whose values feed masked fields, and
// those of File.KeyNames that depend on such a column. Their values may only
// be shown as keyed digests.
func (p *Program) MaskedInputs() []string {
	var names []string
	for _, at := range p.masked {
		names = append(names, p.Needs()[at])
	}
	for _, k := range p.key {
		if p.readsMasked(k) && !slices.Contains(names, k.Text) {
			names = append(names, k.Text)
		}
	}
	return names
}

// Fingerprint is a hash of everything that the program's results depend on
// besides the source rows: the file apart from its comments and layout, the
// content of its look-ups, and the version of the expression language.
func (p *Program) Fingerprint() string { return p.fingerprint }
