package mapping

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"crosswalk/mapping/expression"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is generated from the code")

const manual = "../docs/mapping.md"

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// golden compares a generated file with the one that is checked in.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, read(t, path)); diff != "" {
		t.Errorf("%s is out of date; run go test ./mapping -update\n%s", path, diff)
	}
}

func TestReferenceListsEveryFunction(t *testing.T) {
	text := read(t, manual)
	start := strings.Index(text, "-update -->\n") + len("-update -->\n")
	end := strings.Index(text, "<!-- end of functions -->")
	var out strings.Builder
	group := ""
	for _, f := range expression.Functions() {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&out, "\n### %s\n\n| function | gives | example |\n|---|---|---|\n", group)
		}
		fmt.Fprintf(&out, "| `%s` | %s | `%s` is `%s` |\n", cell(f.Signature), cell(f.Doc), cell(f.Example), cell(f.Gives))
	}
	golden(t, manual, text[:start]+out.String()+"\n"+text[end:])
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Examples that are only part of a file replace the same keys of a whole one.
func TestEveryExampleOfTheReferenceCompiles(t *testing.T) {
	blocks := yamlBlock.FindAllStringSubmatch(read(t, manual), -1)
	if len(blocks) < 7 {
		t.Fatalf("only %d examples", len(blocks))
	}
	env := environment()
	env.ReadFile = func(string) ([]byte, error) { return []byte("code,state\nA,deployed\nC,inactive\n"), nil }
	for _, block := range blocks {
		env, base := env, base
		if strings.Contains(block[1], "system: crm") {
			env, base = crmEnvironment(), ""
		}
		whole := sections(block[1])
		for key, section := range sections(base) {
			if whole[key] == "" {
				whole[key] = section
			}
		}
		var file strings.Builder
		for _, section := range whole {
			file.WriteString(section)
		}
		f, err := Parse("example.yaml", []byte(file.String()))
		if err == nil {
			_, err = f.Compile(env)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, file.String())
		}
	}
}

// sections cuts a file at its outermost keys.
func sections(file string) map[string]string {
	all, key := map[string]string{}, ""
	for _, line := range strings.SplitAfter(file, "\n") {
		if line != "" && line[0] != ' ' {
			key, _, _ = strings.Cut(line, ":")
		}
		all[key] += line
	}
	return all
}

func TestReferenceNamesEveryKey(t *testing.T) {
	text := read(t, manual)
	for _, match := range regexp.MustCompile(`(?m)^ *"(\w+)": \{$`).FindAllStringSubmatch(schema(t), -1) {
		key := match[1]
		if slices.Contains([]string{"properties", "additionalProperties", "items"}, key) {
			continue
		}
		if !strings.Contains(text, "`"+key+"`") && !strings.Contains(text, key+":") {
			t.Errorf("docs/mapping.md does not say what `%s` is", key)
		}
	}
}

func schema(t *testing.T) string {
	t.Helper()
	document, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func TestEditorSchema(t *testing.T) {
	golden(t, "testdata/mapping.schema.json", schema(t))
}
