package record

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// AppendJSON appends v as JSON. Null is null, booleans are booleans, integers
// that every JSON reader keeps exactly (up to 2^53) are numbers; everything
// else is a string in the spelling of String. Together with the kind of its
// column a value reads back as it was: see ParseJSON.
func AppendJSON(dst []byte, v Value) []byte {
	switch v.kind {
	case KindNull, KindAbsent:
		return append(dst, "null"...)
	case KindBool:
		return strconv.AppendBool(dst, v.num != 0)
	case KindInt:
		if v.num <= 1<<53 && v.num >= -1<<53 {
			return strconv.AppendInt(dst, v.num, 10)
		}
	case KindText:
		return appendQuoted(dst, v.text)
	}
	return append(v.AppendString(append(dst, '"')), '"')
}

// appendQuoted writes a JSON string. Plain ASCII, by far the most usual, is
// copied; encoding/json knows the rest. Bytes that are no UTF-8 are written
// one by one as \udcXX, which no valid text contains, so they survive.
func appendQuoted(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return appendEscapedJSON(dst, s)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

func appendEscapedJSON(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20 || r == 0x7f:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		case r == 0xfffd && s[i] != 0xef:
			dst = fmt.Appendf(dst, `\udc%02x`, s[i])
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}

// ParseJSON reads a value of the given kind as AppendJSON wrote it.
func ParseJSON(raw []byte, kind Kind) (Value, error) {
	if len(raw) == 0 {
		return Value{}, fmt.Errorf("empty JSON value")
	}
	switch raw[0] {
	case 'n':
		return Null(), nil
	case 't', 'f':
		return Bool(raw[0] == 't'), nil
	case '"':
		s, err := unquote(raw)
		if err != nil {
			return Value{}, err
		}
		return parseText(s, kind)
	}
	return parseText(string(raw), kind)
}

// unquote reads a JSON string, and \udcXX as the single byte XX.
func unquote(raw []byte) (string, error) {
	if len(raw) < 2 || raw[len(raw)-1] != '"' {
		return "", fmt.Errorf("not a JSON string: %s", shorten(string(raw)))
	}
	plain := true
	for _, c := range raw[1 : len(raw)-1] {
		if c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return string(raw[1 : len(raw)-1]), nil
	}
	out := make([]byte, 0, len(raw))
	for p := raw[1 : len(raw)-1]; len(p) > 0; {
		if len(p) >= 6 && p[0] == '\\' && p[1] == 'u' && p[2] == 'd' && p[3] == 'c' {
			b, err := hex.DecodeString(string(p[4:6]))
			if err != nil {
				return "", fmt.Errorf("bad escape %s", p[:6])
			}
			out, p = append(out, b[0]), p[6:]
			continue
		}
		n := 1
		if p[0] == '\\' && len(p) > 1 {
			n = 2
			if p[1] == 'u' {
				n = min(6, len(p))
			}
			var s string
			if err := json.Unmarshal(fmt.Appendf(nil, `"%s"`, p[:n]), &s); err != nil {
				return "", fmt.Errorf("bad escape %s", p[:n])
			}
			out, p = append(out, s...), p[n:]
			continue
		}
		out, p = append(out, p[0]), p[1:]
	}
	return string(out), nil
}

func parseText(s string, kind Kind) (Value, error) {
	switch kind {
	case KindText:
		return Text(s), nil
	case KindBytes:
		p, err := hex.DecodeString(s)
		return Bytes(p), err
	case KindDecimal:
		return ParseDecimal(s)
	case KindFloat:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && !math.IsInf(f, 0) {
			return Value{}, err
		}
		return Float(f), nil
	}
	return Convert(Text(s), Type{Kind: kind})
}
