package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"crosswalk/internal/yamlfile"
	"crosswalk/record"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func text(name string, size int) record.Field {
	return record.Field{Name: name, Type: record.Type{Kind: record.KindText, Size: size}, Nullable: true}
}

func of(name string, kind record.Kind) record.Field {
	return record.Field{Name: name, Type: record.Type{Kind: kind}, Nullable: true}
}

func required(f record.Field) record.Field {
	f.Nullable = false
	return f
}

// licenses is the source of most tests.
func licenses() *record.Schema {
	return &record.Schema{Table: "license", Fields: []record.Field{
		of("id", record.KindInt), text("lic_no", 0), of("company_id", record.KindInt), of("dist_id", record.KindInt), text("sku", 0), of("qty", record.KindInt),
		of("end", record.KindDate), text("status", 0), text("note", 0), of("deleted", record.KindBool), of("cell", record.KindNull), of("sold_at", record.KindInstant),
	}}
}

// entitlements is their target.
func entitlements() *record.Schema {
	return &record.Schema{Table: "entitlements", Key: []int{0}, Fields: []record.Field{
		required(text("id", 36)), required(text("entitlement_no", 10)), required(text("org_id", 36)), text("reseller_id", 36), required(text("kind", 40)),
		required(text("state", 40)), of("qty", record.KindInt), of("end_date", record.KindDate), text("note", 0), required(of("portal_login", record.KindBool)),
		of("price", record.KindDecimal), required(text("line", 40)), required(text("source", 40)), text("source_entity", 80), text("source_key", 400),
	}}
}

