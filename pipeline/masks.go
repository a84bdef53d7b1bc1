package pipeline

import "slices"

// shareMasks hides a column of a source in every mapping that may read it, if
// one of them masks it: what is hidden in one place must not show in another.
func (f *Flows) shareMasks() error {
	var all []*part
	for _, flow := range f.flows {
		all = append(all, flow.parts...)
	}
	var masked []maskedColumn
	for _, p := range all {
		for _, name := range p.program.MaskedInputs() {
			masked = append(masked, maskedColumn{p, name})
		}
	}
	for _, p := range all {
		hidden := func(name string) bool {
			return slices.ContainsFunc(masked, func(c maskedColumn) bool { return c.name == name && c.of.sharesRows(p) })
		}
		if err := p.hide(f.job, hidden); err != nil {
			return err
		}
	}
	return nil
}

type maskedColumn struct {
	of   *part
	name string
}

// sharesRows reports whether two parts may read the same table. Which tables a
// query reads, nobody knows.
func (p *part) sharesRows(other *part) bool {
	query := p.file.Source.Query != "" || other.file.Source.Query != ""
	return p.file.Source.System == other.file.Source.System && (query || p.table == other.table)
}

// hide compiles a part once more, if it shows columns that must be hidden.
func (p *part) hide(j Job, hidden func(name string) bool) error {
	own := p.program.MaskedInputs()
	if !slices.ContainsFunc(p.program.Needs(), func(name string) bool { return hidden(name) && !slices.Contains(own, name) }) {
		return nil
	}
	p.mask(hidden)
	return p.compile(j)
}

// mask marks columns of the part's source as masked.
func (p *part) mask(hidden func(name string) bool) {
	from := *p.from
	from.Fields = slices.Clone(from.Fields)
	for i := range from.Fields {
		from.Fields[i].Masked = from.Fields[i].Masked || hidden(from.Fields[i].Name)
	}
	p.from = &from
}
