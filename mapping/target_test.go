package mapping

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/record"
)

// lineItems is what the hub holds, and assets what a CRM makes of it.
func lineItems() *record.Schema {
	return &record.Schema{Table: "line_items", Key: []int{0}, Unique: true, Fields: []record.Field{
		required(text("id", 36)), text("org_no", 0), of("qty", record.KindInt), of("end_date", record.KindDate), text("line", 40), text("note", 0),
		text("entitlement_id.org_id.org_no", 80),
	}}
}

func assets() *record.Schema {
	return &record.Schema{Table: "Asset", Key: []int{1}, Fields: []record.Field{
		required(text("Id", 18)), text("Entl_Key__c", 36), text("Entl_Line__c", 40), text("Account.LICDB_Id__c", 80), of("Quantity", record.KindDecimal),
		of("UsageEndDate", record.KindDate), text("Description", 20),
	}}
}

func crmEnvironment() Env {
	return Env{Source: lineItems(), Target: Table{Schema: assets(), EmptyIsNull: true}, Line: "fleet", MaskKey: []byte("key")}
}

const assetFile = `mapping: fleet-assets
source: {system: hub, table: line_items}
target: {system: crm, table: Asset, line: Entl_Line__c}
key: [id]
line: line
fields:
  Entl_Key__c: null_if(id, '-')
  Account.LICDB_Id__c: org_no
  Quantity: qty
  Description: note
rules:
  - {quarantine: "qty == 0", because: no quantity}
`

