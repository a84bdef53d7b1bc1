package record

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
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
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20 || r == 0x7f:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		case r == utf8.RuneError && size == 1:
			dst = fmt.Appendf(dst, `\udc%02x`, s[0])
		default:
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return append(dst, '"')
}

// ParseJSON reads a value of the given kind as AppendJSON wrote it, and
// refuses what AppendJSON would write for another kind only. Without a kind
// (KindNull) a number is an integer and a string is a text.
func ParseJSON(raw []byte, kind Kind) (Value, error) {
	switch {
	case string(raw) == "null":
		return Null(), nil
	case string(raw) == "true", string(raw) == "false":
		if kind == KindBool || kind == KindNull {
			return Bool(raw[0] == 't'), nil
		}
	case len(raw) > 0 && raw[0] == '"':
		s, err := unquote(raw)
		if err != nil {
			return Value{}, err
		}
		return parseText(s, kind)
	case kind == KindInt || kind == KindNull:
		return convertInt(Text(string(raw)))
	}
	return Value{}, fmt.Errorf("not a JSON value of kind %s: %q", kind, shorten(string(raw)))
}

// unquote reads a JSON string, and \udcXX as the single byte XX.
func unquote(raw []byte) (string, error) {
	if len(raw) < 2 || raw[len(raw)-1] != '"' {
		return "", fmt.Errorf("not a JSON string: %s", shorten(string(raw)))
	}
	plain := true
	for _, c := range raw[1 : len(raw)-1] {
		if c == '\\' || c == '"' {
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
		if p[0] == '"' {
			return "", fmt.Errorf("quote inside the JSON string %s", shorten(string(raw)))
		}
		if p[0] == '\\' {
			n := min(2, len(p))
			if n == 2 && p[1] == 'u' {
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
	case KindDate, KindInstant, KindLocal:
		return parseFarTime(s, kind)
	}
	return Convert(Text(s), Type{Kind: kind})
}
