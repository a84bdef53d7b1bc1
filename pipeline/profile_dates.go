package pipeline

import (
	"slices"
	"strings"
	"time"
)

// dateForm is one way to write a date.
type dateForm struct {
	name   string // as people write it
	layout string // as package time writes it
}

func (f dateForm) parse(s string) (time.Time, bool) {
	if f.name == digitsOnly && (len(s) != len("20060102") || s < "1900" || s > "2100") {
		return time.Time{}, false
	}
	t, err := time.Parse(f.layout, s)
	return t, err == nil
}

// digitsOnly is the layout that any number of eight digits may have by chance.
const digitsOnly = "yyyymmdd"

// dateForms finds by the pattern of a text the layouts that may read it, so
// that texts which look like no date cost one look-up.
var dateForms = formsByPattern([]dateForm{
	{"yyyy-mm-dd", "2006-1-2"},
	{"yyyy/mm/dd", "2006/1/2"},
	{"yyyy.mm.dd", "2006.1.2"},
	{"dd.mm.yyyy", "2.1.2006"},
	{"dd.mm.yy", "2.1.06"},
	{"dd/mm/yyyy", "2/1/2006"},
	{"mm/dd/yyyy", "1/2/2006"},
	{"dd/mm/yy", "2/1/06"},
	{"mm/dd/yy", "1/2/06"},
	{"dd-mm-yyyy", "2-1-2006"},
	{"dd-mon-yyyy", "2-Jan-2006"},
	{"dd-mon-yy", "2-Jan-06"},
	{"dd mon yyyy", "2 Jan 2006"},
	{"mon dd, yyyy", "Jan 2, 2006"},
	{"yyyy-mm-dd hh:mm", "2006-1-2 15:04"},
	{"yyyy-mm-dd hh:mm:ss", "2006-1-2 15:04:05"},
	{"yyyy-mm-dd hh:mm:ss", "2006-1-2 15:04:05.000"},
	{"yyyy-mm-dd hh:mm:ss", "2006-1-2 15:04:05.000000"},
	{"yyyy-mm-ddThh:mm:ss", "2006-01-02T15:04:05"},
	{"yyyy-mm-ddThh:mm:ssZ", "2006-01-02T15:04:05Z07:00"},
	{"yyyy-mm-ddThh:mm:ssZ", "2006-01-02T15:04:05.000Z07:00"},
	{"dd.mm.yyyy hh:mm", "2.1.2006 15:04"},
	{"dd.mm.yyyy hh:mm:ss", "2.1.2006 15:04:05"},
	{"dd/mm/yyyy hh:mm", "2/1/2006 15:04"},
	{"mm/dd/yyyy hh:mm", "1/2/2006 15:04"},
	{digitsOnly, "20060102"},
})

// formsByPattern writes each form with days and months of one digit and of
// two, in capitals and without, and files it under the patterns that come of it.
func formsByPattern(forms []dateForm) map[string][]dateForm {
	samples := []time.Time{
		time.Date(2021, 1, 2, 13, 14, 15, 0, time.UTC), time.Date(2021, 1, 22, 13, 14, 15, 0, time.UTC),
		time.Date(2021, 11, 2, 13, 14, 15, 0, time.UTC), time.Date(2021, 11, 22, 13, 14, 15, 0, time.UTC),
	}
	by := map[string][]dateForm{}
	for _, f := range forms {
		for _, sample := range samples {
			text := sample.Format(f.layout)
			for _, spelled := range []string{text, strings.ToUpper(text), strings.ToLower(text)} {
				l := newLooker()
				_, pattern := l.look(spelled)
				if known := by[string(pattern)]; !slices.Contains(known, f) {
					by[string(pattern)] = append(known, f)
				}
			}
		}
	}
	return by
}
