package mapping

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// base is a right file; the tests below replace one line of it by a wrong one.
const base = `mapping: m
source: {system: licdb, table: license}
target: entitlements
key: [id]
line: "'fleet'"
lookups: {status: {file: lookups/status.csv, key: code, value: state}}
let: {ends: end}
fields:
  entitlement_no: lic_no
  org_id: {ref: company, key: [company_id]}
  kind: "'simple'"
  state: "'deployed'"
  portal_login: "true"
  note: note
rules: []
duplicates: quarantine
`

func TestEveryMistakeIsToldWithItsPosition(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"unknown key", "fields:", "feilds:", "m.yaml:1:1: key `fields` is missing\nm.yaml:8:1: unknown key `feilds`; did you mean `fields`?"},
		{"no source", "table: license", "tabel: license", "m.yaml:2:25: unknown key `tabel`; did you mean `table`?"},
		{"table and query", "table: license", "table: license, query: SELECT 1", "m.yaml:2:48: give a table or a query, not both"},
		{"neither", ", table: license", "", "m.yaml:2:18: give the table or the query that rows come from"},
		{"nameless query", "table: license", "query: SELECT 1", "m.yaml:2:32: a query has no name; give `entity`, the name of its rows in the cross-reference"},
		{"empty key", "key: [id]", "key: []", "m.yaml:1:10: `key` names at least one column"},
		{"unknown key column", "key: [id]", "key: [iid]", "m.yaml:4:7: unknown column `iid`; did you mean `id`?"},
		{"unknown field", "note: note", "notes: note", "m.yaml:14:3: entitlements has no column `notes`; did you mean `note`?"},
		{"unknown reference", "note: note", "notes: {ref: company, key: [id]}", "m.yaml:14:3: entitlements has no column `notes`; did you mean `note`?"},
		{"filled field", "note: note", "id: lic_no", "m.yaml:14:3: `id` is filled in by crosswalk itself"},
		{"missing field", "  kind: \"'simple'\"\n", "", "m.yaml:3:9: entitlements.kind must not be null, but no field fills it"},
		{"field twice", "note: note", "kind: note", "m.yaml:14:3: key `kind` stands here twice; first on line 11"},
		{"wrong expression", "note: note", "note: upper(trim(nte))", "m.yaml:14:20: unknown column `nte`; did you mean `note`?"},
		{"wrong in quotes", "note: note", "note: \"qty + lic_no\"", "m.yaml:14:14: `qty + lic_no`: int + text"},
		{"wrong in a block", "note: note", "note: |\n    left(note,\n      'x')", "m.yaml:16:7: left wants int, but `\"x\"` is text; write int(\"x\")"},
		{"wrong kind", "note: note", "end_date: qty", "m.yaml:14:13: `qty` is int, but column end_date is date; write excel_date(…), if it counts days as Excel does"},
		{"instant as day", "note: note", "end_date: sold_at", "m.yaml:14:13: `sold_at` is instant, but column end_date is date; write local_date(…, 'Europe/Berlin')"},
		{"bool as day", "note: note", "end_date: deleted", "m.yaml:14:13: `deleted` is bool, but column end_date is date"},
		{"constant too long", "lic_no\n", "\"'12345678901'\"\n", "m.yaml:9:19: column entitlement_no does not fit: 11 characters do not fit text(10)"},
		{"constant null", "lic_no\n", "\"null\"\n", "m.yaml:9:19: column entitlement_no must not be null"},
		{"constant not allowed", "'simple'", "'simpel'", "m.yaml:11:9: column kind has a value that is not allowed: \"simpel\"; allowed are bulk, simple"},
		{"choice not allowed", "\"'simple'\"", "\"qty > 1 ? 'bulk' : 'single'\"", "m.yaml:11:9: column kind may not be \"single\"; allowed are bulk, simple"},
		{"look-up not allowed", "\"'deployed'\"", "lookup('status', status)", "m.yaml:12:10: column state may not be \"wrong\"; allowed are deployed, inactive"},
		{"date that is none", "note: note", "end_date: date('31.02.2020')", "m.yaml:14:13: not a date (want 2006-01-31): \"31.02.2020\""},
		{"value and ref", "{ref: company", "{value: lic_no, ref: company", "m.yaml:10:11: give `value`, an expression, or `ref`, the entity referred to, and one of them only"},
		{"ref without key", ", key: [company_id]", "", "m.yaml:10:11: `ref` and `key` belong together: the entity, and the key of the row referred to"},
		{"missing without ref", "note: note", "note: {value: note, when_missing: reject}", "m.yaml:14:9: `when_missing` belongs to `ref`"},
		{"unknown answer", "[company_id]", "[company_id], when_missing: drop", "m.yaml:10:59: expected quarantine, exclude, archive, reject or null, found \"drop\""},
		{"null answer", "[company_id]", "[company_id], when_missing: null", "m.yaml:10:17: column org_id must not be null; choose another answer to a missing company"},
		{"ref in a number", "note: note", "qty: {ref: company, key: [qty]}", "m.yaml:14:14: column qty is int and cannot refer to a row"},
		{"line missing", "line: \"'fleet'\"\n", "", "m.yaml:3:9: each row of entitlements belongs to a product line; give `line`, an expression for it"},
		{"compare", "note: note", "note: {value: note, compare: true}", "m.yaml:14:32: expected false or {trim, casefold, null_eq_empty, tolerance}, found \"true\""},
		{"tolerance of a text", "note: note", "note: {value: note, compare: {tolerance: 0.01}}", "m.yaml:14:32: column note is text; tolerance is for numbers"},
		{"trim of a number", "note: note", "qty: {value: qty, compare: {trim: true}}", "m.yaml:14:30: column qty is int; trim, casefold and null_eq_empty are for texts"},
		{"negative tolerance", "note: note", "qty: {value: qty, compare: {tolerance: -1}}", "m.yaml:14:30: expected a tolerance such as 0.01, found \"-1\""},
		{"let hides a column", "let: {ends: end}", "let: {end: end}", "m.yaml:7:7: `end` is a column of the source already; choose another name"},
		{"let that cannot be named", "let: {ends: end}", "let: {e-nd: end}", "m.yaml:7:7: `e-nd` cannot be used in expressions; write letters, digits and _"},
		{"let that means something else", "let: {ends: end}", "let: {null: end}", "m.yaml:7:7: `null` means something else in expressions; choose another name"},
		{"look-up file missing", "lookups/status.csv", "lookups/sttus.csv", "m.yaml:6:26: open lookups/sttus.csv: file does not exist"},
		{"look-up column missing", "key: code", "key: cod", "m.yaml:6:26: lookups/status.csv has no column `cod`; did you mean `code`?"},
		{"look-up twice", "lookups/status.csv", "lookups/twice.csv", "lookups/twice.csv:4:1: the key A stands in an earlier line already"},
		{"look-up ragged", "lookups/status.csv", "lookups/ragged.csv", "lookups/ragged.csv:2:1: wrong number of fields"},
		{"look-up empty", "lookups/status.csv", "lookups/empty.csv", "m.yaml:6:26: lookups/empty.csv is empty; it needs a header"},
		{"rule of two", "rules: []", "rules: [{exclude: deleted, reject: deleted, because: x}]", "m.yaml:15:9: a rule does one thing: exclude, archive, quarantine or reject"},
		{"rule of none", "rules: []", "rules: [{because: x}]", "m.yaml:15:9: a rule has a condition: exclude, archive, quarantine or reject"},
		{"rule without reason", "rules: []", "rules: [{exclude: deleted}]", "m.yaml:15:9: key `because` is missing"},
		{"rule that is no condition", "rules: []", "rules: [{exclude: qty, because: x}]", "m.yaml:15:19: `qty` is int, but a rule's condition must be bool"},
		{"reason", "rules: []", "rules: [{exclude: deleted, because: 'of {qyt}'}]", "m.yaml:15:42: unknown column `qyt`; did you mean `qty`?"},
		{"open reason", "rules: []", "rules: [{exclude: deleted, because: 'of {qty'}]", "m.yaml:15:41: `{` without `}`"},
		{"duplicates", "duplicates: quarantine", "duplicates: keep", "m.yaml:16:13: expected quarantine or {keep: max, by: expression}, found \"keep\""},
		{"keep what", "duplicates: quarantine", "duplicates: {keep: min, by: end}", "m.yaml:16:20: expected max, found \"min\""},
		{"keep by what", "duplicates: quarantine", "duplicates: {keep: max, by: edn}", "m.yaml:16:29: unknown column `edn`; did you mean `end`?"},
		{"several", "note: note", "note: nte\n  qty: qyt\n  price: end", "m.yaml:14:9: unknown column `nte`; did you mean `note`?\nm.yaml:15:8: unknown column `qyt`; did you mean `qty`?\nm.yaml:16:10: `end` is date, but column price is decimal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := strings.Replace(base, test.old, test.new, 1)
			if file == base {
				t.Fatalf("%q is not in the file", test.old)
			}
			f, err := Parse("m.yaml", []byte(file))
			if err == nil {
				_, err = f.Compile(environment())
			}
			if diff := cmp.Diff(test.want, problems(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALineIsOnlyForTablesThatHaveOne(t *testing.T) {
	env := environment()
	env.Target.Schema.Fields = env.Target.Schema.Fields[:11]
	f, err := Parse("m.yaml", []byte(base))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Compile(env)
	if diff := cmp.Diff("m.yaml:5:7: entitlements is shared by all product lines and has no `line`", problems(t, err)); diff != "" {
		t.Error(diff)
	}
}

func TestMappingsAreOrderedByTheirReferences(t *testing.T) {
	file := func(name, entity, refs string) *File {
		f, err := Parse(name+".yaml", []byte("mapping: "+name+"\nsource: {system: licdb, table: "+entity+"}\ntarget: t\nkey: [id]\nfields: {"+refs+"}\n"))
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
		{"referenced first", []*File{file("lines", "item", "a: {ref: order, key: [x]}, b: {ref: sku, key: [x]}"), file("orders", "order", "a: {ref: company, key: [x]}"),
			file("companies", "company", "p: {ref: licdb/company, key: [x]}"), file("skus", "sku", "a: id")}, "companies orders skus lines"},
		{"circle", []*File{file("a", "x", "f: {ref: y, key: [k]}"), file("b", "y", "f: {ref: z, key: [k]}"), file("c", "z", "f: {ref: x, key: [k]}")},
			"c.yaml:5:19: mappings refer to each other in a circle: a -> b -> c -> a; leave one of the references out"},
		{"nobody", []*File{file("a", "order", "f: {ref: ordr, key: [k]}"), file("b", "y", "f: {ref: crm/order, key: [k]}")},
			"a.yaml:5:19: no mapping carries licdb/ordr; did you mean `licdb/order`?\nb.yaml:5:19: no mapping carries crm/order; did you mean `licdb/order`?"},
		{"same name", []*File{file("a", "x", "f: k"), file("a", "y", "f: k")}, "a.yaml:1:10: a.yaml is called a already"},
		{"twice", []*File{file("a", "x", "f: k"), file("b", "x", "f: k")}, "b.yaml:1:10: licdb/x is carried by mapping a (a.yaml) already; give each an `entity` of its own"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sorted, err := Order(test.files)
			var names []string
			for _, f := range sorted {
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
