package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Convert returns v as a value of type t, or an error that says why it cannot
// be one. It never loses anything: a number keeps all its digits, a text is
// read only in the standard spellings of package record, and a value that is
// too long or too fine for t is refused. Null stays null.
func Convert(v Value, t Type) (Value, error) {
	if v.kind == KindNull || v.kind == KindAbsent || t.Kind == KindNull {
		return v, nil
	}
	if v.kind != t.Kind {
		converted, err := convertKind(v, t.Kind)
		if err != nil {
			return Value{}, err
		}
		v = converted
	}
	if err := fits(v, t); err != nil {
		return Value{}, err
	}
	return v, nil
}

func convertKind(v Value, to Kind) (Value, error) {
	switch to {
	case KindText:
		return convertText(v)
	case KindBytes:
		if v.kind == KindText {
			return Value{kind: KindBytes, text: v.text}, nil
		}
	case KindInt:
		return convertInt(v)
	case KindDecimal:
		switch v.kind {
		case KindInt:
			return Decimal(v.num, 0), nil
		case KindText:
			return ParseDecimal(v.text)
		case KindFloat:
			return floatDecimal(v.AsFloat())
		}
	case KindFloat:
		return convertFloat(v)
	case KindBool:
		return convertBool(v)
	case KindDate:
		return convertDate(v)
	case KindInstant:
		if v.kind == KindText {
			t, err := parseInstant(v.text)
			return Instant(t), tooFine(t, err)
		}
	case KindLocal:
		return convertLocal(v)
	}
	return Value{}, fmt.Errorf("%s cannot become %s", v.kind, to)
}

func convertText(v Value) (Value, error) {
	switch v.kind {
	case KindBytes:
		if !utf8.ValidString(v.text) {
			return Value{}, fmt.Errorf("bytes are not UTF-8 text")
		}
		return Text(v.text), nil
	case KindDate, KindInstant, KindLocal:
		if year := v.AsTime().Year(); year < 0 || year > 9999 {
			return Value{}, fmt.Errorf("year %d has no four digits", year)
		}
	}
	return Text(v.String()), nil
}

func convertInt(v Value) (Value, error) {
	switch v.kind {
	case KindDecimal:
		if n, ok := v.integral(); ok {
			return Int(n), nil
		}
		return Value{}, fmt.Errorf("%s is no 64-bit integer", shorten(v.String()))
	case KindFloat:
		// Above 2^53 a double no longer tells neighboring integers apart.
		f := v.AsFloat()
		if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return Value{}, fmt.Errorf("%s is no exact integer", v)
		}
		return Int(int64(f)), nil
	case KindBool:
		return Int(v.num), nil
	case KindText:
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("not an integer: %q", shorten(v.text))
		}
		return Int(n), nil
	}
	return Value{}, fmt.Errorf("%s cannot become int", v.kind)
}

func convertFloat(v Value) (Value, error) {
	switch v.kind {
	case KindInt:
		if f := float64(v.num); int64(f) == v.num && math.Abs(f) <= 1<<53 {
			return Float(f), nil
		}
		return Value{}, fmt.Errorf("%d has too many digits for a float", v.num)
	case KindDecimal:
		f, err := strconv.ParseFloat(v.String(), 64)
		if back, backErr := floatDecimal(f); err != nil || backErr != nil || back != v {
			return Value{}, tooManyDigits(v)
		}
		return Float(f), nil
	case KindText:
		return textFloat(v)
	}
	return Value{}, fmt.Errorf("%s cannot become float", v.kind)
}

