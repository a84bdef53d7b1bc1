package workspace

import (
	"encoding/json"

	"crosswalk/connectors"
	"crosswalk/internal/yamlfile"
)

// JSONSchema describes crosswalk.yaml, so that an editor can complete and
// check it while it is written. The settings of each kind of system are those
// of the registry.
func JSONSchema(registry *connectors.Registry) ([]byte, error) {
	s := &schemer{}
	schema := s.reflect("crosswalk workspace", document{})
	properties := schema["properties"].(object)

	var systems []form
	for _, kind := range registry.Kinds() {
		systems = append(systems, form{kind, s.reflect("", registry.Settings(kind))})
	}
	databases := []form{{"sqlite", s.reflect("", sqliteSettings{})}, {"postgres", s.reflect("", postgresSettings{})}}
	if s.err != nil {
		return nil, s.err
	}

	properties["version"].(object)["enum"] = []any{1}
	properties["systems"].(object)["type"] = "object"
	properties["systems"].(object)["additionalProperties"] = choice("kind", "What the system is.", systems)
	for _, name := range []string{"hub", "ledger"} {
		database := choice("driver", "The database: sqlite for one machine, postgres for a team.", databases)
		database["description"] = properties[name].(object)["description"]
		properties[name] = database
	}
	allowVariables(schema)
	out, err := json.MarshalIndent(schema, "", "  ")
	return append(out, '\n'), err
}

type object = map[string]any

// schemer reflects types until one fails.
type schemer struct{ err error }

func (s *schemer) reflect(title string, sample any) object {
	out, err := yamlfile.JSONSchema(title, sample)
	schema := object{}
	if err == nil {
		err = json.Unmarshal(out, &schema)
	}
	if err != nil {
		s.err = err
	}
	if title == "" {
		delete(schema, "title")
		delete(schema, "$schema")
	}
	return schema
}

// form is what a mapping looks like where one key has one value.
type form struct {
	value  string
	schema object
}

// choice describes a mapping in which one key says what the others are. It is
// written with if and then, not oneOf, because editors then complain about the
// form that was chosen rather than about all of them.
func choice(key, description string, forms []form) object {
	var values, rules []any
	for _, f := range forms {
		values = append(values, f.value)
		f.schema["properties"].(object)[key] = object{"const": f.value}
		rules = append(rules, object{
			"if":   object{"properties": object{key: object{"const": f.value}}, "required": []any{key}},
			"then": f.schema,
		})
	}
	return object{
		"type":       "object",
		"required":   []any{key},
		"properties": object{key: object{"enum": values, "description": description}},
		"allOf":      rules,
	}
}

// allowVariables lets ${VAR} stand where a number or a boolean is expected.
func allowVariables(schema any) {
	switch s := schema.(type) {
	case []any:
		for _, element := range s {
			allowVariables(element)
		}
	case object:
		if kind := s["type"]; kind == "integer" || kind == "number" || kind == "boolean" {
			s["type"], s["pattern"] = []any{kind, "string"}, `^\$\{.+\}$`
		}
		for _, element := range s {
			allowVariables(element)
		}
	}
}
