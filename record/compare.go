package record

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strings"
)

// Compare orders two values: -1, 0 or 1. Values of one kind go by size, texts
// bytewise (never by a collation); integers and decimals go by size together;
// null comes first, and other kinds follow in the order of their Kind.
// Compare is 0 exactly when a == b, save that Int(5) and Decimal(5, 0) are
// told apart only to break the tie.
func Compare(a, b Value) int {
	if a.kind != b.kind {
		if a.isNumber() && b.isNumber() {
			if c := compareNumbers(a, b); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.kind, b.kind)
	}
	switch a.kind {
	case KindText, KindBytes:
		return strings.Compare(a.text, b.text)
	case KindDecimal:
		return compareNumbers(a, b)
	case KindFloat:
		return cmp.Compare(a.AsFloat(), b.AsFloat())
	}
	return cmp.Compare(a.num, b.num)
}

// CompareRows orders two keys, field by field.
func CompareRows(a, b Row) int {
	for i := range min(len(a), len(b)) {
		if c := Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (v Value) isNumber() bool { return v.kind == KindInt || v.kind == KindDecimal }

func compareNumbers(a, b Value) int {
	if a.text == "" && b.text == "" && a.scale == b.scale {
		return cmp.Compare(a.num, b.num)
	}
	return bytes.Compare(appendNumberKey(nil, a), appendNumberKey(nil, b))
}

// AppendKey appends bytes that sort as Compare does: for keys of one kind per
// column, bytes.Compare of two such keys equals CompareRows. Sorting on disk
// and merging work on these bytes.
func AppendKey(dst []byte, row Row, fields []int) []byte {
	for _, f := range fields {
		dst = appendKeyValue(dst, row[f])
	}
	return dst
}

func appendKeyValue(dst []byte, v Value) []byte {
	switch v.kind {
	case KindText, KindBytes:
		return appendEscaped(append(dst, byte(v.kind)), v.text)
	case KindInt, KindDecimal:
		dst = appendNumberKey(append(dst, byte(KindInt)), v)
		return append(dst, byte(v.kind))
	case KindFloat:
		bits := uint64(v.num)
		switch {
		case math.IsNaN(v.AsFloat()):
			bits = 0
		case bits>>63 == 1:
			bits = ^bits
		default:
			bits |= 1 << 63
		}
		return binary.BigEndian.AppendUint64(append(dst, byte(v.kind)), bits)
	}
	return binary.BigEndian.AppendUint64(append(dst, byte(v.kind)), uint64(v.num)^(1<<63))
}

// appendEscaped writes text so that a shorter one sorts before its extensions:
// 0x00 becomes 0x00 0xff, and 0x00 0x00 ends it.
func appendEscaped(dst []byte, text string) []byte {
	for {
		i := strings.IndexByte(text, 0)
		if i < 0 {
			dst = append(dst, text...)
			return append(dst, 0, 0)
		}
		dst = append(append(dst, text[:i]...), 0, 0xff)
		text = text[i+1:]
	}
}

// appendNumberKey writes an integer or decimal of any size in sorting order:
// sign, magnitude (digits before the point), digits; negatives inverted.
func appendNumberKey(dst []byte, v Value) []byte {
	digits, scale, _ := v.DecimalParts()
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	if digits == "0" {
		return append(dst, 1)
	}
	magnitude := uint16(len(digits) - scale + 1<<15)
	digits = strings.TrimRight(digits, "0")
	if !negative {
		dst = binary.BigEndian.AppendUint16(append(dst, 2), magnitude)
		return append(append(dst, digits...), 0)
	}
	dst = binary.BigEndian.AppendUint16(append(dst, 0), ^magnitude)
	for i := range len(digits) {
		dst = append(dst, ^digits[i])
	}
	return append(dst, 0xff)
}
