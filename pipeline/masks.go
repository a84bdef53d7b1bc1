package pipeline

import "slices"

// shareMasks hides a column of a source in every mapping that reads it from
// the same table, if one of them masks it: what is hidden in one place must
// not show in another.
func (f *Flows) shareMasks() error {
	type column struct{ system, table, name string }
	masked := map[column]bool{}
	for _, flow := range f.flows {
		for _, p := range flow.parts {
			for _, name := range p.program.MaskedInputs() {
				masked[column{p.file.Source.System, p.table, name}] = true
			}
		}
	}
	for _, flow := range f.flows {
		for _, p := range flow.parts {
			err := p.hide(f.job, func(name string) bool { return masked[column{p.file.Source.System, p.table, name}] })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// hide compiles a part once more, if it shows columns that must be hidden.
func (p *part) hide(j Job, hidden func(name string) bool) error {
	own := p.program.MaskedInputs()
	if !slices.ContainsFunc(p.program.Needs(), func(name string) bool { return hidden(name) && !slices.Contains(own, name) }) {
		return nil
	}
	from := *p.from
	from.Fields = slices.Clone(from.Fields)
	for i := range from.Fields {
		from.Fields[i].Masked = from.Fields[i].Masked || hidden(from.Fields[i].Name)
	}
	p.from = &from
	return p.compile(j)
}
