package salesforce

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"crosswalk/record"
)

// parse reads a value as JSON and CSV spell it alike: without quotes, with ""
// for null.
func (c *column) parse(b *record.Batch, text []byte) (record.Value, error) {
	if len(text) == 0 {
		return record.Null(), nil
	}
	switch c.typ.Kind {
	case record.KindText:
		if c.id && len(text) == 15 {
			return record.Text(longID(string(text))), nil
		}
		return b.Text(text), nil
	case record.KindBool:
		switch string(text) {
		case "true":
			return record.Bool(true), nil
		case "false":
			return record.Bool(false), nil
		}
	case record.KindInt:
		return record.ParseNumber(text)
	case record.KindDecimal:
		return record.ParseDecimal(text)
	case record.KindDate:
		return record.ParseDate(string(text))
	case record.KindInstant:
		return parseInstant(text)
	}
	return record.Value{}, fmt.Errorf("%q is no %s", text, c.typ)
}

// parseInstant reads 2026-01-31T10:00:00.000Z, and with +0000 instead of Z.
func parseInstant(text []byte) (record.Value, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			return record.Instant(t), nil
		}
	}
	return record.Value{}, fmt.Errorf("%q is no date and time", text)
}

// normal is v in the one form in which the column's values are compared.
func (c *column) normal(v record.Value) record.Value {
	if c.id && v.Kind() == record.KindText {
		return record.Text(longID(v.AsText()))
	}
	return v
}

// The days that Salesforce knows.
var firstDay, lastDay = record.Date(1700, 1, 1), record.Date(4000, 12, 31)

// admit returns v as the column holds it, or why it cannot: what would come
// back changed is refused.
func (c *column) admit(v record.Value) (record.Value, string) {
	if v.Kind() == record.KindAbsent {
		return v, "has no value at all"
	}
	if v.Kind() == record.KindText && v.AsText() == "" {
		return record.Null(), ""
	}
	as, err := record.Convert(v, c.typ)
	if err != nil && v.Kind() == record.KindText && c.typ.Kind == record.KindText {
		return v, fmt.Sprintf("is longer than the %d characters of the field: shorten it in the mapping", c.typ.Size)
	}
	if err != nil {
		return v, fmt.Sprintf("is no %s", c.typ)
	}
	switch as.Kind() {
	case record.KindText:
		return c.normal(as), admitText(as.AsText())
	case record.KindDate:
		return as, admitDay(as)
	case record.KindInstant:
		if as.AsTime().Nanosecond() != 0 {
			return as, "is finer than a second, which Salesforce does not keep: cut it in the mapping"
		}
		return as, admitDay(record.DateOf(as.AsTime()))
	}
	return as, ""
}

func admitText(s string) string {
	switch {
	case strings.TrimFunc(s, trimmed) != s:
		return "has blanks at its ends, which Salesforce cuts off: trim it in the mapping"
	case !utf8.ValidString(s):
		return "is not UTF-8 text"
	case strings.IndexByte(s, 0) >= 0:
		return "holds a NUL character"
	}
	return ""
}

// trimmed tells the characters that Salesforce cuts off the ends of a text.
func trimmed(r rune) bool { return r <= ' ' || unicode.IsSpace(r) }

func admitDay(v record.Value) string {
	if record.Compare(v, firstDay) < 0 || record.Compare(v, lastDay) > 0 {
		return "lies outside 1700-01-01 to 4000-12-31, the days that Salesforce knows"
	}
	return ""
}

const instantForm = "2006-01-02T15:04:05.000Z"

// appendCell writes a value as CSV has it, without quotes.
func appendCell(dst []byte, v record.Value) []byte {
	if v.Kind() == record.KindInstant {
		return v.AsTime().AppendFormat(dst, instantForm)
	}
	return v.AppendString(dst)
}

// appendJSON writes a value as JSON has it.
func appendJSON(dst []byte, v record.Value) ([]byte, error) {
	switch v.Kind() {
	case record.KindNull:
		return append(dst, "null"...), nil
	case record.KindBool, record.KindInt, record.KindDecimal:
		return v.AppendString(dst), nil
	case record.KindText:
		text, err := json.Marshal(v.AsText())
		return append(dst, text...), err
	}
	return append(appendCell(append(dst, '"'), v), '"'), nil
}
