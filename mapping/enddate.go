package mapping

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"crosswalk/internal/yamlfile"
	"crosswalk/mapping/expression"
	"crosswalk/record"
)

// EndDates says what an end date means to a system.
//
//	a term whose last day is 31 December
//	────────────────┤31 Dec├┤ 1 Jan├──▶
//	inclusive       31 Dec              the last day
//	exclusive               1 Jan       the first day after it
//	instant                │            the moment at which it ends: in a zone, midnight
type EndDates string

// End-date conventions. The empty text stands for EndInclusive.
const (
	EndInclusive EndDates = "inclusive"
	EndExclusive EndDates = "exclusive"
	EndInstant   EndDates = "instant"
)

// endDateDef marks a field as the end of a term.
type endDateDef struct {
	given bool
	zone  *time.Location // where days begin, if a moment is the end; nil if not told
}

func (e *endDateDef) DecodeYAML(n yamlfile.Node) (err error) {
	var d zoneDef
	switch {
	case n.IsMap():
		if err := n.Decode(&d); err != nil {
			return err
		}
		if e.zone, err = expression.Zone(d.Zone.Value); err != nil {
			return err
		}
	case n.Text().Value != "true":
		return fmt.Errorf("expected true or {zone: Europe/Berlin}, found %q", n.Text())
	}
	e.given = true
	return nil
}

// zoneDef is the long form of endDateDef.
type zoneDef struct {
	Zone yamlfile.Text `yaml:"zone,required" doc:"The zone whose midnight parts the days, such as Europe/Berlin."`
}

// YAMLForms implements yamlfile.Former.
func (*endDateDef) YAMLForms() []any { return []any{yamlfile.Enum{true}, zoneDef{}} }

// ending turns end dates of one convention into those of another.
type ending struct {
	from, to EndDates
	moment   bool // the target's column holds points in time
	zone     *time.Location
}

// end compiles the setting end_date of a field and returns the kind that its
// value has then. Between systems of one convention there is nothing to do.
func (c *compilation) end(f *field, def *fieldDef, kind record.Kind) record.Kind {
	from, to := c.env.SourceEnds.orInclusive(), c.env.Target.Ends.orInclusive()
	fmt.Fprintf(c.hash, "end dates %s %s\n", from, to)
	if from == to {
		return kind
	}
	e := &ending{from: from, to: to, zone: def.EndDate.zone, moment: to == EndInstant && f.typ.Kind == record.KindInstant}
	moment := kind == record.KindInstant && from == EndInstant
	switch {
	case !moment && kind != record.KindLocal && !convertible(kind, record.KindDate):
		c.fail(def.Value, "`%s` is %s, and an end date is a date%s", def.Value, kind, bridge(kind, record.KindDate))
	case (moment || e.moment) && e.zone == nil:
		c.fail(def.Value, "a moment ends the term; say where days begin: end_date: {zone: Europe/Berlin}")
	default:
		f.ending = e
	}
	if e.moment {
		return record.KindInstant
	}
	return record.KindDate
}

func (e EndDates) orInclusive() EndDates {
	if e == "" {
		return EndInclusive
	}
	return e
}

// convert makes of an end date of the source one of the target.
func (e *ending) convert(v record.Value) (record.Value, error) {
	if v.IsNull() || v.Kind() == record.KindAbsent {
		return v, nil
	}
	last, err := e.lastDay(v)
	if err != nil {
		return v, err
	}
	if last.AsTime().Year() < 1 {
		return v, fmt.Errorf("the day before %s is outside the calendar; make null of what stands for no end", v)
	}
	if e.to == EndInclusive {
		return last, nil
	}
	next := last.AddDays(1)
	if next.AsTime().Year() > 9999 {
		return v, fmt.Errorf("the day after %s is outside the calendar; make null of what stands for no end", last)
	}
	if e.moment {
		return startOf(next, e.zone), nil
	}
	return next, nil
}

// lastDay reads an end date as the last day of the term. A moment that is
// midnight ends the day before; any other ends its own day.
func (e *ending) lastDay(v record.Value) (record.Value, error) {
	switch kind := v.Kind(); {
	case e.from == EndInstant && kind == record.KindInstant && e.zone != nil:
		return record.DateOf(v.AsTime().Add(-time.Microsecond).In(e.zone)), nil
	case e.from == EndInstant && kind == record.KindLocal:
		return record.DateOf(v.AsTime().Add(-time.Microsecond)), nil
	}
	day, err := record.Convert(v, record.Type{Kind: record.KindDate})
	if err != nil || e.from == EndInclusive {
		return day, err
	}
	return day.AddDays(-1), nil
}

// startOf is the first moment of a day in a zone. It is not midnight where the
// clocks are put forward at midnight, and the first of two midnights where they
// are put back to it.
func startOf(day record.Value, zone *time.Location) record.Value {
	midnight := day.AsTime()
	guess := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, zone)
	for _, clock := range []time.Time{guess.Add(-1), guess} {
		_, offset := clock.Zone()
		start := midnight.Add(-time.Duration(offset) * time.Second).In(zone)
		if start.Day() == midnight.Day() {
			return record.Instant(start)
		}
	}
	return record.Instant(guess) // a day that the zone has left out
}
