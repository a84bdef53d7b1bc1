package reconcile

import (
	"time"

	"crosswalk/record"
)

// ClassDateConvention is the class of a difference of convention: rows that
// differ in nothing but dates, each by one day and all in one direction.
const ClassDateConvention = "date_convention"

// Class returns the class of a finding that has one of its own, otherwise "".
func (f *Finding) Class() string {
	if f.Kind != Changed || len(f.Fields) == 0 {
		return ""
	}
	first := daysLater(f.Want[f.Fields[0]], f.Have[f.Fields[0]])
	for _, i := range f.Fields {
		if days := daysLater(f.Want[i], f.Have[i]); days == 0 || days != first {
			return ""
		}
	}
	return ClassDateConvention
}

// daysLater is 1 if have is one day after want, -1 if it is one day before,
// otherwise 0. On the days on which clocks are changed, a day between two points
// in time has 23 or 25 hours.
func daysLater(want, have record.Value) int {
	if want.Kind() != have.Kind() {
		return 0
	}
	slack := time.Duration(0)
	switch want.Kind() {
	case record.KindDate, record.KindLocal:
	case record.KindInstant:
		slack = time.Hour
	default:
		return 0
	}
	apart := have.AsTime().Sub(want.AsTime())
	switch off := apart.Abs() - 24*time.Hour; {
	case off != 0 && off.Abs() != slack:
		return 0
	case apart < 0:
		return -1
	}
	return 1
}
