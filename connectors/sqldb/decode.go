package sqldb

import (
	"database/sql/driver"
	"fmt"
	"math"
	"strconv"
	"time"

	"crosswalk/record"
)

// decoder turns what a driver returns, never null, into a Value. Bytes belong
// to the driver and change with the next row. What is none of the column's
// type becomes a Value of another kind, the one that it is.
type decoder func(b *record.Batch, v driver.Value) (record.Value, error)

// natural makes the Value that is nearest to the driver's type.
func natural(b *record.Batch, v driver.Value) (record.Value, error) {
	switch v := v.(type) {
	case int64:
		return record.Int(v), nil
	case uint64:
		return record.Uint(v), nil
	case float64:
		return record.Float(v), nil
	case float32:
		return single(v), nil
	case bool:
		return record.Bool(v), nil
	case []byte:
		return b.Text(v), nil
	case string:
		return record.Text(v), nil
	case time.Time:
		return record.Local(v), nil
	}
	return record.Value{}, fmt.Errorf("the driver returned a %T, which has no place here", v)
}

// single widens a float by its decimal spelling, so that 0.1 stays 0.1.
func single(f float32) record.Value {
	wide, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		wide = float64(f)
	}
	return record.Float(wide)
}

func decodeInt(b *record.Batch, v driver.Value) (record.Value, error) {
	switch v := v.(type) {
	case int64:
		return record.Int(v), nil
	case []byte:
		if n, err := record.ParseNumber(v); err == nil {
			return n, nil
		}
	case string:
		if n, err := record.ParseNumber(v); err == nil {
			return n, nil
		}
	}
	return natural(b, v)
}

func decodeDecimal(b *record.Batch, v driver.Value) (record.Value, error) {
	switch v := v.(type) {
	case []byte:
		if d, err := record.ParseDecimal(v); err == nil {
			return d, nil
		}
	case string:
		if d, err := record.ParseDecimal(v); err == nil {
			return d, nil
		}
	case int64:
		return record.Decimal(v, 0), nil
	case float64:
		// The shortest decimal that reads back as the float is what was meant.
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return record.Convert(record.Float(v), record.Type{Kind: record.KindDecimal, Scale: -1})
		}
	}
	return natural(b, v)
}

func decodeFloat(b *record.Batch, v driver.Value) (record.Value, error) {
	if p, ok := v.([]byte); ok {
		if f, err := strconv.ParseFloat(string(p), 64); err == nil {
			return record.Float(f), nil
		}
	}
	return natural(b, v)
}

func decodeBool(b *record.Batch, v driver.Value) (record.Value, error) {
	if n, ok := v.(int64); ok && (n == 0 || n == 1) {
		return record.Bool(n == 1), nil
	}
	return natural(b, v)
}

func decodeText(b *record.Batch, v driver.Value) (record.Value, error) {
	switch v := v.(type) {
	case string:
		return record.Text(v), nil
	case []byte:
		return b.Text(v), nil
	}
	return natural(b, v)
}

func decodeBytes(b *record.Batch, v driver.Value) (record.Value, error) {
	if p, ok := v.([]byte); ok {
		return b.Bytes(p), nil
	}
	return natural(b, v)
}

func decodeDate(b *record.Batch, v driver.Value) (record.Value, error) {
	switch v := v.(type) {
	case time.Time:
		return record.DateOf(v), nil
	case []byte:
		if t, rest, ok := parseDay(v); ok && len(rest) == 0 {
			return record.DateOf(t), nil
		}
	case string:
		if t, rest, ok := parseDay(v); ok && len(rest) == 0 {
			return record.DateOf(t), nil
		}
	}
	return natural(b, v)
}

func decodeLocal(b *record.Batch, v driver.Value) (record.Value, error) {
	return decodeClock(b, v, record.Local)
}

// decodeInstant reads times that the session shows in UTC.
func decodeInstant(b *record.Batch, v driver.Value) (record.Value, error) {
	return decodeClock(b, v, record.Instant)
}

func decodeClock(b *record.Batch, v driver.Value, value func(time.Time) record.Value) (record.Value, error) {
	switch v := v.(type) {
	case time.Time:
		return moment(v, value(v)), nil
	case []byte:
		if t, ok := parseClock(v); ok {
			return value(t), nil
		}
	case string:
		if t, ok := parseClock(v); ok {
			return value(t), nil
		}
	}
	return natural(b, v)
}

// moment returns v unless its microseconds do not fit in 64 bits, as at the
// far end of PostgreSQL's timestamps; then it is the text.
func moment(t time.Time, v record.Value) record.Value {
	if y := t.Year(); y > 290_000 || y < -290_000 {
		return record.Text(t.Format("2006-01-02 15:04:05.999999Z07:00"))
	}
	return v
}

// parseDay reads 2024-02-29 and returns what follows it. Days that do not
// exist, such as MySQL's 0000-00-00, are refused.
func parseDay[T string | []byte](s T) (t time.Time, rest T, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return t, s, false
	}
	y, okY := number(s[:4])
	m, okM := number(s[5:7])
	d, okD := number(s[8:10])
	t = time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, s[10:], okY && okM && okD && d > 0 && t.Day() == d && int(t.Month()) == m
}

// parseClock reads 2024-02-29 12:30:00.5, with a blank or a T.
func parseClock[T string | []byte](s T) (time.Time, bool) {
	day, s, ok := parseDay(s)
	if !ok || len(s) < 9 || s[0] != ' ' && s[0] != 'T' || s[3] != ':' || s[6] != ':' {
		return day, false
	}
	h, okH := number(s[1:3])
	m, okM := number(s[4:6])
	sec, okS := number(s[7:9])
	if !okH || !okM || !okS || h > 23 || m > 59 || sec > 59 {
		return day, false
	}
	nanos := 0
	if s = s[9:]; len(s) > 0 {
		fraction := s[1:]
		n, okN := number(fraction)
		// Finer than a microsecond would be cut.
		if s[0] != '.' || len(fraction) == 0 || len(fraction) > 6 || !okN {
			return day, false
		}
		for range 9 - len(fraction) {
			n *= 10
		}
		nanos = n
	}
	return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second + time.Duration(nanos)), true
}

// number reads digits only.
func number[T string | []byte](s T) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
