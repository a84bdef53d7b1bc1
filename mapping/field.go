package mapping

import (
	"fmt"
	"slices"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/mapping/expression"
	"crosswalk/record"
)

// field compiles one column of the target.
func (c *compilation) field(column record.Field, def *fieldDef) {
	p := c.program
	f := field{name: column.Name, at: len(p.schema.Fields), typ: column.Type, nullable: column.Nullable, masked: def.Mask, column: -1, emptyIsNull: p.emptyIsNull}
	if def.Ref.Value != "" {
		c.ref(&f, def)
	} else {
		c.value(&f, def)
	}
	p.fields = append(p.fields, f)
	column.Masked = column.Masked || def.Mask
	p.schema.Fields = append(p.schema.Fields, column)
	c.compare(f.at, column, def.Compare)
}

// value compiles a field that is computed from the row itself.
func (c *compilation) value(f *field, def *fieldDef) {
	e := c.compile(def.Value)
	if e == nil {
		return
	}
	f.expr = e
	f.allowed = c.allowed(f.name)
	if def.Mask {
		c.masked = append(c.masked, e.Reads()...)
	}
	kind := e.Kind
	if def.EndDate.given {
		kind = c.end(f, def, kind)
	}
	if v, ok := e.Constant(); ok && f.ending == nil {
		v, wrong := f.accept(v)
		if wrong != nil {
			c.fail(def.Value, "%v", wrong)
		}
		f.constant, f.value = true, v
		return
	}
	if !convertible(kind, f.typ.Kind) {
		c.fail(def.Value, "`%s` is %s, but column %s is %s%s", def.Value, kind, f.name, f.typ, bridge(kind, f.typ.Kind))
		return
	}
	if at, ok := e.Column(); ok {
		f.column = at
	}
	c.choices(f, def.Value, e)
}

// choices finds the values of a field that are spelled out in the mapping or
// in a look-up table, but that the column does not allow.
func (c *compilation) choices(f *field, at yamlfile.Text, e *expression.Expression) {
	values, known := e.Choices()
	if !known || f.allowed == nil {
		return
	}
	for _, v := range values {
		if !f.allowed[v] {
			c.fail(at, "column %s may not be %q; %s", f.name, v, f.known())
		}
	}
}

