package reconcile

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/record"
)

// planned is what a Sink was given, copied.
type planned struct {
	Section Section
	Changes []Change
}

// list is a Sink that remembers everything.
type list []planned

func (l *list) Section(_ context.Context, s Section) error {
	*l = append(*l, planned{Section: s})
	return nil
}

func (l *list) Change(_ context.Context, c *Change) error {
	last := &(*l)[len(*l)-1]
	kept := *c
	kept.Row, kept.Was, kept.Fields = slices.Clone(c.Row), slices.Clone(c.Was), slices.Clone(c.Fields)
	last.Changes = append(last.Changes, kept)
	return nil
}

// pass hands all of it to another Sink.
func (l list) pass(ctx context.Context, sink Sink) error {
	for _, p := range l {
		if err := sink.Section(ctx, p.Section); err != nil {
			return err
		}
		for i := range p.Changes {
			if err := sink.Change(ctx, &p.Changes[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

var equalPlans = []cmp.Option{
	cmp.Comparer(func(a, b record.Value) bool { return a == b }),
	cmpopts.IgnoreUnexported(Change{}), cmpopts.EquateEmpty(),
}

func aPlan() Plan {
	return Plan{Format: PlanFormat, Line: "fleet", Run: "run-7", Created: "2024-02-29T12:00:00Z", Tool: "1.0", Encoding: record.EncodingVersion,
		Mapping: "aaaaaaaaaaaaaaaa", Scope: "bbbbbbbbbbbbbbbb", MaskKey: "key-1"}
}

func digest(of string) record.Digest { return record.DigestOf([]byte(of)) }

// sample is a plan with every kind of value, change and section.
func sample() list {
	kinds := &record.Schema{Table: "kinds", Key: []int{0}, Fields: []record.Field{
		{Name: "id", Type: record.Type{Kind: record.KindText}},
		{Name: "ok", Type: record.Type{Kind: record.KindBool}},
		{Name: "n", Type: record.Type{Kind: record.KindInt}},
		{Name: "qty", Type: record.Type{Kind: record.KindDecimal}},
		{Name: "f", Type: record.Type{Kind: record.KindFloat}},
		{Name: "email", Type: record.Type{Kind: record.KindText}, Masked: true},
		{Name: "raw", Type: record.Type{Kind: record.KindBytes}},
		{Name: "day", Type: record.Type{Kind: record.KindDate}},
		{Name: "at", Type: record.Type{Kind: record.KindInstant}},
		{Name: "wall", Type: record.Type{Kind: record.KindLocal}},
		{Name: "parent", Type: record.Type{Kind: record.KindText}},
	}}
	full := record.Row{record.Text("é\"\\\n\xff"), record.Bool(true), record.Int(1<<53 + 1), record.Uint(1<<63 + 5), record.Float(0.1), record.Text("ann@example.com"),
		record.Bytes([]byte{0, 255}), record.Date(20222, 1, 31), record.Instant(time.Unix(-1, 0)), record.Local(time.Unix(1, 1000).UTC()), record.Text("é")}
	empty := make(record.Row, len(full))
	empty[0], empty[5] = record.Text(""), record.Text("")
	s := Section{Schema: kinds, Compared: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, Origins: []string{"a.yaml", "b.yaml"}, SelfRefs: []int{10}}
	doomed := Section{Schema: seats(), Compared: []int{1, 2}, Origins: []string{"seats.yaml"}, Deletes: true}
	doomed.Schema.Unique = false
	for i := range doomed.Schema.Fields {
		doomed.Schema.Fields[i].Nullable = false // a plan keeps neither
	}
	gone := seat("a", 1, record.Null())
	return list{
		{Section: s, Changes: []Change{
			{Op: connectors.Create, Row: full},
			{Op: connectors.Create, Row: empty, Origin: 1},
			{Op: connectors.Update, Row: full, Was: empty, Before: digest("empty"), Fields: []int{1, 5}, Origin: 1},
		}},
		{Section: doomed, Changes: []Change{{Op: connectors.Delete, Row: gone, Was: gone, Before: digest("gone")}}},
	}
}

// writePlan writes a plan file and returns its path and hash.
func writePlan(t rapid.TB, dir string, l list) (path, hash string) {
	t.Helper()
	path = filepath.Join(dir, "fleet.plan")
	w, err := CreatePlan(path, aPlan())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := l.pass(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	if hash, err = w.Close(map[string]int{"rows": 4}); err != nil {
		t.Fatal(err)
	}
	return path, hash
}

func TestAPlanFileIsLinesThatPeopleCanRead(t *testing.T) {
	const golden = "testdata/plan_v1.golden"
	path, _ := writePlan(t, t.TempDir(), sample())
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestAPlanReadsBackAsItWasWritten(t *testing.T) {
	path, hash := writePlan(t, t.TempDir(), sample())
	p, err := OpenPlan(path)
	if err != nil {
		t.Fatal(err)
	}
	if p.Plan != aPlan() || p.Hash != hash || p.Changes != 4 || string(p.Summary) != `{"rows":4}` {
		t.Errorf("got %+v", p)
	}
	var got list
	if err := p.Each(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got, equalPlans...); diff != "" {
		t.Error(diff)
	}
}

// Any rows, of tables of any columns, come back; and two equal plans are the
// same bytes.
func TestPlansOfAnyRowsReadBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var want list
		for i := range rapid.IntRange(0, 3).Draw(t, "sections") {
			want = append(want, anySection(t, i))
		}
		path, hash := writePlan(t, dir, want)
		p, err := OpenPlan(path)
		if err != nil {
			t.Fatal(err)
		}
		var got list
		if err := p.Each(context.Background(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equalPlans...); diff != "" {
			t.Fatal(diff)
		}
		if _, again := writePlan(t, dir, got); again != hash {
			t.Fatal("the same plan has two hashes")
		}
	})
}

func anySection(t *rapid.T, n int) planned {
	kinds := []record.Kind{record.KindText, record.KindInt, record.KindDecimal, record.KindBytes, record.KindBool, record.KindDate}
	s := Section{Schema: &record.Schema{Table: string(rune('a' + n)), Key: []int{0}}, Origins: []string{"x", "y"}}
	for i, kind := range append([]record.Kind{record.KindText}, rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 4).Draw(t, "kinds")...) {
		s.Schema.Fields = append(s.Schema.Fields, record.Field{Name: string(rune('A' + i)), Type: record.Type{Kind: kind}, Masked: rapid.Bool().Draw(t, "masked")})
		if i > 0 {
			s.Compared = append(s.Compared, i)
		}
	}
	row := func() record.Row {
		row := make(record.Row, len(s.Schema.Fields))
		for i, f := range s.Schema.Fields {
			row[i] = anyOf(t, f.Type.Kind)
		}
		return row
	}
	out := planned{Section: s}
	for range rapid.IntRange(0, 5).Draw(t, "rows") {
		c := Change{Op: rapid.SampledFrom([]connectors.Op{connectors.Create, connectors.Update, connectors.Delete}).Draw(t, "op"), Row: row()}
		switch c.Op {
		case connectors.Update:
			c.Was, c.Before, c.Fields = row(), digest("u"), s.Compared
		case connectors.Delete:
			c.Was, c.Before = c.Row, digest("d")
		}
		if c.Op != connectors.Delete {
			c.Origin = rapid.IntRange(0, 1).Draw(t, "origin")
		}
		out.Changes = append(out.Changes, c)
	}
	return out
}

func anyOf(t *rapid.T, kind record.Kind) record.Value {
	if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return record.Null()
	}
	switch kind {
	case record.KindInt:
		return record.Int(rapid.Int64().Draw(t, "int"))
	case record.KindDecimal:
		return record.Decimal(rapid.Int64().Draw(t, "unscaled"), rapid.IntRange(0, 12).Draw(t, "scale"))
	case record.KindBool:
		return record.Bool(rapid.Bool().Draw(t, "bool"))
	case record.KindDate:
		return record.Date(rapid.IntRange(-5000, 50_000).Draw(t, "year"), 2, 29)
	case record.KindBytes:
		return record.Bytes(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes"))
	}
	return record.Text(string(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "text")))
}

func TestARowLongerThanTheReadBufferIsRead(t *testing.T) {
	long := strings.Repeat("é", 1<<19)
	s := Section{Schema: seats(), Compared: []int{1, 2}}
	path, _ := writePlan(t, t.TempDir(), list{{Section: s, Changes: []Change{
		{Op: connectors.Create, Row: seat("a", 1, record.Text(long))}, {Op: connectors.Create, Row: seat("b", 1, record.Null())}}}})
	p, err := OpenPlan(path)
	if err != nil {
		t.Fatal(err)
	}
	var got list
	if err := p.Each(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got[0].Changes) != 2 || got[0].Changes[0].Row[2].AsText() != long {
		t.Error("the long row is another one now")
	}
}
