package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDigits bounds the digits of a decimal, so that a hostile "1e999999999"
// cannot fill the memory. Oracle and MySQL stop at 38 and 65 digits.
const maxDigits = 1000

// Decimal makes unscaled × 10^-scale, for a scale from 0 to 1000. Trailing
// zeros go, so 1.10 and 1.1 are the same value.
func Decimal(unscaled int64, scale int) Value {
	for scale > 0 && unscaled%10 == 0 {
		unscaled, scale = unscaled/10, scale-1
	}
	return Value{kind: KindDecimal, scale: uint16(scale), num: unscaled}
}

// ParseDecimal reads plain or exponent notation: -12.50, .5, 1E+05. It is
// exact: no digit passes through a float.
func ParseDecimal[T string | []byte](s T) (Value, error) {
	if v, ok := smallDecimal(s); ok {
		return v, nil
	}
	return parseAnyDecimal(string(s))
}

// ParseNumber reads what ParseDecimal reads. A whole number is an integer,
// unless it exceeds int64.
func ParseNumber[T string | []byte](s T) (Value, error) {
	v, err := ParseDecimal(s)
	if n, whole := v.integral(); err == nil && whole {
		return Int(n), nil
	}
	return v, err
}

// smallDecimal reads plain notation of up to 18 digits, by far the most usual.
func smallDecimal[T string | []byte](s T) (Value, bool) {
	i, n, scale, digits := 0, int64(0), -1, 0
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		i = 1
	}
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			n, digits = n*10+int64(c-'0'), digits+1
			if scale >= 0 {
				scale++
			}
		case c == '.' && scale < 0:
			scale = 0
		default:
			return Value{}, false
		}
	}
	if digits == 0 || digits > 18 {
		return Value{}, false
	}
	if negative {
		n = -n
	}
	return Decimal(n, max(scale, 0)), true
}

func parseAnyDecimal(s string) (Value, error) {
	rest, negative := s, false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative, rest = rest[0] == '-', rest[1:]
	}
	exponent := 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		e, err := strconv.Atoi(rest[i+1:])
		if err != nil || e > maxDigits || e < -maxDigits {
			return Value{}, notDecimal(s)
		}
		rest, exponent = rest[:i], e
	}
	whole, frac, _ := strings.Cut(rest, ".")
	digits := whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Value{}, notDecimal(s)
	}
	scale := len(frac) - exponent
	if scale < 0 {
		digits, scale = digits+strings.Repeat("0", -scale), 0
	}
	for scale > 0 && strings.HasSuffix(digits, "0") {
		digits, scale = digits[:len(digits)-1], scale-1
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > maxDigits || scale > maxDigits {
		return Value{}, fmt.Errorf("number of more than %d digits: %s", maxDigits, shorten(s))
	}
	if digits == "" {
		return Decimal(0, 0), nil
	}
	if negative {
		digits = "-" + digits
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return Decimal(n, scale), nil
	}
	return Value{kind: KindDecimal, text: plain(digits, scale)}, nil
}

// plain writes an integer of digits, shifted by scale, as -12.5.
func plain(digits string, scale int) string {
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if scale == 0 {
		return sign + digits
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	at := len(digits) - scale
	return sign + digits[:at] + "." + digits[at:]
}

func (v Value) appendDecimal(dst []byte) []byte {
	switch {
	case v.text != "":
		return append(dst, v.text...)
	case v.scale == 0:
		return strconv.AppendInt(dst, v.num, 10)
	}
	return append(dst, plain(strconv.FormatInt(v.num, 10), int(v.scale))...)
}

// DecimalParts returns the digits of a decimal or integer with their sign, and
// how many of them follow the point. ok is false for other kinds.
func (v Value) DecimalParts() (unscaled string, scale int, ok bool) {
	switch {
	case v.kind == KindInt, v.kind == KindDecimal && v.text == "":
		return strconv.FormatInt(v.num, 10), int(v.scale), true
	case v.kind == KindDecimal:
		whole, frac, _ := strings.Cut(v.text, ".")
		sign := ""
		if whole[0] == '-' {
			sign, whole = "-", whole[1:]
		}
		return sign + strings.TrimLeft(whole+frac, "0"), len(frac), true
	}
	return "", 0, false
}

// integral returns the int64 that equals the decimal v, if there is one.
func (v Value) integral() (int64, bool) {
	return v.num, v.kind == KindDecimal && v.text == "" && v.scale == 0
}

// floatDecimal returns the exact decimal of the shortest text that reads back
// as f. Infinities and NaN have none.
func floatDecimal(f float64) (Value, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return Value{}, notDecimal(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return ParseDecimal(strconv.FormatFloat(f, 'g', -1, 64))
}

func notDecimal(s string) error { return fmt.Errorf("not a number: %q", shorten(s)) }

// shorten cuts a value down to what fits in a message.
func shorten(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:57], "") + "..."
}