func (c *compilation) allowed(column string) map[string]bool {
	if c.env.Target.Allowed == nil {
		return nil
	}
	list := c.env.Target.Allowed(column)
	if len(list) == 0 {
		return nil
	}
	set := make(map[string]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return set
}

// convertible reports whether record.Convert can ever make a value of one kind
// from one of another.
func convertible(from, to record.Kind) bool {
	if from == to || from == record.KindNull || to == record.KindNull || to == record.KindText {
		return true
	}
	var sources []record.Kind
	switch to {
	case record.KindBytes, record.KindInstant:
		sources = []record.Kind{record.KindText}
	case record.KindInt:
		sources = []record.Kind{record.KindText, record.KindDecimal, record.KindFloat, record.KindBool}
	case record.KindDecimal, record.KindFloat:
		sources = []record.Kind{record.KindText, record.KindInt, record.KindDecimal, record.KindFloat}
	case record.KindBool:
		sources = []record.Kind{record.KindText, record.KindInt}
	case record.KindDate:
		sources = []record.Kind{record.KindText, record.KindLocal}
	case record.KindLocal:
		sources = []record.Kind{record.KindText, record.KindDate}
	}
	return slices.Contains(sources, from)
}

// bridge names the function that leads from one kind to another.
func bridge(from, to record.Kind) string {
	switch {
	case from == record.KindInstant && to == record.KindDate:
		return "; write local_date(…, 'Europe/Berlin')"
	case (from == record.KindLocal || from == record.KindDate) && to == record.KindInstant:
		return "; write instant(…, 'Europe/Berlin')"
	case isNumber(from) && to == record.KindDate:
		return "; write excel_date(…), if it counts days as Excel does"
	}
	return ""
}

func isNumber(k record.Kind) bool {
	return k == record.KindInt || k == record.KindDecimal || k == record.KindFloat
}

// ref compiles a reference to the row of another mapping, or of the same.
func (c *compilation) ref(f *field, def *fieldDef) {
	system, entity := c.file.refersTo(def.Ref)
	r := &reference{prefix: idPrefix(system, entity)}
	for _, k := range def.Key {
		if e := c.compile(k); e != nil {
			r.key = append(r.key, e)
			if def.Mask {
				c.masked = append(c.masked, e.Reads()...)
			}
		}
	}
	if f.typ.Kind != record.KindText {
		c.fail(def.Ref, "column %s is %s and cannot refer to a row", f.name, f.typ)
	}
	missing := def.WhenMissing
	switch {
	case missing == "":
		missing = Quarantined
	case missing == Null && !f.nullable:
		c.fail(def.Ref, "column %s must not be null; choose another answer to a missing %s", f.name, entity)
	}
	f.ref = r
	c.program.refs = append(c.program.refs, Ref{Field: f.at, System: system, Entity: entity, Missing: missing, Nullable: f.nullable})
}

// refersTo reads entity or system/entity.
func (f *File) refersTo(ref yamlfile.Text) (system, entity string) {
	if system, entity, ok := strings.Cut(ref.Value, "/"); ok {
		return system, entity
	}
	return f.Source.System, ref.Value
}

// compare notes how a field is compared.
func (c *compilation) compare(at int, column record.Field, def compareDef) {
	p := c.program
	if def.never {
		return
	}
	p.compared = append(p.compared, at)
	lossy := def.lossy
	if lossy.IsZero() {
		return
	}
	if kind := column.Type.Kind; (lossy.Trim || lossy.Casefold || lossy.NullEqEmpty) && kind != record.KindText {
		c.fail(def.at, "column %s is %s; trim, casefold and null_eq_empty are for texts", column.Name, column.Type)
	} else if !lossy.Tolerance.IsNull() && !isNumber(kind) {
		c.fail(def.at, "column %s is %s; tolerance is for numbers", column.Name, column.Type)
	}
	if p.lossy == nil {
		p.lossy = map[int]Lossy{}
	}
	p.lossy[at] = lossy
}

// template is the text of a `because`, with expressions in braces.
type template []piece

type piece struct {
	text string
	expr *expression.Expression // instead of text
}

func (c *compilation) template(text yamlfile.Text) template {
	var t template
	rest, offset := text.Value, 0
	for {
		before, after, found := strings.Cut(rest, "{")
		t = append(t, piece{text: before})
		if !found {
			return t
		}
		inside, behind, closed := strings.Cut(after, "}")
		offset += len([]rune(before)) + 1
		if !closed {
			c.problems = append(c.problems, c.file.yaml.ProblemAt(text, offset-1, "`{` without `}`"))
			return t
		}
		e, err := c.scope.Compile(inside)
		c.note(text, offset, err)
		t = append(t, piece{expr: e})
		rest, offset = behind, offset+len([]rune(inside))+1
	}
}

// accept makes v a value of the field, or says why it cannot be one.
func (f *field) accept(v record.Value) (record.Value, *misfit) {
	if f.emptyIsNull && v == record.Text("") {
		v = record.Null()
	}
	if v.IsNull() || v.Kind() == record.KindAbsent {
		if !f.nullable {
			return v, &misfit{"%s must not be null", f.name, nil}
		}
		return record.Null(), nil
	}
	v, err := record.Convert(v, f.typ)
	if err != nil {
		return v, &misfit{"%s does not fit", f.name, err}
	}
	if f.allowed != nil && !f.allowed[v.String()] {
		return v, &misfit{"%s has a value that is not allowed", f.name, fmt.Errorf("%q; %s", clip(v.String()), f.known())}
	}
	return v, nil
}

// known lists the values that the field may have.
func (f *field) known() string {
	var list []string
	for v := range f.allowed {
		list = append(list, v)
	}
	slices.Sort(list)
	return "allowed are " + strings.Join(list, ", ")
}

// misfit is why a value cannot stand in a field.
type misfit struct {
	what  string // with the field's name for %s
	field string
	err   error // says more, and may show the value
}

// rule names what is wrong in the same words for every row.
func (m *misfit) rule() string { return fmt.Sprintf(m.what, m.field) }

func (m *misfit) Error() string {
	text := fmt.Sprintf("column "+m.what, m.field)
	if m.err != nil {
		text += ": " + m.err.Error()
	}
	return text
}

// clip shortens a value to what fits in a message.
func clip(s string) string {
	if runes := []rune(s); len(runes) > 100 {
		return string(runes[:99]) + "…"
	}
	return s
}
