package xlsxfile

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"crosswalk/record"
)

// excelDigits is how many digits of a number spreadsheet programs keep and
// show. Digits beyond, as in 0.30000000000000004, are noise of binary
// arithmetic.
const excelDigits = 15

// number reads the number of a cell. What is whole is an Int, or a Decimal if
// it exceeds one; everything else is a Decimal. Digits without a point or an
// exponent are kept, however many: programs other than Excel write them for
// long identifiers. All else is rounded to 15 digits, as Excel shows it.
func number(raw []byte) (record.Value, error) {
	digits := raw
	if bytes.ContainsAny(raw, "eE") || len(raw) > excelDigits && bytes.IndexByte(raw, '.') >= 0 {
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || len(bytes.Trim(raw, "+-.0123456789eE")) > 0 {
			return record.Value{}, noNumber(raw)
		}
		digits = strconv.AppendFloat(nil, f, 'e', excelDigits-1, 64)
	}
	v, err := record.ParseNumber(digits)
	if err != nil {
		return record.Value{}, noNumber(raw)
	}
	return v, nil
}

func noNumber(raw []byte) error { return fmt.Errorf("%.40q is no number", raw) }

const (
	millisPerDay = 24 * 60 * 60 * 1000
	phantomDay   = 60 // 1900-02-29, which never was
)

// temporal reads the serial number of a day or time: a count of days, whose
// fraction is the time of day, right to the millisecond. A whole one is a
// Date, another a Local; a time without a day is a text such as 07:30:00, and
// a span one such as 36:00:00. ok is false for a number that means no time,
// which stays a number: a negative one, a day after 9999, day 0 and day 60 of
// the 1900 system, which Excel shows as 1900-01-00 and 1900-02-29.
func temporal(serial float64, f format, since1904 bool) (v record.Value, ok bool) {
	if !(serial >= 0 && serial < 1e7) {
		return record.Value{}, false
	}
	millis := int64(math.Round(serial * millisPerDay))
	day, rest := millis/millisPerDay, millis%millisPerDay
	switch {
	case f == spanFormat:
		return clock(millis), true
	case day == 0 && (f == clockFormat || rest > 0 && !since1904):
		return clock(rest), true
	case !since1904 && (day == 0 || day == phantomDay):
		return record.Value{}, false
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case since1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < phantomDay:
		first = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	at := first.AddDate(0, 0, int(day))
	if at.Year() > 9999 {
		return record.Value{}, false
	}
	if rest == 0 {
		return record.DateOf(at), true
	}
	return record.Local(at.Add(time.Duration(rest) * time.Millisecond)), true
}

func clock(millis int64) record.Value {
	s := millis / 1000
	text := fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	if ms := millis % 1000; ms != 0 {
		text += fmt.Sprintf(".%03d", ms)
	}
	return record.Text(text)
}

// isoDate reads the content of a cell that holds a date as text: 2024-02-29,
// 2024-02-29T12:00:00, or 12:00:00, with or without a Z, which means nothing
// in a workbook. Midnight is a Date, as it is for serial numbers.
func isoDate(text string) (record.Value, error) {
	text = strings.TrimSuffix(text, "Z")
	if v, err := record.ParseDate(text); err == nil {
		return v, nil
	}
	if v, err := record.ParseLocal(text); err == nil {
		if day, err := record.Convert(v, record.Type{Kind: record.KindDate}); err == nil {
			return day, nil
		}
		return v, nil
	}
	bare := strings.TrimPrefix(text, "T")
	for _, layout := range []string{"15:04:05.999", "15:04"} {
		if t, err := time.Parse(layout, bare); err == nil {
			return clock(t.Sub(t.Truncate(24 * time.Hour)).Milliseconds()), nil
		}
	}
	return record.Value{}, fmt.Errorf("%.40q is no date", text)
}
