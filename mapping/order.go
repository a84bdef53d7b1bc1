package mapping

import (
	"slices"
	"strings"

	"crosswalk/internal/yamlfile"
)

// Order sorts mappings so that each comes after those whose rows it refers to,
// or that it names in `after`. A mapping may refer to itself. It is an error, of
// type yamlfile.Problems, if two mappings have the same name or carry the same
// entity into the hub, if none carries one that is referred to, or if mappings
// wait for each other in a circle.
func Order(files []*File) ([]*File, error) {
	o := &orderer{carriers: map[[2]string]*File{}, named: map[string]*File{}, state: map[*File]mark{}}
	for _, f := range files {
		if first, taken := o.named[f.Name]; taken {
			o.fail(f, f.def.Mapping, "%s is called %s already", first.yaml.Name, f.Name)
		}
		o.named[f.Name] = f
		if f.Target.InHub() {
			o.add(f)
		}
	}
	for _, f := range files {
		if o.state[f] == 0 {
			o.visit(f)
		}
	}
	if len(o.problems) > 0 {
		return nil, o.problems
	}
	return o.sorted, nil
}

type mark uint8

const (
	underway mark = iota + 1
	done
)

type orderer struct {
	carriers map[[2]string]*File // by system and entity
	named    map[string]*File
	state    map[*File]mark
	path     []*File // the mappings under way
	sorted   []*File
	problems yamlfile.Problems
}

func (o *orderer) fail(f *File, at yamlfile.Text, format string, args ...any) {
	o.problems = append(o.problems, f.yaml.Problem(at, format, args...))
}

func (o *orderer) add(f *File) {
	entity := [2]string{f.Source.System, f.Entity}
	if first, taken := o.carriers[entity]; taken {
		o.fail(f, f.def.Mapping, "%s/%s is carried by mapping %s (%s) already; give each an `entity` of its own", entity[0], entity[1], first.Name, first.yaml.Name)
		return
	}
	o.carriers[entity] = f
}

func (o *orderer) visit(f *File) {
	o.state[f] = underway
	o.path = append(o.path, f)
	for i := range f.def.Fields {
		if ref := f.def.Fields[i].Value.Ref; ref.Value != "" {
			o.follow(f, ref)
		}
	}
	for _, name := range f.def.After {
		o.wait(f, name)
	}
	o.path = o.path[:len(o.path)-1]
	o.state[f] = done
	o.sorted = append(o.sorted, f)
}

func (o *orderer) follow(f *File, ref yamlfile.Text) {
	system, entity := f.refersTo(ref)
	to, ok := o.carriers[[2]string{system, entity}]
	switch {
	case !ok:
		o.fail(f, ref, "no mapping carries %s/%s; %s", system, entity, yamlfile.Suggest(system+"/"+entity, o.known()))
	case to != f:
		o.visitFirst(f, to, ref, "refer to each other", "leave one of the references out")
	}
}

// wait sees to it that a mapping named in `after` comes first.
func (o *orderer) wait(f *File, name yamlfile.Text) {
	to, ok := o.named[name.Value]
	switch {
	case !ok || to.Target.System != f.Target.System:
		o.fail(f, name, "no mapping to %s is called %s; %s", f.Target.System, name, yamlfile.Suggest(name.Value, o.beside(f)))
	case to.Target.Table == f.Target.Table:
		o.fail(f, name, "%s fills %s too, and the rows of a table are written together", name, f.Target.Table)
	default:
		o.visitFirst(f, to, name, "wait for each other", "leave one of them out of `after`")
	}
}

// visitFirst visits to, of which f says at the given place that it comes first.
func (o *orderer) visitFirst(f, to *File, at yamlfile.Text, how, remedy string) {
	switch o.state[to] {
	case done:
	case underway:
		circle := append(slices.Clone(o.path[slices.Index(o.path, to):]), to)
		names := make([]string, len(circle))
		for i, c := range circle {
			names[i] = c.Name
		}
		o.fail(f, at, "mappings %s in a circle: %s; %s", how, strings.Join(names, " -> "), remedy)
	default:
		o.visit(to)
	}
}

// beside lists the other mappings to the system of f.
func (o *orderer) beside(f *File) []string {
	var names []string
	for name, other := range o.named {
		if other != f && other.Target.System == f.Target.System {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (o *orderer) known() []string {
	var names []string
	for entity := range o.carriers {
		names = append(names, entity[0]+"/"+entity[1])
	}
	slices.Sort(names)
	return names
}
