package workspace

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"crosswalk/connectors"
	"crosswalk/connectors/all"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestSchemaIsAsChecked(t *testing.T) {
	const path = "testdata/workspace.schema.json"
	got, err := JSONSchema(registry())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date; run go test ./internal/workspace -update\n%s", path, diff)
	}
}

func TestSampleWorkspaceSatisfiesTheSchema(t *testing.T) {
	sample, err := os.ReadFile("../../testdata/workspace/crosswalk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if problems := check(t, all.Connectors(), string(sample)); len(problems) > 0 {
		t.Error(strings.Join(problems, "\n"))
	}
}

// The check must be able to fail, or the test above proves nothing.
func TestSchemaRefusesWhatLoadRefuses(t *testing.T) {
	if problems := check(t, registry(), valid); len(problems) > 0 {
		t.Errorf("the valid workspace: %v", problems)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":     {"masking:", "maskin:", "/: no key maskin"},
		"missing key":     {"version: 1\n", "", "/: version is missing"},
		"wrong version":   {"version: 1", "version: 2", "/version: 2 is none of [1]"},
		"unknown kind":    {"kind: shop", "kind: shoop", "/systems/old/kind: shoop is none of [shop]"},
		"unknown setting": {"path: old.db", "pth: old.db", "/systems/old: no key pth"},
		"wrong type":      {"path: old.db", "port: http", "/systems/old/port: http is no [integer string]"},
		"foreign setting": {"driver: sqlite, path: hub.db", "driver: postgres, path: hub.db", "/hub: dsn is missing"},
		"no kind":         {"kind: shop, ", "", "/systems/old: kind is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := check(t, registry(), strings.Replace(valid, c.old, c.new, 1))
			if !slices.Contains(problems, c.want) {
				t.Errorf("got %q, want %q", problems, c.want)
			}
		})
	}
}

func TestVariablesMayStandForNumbers(t *testing.T) {
	text := strings.Replace(valid, "path: old.db", `path: x, port: "${PORT}", live: "${LIVE:-true}"`, 1)
	if problems := check(t, registry(), text); len(problems) > 0 {
		t.Error(problems)
	}
}

// check holds a file against the schema and says what does not fit.
func check(t *testing.T, registry *connectors.Registry, file string) []string {
	t.Helper()
	document, err := JSONSchema(registry)
	if err != nil {
		t.Fatal(err)
	}
	var schema, value any
	if err := json.Unmarshal(document, &schema); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Load([]byte(file), &value); err != nil {
		t.Fatal(err)
	}
	c := &checker{}
	c.check("", schema.(object), value)
	return c.problems
}

// checker knows as much of JSON Schema as JSONSchema writes, and panics at
// anything else.
type checker struct{ problems []string }

func (c *checker) fail(at, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("/%s: ", at)+fmt.Sprintf(format, args...))
}

func (c *checker) check(at string, schema object, value any) {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		rule := schema[keyword]
		switch keyword {
		case "$schema", "title", "description", "examples", "then", "properties", "additionalProperties":
		case "type":
			if !fitsAny(rule, value) {
				c.fail(at, "%v is no %v", value, rule)
			}
		case "enum":
			if !slices.ContainsFunc(rule.([]any), func(v any) bool { return equal(v, value) }) {
				c.fail(at, "%v is none of %v", value, rule)
			}
		case "const":
			if !equal(rule, value) {
				c.fail(at, "%v is not %v", value, rule)
			}
		case "pattern":
			if s, ok := value.(string); ok && !regexp.MustCompile(rule.(string)).MatchString(s) {
				c.fail(at, "%v is no %v", value, schema["type"])
			}
		case "required":
			for _, key := range rule.([]any) {
				if m, ok := value.(object); ok && m[key.(string)] == nil {
					c.fail(at, "%s is missing", key)
				}
			}
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				c.check(fmt.Sprintf("%s/%d", at, i), rule.(object), item)
			}
		case "allOf":
			for _, part := range rule.([]any) {
				c.check(at, part.(object), value)
			}
		case "if":
			condition := &checker{}
			if condition.check(at, rule.(object), value); len(condition.problems) == 0 {
				c.check(at, schema["then"].(object), value)
			}
		default:
			panic("the checker does not know " + keyword)
		}
	}
	if m, ok := value.(object); ok {
		c.properties(at, schema, m)
	}
}

func (c *checker) properties(at string, schema, value object) {
	properties, _ := schema["properties"].(object)
	for _, key := range slices.Sorted(maps.Keys(value)) {
		below := strings.TrimPrefix(at+"/"+key, "/")
		switch rule, additional := properties[key], schema["additionalProperties"]; {
		case rule != nil:
			c.check(below, rule.(object), value[key])
		case additional == false:
			c.fail(at, "no key %s", key)
		case additional != nil:
			c.check(below, additional.(object), value[key])
		}
	}
}

func equal(rule, value any) bool { return fmt.Sprint(rule) == fmt.Sprint(value) }

// fitsAny reports whether value is of the type, or one of the types.
func fitsAny(types, value any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(t any) bool { return fitsAny(t, value) })
	}
	kind := reflect.ValueOf(value).Kind()
	switch types {
	case "object":
		return kind == reflect.Map
	case "array":
		return kind == reflect.Slice
	case "string":
		return kind == reflect.String
	case "integer":
		return kind == reflect.Int
	case "number":
		return kind == reflect.Int || kind == reflect.Float64
	case "boolean":
		return kind == reflect.Bool
	}
	return types == "null" && value == nil
}
