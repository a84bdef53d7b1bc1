package estate

import "time"

// day is a civil date, counted from 1970-01-01. zeroDate is MySQL's 0000-00-00.
type day int

const zeroDate day = -1 << 40

func date(y int, m time.Month, d int) day {
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) year() int { return d.time().Year() }

// String is the ISO form.
func (d day) String() string {
	if d == zeroDate {
		return "0000-00-00"
	}
	return d.format(time.DateOnly)
}

func (d day) format(layout string) string { return d.time().Format(layout) }

// term returns the last day of a term of whole months that begins on d.
func (d day) term(months int) day {
	t := d.time()
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	end := first.AddDate(0, 0, min(t.Day(), last)-1)
	if t.Day() > last { // 29 February plus a year ends on 28 February
		return day(end.Unix() / 86400)
	}
	return day(end.Unix()/86400) - 1
}

// today is the day on which the estate is looked at.
func today() day { return date(2024, time.November, 15) }
