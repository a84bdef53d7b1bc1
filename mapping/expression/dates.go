package expression

import (
	"fmt"
	"math"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"crosswalk/record"
)

var dates = group{"Dates", []function{
	{Function: Function{Signature: "date(v text|date|local) date", Doc: "a day written 2006-01-31, or a wall-clock time at midnight; an error otherwise",
		Example: "date('2024-02-29')", Gives: "add_days(date('2024-02-28'), 1)"}, call: converted(record.Type{Kind: record.KindDate})},
	{Function: Function{Signature: "parse_date(s text|date, layouts... const any) date",
		Doc:     "a day written in one of the layouts, of d dd m mm mmm yy yyyy; with yy, the first year of its century comes last. A value that is a date already stays",
		Example: "parse_date('4.3.69', 'd.m.yyyy', 'd.m.yy', 1970)", Gives: "date('2069-03-04')"}, prepare: parseDate},
	{Function: Function{Signature: "excel_date(serial number|text, epoch? int) date", Doc: "the day of an Excel serial number, in the 1900 date system or that of 1904",
		Example: "excel_date('44259')", Gives: "date('2021-03-04')"}, call: excelDate},
	{Function: Function{Signature: "day_of(t local) date", Doc: "the day of a wall-clock time, whatever its time of day",
		Example: "day_of(local_time('2024-02-29 13:45:00'))", Gives: "date('2024-02-29')"},
		call: func(a []record.Value) (record.Value, error) { return record.DateOf(a[0].AsTime()), nil }},
	{Function: Function{Signature: "year(d date|local) int", Doc: "the year", Example: "year(date('2024-02-29'))", Gives: "2024"}, call: partOf(time.Time.Year)},
	{Function: Function{Signature: "month(d date|local) int", Doc: "the month, 1 to 12", Example: "month(date('2024-02-29'))", Gives: "2"},
		call: partOf(func(t time.Time) int { return int(t.Month()) })},
	{Function: Function{Signature: "day(d date|local) int", Doc: "the day of the month", Example: "day(date('2024-02-29'))", Gives: "29"}, call: partOf(time.Time.Day)},
	{Function: Function{Signature: "make_date(year int, month int, day int) date", Doc: "a day from its parts; an error if there is no such day",
		Example: "make_date(2024, 2, 29)", Gives: "date('2024-02-29')"}, call: makeDate},
	{Function: Function{Signature: "add_days(d date, n int) date", Doc: "n days later, or earlier if n is negative", Example: "add_days(date('2024-12-31'), 1)", Gives: "date('2025-01-01')"}, call: addDays},
	{Function: Function{Signature: "add_months(d date, n int) date", Doc: "n months later, at most the last day of that month",
		Example: "add_months(date('2024-01-31'), 1)", Gives: "date('2024-02-29')"}, call: addMonths},
	{Function: Function{Signature: "end_of_month(d date) date", Doc: "the last day of its month", Example: "end_of_month(date('2024-02-05'))", Gives: "date('2024-02-29')"},
		call: func(a []record.Value) (record.Value, error) {
			t := a[0].AsTime()
			return record.Date(t.Year(), t.Month()+1, 0), nil
		}},
	{Function: Function{Signature: "end_of_year(d date) date", Doc: "31 December of its year", Example: "end_of_year(date('2024-02-05'))", Gives: "date('2024-12-31')"},
		call: func(a []record.Value) (record.Value, error) {
			return record.Date(a[0].AsTime().Year(), time.December, 31), nil
		}},
	{Function: Function{Signature: "days_between(from date, to date) int", Doc: "the days from one day to another",
		Example: "days_between(date('2024-02-28'), date('2024-03-01'))", Gives: "2"}, call: daysBetween},
	{Function: Function{Signature: "local_time(v text|date|local) local", Doc: "a wall-clock time without a zone, written 2006-01-31 15:04:05",
		Example: "local_time('2024-02-29')", Gives: "local_time(date('2024-02-29'))"}, call: localTime},
	{Function: Function{Signature: "instant(t text|local|instant, zone? const text) instant", Doc: "the point in time of a wall-clock time in a zone; where clocks are turned back, the first of the two. Without a zone, a text must bring its own",
		Example: "instant(local_time('2024-07-01 02:00:00'), 'Europe/Berlin')", Gives: "instant('2024-07-01T00:00:00Z')"}, prepare: instant},
	{Function: Function{Signature: "local_date(t instant, zone const text) date", Doc: "the day that the clocks of a zone show",
		Example: "local_date(instant('2025-12-31T23:30:00Z'), 'Europe/Berlin')", Gives: "date('2026-01-01')"}, prepare: localDate},
}}

func partOf(part func(time.Time) int) call {
	return func(args []record.Value) (record.Value, error) { return record.Int(int64(part(args[0].AsTime()))), nil }
}

// mostDays and mostMonths bound what can be added to a day: 10,000 years.
const (
	mostDays   = 3_660_000
	mostMonths = 120_000
)

