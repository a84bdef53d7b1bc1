package record

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// EncodingVersion names the canonical encoding below. Plans, checkpoints and
// reports carry it; things made under different versions are never compared.
const EncodingVersion = 1

// The tags of the canonical encoding. 10 and 11 are kept for JSON and lists.
const (
	tagNull    = 0
	tagAbsent  = 1
	tagBool    = 2
	tagInt     = 3
	tagDecimal = 4
	tagText    = 5
	tagDate    = 6
	tagInstant = 7
	tagLocal   = 8
	tagBytes   = 9
	tagFloat   = 12
)

var kindTags = [...]byte{
	KindNull: tagNull, KindBool: tagBool, KindInt: tagInt, KindDecimal: tagDecimal, KindFloat: tagFloat,
	KindText: tagText, KindBytes: tagBytes, KindDate: tagDate, KindInstant: tagInstant, KindLocal: tagLocal, KindAbsent: tagAbsent,
}

// Append appends the canonical encoding of v to dst:
//
//	tag (1 byte) | length (uvarint) | content
//
// The content is ASCII decimal for integers, decimals (plain, without
// trailing zeros), days since 1970-01-01 and microseconds since 1970-01-01;
// "0" or "1" for booleans; 8 bytes, big-endian, for floats; and the bytes
// themselves for text and bytes. Null and absent have no content. The tag
// tells null, "" and absent apart, and the length leaves no delimiter to
// forge, so two rows have one encoding exactly when they are equal.
func Append(dst []byte, v Value) []byte {
	dst = append(dst, kindTags[v.kind], 0)
	at := len(dst)
	switch v.kind {
	case KindNull, KindAbsent:
		return dst
	case KindText, KindBytes:
		dst = append(binary.AppendUvarint(dst[:at-1], uint64(len(v.text))), v.text...)
		return dst
	case KindFloat:
		dst = binary.BigEndian.AppendUint64(dst, uint64(v.num))
	case KindDecimal:
		if len(v.text) > 0x7f {
			return append(binary.AppendUvarint(dst[:at-1], uint64(len(v.text))), v.text...)
		}
		dst = v.appendDecimal(dst)
	default:
		dst = strconv.AppendInt(dst, v.num, 10)
	}
	n := len(dst) - at
	if n > 0x7f { // a small decimal with a large scale
		content := string(dst[at:])
		return append(binary.AppendUvarint(dst[:at-1], uint64(n)), content...)
	}
	dst[at-1] = byte(n)
	return dst
}

// AppendRow appends the canonical encoding of each value of row.
func AppendRow(dst []byte, row Row) []byte {
	for _, v := range row {
		dst = Append(dst, v)
	}
	return dst
}

// AppendFields appends the canonical encoding of the given fields of row.
func AppendFields(dst []byte, row Row, fields []int) []byte {
	for _, f := range fields {
		dst = Append(dst, row[f])
	}
	return dst
}

// Decode reads one encoded value and returns what follows it. Anything that
// Append would not have written is an error, so a value has no second spelling.
func Decode(p []byte) (Value, []byte, error) {
	if len(p) == 0 {
		return Value{}, nil, fmt.Errorf("encoding ends early")
	}
	tag := p[0]
	size, n := binary.Uvarint(p[1:])
	if n <= 0 || size > uint64(len(p)-1-n) {
		return Value{}, nil, fmt.Errorf("encoding ends early")
	}
	content, rest := p[1+n:1+n+int(size)], p[1+n+int(size):]
	v, err := decodeContent(tag, content)
	if err != nil {
		return Value{}, nil, err
	}
	if tag != tagText && tag != tagBytes || n > 1 {
		var scratch [64]byte
		if again := Append(scratch[:0], v); string(again) != string(p[:len(p)-len(rest)]) {
			return Value{}, nil, fmt.Errorf("encoding is not canonical")
		}
	}
	return v, rest, nil
}

func decodeContent(tag byte, content []byte) (Value, error) {
	switch tag {
	case tagNull:
		return Null(), nil
	case tagAbsent:
		return Absent(), nil
	case tagText:
		return Text(string(content)), nil
	case tagBytes:
		return Bytes(content), nil
	case tagDecimal:
		return ParseDecimal(content)
	case tagFloat:
		if len(content) != 8 {
			return Value{}, fmt.Errorf("float of %d bytes", len(content))
		}
		return Value{kind: KindFloat, num: int64(binary.BigEndian.Uint64(content))}.canonicalFloat(), nil
	}
	kind, ok := map[byte]Kind{tagBool: KindBool, tagInt: KindInt, tagDate: KindDate, tagInstant: KindInstant, tagLocal: KindLocal}[tag]
	if !ok {
		return Value{}, fmt.Errorf("unknown tag %d", tag)
	}
	n, err := strconv.ParseInt(string(content), 10, 64)
	if err != nil || kind == KindBool && n != 0 && n != 1 {
		return Value{}, fmt.Errorf("not a canonical %s: %q", kind, content)
	}
	return Value{kind: kind, num: n}, nil
}

func (v Value) canonicalFloat() Value { return Float(v.AsFloat()) }

// DecodeRow reads len(row) values into row and returns what follows them.
// It keeps texts in the arena.
func DecodeRow(p []byte, row Row, texts *Arena) ([]byte, error) {
	for i := range row {
		if len(p) > 1 && p[0] == tagText && p[1] < 0x80 && int(p[1]) <= len(p)-2 {
			end := 2 + int(p[1])
			row[i], p = Text(texts.String(p[2:end])), p[end:]
			continue
		}
		v, rest, err := Decode(p)
		if err != nil {
			return nil, err
		}
		row[i], p = v, rest
	}
	return p, nil
}
