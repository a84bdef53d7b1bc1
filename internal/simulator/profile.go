package simulator

import (
	"fmt"
	"strings"

	"crosswalk/internal/simulator/org"
)

// readOnly indexes the fields that the user may not write.
func (p Profile) readOnly() map[string]bool {
	index := map[string]bool{}
	for _, name := range p.ReadOnlyFields {
		index[strings.ToLower(name)] = true
	}
	return index
}

// mayWrite reports whether the profile lets the user write a field.
func (s *Server) mayWrite(object, field string) bool {
	return !s.readOnly[strings.ToLower(object+"."+field)]
}

// forbidden is what the profile has against a change; nil if nothing.
func (s *Server) forbidden(change org.Change) []org.RowError {
	if len(s.readOnly) == 0 {
		return nil
	}
	var names []string
	for name := range change.Values {
		if !s.mayWrite(change.Object, name) {
			names = append(names, name)
		}
	}
	object, _ := s.org.Object(change.Object)
	for relationship := range change.Parents {
		if f, ok := referenceBy(object, relationship); ok && !s.mayWrite(change.Object, f.Name) {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []org.RowError{{
		Status:  "INVALID_FIELD_FOR_INSERT_UPDATE",
		Message: fmt.Sprintf("Unable to create/update fields: %s. Please check the security settings of this field and verify that it is read/write for your profile or permission set.", strings.Join(names, ", ")),
		Fields:  names,
	}}
}

// referenceBy finds the reference with a relationship name.
func referenceBy(object *org.Object, relationship string) (org.Field, bool) {
	if object == nil {
		return org.Field{}, false
	}
	for _, f := range object.Fields {
		if f.RelationshipName != "" && strings.EqualFold(f.RelationshipName, relationship) {
			return f, true
		}
	}
	return org.Field{}, false
}
