package reconcile

import (
	"time"

	"crosswalk/record"
)

// ClassDateConvention is the class of a difference of convention: rows that
// differ in nothing but dates, each by one day.
const ClassDateConvention = "date_convention"

// Class returns the class of a finding that has one of its own, otherwise "".
func (f *Finding) Class() string {
	if f.Kind != Changed || len(f.Fields) == 0 {
		return ""
	}
	for _, i := range f.Fields {
		if !oneDayApart(f.Want[i], f.Have[i]) {
			return ""
		}
	}
	return ClassDateConvention
}

func oneDayApart(a, b record.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case record.KindDate, record.KindLocal, record.KindInstant:
		return a.AsTime().Sub(b.AsTime()).Abs() == 24*time.Hour
	}
	return false
}
