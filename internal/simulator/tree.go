package simulator

import (
	"net/http"
	"strings"

	"crosswalk/internal/simulator/org"
)

// Limits of a tree.
const (
	maxTreeDepth = 5
	maxTreeKinds = 5
)

// node is a record of a tree, ready to be written once its parent is.
type node struct {
	record
	object *org.Object
	parent *node
	link   string // the field that refers to the parent
	id     string
}

// treeResult tells of one record of a tree.
type treeResult struct {
	Reference string     `json:"referenceId"`
	ID        string     `json:"id,omitempty"`
	Errors    []rowError `json:"errors,omitempty"`
}

// tree answers POST composite/tree/OBJECT: all records are created, or none.
func (s *Server) tree(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Records []any `json:"records"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	records, err := parseRecords(body.Records)
	if err != nil {
		return reply{}, err
	}
	var plan forest
	if err := plan.grow(s, object, records, nil, "", 0); err != nil {
		return reply{}, err
	}
	if err := plan.check(); err != nil {
		return reply{}, err
	}
	return s.plant(c, plan)
}

// forest holds the records of a tree by their distance from the root.
type forest struct {
	levels [maxTreeDepth][]*node
}

// grow adds records, and their children below them.
func (f *forest) grow(s *Server, object *org.Object, records []record, parent *node, link string, depth int) error {
	if depth == maxTreeDepth {
		return refuse(http.StatusBadRequest, "INVALID_INPUT", "a tree has at most %d levels", maxTreeDepth)
	}
	for _, r := range records {
		if r.reference == "" {
			return refuse(http.StatusBadRequest, "INVALID_INPUT", "Missing attributes.referenceId")
		}
		if err := r.fits(object); err != nil {
			return err
		}
		n := &node{record: r, object: object, parent: parent, link: link}
		f.levels[depth] = append(f.levels[depth], n)
		for name, children := range r.children {
			to, ok := childBy(object, name)
			if !ok {
				return refuse(http.StatusBadRequest, "INVALID_FIELD", "No such child relationship '%s' on entity '%s'", name, object.Name)
			}
			below, err := s.object(to.Object)
			if err != nil {
				return err
			}
			if err := f.grow(s, below, children, n, to.Field, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func childBy(object *org.Object, relationship string) (org.Child, bool) {
	for _, child := range object.Children {
		if strings.EqualFold(child.RelationshipName, relationship) {
			return child, true
		}
	}
	return org.Child{}, false
}

// check holds the whole tree against the limits.
func (f *forest) check() error {
	references, kinds := map[string]bool{}, map[string]bool{}
	count := 0
	for _, level := range f.levels {
		for _, n := range level {
			if references[n.reference] {
				return refuse(http.StatusBadRequest, "INVALID_INPUT", "Duplicate ReferenceId provided in the request: %s", n.reference)
			}
			references[n.reference], kinds[n.object.Name] = true, true
			count++
		}
	}
	if len(kinds) > maxTreeKinds {
		return refuse(http.StatusBadRequest, "INVALID_INPUT", "a tree has at most %d kinds of records", maxTreeKinds)
	}
	return checkCount(count)
}

// plant writes the levels from the root down. If one fails, those above it
// are removed again.
func (s *Server) plant(c *call, f forest) (reply, error) {
	outer := c.undone
	c.undone = &undo{}
	defer func() { c.undone = outer }()
	answer := struct {
		HasErrors bool         `json:"hasErrors"`
		Results   []treeResult `json:"results"`
	}{Results: []treeResult{}}
	for _, level := range f.levels {
		changes := make([]org.Change, len(level))
		for i, n := range level {
			if n.parent != nil {
				n.values[n.link] = org.Text(n.parent.id)
			}
			changes[i] = org.Change{Object: n.object.Name, Op: org.Insert, Values: n.values, Parents: n.parents}
		}
		results, err := s.write(c, changes, true)
		if err != nil {
			return reply{}, err
		}
		broken := brokenOf(level, results)
		if len(broken) > 0 {
			answer.HasErrors, answer.Results = true, broken
			return document(http.StatusBadRequest, answer), c.undone.run(s, c)
		}
		for i, n := range level {
			n.id = results[i].ID
			answer.Results = append(answer.Results, treeResult{Reference: n.reference, ID: n.id})
		}
	}
	outer.join(c.undone)
	return document(http.StatusCreated, answer), nil
}

// brokenOf lists the records that are to blame for a failure.
func brokenOf(level []*node, results []org.Result) []treeResult {
	var broken []treeResult
	for i, r := range results {
		if len(r.Errors) > 0 && r.Errors[0].Status != "ALL_OR_NONE_OPERATION_ROLLED_BACK" {
			broken = append(broken, treeResult{Reference: level[i].reference, Errors: rowErrors(r.Errors)})
		}
	}
	return broken
}
