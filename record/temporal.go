package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const microsPerDay = 24 * 60 * 60 * 1_000_000

// Date makes a civil day. Out-of-range months and days carry over, as in
// time.Date; ParseDate refuses them.
func Date(year int, month time.Month, day int) Value {
	return Value{kind: KindDate, num: time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)}
}

// DateOf makes the civil day that t shows on its own clock.
func DateOf(t time.Time) Value {
	y, m, d := t.Date()
	return Date(y, m, d)
}

// Instant makes a point in time, cut to microseconds.
func Instant(t time.Time) Value { return Value{kind: KindInstant, num: t.UnixMicro()} }

// Local makes the wall-clock time that t shows on its own clock, cut to
// microseconds; its zone is forgotten.
func Local(t time.Time) Value {
	y, m, d := t.Date()
	wall := time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return Value{kind: KindLocal, num: wall.UnixMicro()}
}

// AsTime returns a day (at midnight), an instant or a wall-clock time as a
// time in UTC; it is the zero time for other kinds.
func (v Value) AsTime() time.Time {
	switch v.kind {
	case KindDate:
		return time.Unix(v.num*24*60*60, 0).UTC()
	case KindInstant, KindLocal:
		return time.UnixMicro(v.num).UTC()
	}
	return time.Time{}
}

// AddDays moves a day by n days. Other kinds stay as they are.
func (v Value) AddDays(n int) Value {
	if v.kind == KindDate {
		v.num += int64(n)
	}
	return v
}

// ParseDate reads 2024-02-29 and refuses days that do not exist. Dates are read
// by the million, so it does not go through a layout.
func ParseDate(s string) (Value, error) {
	if len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-' {
		year, month, day := digits(s[:4]), digits(s[5:7]), digits(s[8:])
		if year >= 0 && 1 <= month && month <= 12 && 1 <= day && day <= daysOf(year, month) {
			return Date(year, time.Month(month), day), nil
		}
	}
	return Value{}, fmt.Errorf("not a date (want 2006-01-31): %q", shorten(s))
}

// digits is the number that s spells with digits alone, otherwise -1.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = 10*n + int(s[i]-'0')
	}
	return n
}

// daysOf is the length of a month.
func daysOf(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// ParseInstant reads RFC 3339 with a zone: 2024-02-29T12:00:00.5+01:00.
// A blank may stand for the T. Digits beyond microseconds are cut off.
func ParseInstant(s string) (Value, error) {
	t, err := parseInstant(s)
	if err != nil {
		return Value{}, err
	}
	return Instant(t), nil
}

func parseInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("not an instant with a zone (want 2006-01-31T15:04:05Z): %q", shorten(s))
}

// ParseLocal reads a date and time without a zone, with a T or a blank.
// Digits beyond microseconds are cut off.
func ParseLocal(s string) (Value, error) {
	t, err := parseLocal(s)
	if err != nil {
		return Value{}, err
	}
	return Local(t), nil
}

func parseLocal(s string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("not a date and time without a zone (want 2006-01-31T15:04:05): %q", shorten(s))
}

// parseFarTime reads a day or time as String spells it, in any year: a typing
// error of the year 20222 must be carried as it is, though package time reads
// four digits only. The calendar repeats itself every 400 years.
func parseFarTime(s string, kind Kind) (Value, error) {
	const cycleYears, cycleDays = 400, 146_097
	cycles := int64(0)
	unsigned := strings.TrimPrefix(s, "-")
	if end := len(s) - len(unsigned) + strings.IndexByte(unsigned, '-'); end > 4 {
		if year, err := strconv.Atoi(s[:end]); err == nil {
			near := 2000 + (year%cycleYears+cycleYears)%cycleYears
			cycles = int64(year-near) / cycleYears
			s = strconv.Itoa(near) + s[end:]
		}
	}
	v, err := Convert(Text(s), Type{Kind: kind})
	if err != nil {
		return Value{}, err
	}
	if kind == KindDate {
		v.num += cycles * cycleDays
	} else {
		v.num += cycles * cycleDays * microsPerDay
	}
	return v, nil
}

func (v Value) appendDate(dst []byte) []byte {
	return v.AsTime().AppendFormat(dst, "2006-01-02")
}

func (v Value) appendClock(dst []byte) []byte {
	return v.AsTime().AppendFormat(dst, "2006-01-02T15:04:05.999999")
}
