package mapping

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/record"
)

// endFile fills one column, of which tests choose the kinds on both sides.
const endFile = `mapping: ends
source: {system: old, table: license}
target: {system: crm, table: Asset}
key: [id]
fields:
  Key: id
  End: {value: end, end_date: true}
`

// end maps an end date from a system of one convention to one of another.
func end(t failer, file string, from, to EndDates, source, target record.Kind, v record.Value) (record.Value, Verdict, error) {
	t.Helper()
	f, err := Parse("m.yaml", []byte(file))
	if err != nil {
		return v, Verdict{}, err
	}
	p, err := f.Compile(Env{
		Source: &record.Schema{Table: "license", Fields: []record.Field{text("id", 0), of("end", source)}}, SourceEnds: from,
		Target: Table{Schema: &record.Schema{Table: "Asset", Key: []int{0}, Fields: []record.Field{text("Key", 0), of("End", target)}}, Ends: to},
	})
	if err != nil {
		return v, Verdict{}, err
	}
	out := make(record.Row, 2)
	verdict := p.Mapper().Map(record.Row{record.Text("1"), v}, out)
	return out[1], verdict, nil
}

type failer interface{ Helper() }

func moment(s string) record.Value {
	v, err := record.ParseInstant(s)
	if err != nil {
		panic(err)
	}
	return v
}

func TestEndDatesFollowTheConventionOfEachSide(t *testing.T) {
	last, next := record.Date(2025, 12, 31), record.Date(2026, 1, 1)
	midnight, evening := record.Local(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), record.Local(time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC))
	berlin := strings.Replace(endFile, "end_date: true", "end_date: {zone: Europe/Berlin}", 1)
	beirut := strings.Replace(endFile, "end_date: true", "end_date: {zone: Asia/Beirut}", 1)
	amman := strings.Replace(endFile, "end_date: true", "end_date: {zone: Asia/Amman}", 1)
	day, local, instant := record.KindDate, record.KindLocal, record.KindInstant
	for _, test := range []struct {
		name           string
		file           string
		from, to       EndDates
		source, target record.Kind
		value, want    record.Value
	}{
		{"inclusive stays", endFile, EndInclusive, EndInclusive, day, day, last, last},
		{"exclusive stays", endFile, EndExclusive, EndExclusive, day, day, next, next},
		{"instant stays", endFile, EndInstant, EndInstant, local, local, evening, evening},
		{"no convention is inclusive", endFile, "", EndExclusive, day, day, last, next},
		{"inclusive to exclusive", endFile, EndInclusive, EndExclusive, day, day, last, next},
		{"inclusive to instant, a day", endFile, EndInclusive, EndInstant, day, day, last, next},
		{"inclusive to instant, wall clock", endFile, EndInclusive, EndInstant, day, local, last, midnight},
		{"inclusive to instant", berlin, EndInclusive, EndInstant, day, instant, last, moment("2025-12-31T23:00:00Z")},
		{"exclusive to inclusive", endFile, EndExclusive, EndInclusive, day, day, next, last},
		{"exclusive to instant", berlin, EndExclusive, EndInstant, day, instant, next, moment("2025-12-31T23:00:00Z")},
		{"instant to inclusive, a day", endFile, EndInstant, EndInclusive, day, day, next, last},
		{"instant to inclusive, midnight", endFile, EndInstant, EndInclusive, local, day, midnight, last},
		{"instant to inclusive, evening", endFile, EndInstant, EndInclusive, local, day, evening, last},
		{"instant to inclusive", berlin, EndInstant, EndInclusive, instant, day, moment("2025-12-31T23:00:00Z"), last},
		{"instant to exclusive", berlin, EndInstant, EndExclusive, instant, day, moment("2025-12-31T23:00:00Z"), next},
		{"the clocks go forward at midnight", beirut, EndInclusive, EndInstant, day, instant, record.Date(2024, 3, 30), moment("2024-03-30T22:00:00Z")},
		{"and back", beirut, EndInstant, EndInclusive, instant, day, moment("2024-03-30T22:00:00Z"), record.Date(2024, 3, 30)},
		{"the clocks go back to midnight", amman, EndInclusive, EndInstant, day, instant, record.Date(1996, 9, 19), moment("1996-09-19T21:00:00Z")},
		{"midnight of a wall clock is a day", endFile, EndInclusive, EndExclusive, local, day, record.Local(last.AsTime()), next},
		{"a text is a day", endFile, EndInclusive, EndExclusive, record.KindText, day, record.Text("2025-12-31"), next},
		{"null stays null", berlin, EndInclusive, EndInstant, day, instant, record.Null(), record.Null()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, v, err := end(t, test.file, test.from, test.to, test.source, test.target, test.value)
			if err != nil || v.Outcome != Carried || got != test.want {
				t.Errorf("got %v %+v %v, want %v", got, v, err, test.want)
			}
		})
	}
}

