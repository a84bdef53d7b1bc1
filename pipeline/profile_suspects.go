package pipeline

import (
	"slices"

	"crosswalk/record"
)

// suspects collects what is suspicious about a column.
type suspects struct{ all map[string]*Suspect }

func (s *suspects) of(what string) *Suspect {
	if s.all == nil {
		s.all = map[string]*Suspect{}
	}
	one := s.all[what]
	if one == nil {
		one = &Suspect{What: what}
		s.all[what] = one
	}
	return one
}

// add counts one value. Null is no example.
func (s *suspects) add(what string, v record.Value) {
	one := s.of(what)
	one.Rows++
	const examples = 3
	if v.IsNull() || len(one.Examples) == examples {
		return
	}
	if example := *shown(v); !slices.Contains(one.Examples, example) {
		one.Examples = append(one.Examples, Shown{owned(example.Value)})
	}
}

// more counts n rows that share a value.
func (s *suspects) more(what string, n int64, example string) {
	s.add(what, record.Text(example))
	s.of(what).Rows += n - 1
}

func (s *suspects) list() []Suspect {
	var all []Suspect
	for _, one := range s.all {
		all = append(all, *one)
	}
	byRows(all, func(s Suspect) int64 { return s.Rows }, func(s Suspect) string { return s.What })
	return all
}