// inCalendar refuses days that no ISO date can spell.
func inCalendar(d record.Value) (record.Value, error) {
	if y := d.AsTime().Year(); y < 0 || y > 9999 {
		return record.Value{}, fmt.Errorf("the year %d is outside the calendar", y)
	}
	return d, nil
}

func addDays(args []record.Value) (record.Value, error) {
	n := args[1].AsInt()
	if n > mostDays || n < -mostDays {
		return record.Value{}, fmt.Errorf("cannot add %d days", n)
	}
	return inCalendar(args[0].AddDays(int(n)))
}

func addMonths(args []record.Value) (record.Value, error) {
	n := args[1].AsInt()
	if n > mostMonths || n < -mostMonths {
		return record.Value{}, fmt.Errorf("cannot add %d months", n)
	}
	t := args[0].AsTime()
	month := t.Month() + time.Month(n)
	last := record.Date(t.Year(), month+1, 0).AsTime().Day()
	return inCalendar(record.Date(t.Year(), month, min(t.Day(), last)))
}

func daysBetween(args []record.Value) (record.Value, error) {
	seconds := args[1].AsTime().Unix() - args[0].AsTime().Unix()
	return record.Int(seconds / (24 * 60 * 60)), nil
}

func makeDate(args []record.Value) (record.Value, error) {
	return dateOf(args[0].AsInt(), args[1].AsInt(), args[2].AsInt())
}

// dateOf refuses days that do not exist, such as 31 February.
func dateOf(year, month, day int64) (record.Value, error) {
	if year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31 {
		d := record.Date(int(year), time.Month(month), int(day))
		if d.AsTime().Day() == int(day) {
			return d, nil
		}
	}
	return record.Value{}, fmt.Errorf("there is no day %04d-%02d-%02d", year, month, day)
}

// excelDate counts from 1899-12-30, which is right from 1900-03-01 on; before,
// Excel's own calendar is wrong, so smaller serials are refused.
func excelDate(args []record.Value) (record.Value, error) {
	epoch := record.Date(1899, time.December, 30)
	least := int64(61)
	if len(args) > 1 {
		switch args[1].AsInt() {
		case 1900:
		case 1904:
			epoch, least = record.Date(1904, time.January, 1), 0
		default:
			return record.Value{}, fmt.Errorf("Excel has the date systems 1900 and 1904, not %s", args[1])
		}
	}
	serial := args[0]
	if serial.Kind() == record.KindText {
		d, err := record.ParseDecimal(serial.AsText())
		if err != nil {
			return d, err
		}
		serial = d
	}
	n, err := record.Convert(serial, record.Type{Kind: record.KindInt})
	if err != nil || n.AsInt() < least || n.AsInt() > math.MaxInt32 {
		return record.Value{}, fmt.Errorf("%s is no Excel day number", args[0])
	}
	return inCalendar(epoch.AddDays(int(n.AsInt())))
}

func localTime(args []record.Value) (record.Value, error) {
	if args[0].Kind() == record.KindText {
		if d, err := record.ParseDate(args[0].AsText()); err == nil {
			args = []record.Value{d}
		}
	}
	return record.Convert(args[0], record.Type{Kind: record.KindLocal})
}

func zoneOf(n *node) (*time.Location, error) { return Zone(n.value.AsText()) }

// Zone returns the time zone of that name, which is never the machine's own.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("name a zone such as Europe/Berlin or UTC")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("there is no zone %q; write one such as Europe/Berlin or UTC", name)
	}
	return zone, nil
}

func instant(args []*node) (call, error) {
	if len(args) == 1 {
		if args[0].kind == record.KindLocal {
			return nil, fmt.Errorf("a wall-clock time needs a zone: instant(%s, 'Europe/Berlin')", args[0].tree)
		}
		return converted(record.Type{Kind: record.KindInstant}), nil
	}
	zone, err := zoneOf(args[1])
	return func(a []record.Value) (record.Value, error) {
		t := a[0]
		if t.Kind() == record.KindText {
			local, err := record.ParseLocal(t.AsText())
			if err != nil {
				return local, err
			}
			t = local
		}
		if t.Kind() == record.KindInstant {
			return t, nil
		}
		return inZone(t.AsTime(), zone)
	}, err
}

// inZone finds the point in time at which the clocks of a zone show the wall
// time: none where they are put forward, and of two, where they are put back,
// the first.
func inZone(wall time.Time, zone *time.Location) (record.Value, error) {
	var found []time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if _, actual := t.In(zone).Zone(); actual == offset {
			found = append(found, t)
		}
	}
	if len(found) == 0 {
		return record.Value{}, fmt.Errorf("the clocks of %s never show %s", zone, record.Local(wall))
	}
	first := found[0]
	if last := found[len(found)-1]; last.Before(first) {
		first = last
	}
	return record.Instant(first), nil
}

func localDate(args []*node) (call, error) {
	zone, err := zoneOf(args[1])
	return func(a []record.Value) (record.Value, error) { return record.DateOf(a[0].AsTime().In(zone)), nil }, err
}
