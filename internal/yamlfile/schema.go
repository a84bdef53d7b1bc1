package yamlfile

import (
	"encoding"
	"encoding/json"
	"reflect"
	"time"
)

// Former is a Decoder that tells the forms in which it may be written: each is
// a value of the type that describes the form, or an Enum.
type Former interface {
	YAMLForms() []any
}

// Enum is a form that lists its only values.
type Enum []any

// YAMLForms implements Former.
func (Map[T]) YAMLForms() []any { return []any{map[string]T{}} }

// JSONSchema describes the files that Decode accepts into the type of sample,
// for editors. The tag doc:"…" of a field becomes its description.
func JSONSchema(title string, sample any) ([]byte, error) {
	schema := schemaOf(reflect.TypeOf(sample))
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = title
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}

func schemaOf(t reflect.Type) map[string]any {
	switch into := reflect.New(t).Interface().(type) {
	case *Node:
		return map[string]any{}
	case *Text:
		return map[string]any{"type": []string{"string", "number", "boolean", "null"}}
	case *time.Duration:
		return map[string]any{"type": "string", "examples": []string{"30s", "5m"}}
	case Former:
		return oneOf(into.YAMLForms())
	case encoding.TextUnmarshaler:
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Struct:
		return structSchema(t)
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

func oneOf(forms []any) map[string]any {
	var schemas []map[string]any
	for _, form := range forms {
		if values, ok := form.(Enum); ok {
			schemas = append(schemas, map[string]any{"enum": []any(values)})
		} else {
			schemas = append(schemas, schemaOf(reflect.TypeOf(form)))
		}
	}
	if len(schemas) == 1 {
		return schemas[0]
	}
	return map[string]any{"oneOf": schemas}
}

func structSchema(t reflect.Type) map[string]any {
	fields := map[string]field{}
	var names []string
	collect(reflect.New(t).Elem(), fields, &names)
	properties := map[string]any{}
	var required []string
	for _, name := range names {
		f := fields[name]
		property := schemaOf(f.value.Type())
		if f.doc != "" {
			property["description"] = f.doc
		}
		properties[name] = property
		if f.required {
			required = append(required, name)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		schema["required"] = required
	}
	return schema
}
