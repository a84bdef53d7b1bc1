package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"crosswalk/connectors"
	"crosswalk/connectors/csvfile"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// profileDay is the day on which the tests take place.
var profileDay = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// profileTable makes a source with one table, whose columns are named a, b, c...
func profileTable(t *testing.T, kinds []record.Kind, rows ...record.Row) *memory.DB {
	t.Helper()
	s := &record.Schema{Table: "t"}
	for i, k := range kinds {
		s.Fields = append(s.Fields, record.Field{Name: string(rune('a' + i)), Type: record.Type{Kind: k}, Nullable: true})
	}
	db := memory.New(s)
	if err := db.Load("t", rows...); err != nil {
		t.Fatal(err)
	}
	return db
}

func profileOf(t *testing.T, source connectors.Source, o ProfileOptions) *TableProfile {
	t.Helper()
	o.Now, o.TempDir = profileDay, t.TempDir()
	p, err := Profile(t.Context(), source, "t", o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// profileColumn profiles one column of any kind.
func profileColumn(t *testing.T, values ...record.Value) ColumnProfile {
	t.Helper()
	rows := make([]record.Row, len(values))
	for i, v := range values {
		rows[i] = record.Row{v}
	}
	return profileOf(t, profileTable(t, []record.Kind{record.KindNull}, rows...), ProfileOptions{}).Columns[0]
}

func textValues(values ...string) []record.Value {
	all := make([]record.Value, len(values))
	for i, v := range values {
		all[i] = record.Text(v)
	}
	return all
}

// manyValues makes n values, of which number i is made from i.
func manyValues(n int, value func(i int) record.Value) []record.Value {
	all := make([]record.Value, n)
	for i := range all {
		all[i] = value(i)
	}
	return all
}

func whats(suspects []Suspect) []string {
	all := []string{}
	for _, s := range suspects {
		all = append(all, fmt.Sprintf("%d %s", s.Rows, s.What))
	}
	return all
}

var sameShown = cmp.Comparer(func(a, b Shown) bool { return a == b })

func TestColumnIsCountedByKind(t *testing.T) {
	got := profileColumn(t, record.Null(), record.Absent(), record.Text(""), record.Int(7), record.Text("Größe"), record.Text("ab"), record.Int(7))
	want := ColumnProfile{
		Name: "a", Type: "any", Kinds: []KindCount{{"text", 3}, {"int", 2}}, Nulls: 1, Empty: 1, Absent: 1,
		Distinct: Distinct{3, true}, Min: &Shown{record.Int(7)}, Max: &Shown{record.Text("ab")}, Shortest: 2, Longest: 5,
		Frequent: []Frequency{{Shown{record.Int(7)}, 2, true}},
		Patterns: []Pattern{{"Aaaaa", 1}, {"aa", 1}},
		Suspects: []Suspect{{What: "values of another kind than most", Rows: 2}},
	}
	if diff := cmp.Diff(want, got, sameShown); diff != "" {
		t.Error(diff)
	}
}

func TestSmallestAndLargestOfAColumn(t *testing.T) {
	for name, c := range map[string]struct {
		values   []record.Value
		min, max record.Value
	}{
		"numbers": {[]record.Value{record.Int(10), record.Int(-2), record.Decimal(95, 1)}, record.Int(-2), record.Int(10)},
		"texts":   {textValues("b", "ä", "B"), record.Text("B"), record.Text("ä")},
		"days":    {[]record.Value{record.Date(2024, 2, 29), record.Null(), record.Date(2020, 1, 1)}, record.Date(2020, 1, 1), record.Date(2024, 2, 29)},
	} {
		t.Run(name, func(t *testing.T) {
			got := profileColumn(t, c.values...)
			if got.Min.Value != c.min || got.Max.Value != c.max {
				t.Errorf("from %v to %v, want %v to %v", got.Min, got.Max, c.min, c.max)
			}
		})
	}
}

func TestColumnWithoutValuesHasNeitherSmallestNorLargest(t *testing.T) {
	got := profileColumn(t, record.Null(), record.Text(""))
	if got.Min != nil || got.Max != nil || got.Distinct != (Distinct{0, true}) || got.Suspects != nil {
		t.Errorf("got %+v", got)
	}
}

func TestSuspiciousValuesAreRecognized(t *testing.T) {
	for value, want := range map[string][]string{
		" ab":                  {"leading blanks"},
		"ab ":                  {"trailing blanks"},
		"ab\t":                 {"tabs or line breaks", "trailing blanks"},
		"a  b":                 {"double blanks"},
		"a b":                  {},
		"a\u00a0b":             {"no-break or other special blanks"},
		"a\u202fb":             {"no-break or other special blanks"},
		"a\u3000b":             {"no-break or other special blanks"},
		"a\u200bb":             {"zero-width characters"},
		"\ufeffab":             {"zero-width characters"},
		"a\nb":                 {"tabs or line breaks"},
		"a\x00b":               {"control characters"},
		"a\x7fb":               {"control characters"},
		"it\u0092s":            {"Windows-1252 read as Latin-1 (U+0080 to U+009F)"},
		"M\ufffdller":          {"replacement characters (U+FFFD)"},
		"M\xfcller":            {"bytes that are no UTF-8"},
		"Müller":               {},
		"MÃ¼ller":              {"UTF-8 that was encoded twice"},
		"Ã\u00a0 la carte":     {"UTF-8 that was encoded twice"},
		"â‚¬ 5":                {"UTF-8 that was encoded twice"},
		"æ\u00a0ªå¼\u008f":     {"UTF-8 that was encoded twice"},
		"café\u00a0noir":       {"no-break or other special blanks"},
		"café\u00a0":           {"no-break or other special blanks"},
		"Ærø, Ångström, Íñigo": {},
		"NULL":                 {"text that means null"},
		"n/a":                  {"text that means null"},
		"#N/A":                 {"text that means null"},
		"-":                    {"text that means null"},
		"NA":                   {"text that means null"},
		"Na":                   {},
		"0000-00-00":           {"sentinel date 0000-00-00"},
		"0000-00-00 00:00:00":  {"sentinel date 0000-00-00"},
		"9999-12-31":           {"sentinel date 9999-12-31"},
		"31.12.2099":           {"sentinel date 2099-12-31"},
		"1970-01-01":           {"sentinel date 1970-01-01"},
		"2024-02-29":           {},
		"1901-05-05":           {"dates more than 50 years ago"},
		"2090-05-05":           {"dates more than 30 years ahead"},
		"1,234.56":             {"numbers with separators"},
		"12,5":                 {"numbers with separators"},
		"1.5":                  {},
		"0815":                 {},
	} {
		t.Run(value, func(t *testing.T) {
			got := []string{}
			for _, s := range profileColumn(t, record.Text(value)).Suspects {
				got = append(got, s.What)
			}
			if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExamplesAreFewDifferentAndCut(t *testing.T) {
	long := strings.Repeat("x", 300) + "end "
	got := profileColumn(t, textValues(" a", " a", " b", " c", " d", long)...)
	want := []Suspect{
		{What: "leading blanks", Rows: 5, Examples: []Shown{{record.Text(" a")}, {record.Text(" b")}, {record.Text(" c")}}},
		{What: "trailing blanks", Rows: 1, Examples: []Shown{{record.Text(strings.Repeat("x", 40) + "…" + strings.Repeat("x", 16) + "end ")}}},
	}
	if diff := cmp.Diff(want, got.Suspects, sameShown); diff != "" {
		t.Error(diff)
	}
}

func TestDatesOfEveryKindAreJudged(t *testing.T) {
	day := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	got := profileColumn(t, record.DateOf(day), record.Instant(day), record.Local(day), record.Instant(time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC)))
	want := []string{"3 sentinel date 9999-12-31", "2 values of another kind than most", "1 dates more than 50 years ago"}
	if diff := cmp.Diff(want, whats(got.Suspects)); diff != "" {
		t.Error(diff)
	}
	if s := got.Suspects[2].Examples; len(s) != 1 || s[0].String() != "1969-12-31" {
		t.Errorf("an hour before the epoch is shown as %v", s)
	}
}

func TestMixedDateLayoutsAreTold(t *testing.T) {
	got := profileColumn(t, textValues("2020-01-31", "2020-02-28", "2020-03-03", "31.12.2020", "1.2.2020", "12/31/2020", "31.02.2020")...)
	want := []Pattern{{"yyyy-mm-dd", 3}, {"dd.mm.yyyy", 2}, {"mm/dd/yyyy", 1}}
	if diff := cmp.Diff(want, got.Dates); diff != "" {
		t.Error(diff)
	}
	suspects := []string{"3 dates in another layout than most", "1 dates that do not exist"}
	if diff := cmp.Diff(suspects, whats(got.Suspects)); diff != "" {
		t.Error(diff)
	}
}

func TestDayAndMonthThatCouldBeEitherFitBothLayouts(t *testing.T) {
	got := profileColumn(t, textValues("01/02/2020", "03/04/2020", "31/12/2020")...)
	want := []Pattern{{"dd/mm/yyyy", 3}, {"mm/dd/yyyy", 2}}
	if diff := cmp.Diff(want, got.Dates); diff != "" {
		t.Error(diff)
	}
	if len(got.Suspects) > 0 {
		t.Errorf("one layout reads them all, yet: %v", whats(got.Suspects))
	}
}

func TestTextsThatHappenToLookLikeDatesAreNoDateColumn(t *testing.T) {
	for name, values := range map[string][]string{
		"versions among names": {"2020-99-99", "Fleet", "Insight", "2020-01-01"},
		"numbers":              {"20201231", "12", "47110815", "9"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := profileColumn(t, textValues(values...)...); got.Dates != nil || len(got.Suspects) > 0 {
				t.Errorf("layouts %v, suspects %v", got.Dates, whats(got.Suspects))
			}
		})
	}
}

func TestOneDayInManyRowsIsAnImport(t *testing.T) {
	values := manyValues(1000, func(i int) record.Value {
		if i < 30 {
			return record.Date(2012, 7, 1)
		}
		return record.Date(2010, 1, 1+i)
	})
	if diff := cmp.Diff([]string{"31 one day in many rows (an import?)"}, whats(profileColumn(t, values...).Suspects)); diff != "" {
		t.Error(diff)
	}
	few := manyValues(1000, func(i int) record.Value { return record.Date(2012, 7, 1+i%12) })
	if s := profileColumn(t, few...).Suspects; len(s) > 0 {
		t.Errorf("twelve days are shared by nature, yet: %v", whats(s))
	}
}

func TestDistinctIsExactAsLongAsItCanBe(t *testing.T) {
	number := func(i int) record.Value { return record.Int(int64(i)) }
	if got := profileColumn(t, manyValues(exactDistinct, number)...).Distinct; got != (Distinct{exactDistinct, true}) {
		t.Errorf("got %v", got)
	}
	got := profileColumn(t, manyValues(60_000, number)...).Distinct
	if got.Exact || got.Count < 57_000 || got.Count > 63_000 {
		t.Errorf("60,000 values are estimated as %v", got)
	}
}

func TestEstimateIsNeverAboveTheNumberOfRows(t *testing.T) {
	for n := exactDistinct + 1; n < 40_000; n += 5_000 {
		got := profileColumn(t, manyValues(n, func(i int) record.Value { return record.Int(int64(i)) })...).Distinct
		if got.Count > int64(n) || got.Count < int64(n)*95/100 {
			t.Errorf("%d values are estimated as %d", n, got.Count)
		}
	}
}

func TestFrequentValuesAreFoundAmongVeryMany(t *testing.T) {
	got := profileColumn(t, manyValues(50_000, func(i int) record.Value {
		if i%10 == 3 {
			return record.Text("often")
		}
		return record.Int(int64(i))
	})...)
	if len(got.Frequent) == 0 || got.Frequent[0].Value.String() != "often" {
		t.Fatalf("got %v", got.Frequent)
	}
	if f := got.Frequent[0]; f.Exact || f.Rows > 5000 || f.Rows < 5000-50 {
		t.Errorf("5,000 rows are counted as %d, exact %v", f.Rows, f.Exact)
	}
}

func TestLongTextsThatBeginAlikeAreDifferent(t *testing.T) {
	same := strings.Repeat("ä", 200)
	got := profileColumn(t, textValues(same+"1", same+"2", same+"2")...)
	if got.Distinct.Count != 2 || got.Frequent[0].Rows != 2 || got.Longest != 201 {
		t.Errorf("got %+v", got)
	}
	if s := got.Frequent[0].Value.String(); !strings.HasPrefix(s, "äää") || !strings.HasSuffix(s, "ä…") || strings.Contains(s, "\x00") {
		t.Errorf("shown as %q", s)
	}
}

func TestKeyCollisionsAreFoundExactly(t *testing.T) {
	two := []record.Kind{record.KindText, record.KindInt}
	row := func(a string, b int64) record.Row { return record.Row{record.Text(a), record.Int(b)} }
	db := profileTable(t, two, row("A-1", 1), row("A-1", 1), row("a-1", 1), row("A-1 ", 1), row("A-1", 2), row("Mu\u0308ller", 3), row("Müller", 3),
		row("", 4), record.Row{record.Null(), record.Int(5)}, row("Straße", 6), row("STRASSE", 6), row("x  y", 7), row("x y", 7))
	p := profileOf(t, db, ProfileOptions{Key: []string{"a", "b"}})
	text := func(spellings ...string) [][]Shown {
		var keys [][]Shown
		for _, s := range spellings {
			a, b, _ := strings.Cut(s, "/")
			keys = append(keys, []Shown{{record.Text(a)}, {record.Int(int64(b[0] - '0'))}})
		}
		return keys
	}
	want := &KeyProfile{
		Columns: []string{"a", "b"}, Missing: 2,
		Repeated: Collisions{Keys: 1, Rows: 2, Examples: []Collision{{text("A-1/1"), 2}}},
		Similar: Collisions{Keys: 4, Rows: 10, Examples: []Collision{
			{text("a-1/1", "A-1/1", "A-1 /1"), 4}, {text("x y/7", "x  y/7"), 2}, {text("Müller/3", "Mu\u0308ller/3"), 2}, {text("STRASSE/6", "Straße/6"), 2},
		}},
	}
	sortKeys := cmpopts.SortSlices(func(a, b []Shown) bool { return a[0].String() < b[0].String() })
	sortExamples := cmpopts.SortSlices(func(a, b Collision) bool { return a.Keys[0][1].AsInt() < b.Keys[0][1].AsInt() })
	if diff := cmp.Diff(want, p.Key, sameShown, sortKeys, sortExamples); diff != "" {
		t.Error(diff)
	}
}

func TestCollisionsOfMostRowsAreTheExamples(t *testing.T) {
	var rows []record.Row
	for key := range 9 {
		for range key + 1 {
			rows = append(rows, record.Row{record.Int(int64(key))})
		}
	}
	p := profileOf(t, profileTable(t, []record.Kind{record.KindInt}, rows...), ProfileOptions{Key: []string{"a"}})
	var got []int64
	for _, e := range p.Key.Repeated.Examples {
		got = append(got, e.Rows)
	}
	if diff := cmp.Diff([]int64{9, 8, 7, 6, 5}, got); diff != "" || p.Key.Repeated.Keys != 8 {
		t.Errorf("%d keys: %s", p.Key.Repeated.Keys, diff)
	}
}

func TestKeyOfTheTableIsTakenUnlessAnotherIsGiven(t *testing.T) {
	db := memory.New(&record.Schema{Table: "t", Fields: []record.Field{{Name: "id", Type: record.Type{Kind: record.KindInt}}}, Key: []int{0}})
	if got := profileOf(t, db, ProfileOptions{}).Key; got == nil || !slices.Equal(got.Columns, []string{"id"}) {
		t.Errorf("got %v", got)
	}
	if got := profileOf(t, profileTable(t, []record.Kind{record.KindInt}), ProfileOptions{}).Key; got != nil {
		t.Errorf("a table without a key has %v", got)
	}
}

func TestOrphansAreFoundExactly(t *testing.T) {
	text := func(name string) *record.Schema {
		return &record.Schema{Table: name, Fields: []record.Field{{Name: "a", Type: record.Type{Kind: record.KindText}, Nullable: true}}}
	}
	numbers := &record.Schema{Table: "to", Fields: []record.Field{{Name: "other", Nullable: true}, {Name: "id", Type: record.Type{Kind: record.KindInt}}}}
	db := memory.New(text("t"), numbers)
	load := func(table string, rows ...record.Row) {
		if err := db.Load(table, rows...); err != nil {
			t.Fatal(err)
		}
	}
	load("to", record.Row{record.Null(), record.Int(1)}, record.Row{record.Null(), record.Int(2)})
	load("t", record.Row{record.Text("1")}, record.Row{record.Text("2")}, record.Row{record.Text("3")}, record.Row{record.Text("3")},
		record.Row{record.Text("02")}, record.Row{record.Text("")}, record.Row{record.Null()})
	p := profileOf(t, db, ProfileOptions{Refs: []ProfileRef{{"a", "to", "id"}}})
	want := []RefProfile{{Column: "a", To: "to.id", Rows: 5, Orphans: 2, Examples: []Frequency{{Shown{record.Text("3")}, 2, true}}}}
	if diff := cmp.Diff(want, p.Refs, sameShown); diff != "" {
		t.Error(diff)
	}
}

func TestHiddenValuesAreNowhere(t *testing.T) {
	secret := func(n int) record.Value { return record.Text(fmt.Sprintf(" Secret  %d\u00a0", n%2)) }
	var rows []record.Row
	for i := range 5 {
		rows = append(rows, record.Row{secret(i)})
	}
	db := profileTable(t, []record.Kind{record.KindText}, rows...)
	o := ProfileOptions{Key: []string{"a"}, Refs: []ProfileRef{{"a", "t", "a"}}}
	if shown, _ := json.Marshal(profileOf(t, db, o)); !strings.Contains(string(shown), "Secret") {
		t.Fatal("the values should be there")
	}
	o.HideValues = true
	hidden, err := json.Marshal(profileOf(t, db, o))
	if err != nil || strings.Contains(string(hidden), "Secret") {
		t.Errorf("got %s, %v", hidden, err)
	}
	if !strings.Contains(string(hidden), `"leading blanks"`) || !strings.Contains(string(hidden), `" Aa+  9`) {
		t.Errorf("counts and patterns are gone too: %s", hidden)
	}
}

func TestUnreadableInputIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte("a,b\n1,2\n3\n4,5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	source, err := csvfile.OpenFile(t.Context(), path, csvfile.Table{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	p := profileOf(t, source, ProfileOptions{})
	if p.Rows != 2 || p.Unreadable.Rows != 1 || len(p.Unreadable.Examples) != 1 || !strings.Contains(p.Unreadable.Examples[0].Where, "t.csv") {
		t.Errorf("got %d rows, unreadable %+v", p.Rows, p.Unreadable)
	}
	if len(p.Columns) != 2 {
		t.Errorf("columns that only tell where a row stands are profiled: %d", len(p.Columns))
	}
}

func TestWhatIsNotThereIsAnError(t *testing.T) {
	db := profileTable(t, []record.Kind{record.KindInt})
	for name, c := range map[string]struct {
		o    ProfileOptions
		want string
	}{
		"key":              {ProfileOptions{Key: []string{"x"}}, `key: t has no column "x"; it has a`},
		"reference":        {ProfileOptions{Refs: []ProfileRef{{"x", "t", "a"}}}, `reference of x: t has no column "x"; it has a`},
		"reference column": {ProfileOptions{Refs: []ProfileRef{{"a", "t", "y"}}}, `reference of a: t has no column "y"; it has a`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Profile(t.Context(), db, "t", c.o); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := Profile(t.Context(), db, "u", ProfileOptions{}); connectors.ClassOf(err) != connectors.Missing {
		t.Errorf("table: %v", err)
	}
}

// tornSource fails in the middle of a table.
type tornSource struct{ connectors.Source }

var errTorn = errors.New("connection lost")

func (s tornSource) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	r, err := s.Source.Read(ctx, q)
	return tornReader{r}, err
}

type tornReader struct{ record.Reader }

func (tornReader) Read(context.Context, *record.Batch) error { return errTorn }

func TestReadErrorIsNoEmptyTable(t *testing.T) {
	db := tornSource{profileTable(t, []record.Kind{record.KindInt}, record.Row{record.Int(1)})}
	if p, err := Profile(t.Context(), db, "t", ProfileOptions{}); !errors.Is(err, errTorn) {
		t.Errorf("got %v, %v", p, err)
	}
}
