package record

import (
	"fmt"
	"math"
	"strconv"
)

// Kind is the logical type of a Value.
type Kind uint8

// The kinds of value. Connectors translate native types to these and keep the
// native name in Field.Native.
const (
	KindNull    Kind = iota // no value; as a column's type: any kind
	KindBool                // true or false
	KindInt                 // 64-bit signed; larger integers are decimals of scale 0
	KindDecimal             // exact, of any size: quantities and money
	KindFloat               // IEEE 754 double
	KindText                // a string, normally UTF-8
	KindBytes               // raw bytes
	KindDate                // a civil day, without zone
	KindInstant             // a point in time, UTC, microseconds
	KindLocal               // a wall-clock date and time without zone, microseconds
	KindAbsent              // the source has no such column: neither null nor empty
)

var kindNames = [...]string{"any", "bool", "int", "decimal", "float", "text", "bytes", "date", "instant", "local", "absent"}

// String returns the name that mapping files, plans and reports use.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind is the inverse of Kind.String.
func ParseKind(name string) (Kind, error) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), nil
		}
	}
	return KindNull, fmt.Errorf("unknown kind %q", name)
}

// Value is one field of one row. The zero Value is null.
//
// Every value has exactly one representation, so a == b is equality, and a
// Value may be a map key. The functions that make Values keep that promise.
type Value struct {
	kind  Kind
	scale uint16 // small decimals: digits after the point
	num   int64  // bool, int, float bits, unscaled decimal, days, microseconds
	text  string // text, bytes, decimals whose unscaled value exceeds int64
}

// Null is the value of an empty database column.
func Null() Value { return Value{} }

// Absent stands in for a column that a source does not have.
func Absent() Value { return Value{kind: KindAbsent} }

// Bool makes a boolean.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, num: 1}
	}
	return Value{kind: KindBool}
}

// Int makes an integer.
func Int(i int64) Value { return Value{kind: KindInt, num: i} }

// Uint makes an integer, or a decimal of scale 0 where i exceeds int64.
func Uint(i uint64) Value {
	if i <= math.MaxInt64 {
		return Int(int64(i))
	}
	return Value{kind: KindDecimal, text: strconv.FormatUint(i, 10)}
}

// Float makes a float. Negative zero becomes zero, and every NaN the same NaN.
func Float(f float64) Value {
	switch {
	case f == 0:
		f = 0
	case math.IsNaN(f):
		f = math.NaN()
	}
	return Value{kind: KindFloat, num: int64(math.Float64bits(f))}
}

// Text makes a text value. The bytes are kept as they are, valid UTF-8 or not.
func Text(s string) Value { return Value{kind: KindText, text: s} }

// Bytes makes a binary value from a copy of p.
func Bytes(p []byte) Value { return Value{kind: KindBytes, text: string(p)} }

// Kind returns the kind of v.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// AsBool returns the boolean in v; it is false for other kinds.
func (v Value) AsBool() bool { return v.kind == KindBool && v.num != 0 }

// AsInt returns the integer in v; it is 0 for other kinds.
func (v Value) AsInt() int64 {
	if v.kind == KindInt {
		return v.num
	}
	return 0
}

// AsFloat returns the float in v; it is 0 for other kinds.
func (v Value) AsFloat() float64 {
	if v.kind == KindFloat {
		return math.Float64frombits(uint64(v.num))
	}
	return 0
}

// AsText returns the characters of a text or the bytes of a binary value as
// they are; it is "" for other kinds. For a readable form of any value, see
// String.
func (v Value) AsText() string {
	if v.kind == KindText || v.kind == KindBytes {
		return v.text
	}
	return ""
}

// String returns v as people and text files write it. Null is "", a day is
// 2024-02-29, an instant ends in Z, bytes are hexadecimal.
func (v Value) String() string {
	switch v.kind {
	case KindText:
		return v.text
	case KindDecimal:
		if v.text != "" {
			return v.text
		}
	}
	return string(v.AppendString(nil))
}

// AppendString appends v.String() to dst.
func (v Value) AppendString(dst []byte) []byte {
	switch v.kind {
	case KindBool:
		return strconv.AppendBool(dst, v.num != 0)
	case KindInt:
		return strconv.AppendInt(dst, v.num, 10)
	case KindDecimal:
		return v.appendDecimal(dst)
	case KindFloat:
		return strconv.AppendFloat(dst, v.AsFloat(), 'g', -1, 64)
	case KindText:
		return append(dst, v.text...)
	case KindBytes:
		return fmt.Appendf(dst, "%x", v.text)
	case KindDate:
		return v.appendDate(dst)
	case KindInstant:
		return append(v.appendClock(dst), 'Z')
	case KindLocal:
		return v.appendClock(dst)
	}
	return dst
}