// crm compiles a mapping to the CRM.
func crm(t *testing.T, file string) *Program {
	t.Helper()
	f, err := Parse("m.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(crmEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func item(change map[string]record.Value) map[string]record.Value {
	row := map[string]record.Value{
		"id": record.Text("i-1"), "org_no": record.Text("17"), "qty": record.Int(5), "end_date": record.Date(2025, 12, 31), "line": record.Text("fleet"), "note": record.Text(""),
	}
	for name, v := range change {
		row[name] = v
	}
	return row
}

func TestARowOutsideTheHubHasTheKeyThatTheMappingGivesIt(t *testing.T) {
	p := crm(t, assetFile)
	if diff := cmp.Diff("Entl_Key__c Account.LICDB_Id__c Quantity Description Entl_Line__c", strings.Join(p.Schema().Names(), " ")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("Entl_Key__c", strings.Join(p.Schema().KeyNames(), " ")); diff != "" {
		t.Error(diff)
	}
	out := make(record.Row, len(p.Schema().Fields))
	v := p.Mapper().Map(input(p, item(nil)), out)
	if want := "i-1;17;5;;fleet"; v.Outcome != Carried || join(out) != want {
		t.Errorf("got %+v %s, want %s", v, join(out), want)
	}
	if !out[3].IsNull() {
		t.Errorf("%#v, want the empty text to be null, as the target keeps it", out[3])
	}
}

func TestARowWithoutAKeyOfTheTargetIsRejected(t *testing.T) {
	p := crm(t, assetFile)
	out := make(record.Row, len(p.Schema().Fields))
	v := p.Mapper().Map(input(p, item(map[string]record.Value{"id": record.Text("-")})), out)
	if want := (Verdict{Rejected, "Entl_Key__c must not be null", "column Entl_Key__c must not be null", record.Null(), "-"}); v != want {
		t.Errorf("got %+v, want %+v", v, want)
	}
}

func TestTheTargetOfARowSetAsideIsStillKnown(t *testing.T) {
	hub, elsewhere := compile(t, entitlementFile), crm(t, assetFile)
	for name, test := range map[string]struct {
		program *Program
		in      record.Row
		want    string
	}{
		"hub":              {hub, input(hub, license(map[string]record.Value{"qty": record.Int(0)})), ID("licdb", "license", "17")},
		"hub, no key":      {hub, input(hub, license(map[string]record.Value{"id": record.Null()})), ""},
		"elsewhere":        {elsewhere, input(elsewhere, item(map[string]record.Value{"qty": record.Int(0)})), "i-1"},
		"elsewhere, a key": {elsewhere, input(elsewhere, item(map[string]record.Value{"id": record.Text("-")})), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, out := test.program.Mapper(), make(record.Row, len(test.program.Schema().Fields))
			v := m.Map(test.in, out)
			clear(out)
			got := ""
			if m.Identify(test.in, out, v) {
				got = out[test.program.Schema().Key[0]].AsText()
			}
			if v.Outcome == Carried || got != test.want {
				t.Errorf("got %q for %+v, want %q", got, v, test.want)
			}
		})
	}
}

func TestWhatTheHubMasksIsMaskedOnItsWayOut(t *testing.T) {
	f, err := Parse("m.yaml", []byte(assetFile))
	if err != nil {
		t.Fatal(err)
	}
	env := crmEnvironment()
	env.Source.Fields[env.Source.Index("note")].Masked = true
	p, err := f.Compile(env)
	if err != nil {
		t.Fatal(err)
	}
	var masked []string
	for _, field := range p.Schema().Fields {
		if field.Masked {
			masked = append(masked, field.Name)
		}
	}
	if diff := cmp.Diff([]string{"Description"}, masked); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesInATargetOutsideTheHubAreTold(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"no table", ", table: Asset", "", "m.yaml:3:9: key `table` is missing"},
		{"unknown extra", "line: Entl_Line__c}", "extra: keep}", "m.yaml:3:44: expected ignore, found \"keep\""},
		{"hub to hub", "{system: crm, table: Asset, line: Entl_Line__c}", "orders", "m.yaml:2:18: rows of the hub cannot go into the hub; name another system in `target`"},
		{"hub with a line", "system: crm", "system: hub", "m.yaml:3:9: of a table of the hub give only the name: `target: Asset`"},
		{"no line", "line: line\n", "", "m.yaml:3:30: each row of Asset belongs to a product line; give `line`, an expression for it"},
		{"line without column", ", line: Entl_Line__c", "", "m.yaml:5:7: `line` fills a column of Asset; name it in `target: {…, line: COLUMN}`"},
		{"unknown line", "line: Entl_Line__c", "line: Entl_Lin__c", "m.yaml:3:43: Asset has no column `Entl_Lin__c`; did you mean `Entl_Line__c`?"},
		{"line in a number", "line: Entl_Line__c", "line: Quantity", "m.yaml:9:3: `Quantity` is filled in by `line`"},
		{"line in a date", "line: Entl_Line__c", "line: UsageEndDate", "m.yaml:3:43: column UsageEndDate is date and cannot hold the code of a product line"},
		{"line filled", "Description: note", "Entl_Line__c: note", "m.yaml:10:3: `Entl_Line__c` is filled in by `line`"},
		{"reference", "Description: note", "Description: {ref: company, key: [org_no]}", "m.yaml:10:22: only rows of the hub are referred to by `ref`; give the value by which crm finds the row, and name the mapping of that row in `after`"},
		{"key not filled", "  Entl_Key__c: null_if(id, '-')\n", "", "m.yaml:3:30: Entl_Key__c is the key of Asset; give it a field"},
		{"after in the hub", "target: {system: crm, table: Asset, line: Entl_Line__c}", "target: orders\nafter: [x]", "m.yaml:2:18: rows of the hub cannot go into the hub; name another system in `target`"},
		{"end date of a reference", "Description: note", "Description: {ref: company, key: [org_no], end_date: true}", "m.yaml:10:16: `end_date` belongs to `value`"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := strings.Replace(assetFile, test.old, test.new, 1)
			if file == assetFile {
				t.Fatalf("%q is not in the file", test.old)
			}
			f, err := Parse("m.yaml", []byte(file))
			if err == nil {
				_, err = f.Compile(crmEnvironment())
			}
			if diff := cmp.Diff(test.want, problems(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMappingsToASystemComeInTheOrderThatTheyName(t *testing.T) {
	file := func(name, system, table, after string) *File {
		f, err := Parse(name+".yaml", fmt.Appendf(nil, "mapping: %s\nsource: {system: hub, table: t}\ntarget: {system: %s, table: %s}\nafter: [%s]\nkey: [id]\nfields: {a: id}\n", name, system, table, after))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, test := range []struct {
		name  string
		files []*File
		want  string
	}{
		{"parents first", []*File{file("assets", "crm", "Asset", "accounts"), file("rights", "crm", "Entitlement", "assets"), file("accounts", "crm", "Account", "")}, "accounts assets rights"},
		{"a circle", []*File{file("a", "crm", "A", "b"), file("b", "crm", "B", "a")}, "b.yaml:4:9: mappings wait for each other in a circle: a -> b -> a; leave one of them out of `after`"},
		{"another system", []*File{file("a", "crm", "A", "b"), file("b", "erp", "B", ""), file("c", "crm", "C", "")}, "a.yaml:4:9: no mapping to crm is called b; did you mean `c`?"},
		{"the same table", []*File{file("a", "crm", "A", "b"), file("b", "crm", "A", "")}, "a.yaml:4:9: b fills A too, and the rows of a table are written together"},
		{"one name twice", []*File{file("a", "crm", "A", ""), file("a", "erp", "A", "")}, "a.yaml:1:10: a.yaml is called a already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var names []string
			ordered, err := Order(test.files)
			for _, f := range ordered {
				names = append(names, f.Name)
			}
			got := strings.Join(names, " ")
			if err != nil {
				got = problems(t, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
