package mapping

import (
	"fmt"
	"slices"
	"strings"

	"crosswalk/mapping/expression"
	"crosswalk/record"
)

// Mapper maps rows one after the other. It belongs to one goroutine.
type Mapper struct {
	program *Program
	frame   *expression.Frame
	name    []byte // a name to be hashed: namespace, system, entity, key
	prefix  []byte // the part of it that is the same for every row
	buffer  []byte // the same of a row referred to
	texts   record.Arena
	source  record.Value
	entity  record.Value
}

// Verdict is what becomes of one source row.
type Verdict struct {
	Outcome Outcome
	Rule    string       // why, in the same words for all rows concerned; "" if carried
	Reason  string       // why, about this row; values of masked fields appear as digests
	By      record.Value // of the rows that share a key, the greatest stays; see KeepMax
	Key     string       // the source key; "" if the row has none
}

// Mapper returns a new Mapper.
func (p *Program) Mapper() *Mapper {
	return &Mapper{
		program: p, frame: p.scope.NewFrame(), prefix: idPrefix(p.system, p.entity),
		source: record.Text(p.system), entity: record.Text(p.entity),
	}
}

// Map maps the row in, whose values are in the order of Needs, to the row out,
// which has the width of Schema. What is in out counts only if the row is
// carried; its texts may be kept.
func (m *Mapper) Map(in, out record.Row) Verdict {
	p := m.program
	m.frame.Use(in)
	v := Verdict{Outcome: Carried}
	if !m.readKey(&v) || !m.checkLine(&v, out) || !m.checkRules(&v) || !m.decided(&v, out) {
		return v
	}
	for i := range p.fields {
		if !m.fill(&p.fields[i], in, out, &v) {
			return v
		}
	}
	if p.id >= 0 {
		out[p.id] = m.id(m.name)
	}
	if p.sourceAt >= 0 {
		out[p.sourceAt] = m.source
	}
	if p.entityAt >= 0 {
		out[p.entityAt] = m.entity
	}
	if p.keyAt >= 0 {
		out[p.keyAt] = record.Text(v.Key)
	}
	if p.by != nil {
		by, err := p.by.Eval(m.frame)
		if err != nil {
			return m.failed(&v, "duplicates", p.readsMasked(p.by), err)
		}
		v.By = by
	}
	return v
}

// Identify fills in the key of the target's row that the row mapped last, with
// verdict v, would have become, although it was set aside. It reports whether
// anybody can tell. Of out only the key counts.
func (m *Mapper) Identify(in, out record.Row, v Verdict) bool {
	p := m.program
	if p.id >= 0 {
		out[p.id] = m.id(m.name)
		return v.Key != ""
	}
	v = Verdict{}
	if !m.checkLine(&v, out) && slices.Contains(p.schema.Key, p.lineAt) {
		return false
	}
	for i := range p.fields {
		if f := &p.fields[i]; slices.Contains(p.schema.Key, f.at) && !m.fill(f, in, out, &v) {
			return false
		}
	}
	return true
}

// set makes v a verdict against the row.
func (v *Verdict) set(o Outcome, rule, reason string) bool {
	v.Outcome, v.Rule, v.Reason = o, rule, reason
	return false
}

// failed rejects a row for which something could not be computed.
func (m *Mapper) failed(v *Verdict, what string, hidden bool, err error) Verdict {
	v.set(Rejected, what+" cannot be computed", what+": "+unlessHidden(hidden, err))
	return *v
}

func unlessHidden(hidden bool, err error) string {
	if hidden {
		return "it cannot be computed from a masked value"
	}
	return err.Error()
}

// readKey computes the source key and the name that the id is made of. A key
// with a part that is null or empty is none.
func (m *Mapper) readKey(v *Verdict) bool {
	m.name = append(m.name[:0], m.prefix...)
	start := len(m.name)
	for i, e := range m.program.key {
		part, err := e.Eval(m.frame)
		if err != nil {
			m.failed(v, "key", m.program.readsMasked(e), err)
			return false
		}
		if part.IsNull() || part == record.Text("") {
			return true
		}
		if i > 0 {
			m.name = append(m.name, '|')
		}
		m.name = appendKeyPart(m.name, part)
	}
	v.Key = m.texts.String(m.name[start:])
	return true
}

