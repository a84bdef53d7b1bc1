package crosswalk_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"crosswalk/connectors/all"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
)

func TestLinksOfTheDocsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, file := range sources(t, ".md") {
		for _, found := range link.FindAllStringSubmatch(read(t, file), -1) {
			to := found[1]
			if strings.Contains(to, ":") {
				continue
			}
			name, heading, _ := strings.Cut(to, "#")
			target := file
			if name != "" {
				target = path.Join(path.Dir(file), name)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", file, to, err)
			} else if heading != "" && !slices.Contains(headings(read(t, target)), heading) {
				t.Errorf("%s links to %s, and %s has no such heading", file, to, target)
			}
		}
	}
}

func TestNothingIsMarkedAsUnfinished(t *testing.T) {
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for _, file := range sources(t, ".md", ".go", ".yaml", ".sql", ".sh", ".tmpl", ".css", "Makefile") {
		for i, line := range strings.Split(read(t, file), "\n") {
			if found := mark.FindString(line); found != "" {
				t.Errorf("%s:%d: %s", file, i+1, found)
			}
		}
	}
}

func TestTheTableOfLayersIsTheRule(t *testing.T) {
	var want strings.Builder
	want.WriteString("| room | may import, of ours |\n|---|---|\n")
	for _, room := range slices.Sorted(maps.Keys(layers)) {
		allowed := "nothing"
		if len(layers[room]) > 0 {
			allowed = "`" + strings.Join(layers[room], "`, `") + "`"
		}
		fmt.Fprintf(&want, "| `%s` | %s |\n", room, allowed)
	}
	const file = "docs/architecture.md"
	_, rest, begun := strings.Cut(read(t, file), "<!-- layers -->\n")
	got, _, ended := strings.Cut(rest, "<!-- end of layers -->")
	if !begun || !ended {
		t.Fatalf("%s has no table of layers", file)
	}
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("the table of layers in %s is not that of architecture_test.go (-should be +is):\n%s\nIt should be:\n%s", file, diff, want.String())
	}
}

func TestTestsThatTheDocsNameExist(t *testing.T) {
	var code strings.Builder
	for _, file := range sources(t, "_test.go") {
		code.WriteString(read(t, file))
	}
	// The pages that cite a test write it in backquotes; one of CONTRIBUTING.md is an example of a name.
	name := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]+)`")
	for _, file := range sources(t, ".md") {
		if file == "CONTRIBUTING.md" {
			continue
		}
		for _, found := range name.FindAllStringSubmatch(read(t, file), -1) {
			if !strings.Contains(code.String(), "func "+found[1]+"(") {
				t.Errorf("%s names the test %s, which is not there", file, found[1])
			}
		}
	}
}

func TestEveryModuleHasItsReason(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range mod.Require {
		if !r.Indirect {
			want = append(want, r.Path)
		}
	}
	var got []string
	for _, found := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(read(t, "docs/decisions/0003-dependencies.md"), -1) {
		got = append(got, found[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decision 0003 does not list the direct modules of go.mod (-go.mod +page):\n%s", diff)
	}
}

func TestEveryFieldOfADocumentIsDescribed(t *testing.T) {
	page := read(t, "docs/commands.md")
	for _, document := range []any{reconcile.Report{}, reconcile.Plan{}, pipeline.TableProfile{}} {
		for _, name := range fields(reflect.TypeOf(document)) {
			if !strings.Contains(page, "`"+name+"`") && !strings.Contains(page, "`"+name+"[]`") {
				t.Errorf("docs/commands.md says nothing of `%s` in a %T", name, document)
			}
		}
	}
}

// fields are the JSON names of a type and of all that it holds.
func fields(t reflect.Type) []string {
	var names []string
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return fields(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name != "" {
				names = append(append(names, name), fields(t.Field(i).Type)...)
			}
		}
	}
	return names
}

func TestTheMappingOfTheReadmeIsTheOneOfTheWorkspace(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "README.md"), "```yaml\n# ")
	file, text, found := strings.Cut(rest, "\n")
	text, _, ended := strings.Cut(text, "```")
	if !found || !ended {
		t.Fatal("README.md shows no mapping")
	}
	var want, got any
	if err := yaml.Unmarshal([]byte(read(t, "testdata/workspace/"+file)), &want); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md shows another mapping than %s (-file +README):\n%s", file, diff)
	}
}

// sources are the files whose names end so, relative to the root. Test data
// is not among them, but the sample workspace is.
func sources(t *testing.T, endings ...string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "bin" || name == ".git" || entry.Name() == "testdata" && name != "testdata"):
			return fs.SkipDir
		case !entry.IsDir() && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) }):
			all = append(all, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// headings are the anchors of a page, as its host makes them.
func headings(page string) []string {
	var all []string
	for _, line := range strings.Split(page, "\n") {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			anchor := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(title), "")
			all = append(all, strings.ReplaceAll(anchor, " ", "-"))
		}
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEverySettingOfASystemIsDescribed(t *testing.T) {
	registry := all.Connectors()
	page := read(t, "docs/workspace.md")
	for _, kind := range registry.Kinds() {
		for _, name := range settings(reflect.TypeOf(registry.Settings(kind))) {
			if !strings.Contains(page, "| `"+name+"` |") {
				t.Errorf("docs/workspace.md says nothing of the setting `%s` of kind %s", name, kind)
			}
		}
	}
}

// settings are the keys that a workspace file may give for a type.
func settings(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case field.Anonymous:
			names = append(names, settings(field.Type)...)
		case name != "" && name != "-":
			names = append(names, name)
		}
	}
	return names
}
