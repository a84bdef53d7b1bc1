package workspace

import (
	"maps"
	"slices"

	"crosswalk/internal/yamlfile"
)

// apart sees to it that no line takes the rows of another for rows that nobody
// wants, and deletes them. In the hub they are told apart by line and source;
// elsewhere only a mapping can tell.
func (r *reader) apart(at yamlfile.Text, a, b Line) {
	told := map[string]bool{}
	for _, m := range slices.Concat(a.Mappings, b.Mappings) {
		t := m.Target
		bounded := t.InHub() || t.Line != "" || t.IgnoreExtra
		if bounded || told[t.System+"."+t.Table] || sameOrNone(a.into(t.System, t.Table), b.into(t.System, t.Table)) {
			continue
		}
		told[t.System+"."+t.Table] = true
		r.fail(at, "lines %s and %s fill %s of %s by different mappings, and would delete the rows of each other; say in their `target` which `line` a row belongs to, or `extra: ignore`",
			a.Code, b.Code, t.Table, t.System)
	}
}

// into names the mappings of the line that fill a table of a system.
func (l Line) into(system, table string) []string {
	var names []string
	for _, m := range l.To(system) {
		if m.Target.Table == table {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

// sameOrNone reports whether two lines fill a table by the same mappings, or
// one of them not at all.
func sameOrNone(a, b []string) bool { return len(a) == 0 || len(b) == 0 || slices.Equal(a, b) }

// unique sees to it that the mappings of a line, given as files by name, are not
// called like other ones of the lines before: reports and the ledger know them by
// name.
func (r *reader) unique(at yamlfile.Text, named map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if first, taken := r.named[name]; taken && first != named[name] {
			r.fail(at, "%s is called %s, as %s is; a name stands for one mapping in all lines", named[name], name, first)
		}
	}
	maps.Copy(r.named, named)
}
