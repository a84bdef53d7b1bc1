package workspace

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/mapping"
)

// twoSystems is a workspace whose line goes to the hub and to two systems.
func twoSystems() map[string]string {
	return map[string]string{
		FileName: strings.Replace(valid, "  old: {kind: shop, path: old.db}\n", "  old: {kind: shop, path: old.db}\n  erp: {kind: shop}\n  crm: {kind: shop}\n", 1),
		"mappings/orders.yaml": `mapping: orders
source: {system: hub, table: orders}
target: {system: erp, table: Order}
key: [id]
fields: {key: id}
`,
		"mappings/contacts.yaml": `mapping: contacts
source: {system: hub, table: users}
target: {system: crm, table: Contact, extra: ignore}
after: [accounts]
key: [id]
fields: {key: id}
`,
		"mappings/accounts.yaml": `mapping: accounts
source: {system: hub, table: users}
target: {system: crm, table: Account}
key: [id]
fields: {key: id}
`,
	}
}

func names(files []*mapping.File) string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name)
	}
	return strings.Join(all, " ")
}

func TestTheMappingsOfALineAreSplitByTarget(t *testing.T) {
	files(t, twoSystems())
	w, err := Load(env)
	if err != nil {
		t.Fatal(err)
	}
	line := w.Lines[0]
	if diff := cmp.Diff([]string{"hub", "crm", "erp"}, line.Targets()); diff != "" {
		t.Error(diff)
	}
	for system, want := range map[string]string{"hub": "users", "crm": "accounts contacts", "erp": "orders", "old": ""} {
		if got := names(line.To(system)); got != want {
			t.Errorf("to %s go %q, want %q", system, got, want)
		}
	}
}

func TestEverySystemThatAMappingNamesMustBeThere(t *testing.T) {
	all := twoSystems()
	all["mappings/orders.yaml"] = strings.NewReplacer("system: hub", "system: hbu", "system: erp", "system: epr").Replace(all["mappings/orders.yaml"])
	files(t, all)
	_, err := Load(env)
	const want = `mappings/orders.yaml:2:18: crosswalk.yaml has no system "hbu"; it has old, erp, crm
mappings/orders.yaml:3:18: crosswalk.yaml has no system "epr"; it has old, erp, crm`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestALineMayGoToOtherSystemsOnly(t *testing.T) {
	all := twoSystems()
	all[FileName] = strings.Replace(all[FileName], `["*.yaml"]`, `[orders.yaml]`, 1)
	files(t, all)
	w, err := Load(env)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"erp"}, w.Lines[0].Targets()); diff != "" {
		t.Error(diff)
	}
}

func TestLinesDoNotTakeTheRowsOfEachOtherForRowsThatNobodyWants(t *testing.T) {
	const refused = "crosswalk.yaml:10:12: lines a and b fill Order of erp by different mappings, and would delete the rows of each other; " +
		"say in their `target` which `line` a row belongs to, or `extra: ignore`"
	for _, test := range []struct{ name, first, second, target, want string }{
		{"different mappings", "orders", "more", "", refused},
		{"one of them bounded", "orders", "more", ", line: line", refused},
		{"one of them ignores what is extra", "more", "orders", ", extra: ignore", refused},
		{"both bounded", "more", "again", ", line: line", ""},
		{"the same mapping", "orders", "orders", "", ""},
		{"another table", "orders", "accounts", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := twoSystems()
			for _, name := range []string{"more", "again"} {
				all["mappings/"+name+".yaml"] = strings.NewReplacer("mapping: orders", "mapping: "+name, "table: Order}", "table: Order"+test.target+"}").Replace(all["mappings/orders.yaml"])
			}
			all[FileName] = strings.Replace(all[FileName], `  - {code: fleet, name: Fleet, mappings: ["*.yaml"]}`,
				"  - {code: a, name: A, mappings: ["+test.first+".yaml]}\n  - {code: b, name: B, mappings: ["+test.second+".yaml]}", 1)
			files(t, all)
			_, err := Load(env)
			if got := fmt.Sprint(err); err == nil && test.want != "" || err != nil && got != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAMappingOfAnotherLineHasAnotherName(t *testing.T) {
	all := twoSystems()
	all["mappings/again.yaml"] = all["mappings/orders.yaml"]
	all[FileName] = strings.Replace(all[FileName], `  - {code: fleet, name: Fleet, mappings: ["*.yaml"]}`,
		"  - {code: a, name: A, mappings: [orders.yaml]}\n  - {code: b, name: B, mappings: [again.yaml]}", 1)
	files(t, all)
	const want = "crosswalk.yaml:10:12: mappings/again.yaml is called orders, as mappings/orders.yaml is; a name stands for one mapping in all lines"
	if _, err := Load(env); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
