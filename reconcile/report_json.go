package reconcile

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
)

// WriteJSON writes the report as indented JSON: the fields of Report, and
// "totals", the sum of its counts. Lists without entries are [], never null.
// JSON can only hold text; a byte that is no UTF-8 is spelled \xff.
//
// What it writes can be decoded into a Report again.
func WriteJSON(w io.Writer, r *Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// MarshalJSON gives the report the same form wherever it stands.
func (r *Report) MarshalJSON() ([]byte, error) {
	type fields Report // without this method
	document := struct {
		*fields
		Totals Counts `json:"totals"`
	}{(*fields)(r.decodable()), r.Total()}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(document)
	return out.Bytes(), err
}

// decodable returns a copy whose lists are never nil and whose text is valid.
func (r *Report) decodable() *Report {
	out := *r
	out.Counts = append([]Counts{}, r.Counts...)
	out.Reasons = append([]Reason{}, r.Reasons...)
	out.Soft = append([]SoftCount{}, r.Soft...)
	out.Withheld = append([]Withheld{}, r.Withheld...)
	out.Invariants = append([]Invariant{}, r.Invariants...)
	out.NotChecked = append([]string{}, r.NotChecked...)
	out.Findings = append([]Difference{}, r.Findings...)
	out.Refused = append([]Refused{}, r.Refused...)
	out.SetAside = append([]Aside{}, r.SetAside...)
	for i := range out.Findings {
		d := &out.Findings[i]
		d.Key, d.Source, d.Fields = valid(d.Key), valid(d.Source), slices.Clone(d.Fields)
		for j := range d.Fields {
			d.Fields[j].Want, d.Fields[j].Have = validPtr(d.Fields[j].Want), validPtr(d.Fields[j].Have)
		}
	}
	for i := range out.Refused {
		f := &out.Refused[i]
		f.Key, f.Reason = valid(f.Key), valid(f.Reason)
	}
	for i := range out.SetAside {
		a := &out.SetAside[i]
		a.Key, a.Reason, a.Input = valid(a.Key), valid(a.Reason), valid(a.Input)
	}
	for i := range out.Invariants {
		out.Invariants[i].Examples = slices.Clone(out.Invariants[i].Examples)
		for j, example := range out.Invariants[i].Examples {
			out.Invariants[i].Examples[j] = valid(example)
		}
	}
	return &out
}

func validPtr(s *string) *string {
	if s == nil {
		return nil
	}
	v := valid(*s)
	return &v
}