func environment() Env {
	return Env{
		Source: licenses(), Line: "fleet", MaskKey: []byte("key"),
		Target: Table{Schema: entitlements(), Allowed: func(column string) []string {
			return map[string][]string{"kind": {"simple", "bulk"}, "state": {"deployed", "inactive"}}[column]
		}},
		ReadFile: func(path string) ([]byte, error) {
			files := map[string]string{
				"lookups/status.csv": "\ufeffcode,state\nA,deployed\nC,inactive\nW,wrong\n",
				"lookups/twice.csv":  "code,state\nA,1\nB,2\nA,3\n",
				"lookups/ragged.csv": "code,state\nA,1,2\n",
				"lookups/empty.csv":  "",
			}
			if data, ok := files[path]; ok {
				return []byte(data), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

const entitlementFile = `
mapping: licdb-entitlements
source: {system: licdb, table: license}
target: entitlements
key: [id]
line: "lower(left(trim(sku), 2)) == 'cf' ? 'fleet' : sku == null ? null : 'design'"
lookups:
  status: {file: lookups/status.csv, key: code, value: state}
let:
  ends: null_if_in(end, date('9999-12-31'), date('2099-12-31'))
fields:
  entitlement_no: lic_no
  org_id: {ref: company, key: [company_id]}
  reseller_id: {ref: company, key: [dist_id], when_missing: null}
  kind: "dist_id == null ? 'simple' : 'bulk'"
  state: lower(lookup('status', status))
  qty: qty
  end_date: ends
  note: {value: note, compare: {trim: true}, mask: true}
  portal_login: "true"
rules:
  - {exclude: deleted, because: deleted in LICDB}
  - {archive: "year(ends) < 2000", because: "ended on {ends}"}
  - {quarantine: "qty == 0", because: "{note}: no quantity"}
  - {reject: "qty < 0", because: "negative quantity {qty} of {sku}"}
`

func compile(t *testing.T, file string) *Program {
	t.Helper()
	f, err := Parse("m.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(environment())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// input makes a source row of p with the given columns; others are null.
func input(p *Program, columns map[string]record.Value) record.Row {
	in := make(record.Row, len(p.Needs()))
	for i, name := range p.Needs() {
		in[i] = columns[name]
	}
	return in
}

func license(change map[string]record.Value) map[string]record.Value {
	row := map[string]record.Value{
		"id": record.Int(17), "lic_no": record.Text("L-17"), "company_id": record.Int(4), "sku": record.Text("CF-EP25"), "qty": record.Int(5),
		"end": record.Date(2025, 12, 31), "status": record.Text("A"), "note": record.Text("secret"), "deleted": record.Bool(false),
	}
	for name, v := range change {
		row[name] = v
	}
	return row
}

func TestARowIsCarriedWithItsIdAndReferences(t *testing.T) {
	p := compile(t, entitlementFile)
	out := make(record.Row, len(p.Schema().Fields))
	v := p.Mapper().Map(input(p, license(nil)), out)
	if diff := cmp.Diff(fmt.Sprint(Verdict{Outcome: Carried, Key: "17"}), fmt.Sprint(v)); diff != "" {
		t.Error(diff)
	}
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://crosswalk.invalid/id"))
	want := strings.Join([]string{
		uuid.NewSHA1(space, []byte("licdb|license|17")).String(), "L-17", uuid.NewSHA1(space, []byte("licdb|company|4")).String(), "", "simple", "deployed", "5",
		"2025-12-31", "secret", "true", "fleet", "licdb", "license", "17"}, ";")
	if diff := cmp.Diff(want, join(out)); diff != "" {
		t.Error(diff)
	}
	names := "id entitlement_no org_id reseller_id kind state qty end_date note portal_login line source source_entity source_key"
	if diff := cmp.Diff(names, strings.Join(p.Schema().Names(), " ")); diff != "" {
		t.Error(diff)
	}
	refs := []Ref{{Field: 2, System: "licdb", Entity: "company", Missing: Quarantined}, {Field: 3, System: "licdb", Entity: "company", Missing: Null, Nullable: true}}
	if diff := cmp.Diff(refs, p.Refs()); diff != "" {
		t.Error(diff)
	}
	if got, want := fmt.Sprint(p.Compared(), p.Lossy(), p.KeepMax(), p.MaskedInputs()), "[1 2 3 4 5 6 7 8 9 10 11 12 13] map[8:{true false false }] false [note]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s := p.Schema(); !s.Fields[8].Masked || s.Fields[1].Masked || s.Table != "entitlements" {
		t.Errorf("%+v", s)
	}
}

func join(row record.Row) string {
	texts := make([]string, len(row))
	for i, v := range row {
		texts[i] = v.String()
	}
	return strings.Join(texts, ";")
}

func TestEveryRowThatIsNotCarriedHasItsReason(t *testing.T) {
	p := compile(t, entitlementFile)
	m := p.Mapper()
	out := make(record.Row, len(p.Schema().Fields))
	secret := record.Keyed([]byte("key"), record.Text("secret"))
	for name, test := range map[string]struct {
		change map[string]record.Value
		want   Verdict
	}{
		"other line":          {map[string]record.Value{"sku": record.Text("CD-PRO")}, Verdict{Excluded, "other line", "line design", record.Null(), "17"}},
		"no line":             {map[string]record.Value{"sku": record.Null()}, Verdict{Quarantined, "no product line", "no product line", record.Null(), "17"}},
		"rule before no line": {map[string]record.Value{"sku": record.Null(), "deleted": record.Bool(true)}, Verdict{Excluded, "deleted in LICDB", "deleted in LICDB", record.Null(), "17"}},
		"no key":              {map[string]record.Value{"id": record.Null()}, Verdict{Rejected, "no key", "no key", record.Null(), ""}},
		"rule before no key":  {map[string]record.Value{"id": record.Null(), "deleted": record.Bool(true)}, Verdict{Excluded, "deleted in LICDB", "deleted in LICDB", record.Null(), ""}},
		"archive":             {map[string]record.Value{"end": record.Date(1999, 1, 1)}, Verdict{Archived, "ended on {ends}", "ended on 1999-01-01", record.Null(), "17"}},
		"masked in reason":    {map[string]record.Value{"qty": record.Int(0)}, Verdict{Quarantined, "{note}: no quantity", secret + ": no quantity", record.Null(), "17"}},
		"reject":              {map[string]record.Value{"qty": record.Int(-2)}, Verdict{Rejected, "negative quantity {qty} of {sku}", "negative quantity -2 of CF-EP25", record.Null(), "17"}},
		"null where required": {map[string]record.Value{"status": record.Text("Q")}, Verdict{Rejected, "state must not be null", "column state must not be null", record.Null(), "17"}},
		"not allowed": {map[string]record.Value{"status": record.Text("W")}, Verdict{Rejected, "state has a value that is not allowed",
			`column state has a value that is not allowed: "wrong"; allowed are deployed, inactive`, record.Null(), "17"}},
		"too long": {map[string]record.Value{"lic_no": record.Text("12345678901")}, Verdict{Rejected, "entitlement_no does not fit",
			"column entitlement_no does not fit: 11 characters do not fit text(10)", record.Null(), "17"}},
		"reference without a key": {map[string]record.Value{"company_id": record.Null()}, Verdict{Rejected, "org_id must not be null", "column org_id must not be null", record.Null(), "17"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.Map(input(p, license(test.change)), out)
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestMessagesNeverShowWhatFeedsAMaskedField(t *testing.T) {
	file := strings.Replace(entitlementFile, "  qty: qty\n", "  qty: int(note)\n", 1)
	file = strings.Replace(file, "{exclude: deleted,", "{exclude: bool(note),", 1)
	p := compile(t, file)
	out := make(record.Row, len(p.Schema().Fields))
	for note, rule := range map[string]string{"topsecret": "rule deleted in LICDB cannot be computed", "f": "field qty cannot be computed"} {
		v := p.Mapper().Map(input(p, license(map[string]record.Value{"note": record.Text(note)})), out)
		if v.Outcome != Rejected || v.Rule != rule || strings.Contains(v.Reason, "topsecret") || strings.Contains(v.Reason, `"f"`) {
			t.Errorf("%+v", v)
		}
	}
	p = compile(t, strings.Replace(entitlementFile, "entitlement_no: lic_no", "entitlement_no: {value: lic_no, mask: true}", 1))
	out = make(record.Row, len(p.Schema().Fields))
	v := p.Mapper().Map(input(p, license(map[string]record.Value{"lic_no": record.Text("12345678901")})), out)
	if v.Reason != "column entitlement_no does not fit" {
		t.Errorf("%+v", v)
	}
}

func TestOfDuplicatesTheGreatestStays(t *testing.T) {
	p := compile(t, entitlementFile+"duplicates: {keep: max, by: end}\n")
	out := make(record.Row, len(p.Schema().Fields))
	if v := p.Mapper().Map(input(p, license(nil)), out); !p.KeepMax() || v.By != record.Date(2025, 12, 31) {
		t.Errorf("%+v", v)
	}
}

func problems(t *testing.T, err error) string {
	t.Helper()
	if found, ok := errors.AsType[yamlfile.Problems](err); !ok || len(found) == 0 {
		t.Fatalf("got %T %v, want Problems", err, err)
	}
	return err.Error()
}
