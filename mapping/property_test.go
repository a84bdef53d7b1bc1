package mapping

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"crosswalk/record"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyOf draws a value of a kind, or null.
func anyOf(kind record.Kind) *rapid.Generator[record.Value] {
	return rapid.Custom(func(t *rapid.T) record.Value {
		if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
			return record.Null()
		}
		n := rapid.Int64().Draw(t, "n")
		switch kind {
		case record.KindBool:
			return record.Bool(n > 0)
		case record.KindInt:
			return record.Int(n)
		case record.KindDecimal:
			return record.Decimal(n, rapid.IntRange(0, 9).Draw(t, "scale"))
		case record.KindBytes:
			return record.Bytes([]byte(rapid.String().Draw(t, "bytes")))
		case record.KindDate:
			return record.Date(1900, time.January, 1).AddDays(int(n % 80000))
		case record.KindInstant:
			return record.Instant(time.UnixMicro(n % 4e15))
		}
		return record.Text(rapid.String().Draw(t, "text"))
	})
}

var kinds = []record.Kind{record.KindBool, record.KindInt, record.KindDecimal, record.KindBytes, record.KindDate, record.KindInstant, record.KindText}

// copying compiles a mapping whose fields are plain columns, one of each kind.
func copying(t *testing.T) *Program {
	source, target := &record.Schema{Table: "t"}, &record.Schema{Table: "e"}
	source.Fields = append(source.Fields, of("id", record.KindInt))
	target.Fields = append(target.Fields, required(text("id", 36)))
	var fields strings.Builder
	for _, k := range kinds {
		source.Fields, target.Fields = append(source.Fields, of(k.String(), k)), append(target.Fields, of(k.String(), k))
		fmt.Fprintf(&fields, "  %s: %s\n", k, k)
	}
	f, err := Parse("m.yaml", []byte("mapping: m\nsource: {system: s, table: t}\ntarget: e\nkey: [id]\nfields:\n"+fields.String()))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(Env{Source: source, Target: Table{Schema: target}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlainColumnsAreCopiedUnchanged(t *testing.T) {
	p := copying(t)
	m := p.Mapper()
	rapid.Check(t, func(rt *rapid.T) {
		in := record.Row{record.Int(rapid.Int64().Draw(rt, "id"))}
		for _, k := range kinds {
			in = append(in, anyOf(k).Draw(rt, k.String()))
		}
		out := make(record.Row, len(p.Schema().Fields))
		if v := m.Map(in, out); v.Outcome != Carried || v.Key != in[0].String() {
			rt.Fatalf("%+v", v)
		}
		if diff := cmp.Diff(fmt.Sprintf("%#v", in[1:]), fmt.Sprintf("%#v", out[1:])); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// A mapper must not remember anything of the rows before, and must not touch
// the row that it reads.
func TestMapDependsOnTheRowAlone(t *testing.T) {
	p := compile(t, entitlementFile+"duplicates: {keep: max, by: end}\n")
	used := p.Mapper()
	rapid.Check(t, func(rt *rapid.T) {
		row := license(map[string]record.Value{})
		for name, g := range map[string]*rapid.Generator[record.Value]{
			"id": anyOf(record.KindInt), "sku": rapid.SampledFrom([]record.Value{record.Text("CF-1"), record.Text("CD-1"), record.Null()}), "qty": anyOf(record.KindInt),
			"end": anyOf(record.KindDate), "note": anyOf(record.KindText), "deleted": anyOf(record.KindBool), "dist_id": anyOf(record.KindInt), "lic_no": anyOf(record.KindText),
		} {
			row[name] = g.Draw(rt, name)
		}
		in := input(p, row)
		before := fmt.Sprint(in)
		width := len(p.Schema().Fields)
		first, second := make(record.Row, width), make(record.Row, width)
		a, b := used.Map(in, first), p.Mapper().Map(in, second)
		if a != b || a.Outcome == Carried && join(first) != join(second) || fmt.Sprint(in) != before {
			rt.Fatalf("%+v %v\n%+v %v", a, first, b, second)
		}
		if a.Outcome == Carried && first[0].AsText() != ID("licdb", "license", a.Key) || (a.Outcome == Carried) != (a.Reason == "") {
			rt.Fatalf("%+v %v", a, first)
		}
	})
}

func TestDifferentKeysHaveDifferentNames(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringOf(rapid.SampledFrom([]rune(`a|\`))), 2, 2)
		a, b := parts.Draw(rt, "a"), parts.Draw(rt, "b")
		same := a[0] == b[0] && a[1] == b[1]
		x, y := SourceKey(record.Text(a[0]), record.Text(a[1])), SourceKey(record.Text(b[0]), record.Text(b[1]))
		if (x == y) != same || (ID("s", "e", x) == ID("s", "e", y)) != same {
			rt.Fatalf("%q %q: %s %s", a, b, x, y)
		}
	})
	if got := SourceKey(record.Text(`a|b\c`), record.Int(5), record.Date(2024, 2, 29)); got != `a\|b\\c|5|2024-02-29` {
		t.Error(got)
	}
}

func TestFingerprintIgnoresLayoutOnly(t *testing.T) {
	fingerprint := func(file string, env Env) string {
		f, err := Parse("m.yaml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Compile(env)
		if err != nil {
			t.Fatal(err)
		}
		return p.Fingerprint()
	}
	file := strings.Replace(base, "state: \"'deployed'\"", "state: lower(lookup('status', status))", 1)
	same := "# a comment\n" + strings.Replace(strings.Replace(file, "key: [id]", "key:\n  - id", 1), `"'simple'"`, `'''simple'''`, 1)
	first := fingerprint(file, environment())
	if got := fingerprint(same, environment()); got != first {
		t.Error("layout changes the fingerprint")
	}
	if got := fingerprint(strings.Replace(file, "'simple'", "'bulk'", 1), environment()); got == first {
		t.Error("a constant does not change the fingerprint")
	}
	env := environment()
	env.ReadFile = func(string) ([]byte, error) { return []byte("code,state\nA,deployed\n"), nil }
	if got := fingerprint(file, env); got == first {
		t.Error("a look-up does not change the fingerprint")
	}
}

func TestLossyComparison(t *testing.T) {
	cent, _ := record.ParseDecimal("0.01")
	for _, test := range []struct {
		lossy Lossy
		a, b  record.Value
		want  bool
	}{
		{Lossy{}, record.Text("a"), record.Text("a"), true}, {Lossy{}, record.Text("a"), record.Text("A"), false}, {Lossy{}, record.Null(), record.Text(""), false},
		{Lossy{Trim: true}, record.Text(" a"), record.Text("a "), true}, {Lossy{Trim: true}, record.Text(" a"), record.Text("b"), false},
		{Lossy{Casefold: true}, record.Text("STRASSE"), record.Text("straße"), true}, {Lossy{NullEqEmpty: true}, record.Null(), record.Text(""), true},
		{Lossy{NullEqEmpty: true}, record.Null(), record.Text(" "), false}, {Lossy{NullEqEmpty: true, Trim: true}, record.Null(), record.Text(" "), true},
		{Lossy{Tolerance: cent}, record.Decimal(100, 2), record.Decimal(101, 2), true}, {Lossy{Tolerance: cent}, record.Decimal(100, 2), record.Decimal(102, 2), false},
		{Lossy{Tolerance: cent}, record.Int(1), record.Decimal(1, 0), true}, {Lossy{Tolerance: cent}, record.Null(), record.Decimal(0, 0), false},
	} {
		if got := test.lossy.Equal(test.a, test.b); got != test.want {
			t.Errorf("%+v: %q and %q: got %t", test.lossy, test.a, test.b, got)
		}
	}
}
