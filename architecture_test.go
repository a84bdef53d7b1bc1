// Package crosswalk_test holds the code against the picture of it.
package crosswalk_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// layers is the picture of docs/architecture.md: what each room may import of
// ours. A room stands for the folders below it unless they have a line of
// their own. Arrows point down only, and brothers never import each other.
var layers = map[string][]string{
	"record":                        {},
	"connectors":                    {"record"},
	"connectors/*":                  {"connectors", "record", "internal/filesource"},
	"connectors/hubstore":           {"connectors", "record", "hub"},
	"connectors/salesforce":         {"connectors", "record", "connectors/salesforce/*"},
	"connectors/salesforce/session": {"connectors"},
	"connectors/salesforce/bulk":    {"connectors", "connectors/salesforce/session"},
	"connectors/all":                {"connectors", "connectors/*"},
	"connectors/conformance":        {"connectors", "record"},
	"hub":                           {"record"},
	"mapping":                       {"record", "mapping/expression", "internal/yamlfile"},
	"mapping/expression":            {"record", "internal/yamlfile"},
	"ledger":                        {"record"},
	"reconcile":                     {"connectors", "record", "internal/spill"},
	"pipeline":                      {"reconcile", "mapping", "connectors", "record", "ledger", "internal/spill", "internal/yamlfile"},
	"cmd/crosswalk": {"pipeline", "reconcile", "mapping", "ledger", "hub", "connectors", "connectors/*", "record",
		"internal/workspace", "internal/estate", "internal/process", "internal/simulator", "internal/simulator/faults", "internal/yamlfile", "testdata"},
	"internal/spill":      {"record"},
	"internal/yamlfile":   {},
	"internal/filesource": {"connectors", "record"},
	"internal/workspace":  {"connectors", "mapping", "internal/yamlfile"},
	"internal/estate":     {},
	"internal/testdb":     {},
	"internal/process":    {},
	"internal/bench":      {"internal/testdb", "connectors", "connectors/*", "record", "hub"},

	// The simulator shares nothing with the connector that it checks.
	"internal/simulator":      {"internal/simulator/*"},
	"internal/simulator/*":    {},
	"internal/simulator/org":  {"internal/simulator/soql"},
	"internal/simulator/bulk": {"internal/simulator/org", "internal/simulator/soql"},

	"testdata": {},
}

func TestImportsPointDownOnly(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "crosswalk/")
		if room == "crosswalk" {
			continue
		}
		allowed, ok := rule(room)
		if !ok {
			t.Errorf("%s is in no layer: add it to the picture in docs/architecture.md and to this test", room)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "crosswalk/")
			if ours && !slices.ContainsFunc(allowed, func(pattern string) bool { return matches(pattern, to) }) {
				t.Errorf("%s imports %s; it may import %v", room, to, allowed)
			}
		}
	}
}

func TestRecordKnowsOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != "crosswalk/record" {
			continue
		}
		for _, imported := range p.Imports {
			if strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("record imports %s", imported)
			}
		}
	}
}

// rule finds the layer of a room: its own, or that of its siblings.
func rule(room string) ([]string, bool) {
	if allowed, ok := layers[room]; ok {
		return allowed, true
	}
	allowed, ok := layers[path.Dir(room)+"/*"]
	return allowed, ok
}

func matches(pattern, room string) bool {
	ok, _ := path.Match(pattern, room)
	return ok
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