// OtherLine is the rule that excludes the rows of other product lines.
const OtherLine = "other line"

// checkLine excludes the rows of other product lines. A row without a line is
// left to the rules first; see decided.
func (m *Mapper) checkLine(v *Verdict, out record.Row) bool {
	p := m.program
	if p.line == nil {
		return true
	}
	line, err := p.line.Eval(m.frame)
	if err != nil {
		m.failed(v, "line", p.readsMasked(p.line), err)
		return false
	}
	out[p.lineAt] = record.Null()
	if line.IsNull() {
		return true
	}
	if line.Kind() != record.KindText {
		line = record.Text(line.String())
	}
	if p.onlyLine != "" && line.AsText() != p.onlyLine {
		return v.set(Excluded, OtherLine, "line "+line.AsText())
	}
	out[p.lineAt] = line
	return true
}

// checkRules lets the first rule decide that holds.
func (m *Mapper) checkRules(v *Verdict) bool {
	for i := range m.program.rules {
		r := &m.program.rules[i]
		holds, err := r.when.Eval(m.frame)
		if err == nil && !holds.IsNull() && holds.Kind() != record.KindBool {
			err = fmt.Errorf("a condition must be bool, not %s", holds.Kind())
		}
		if err != nil {
			m.failed(v, "rule "+r.name, m.program.readsMasked(r.when), err)
			return false
		}
		if holds.AsBool() {
			return v.set(r.outcome, r.name, m.render(r.because))
		}
	}
	return true
}

// decided sets a row aside that no rule has spoken for, but that has no key or
// no product line.
func (m *Mapper) decided(v *Verdict, out record.Row) bool {
	if v.Key == "" {
		return v.set(Rejected, "no key", "no key")
	}
	if m.program.line != nil && out[m.program.lineAt].IsNull() {
		return v.set(Quarantined, "no product line", "no product line")
	}
	return true
}

// fill computes one field.
func (m *Mapper) fill(f *field, in, out record.Row, v *Verdict) bool {
	var value record.Value
	var err error
	switch {
	case f.constant:
		out[f.at] = f.value
		return true
	case f.column >= 0:
		value = in[f.column]
	case f.ref != nil:
		value, err = m.refer(f.ref)
	default:
		value, err = f.expr.Eval(m.frame)
	}
	if err == nil && f.ending != nil {
		value, err = f.ending.convert(value)
	}
	if err != nil {
		m.failed(v, "field "+f.name, f.hidden, err)
		return false
	}
	fitting, wrong := f.accept(value)
	if wrong != nil {
		if f.hidden {
			wrong.err = nil
		}
		return v.set(Rejected, wrong.rule(), wrong.Error())
	}
	out[f.at] = fitting
	return true
}

// refer makes the id of the row referred to; a key with a part that is null
// refers to nothing.
func (m *Mapper) refer(r *reference) (record.Value, error) {
	m.buffer = append(m.buffer[:0], r.prefix...)
	for i, e := range r.key {
		part, err := e.Eval(m.frame)
		if err != nil || part.IsNull() {
			return record.Null(), err
		}
		if i > 0 {
			m.buffer = append(m.buffer, '|')
		}
		m.buffer = appendKeyPart(m.buffer, part)
	}
	return m.id(m.buffer), nil
}

func (m *Mapper) id(name []byte) record.Value {
	var id [36]byte
	return record.Text(m.texts.String(appendID(id[:0], name)))
}

// render writes the reason of a rule.
func (m *Mapper) render(t template) string {
	if len(t) == 1 {
		return t[0].text
	}
	var out strings.Builder
	for _, piece := range t {
		if piece.expr == nil {
			out.WriteString(piece.text)
			continue
		}
		value, err := piece.expr.Eval(m.frame)
		switch {
		case err != nil:
			out.WriteString("?")
		case value.IsNull():
			out.WriteString("null")
		case m.program.readsMasked(piece.expr):
			out.WriteString(m.mask(value))
		default:
			out.WriteString(clip(value.String()))
		}
	}
	return out.String()
}

// mask shows a value only as a digest, which without a key would be no mask.
func (m *Mapper) mask(v record.Value) string {
	if len(m.program.maskKey) == 0 {
		return "masked"
	}
	return record.Keyed(m.program.maskKey, v)
}