func TestAnEndDateThatCannotBeConvertedRejectsItsRow(t *testing.T) {
	for _, test := range []struct {
		from, to EndDates
		source   record.Kind
		value    record.Value
		want     string
	}{
		{EndExclusive, EndInclusive, record.KindDate, record.Date(1, 1, 1), "End: the day before 0001-01-01 is outside the calendar; make null of what stands for no end"},
		{EndInclusive, EndExclusive, record.KindDate, record.Date(9999, 12, 31), "End: the day after 9999-12-31 is outside the calendar; make null of what stands for no end"},
		{EndInclusive, EndExclusive, record.KindText, record.Text("31.12.2025"), `End: not a date (want 2006-01-31): "31.12.2025"`},
	} {
		_, v, err := end(t, endFile, test.from, test.to, test.source, record.KindDate, test.value)
		if err != nil || v.Outcome != Rejected || v.Rule != "field End cannot be computed" || v.Reason != "field "+test.want {
			t.Errorf("got %+v %v, want %q", v, err, test.want)
		}
	}
}

func TestMistakesInEndDatesAreTold(t *testing.T) {
	for _, test := range []struct {
		name           string
		setting        string
		from, to       EndDates
		source, target record.Kind
		want           string
	}{
		{"false", "false", EndInclusive, EndExclusive, record.KindDate, record.KindDate, `m.yaml:7:31: expected true or {zone: Europe/Berlin}, found "false"`},
		{"unknown zone", "{zone: Berlin}", EndInclusive, EndExclusive, record.KindDate, record.KindDate, `m.yaml:7:31: there is no zone "Berlin"; write one such as Europe/Berlin or UTC`},
		{"no zone to write", "true", EndInclusive, EndInstant, record.KindDate, record.KindInstant, "m.yaml:7:16: a moment ends the term; say where days begin: end_date: {zone: Europe/Berlin}"},
		{"no zone to read", "true", EndInstant, EndInclusive, record.KindInstant, record.KindDate, "m.yaml:7:16: a moment ends the term; say where days begin: end_date: {zone: Europe/Berlin}"},
		{"a moment that is no end", "true", EndInclusive, EndExclusive, record.KindInstant, record.KindDate, "m.yaml:7:16: `end` is instant, and an end date is a date; write local_date(…, 'Europe/Berlin')"},
		{"a number", "true", EndInclusive, EndExclusive, record.KindInt, record.KindDate, "m.yaml:7:16: `end` is int, and an end date is a date; write excel_date(…), if it counts days as Excel does"},
		{"into a number", "true", EndInclusive, EndExclusive, record.KindDate, record.KindInt, "m.yaml:7:16: `end` is date, but column End is int"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := strings.Replace(endFile, "end_date: true", "end_date: "+test.setting, 1)
			_, _, err := end(t, file, test.from, test.to, test.source, test.target, record.Null())
			if diff := cmp.Diff(test.want, problems(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEndDateComesBackFromEveryConvention(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"Europe/Berlin", "Asia/Beirut", "America/Sao_Paulo", "Asia/Amman", "America/Havana", "America/St_Johns", "Pacific/Apia", "UTC"}).Draw(t, "zone")
		other := rapid.SampledFrom([]EndDates{EndInclusive, EndExclusive, EndInstant}).Draw(t, "convention")
		kind := record.KindDate
		if other == EndInstant {
			kind = rapid.SampledFrom([]record.Kind{record.KindDate, record.KindLocal, record.KindInstant}).Draw(t, "kind")
		}
		file := strings.Replace(endFile, "end_date: true", "end_date: {zone: "+zone+"}", 1)
		last := record.Date(1990, 1, 1).AddDays(rapid.IntRange(0, 20_000).Draw(t, "day"))
		there, _, err := end(t, file, EndInclusive, other, record.KindDate, kind, last)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := end(t, file, other, EndInclusive, kind, record.KindDate, there)
		skipped := zone == "Pacific/Apia" && last.AddDays(1) == record.Date(2011, 12, 30) // a day that Samoa never had
		if err != nil || back != last && !skipped {
			t.Fatalf("%v becomes %v, and that %v (%v)", last, there, back, err)
		}
	})
}

func TestTheFingerprintKnowsTheConventions(t *testing.T) {
	f, err := Parse("m.yaml", []byte(strings.Replace(assetFile, "Description: note", "UsageEndDate: {value: end_date, end_date: true}", 1)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, to := range []EndDates{EndInclusive, EndExclusive} {
		env := crmEnvironment()
		env.Target.Ends = to
		p, err := f.Compile(env)
		if err != nil {
			t.Fatal(err)
		}
		seen[p.Fingerprint()] = true
	}
	if len(seen) != 2 {
		t.Error("mappings that give other end dates have one fingerprint")
	}
}