// textFloat reads a float whose digits, as many as there are, a float keeps:
// 0.10000000000000001 is how some systems write 0.1, and is no loss.
func textFloat(v Value) (Value, error) {
	switch v.text {
	case "NaN", "+Inf", "-Inf":
		f, err := strconv.ParseFloat(v.text, 64)
		return Float(f), err
	}
	exact, err := ParseDecimal(v.text)
	if err != nil {
		return Value{}, err
	}
	f, err := strconv.ParseFloat(v.text, 64)
	if err != nil {
		return Value{}, tooManyDigits(v)
	}
	if back, err := floatDecimal(f); err == nil && back == exact {
		return Float(f), nil
	}
	digits, _, _ := exact.DecimalParts()
	digits = strings.TrimRight(strings.TrimPrefix(digits, "-"), "0")
	if back, err := ParseDecimal(strconv.FormatFloat(f, 'e', len(digits)-1, 64)); err != nil || back != exact {
		return Value{}, tooManyDigits(v)
	}
	return Float(f), nil
}

func tooManyDigits(v Value) error {
	return fmt.Errorf("%s has too many digits for a float", shorten(v.String()))
}

func convertBool(v Value) (Value, error) {
	switch v.kind {
	case KindInt:
		if v.num == 0 || v.num == 1 {
			return Bool(v.num == 1), nil
		}
	case KindText:
		switch strings.ToLower(v.text) {
		case "true", "t", "yes", "y", "1":
			return Bool(true), nil
		case "false", "f", "no", "n", "0":
			return Bool(false), nil
		}
	}
	return Value{}, fmt.Errorf("not a boolean: %q", shorten(v.String()))
}

func convertDate(v Value) (Value, error) {
	switch v.kind {
	case KindText:
		return ParseDate(v.text)
	case KindLocal:
		if v.num%microsPerDay == 0 {
			return Value{kind: KindDate, num: v.num / microsPerDay}, nil
		}
		return Value{}, fmt.Errorf("%s has a time of day", v)
	}
	return Value{}, fmt.Errorf("%s cannot become date", v.kind)
}

func convertLocal(v Value) (Value, error) {
	switch v.kind {
	case KindText:
		t, err := parseLocal(v.text)
		return Local(t), tooFine(t, err)
	case KindDate:
		micros := v.num * microsPerDay
		if micros/microsPerDay != v.num {
			return Value{}, fmt.Errorf("%s is out of range", v)
		}
		return Value{kind: KindLocal, num: micros}, nil
	}
	return Value{}, fmt.Errorf("%s cannot become local", v.kind)
}

// tooFine refuses a time that microseconds cannot hold, unless reading it has
// failed already.
func tooFine(t time.Time, err error) error {
	if err == nil && t.Nanosecond()%1000 != 0 {
		return fmt.Errorf("%s is finer than a microsecond", t.Format("15:04:05.999999999"))
	}
	return err
}

// fits checks the size and scale that t allows.
func fits(v Value, t Type) error {
	if t.Size == 0 && (t.Kind != KindDecimal || t.Scale <= 0) {
		return nil
	}
	switch t.Kind {
	case KindText:
		if len(v.text) > t.Size && utf8.RuneCountInString(v.text) > t.Size {
			return fmt.Errorf("%d characters do not fit %s", utf8.RuneCountInString(v.text), t)
		}
	case KindBytes:
		if len(v.text) > t.Size {
			return fmt.Errorf("%d bytes do not fit %s", len(v.text), t)
		}
	case KindDecimal:
		if !fitsDecimal(v, t) {
			return fmt.Errorf("%s does not fit %s", shorten(v.String()), t)
		}
	}
	return nil
}

// fitsDecimal checks a decimal as SQL does: of t.Size digits, t.Scale follow
// the point, so decimal(2,2) holds 0 and 0.05. Without a scale, the digits may
// stand on either side of the point.
func fitsDecimal(v Value, t Type) bool {
	digits, scale, _ := v.DecimalParts()
	digits = strings.TrimPrefix(digits, "-")
	if t.Scale >= 0 && scale > t.Scale {
		return false
	}
	if t.Size == 0 || digits == "0" {
		return true
	}
	if t.Scale < 0 {
		return len(digits) <= t.Size && scale <= t.Size
	}
	return len(digits)-scale <= t.Size-t.Scale
}
