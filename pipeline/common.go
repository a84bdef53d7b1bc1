package pipeline

import (
	"strings"

	"crosswalk/record"
)

// common finds the kind as which two columns are compared, and how the values
// of each side become it. A value that cannot become it stays what it is, and
// so differs; nothing is ever made equal by losing a digit.
func common(left, right record.Kind, emptyIsNull bool) (kind record.Kind, fromLeft, fromRight func(record.Value) record.Value) {
	kind = commonKind(left, right)
	from := func(own record.Kind) func(record.Value) record.Value {
		return conversion(own, kind, left == record.KindNull || right == record.KindNull, emptyIsNull)
	}
	return kind, from(left), from(right)
}

func commonKind(a, b record.Kind) record.Kind {
	either := func(k record.Kind) bool { return a == k || b == k }
	switch {
	case a == b:
		return a
	case a == record.KindNull:
		return b
	case b == record.KindNull:
		return a
	case a == record.KindText:
		return b
	case b == record.KindText:
		return a
	case either(record.KindDecimal), either(record.KindFloat):
		return record.KindDecimal
	case either(record.KindInt) && either(record.KindBool):
		return record.KindInt
	case either(record.KindLocal) && either(record.KindDate):
		return record.KindLocal
	}
	return a
}

// conversion returns nil where values of a column need none.
func conversion(from, to record.Kind, loose, emptyIsNull bool) func(record.Value) record.Value {
	switch {
	case to == record.KindNull, loose && to == record.KindText:
		// A spreadsheet does not tell a number from its text, so both sides
		// read as numbers and dates what is spelled exactly as one.
		return func(v record.Value) record.Value { return plain(blank(v, emptyIsNull)) }
	case from == to && !(emptyIsNull && to == record.KindText):
		return nil
	case to == record.KindText:
		return func(v record.Value) record.Value { return blank(v, emptyIsNull) }
	}
	return func(v record.Value) record.Value {
		// In a column of numbers or dates an empty text can only mean null.
		v = blank(v, true)
		if converted, err := record.Convert(v, record.Type{Kind: to, Scale: -1}); err == nil {
			return converted
		}
		return v
	}
}

// keepZeros makes a conversion to numbers leave texts such as 007 as they are,
// which differ from 7.
func keepZeros(convert func(record.Value) record.Value, to record.Kind) func(record.Value) record.Value {
	number := to == record.KindInt || to == record.KindDecimal || to == record.KindFloat
	if convert == nil || !number {
		return convert
	}
	return func(v record.Value) record.Value {
		if v.Kind() == record.KindText && padded(v.AsText()) {
			return v
		}
		return convert(v)
	}
}

// blank makes null of an empty text.
func blank(v record.Value, emptyIsNull bool) record.Value {
	if emptyIsNull && v.Kind() == record.KindText && v.AsText() == "" {
		return record.Null()
	}
	return v
}

// plain reads numbers and dates that are spelled in the one way in which
// they would be written, so that 007 and 1e5 stay the texts that they are.
func plain(v record.Value) record.Value {
	switch v.Kind() {
	case record.KindInt, record.KindFloat, record.KindBool:
		if d, err := record.Convert(v, record.Type{Kind: record.KindDecimal, Scale: -1}); err == nil {
			return d
		}
		return v
	case record.KindLocal:
		if d, err := record.Convert(v, record.Type{Kind: record.KindDate}); err == nil {
			return d
		}
	case record.KindText:
		return plainText(v)
	}
	return v
}

func plainText(v record.Value) record.Value {
	s := v.AsText()
	if d, err := record.ParseDecimal(s); err == nil && spelledPlainly(s) {
		return d
	}
	if d, err := record.ParseDate(s); err == nil {
		return d
	}
	if l, err := record.Convert(v, record.Type{Kind: record.KindLocal}); err == nil {
		return plain(l)
	}
	return v
}

// spelledPlainly reports whether a number has no sign but -, no exponent and
// no needless zero in front.
func spelledPlainly(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || digits[0] == '.' || padded(s) {
		return false
	}
	return strings.Trim(digits, "0123456789.") == ""
}

// padded reports whether a number has needless zeros in front, which say that
// it is rather a name: 007 is not 7.
func padded(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9'
}
