package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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
	return v, fits(v, t)
}

func convertKind(v Value, to Kind) (Value, error) {
	switch to {
	case KindText:
		if v.kind == KindBytes {
			if !utf8.ValidString(v.text) {
				return Value{}, fmt.Errorf("bytes are not UTF-8 text")
			}
			return Text(v.text), nil
		}
		return Text(v.String()), nil
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
			return ParseInstant(v.text)
		}
	case KindLocal:
		switch v.kind {
		case KindText:
			return ParseLocal(v.text)
		case KindDate:
			return Value{kind: KindLocal, num: v.num * microsPerDay}, nil
		}
	}
	return Value{}, fmt.Errorf("%s cannot become %s", v.kind, to)
}

func convertInt(v Value) (Value, error) {
	switch v.kind {
	case KindDecimal:
		if n, ok := v.integral(); ok {
			return Int(n), nil
		}
		return Value{}, fmt.Errorf("%s is no 64-bit integer", shorten(v.String()))
	case KindFloat:
		// Above 2^53 a double no longer tells neighbouring integers apart.
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
	case KindText, KindDecimal:
		f, err := strconv.ParseFloat(v.String(), 64)
		if err != nil {
			return Value{}, fmt.Errorf("not a number: %q", shorten(v.String()))
		}
		if v.kind == KindDecimal {
			if back, err := floatDecimal(f); err != nil || back != v {
				return Value{}, fmt.Errorf("%s has too many digits for a float", shorten(v.String()))
			}
		}
		return Float(f), nil
	}
	return Value{}, fmt.Errorf("%s cannot become float", v.kind)
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
		digits, scale, _ := v.DecimalParts()
		if t.Scale >= 0 && scale > t.Scale || t.Size > 0 && len(strings.TrimPrefix(digits, "-"))-scale > t.Size-max(t.Scale, 0) {
			return fmt.Errorf("%s does not fit %s", shorten(v.String()), t)
		}
	}
	return nil
}
