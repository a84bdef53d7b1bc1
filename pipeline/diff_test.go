package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors/memory"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// side is one table of its own system.
func side(t failer, name string, s *record.Schema, rows ...record.Row) pipeline.DiffSide {
	t.Helper()
	db := memory.New(s)
	load(t, db, s.Table, rows...)
	return pipeline.DiffSide{Name: name, Source: db, Table: s.Table}
}

// diff compares two sides by the key k and shows the findings as "kind key".
func diff(t failer, left, right pipeline.DiffSide, o pipeline.DiffOptions) (*pipeline.DiffResult, []string) {
	t.Helper()
	var found []string
	if o.Key == nil {
		o.Key = []string{"k"}
	}
	o.Progress = silence{}
	var schema *record.Schema
	result, err := pipeline.Diff(context.Background(), left, right, o, func(r *pipeline.DiffResult) { schema = r.Schema }, func(f *reconcile.Finding) error {
		row := f.Want
		if row == nil {
			row = f.Have
		}
		line := f.Kind.Name() + " " + show(schema.KeyOf(row), nil)
		for _, c := range f.Fields {
			line += fmt.Sprintf(" %s: %s/%s", schema.Fields[c].Name, f.Want[c], f.Have[c])
		}
		found = append(found, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return result, found
}

func dec(s string) record.Value {
	v, err := record.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return v
}

// The days of these tests are all the leap day of 2024.
func leapDay() record.Value { return record.Date(2024, time.February, 29) }

func leapDayAt(hour int) record.Value {
	return record.Local(time.Date(2024, time.February, 29, hour, 0, 0, 0, time.UTC))
}

func TestValuesOfTwoSystemsAreComparedAsWhatTheyMean(t *testing.T) {
	// any is the kind of a cell of a spreadsheet, which may hold anything.
	for _, test := range []struct {
		left        string
		a           any
		right       string
		b           any
		emptyIsNull bool
		same        bool
	}{
		{"text", "5", "int", 5, false, true},
		{"text", "6", "int", 5, false, false},
		{"text", "007", "int", 7, false, false},
		{"text", "-7", "int", -7, false, true},
		{"text", "-07", "int", -7, false, false},
		{"text", "0", "int", 0, false, true},
		{"text", "seven", "int", 7, false, false},
		{"text", "", "int", nil, false, true},
		{"text", "0", "int", nil, false, false},
		{"text", "", "text", nil, false, false},
		{"text", "", "text", nil, true, true},
		{"text", "a", "text", "a ", false, false},
		{"text", "12.50", "text", "12.5", false, false},
		{"text", "12.50", "decimal", dec("12.5"), false, true},
		{"text", "0.50", "decimal", dec("0.5"), false, true},
		{"text", "00.50", "decimal", dec("0.5"), false, false},
		{"text", "99999999999999999999.01", "decimal", dec("99999999999999999999.02"), false, false},
		{"text", "2024-02-29", "date", leapDay(), false, true},
		{"text", "29.02.2024", "date", leapDay(), false, false},
		{"text", "Y", "bool", record.Bool(true), false, true},
		{"int", 5, "decimal", dec("5.0"), false, true},
		{"int", 5, "decimal", dec("5.01"), false, false},
		{"int", 1, "bool", record.Bool(true), false, true},
		{"int", 2, "bool", record.Bool(true), false, false},
		{"float", record.Float(0.1), "decimal", dec("0.1"), false, true},
		{"float", record.Float(0.1), "float", record.Float(0.1), false, true},
		{"date", leapDay(), "local", leapDayAt(0), false, true},
		{"date", leapDay(), "local", leapDayAt(1), false, false},
		{"local", leapDayAt(7), "text", "2024-02-29 07:00:00", false, true},
		{"any", "5", "int", 5, false, true},
		{"any", dec("5"), "int", 5, false, true},
		{"any", dec("12.5"), "text", "12.50", false, true},
		{"any", "12.50", "text", "12.5", false, true},
		{"any", "007", "text", "007", false, true},
		{"any", "007", "text", "7", false, false},
		{"any", dec("7"), "text", "007", false, false},
		{"any", "007", "int", 7, false, false},
		{"any", "1e5", "text", "100000", false, false},
		{"any", record.Float(12.5), "text", "12.50", false, true},
		{"any", leapDay(), "text", "2024-02-29", false, true},
		{"any", leapDayAt(7), "text", "2024-02-29 07:00:00", false, true},
		{"any", leapDayAt(0), "text", "2024-02-29", false, true},
		{"any", record.Bool(true), "any", record.Bool(true), false, true},
		{"any", "-", "text", "-", false, true},
		{"any", ".5", "text", ".5", false, true},
		{"any", nil, "text", "", false, false},
		{"any", nil, "text", "", true, true},
		{"any", nil, "any", nil, false, true},
		{"any", "12.50", "any", dec("12.5"), false, true},
	} {
		for _, turned := range []bool{false, true} {
			if turned {
				test.left, test.a, test.right, test.b = test.right, test.b, test.left, test.a
			}
			left := side(t, "left", table("l", "k!", "v "+test.left), row("1", test.a))
			right := side(t, "right", table("r", "k!", "v "+test.right), row("1", test.b))
			result, found := diff(t, left, right, pipeline.DiffOptions{EmptyIsNull: test.emptyIsNull})
			if result.Clean() != test.same {
				t.Errorf("%s %v and %s %v (empty is null: %v): %v", test.left, test.a, test.right, test.b, test.emptyIsNull, found)
			}
		}
	}
}

func TestKeysOfDifferentKindsMeet(t *testing.T) {
	left := side(t, "left", table("l", "k text", "v"), row("1", "a"), row("02", "b"), row("x", "c"))
	right := side(t, "right", table("r", "k int", "v"), row(1, "a"), row(2, "b"))
	result, found := diff(t, left, right, pipeline.DiffOptions{})
	if d := cmp.Diff([]string{"extra 2", "missing 02", "missing x"}, found); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"k: text of left read as int"}, result.Reads); d != "" {
		t.Error(d)
	}
}

func TestEveryFindingIsTold(t *testing.T) {
	columns := []string{"k!", "v", "w int"}
	left := side(t, "left", table("l", columns...), row("a", "1", 1), row("b", "2", 2), row("c", "3", 3), row("same", nil, nil))
	right := side(t, "right", table("r", columns...), row("a", "1", 1), row("b", "x", 9), row("d", "4", 4), row("same", nil, nil))
	result, found := diff(t, left, right, pipeline.DiffOptions{})
	if d := cmp.Diff([]string{"changed b v: 2/x w: 2/9", "missing c", "extra d"}, found); d != "" {
		t.Error(d)
	}
	if result.Want != 4 || result.Have != 4 || result.Same != 2 || result.Clean() {
		t.Errorf("%+v", result.Tally)
	}
}

func TestColumnsOfOneSideAreNamedAndNotCompared(t *testing.T) {
	left := side(t, "left", table("l", "k!", "both", "old", "_file", "_line int"), row("1", "a", "x", "f", 1))
	right := side(t, "right", table("r", "new", "both", "k!", "_sheet", "_row int"), row("n", "a", "1", "s", 9))
	result, found := diff(t, left, right, pipeline.DiffOptions{})
	if len(found) > 0 || !result.Clean() {
		t.Error(found)
	}
	if d := cmp.Diff([][]string{{"old"}, {"new"}}, [][]string{result.LeftOnly, result.RightOnly}); d != "" {
		t.Error(d)
	}
}

func TestOnlyTheColumnsAskedForAreCompared(t *testing.T) {
	left := side(t, "left", table("l", "k!", "a", "b"), row("1", "x", "x"))
	right := side(t, "right", table("r", "k!", "a", "b"), row("1", "y", "y"))
	for _, columns := range [][]string{{"b"}, {"b", "b"}, {"k", "b"}} {
		_, found := diff(t, left, right, pipeline.DiffOptions{Columns: columns})
		if d := cmp.Diff([]string{"changed 1 b: x/y"}, found); d != "" {
			t.Errorf("%v: %s", columns, d)
		}
	}
	if result, found := diff(t, left, right, pipeline.DiffOptions{Columns: []string{}}); !result.Clean() {
		t.Errorf("no column was to be compared: %v", found)
	}
}

func TestKeysThatIdentifyMoreThanOneRowAreTold(t *testing.T) {
	left := side(t, "left", table("l", "k", "v"), row("a", "1"), row("a", "1"), row("b", "2"), row("c", "3"), row(nil, "4"))
	right := side(t, "right", table("r", "k", "v"), row("a", "1"), row("b", "2"), row("b", "3"), row("c", "3"), row(nil, "4"), row(nil, "5"))
	result, found := diff(t, left, right, pipeline.DiffOptions{})
	if d := cmp.Diff([]string{"duplicate -", "duplicate a", "duplicate b"}, found); d != "" {
		t.Error(d)
	}
	if result.Duplicates != 3 || result.Clean() {
		t.Errorf("%+v", result.Tally)
	}
	both := side(t, "both", table("l", "k", "v"), row("a", "1"), row("a", "1"))
	if result, _ := diff(t, both, both, pipeline.DiffOptions{}); result.Clean() {
		t.Error("rows that stand twice on both sides went unnoticed")
	}
}

func TestRowsMayBeKnownBySeveralColumns(t *testing.T) {
	left := side(t, "left", table("l", "a!", "b!", "v"), row("x", "yz", "1"), row("xy", "z", "2"))
	right := side(t, "right", table("r", "b!", "a!", "v"), row("yz", "x", "1"), row("z", "xy", "3"))
	_, found := diff(t, left, right, pipeline.DiffOptions{Key: []string{"a", "b"}})
	if d := cmp.Diff([]string{"changed xy z v: 2/3"}, found); d != "" {
		t.Error(d)
	}
}

func TestAColumnThatIsNotThereIsAnError(t *testing.T) {
	left := side(t, "left", table("l", "k!", "v"))
	right := side(t, "right", table("r", "k!", "w"))
	nowhere := pipeline.DiffSide{Name: "nowhere", Source: left.Source, Table: "nowhere"}
	for name, test := range map[string]struct {
		right pipeline.DiffSide
		o     pipeline.DiffOptions
		says  string
	}{
		"key":      {right, pipeline.DiffOptions{Key: []string{"id"}}, `left has no column "id"; it has k, v`},
		"column":   {right, pipeline.DiffOptions{Key: []string{"k"}, Columns: []string{"v"}}, `right has no column "v"; it has k, w`},
		"no key":   {right, pipeline.DiffOptions{}, "key"},
		"no table": {nowhere, pipeline.DiffOptions{Key: []string{"k"}}, "nowhere"},
	} {
		test.o.Progress = silence{}
		_, err := pipeline.Diff(t.Context(), left, test.right, test.o, func(*pipeline.DiffResult) {}, func(*reconcile.Finding) error { return nil })
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDiffReadsSnapshotsAndClosesThem(t *testing.T) {
	db := memory.New(table("l", "k!", "v"), table("r", "k!", "v"))
	load(t, db, "l", row("1", "a"))
	load(t, db, "r", row("1", "b"))
	left, right := &shots{tap: &tap{Source: db}}, &shots{tap: &tap{Source: db}}
	diff(t, pipeline.DiffSide{Name: "l", Source: left, Table: "l"}, pipeline.DiffSide{Name: "r", Source: right, Table: "r"}, pipeline.DiffOptions{})
	if left.taken != 1 || left.closed != 1 || right.taken != 1 || right.closed != 1 {
		t.Errorf("%d and %d taken, %d and %d closed", left.taken, right.taken, left.closed, right.closed)
	}
	for _, failing := range []*shots{left, right} {
		failing.err = errTorn
		_, err := pipeline.Diff(t.Context(), pipeline.DiffSide{Source: left, Table: "l"}, pipeline.DiffSide{Source: right, Table: "r"},
			pipeline.DiffOptions{Key: []string{"k"}, Progress: silence{}}, func(*pipeline.DiffResult) {}, func(*reconcile.Finding) error { return nil })
		failing.err = nil
		if !errors.Is(err, errTorn) || left.taken != left.closed || right.taken != right.closed {
			t.Errorf("%v; %d and %d taken, %d and %d closed", err, left.taken, right.taken, left.closed, right.closed)
		}
	}
}

func TestAReadErrorOfEitherSideEndsADiff(t *testing.T) {
	db := memory.New(table("l", "k!", "v"), table("r", "k!", "v"))
	for i := range 5 {
		load(t, db, "l", row(fmt.Sprint(i), "a"))
		load(t, db, "r", row(fmt.Sprint(i), "b"))
	}
	for _, failing := range []string{"l", "r"} {
		for batch := range 5 {
			source := &tap{Source: db, batch: 2}
			n := 0
			source.read = func(_ context.Context, table string, _ int) error {
				if table == failing {
					n++
				}
				if table == failing && n == batch+1 {
					return errTorn
				}
				return nil
			}
			_, err := pipeline.Diff(t.Context(), pipeline.DiffSide{Source: source, Table: "l"}, pipeline.DiffSide{Source: source, Table: "r"},
				pipeline.DiffOptions{Key: []string{"k"}, Progress: silence{}}, func(*pipeline.DiffResult) {}, func(*reconcile.Finding) error { return nil })
			if !errors.Is(err, errTorn) {
				t.Errorf("%s, batch %d: got %v", failing, batch, err)
			}
			source.mustBeClosed(t)
		}
	}
}
