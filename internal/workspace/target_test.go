package workspace

import (
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
