package reconcile

import (
	"testing"
	"time"

	"crosswalk/record"
)

func TestOnlyDatesOneDayApartInOneDirectionAreOfAConvention(t *testing.T) {
	day := func(d int) record.Value { return record.Date(2025, 3, d) }
	hour := func(h int) record.Value { return record.Instant(time.Date(2025, 3, 29, h, 0, 0, 0, time.UTC)) }
	wall := func(h int) record.Value { return record.Local(time.Date(2025, 3, 29, h, 0, 0, 0, time.UTC)) }
	for _, test := range []struct {
		name       string
		want, have record.Row
		of         bool
	}{
		{"later", record.Row{day(1)}, record.Row{day(2)}, true},
		{"earlier", record.Row{day(2)}, record.Row{day(1)}, true},
		{"both later", record.Row{day(1), day(8)}, record.Row{day(2), day(9)}, true},
		{"in two directions", record.Row{day(1), day(8)}, record.Row{day(2), day(7)}, false},
		{"one of them by more", record.Row{day(1), day(8)}, record.Row{day(2), day(10)}, false},
		{"and a text", record.Row{day(1), record.Text("a")}, record.Row{day(2), record.Text("b")}, false},
		{"no date there", record.Row{day(1)}, record.Row{record.Null()}, false},
		{"no date wanted", record.Row{record.Null()}, record.Row{day(1)}, false},
		{"the ends of the calendar", record.Row{record.Date(1, 1, 1)}, record.Row{record.Date(9999, 12, 31)}, false},
		{"24 hours", record.Row{hour(0)}, record.Row{hour(24)}, true},
		{"the clocks go forward", record.Row{hour(0)}, record.Row{hour(23)}, true},
		{"the clocks go back", record.Row{hour(25)}, record.Row{hour(0)}, true},
		{"22 hours", record.Row{hour(0)}, record.Row{hour(22)}, false},
		{"a wall clock knows no change", record.Row{wall(0)}, record.Row{wall(23)}, false},
		{"a day of a wall clock", record.Row{wall(0)}, record.Row{wall(24)}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Finding{Kind: Changed, Want: test.want, Have: test.have}
			for i := range test.want {
				f.Fields = append(f.Fields, i)
			}
			if of := f.Class() == ClassDateConvention; of != test.of {
				t.Errorf("of a convention: %v", of)
			}
		})
	}
}
