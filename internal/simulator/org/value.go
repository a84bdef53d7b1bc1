package org

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// instant is how datetimes are stored.
const instant = "2006-01-02T15:04:05.000Z"

// canonical checks a value that is to be written to a field, and gives it the form in
// which it is stored. References are only made 18 characters long.
func canonical(f Field, c Cell) (Cell, *RowError) {
	if f.isText() {
		c = Text(strings.TrimSpace(c.Text))
	}
	if c.Null || c.Text == "" {
		if f.Type == "boolean" {
			return Text("false"), nil
		}
		return Cell{Null: true}, nil
	}
	switch f.Type {
	case "boolean":
		return checkBoolean(f, c)
	case "int", "double", "currency", "percent":
		return checkNumber(f, c)
	case "date":
		return checkDate(f, c)
	case "datetime":
		return checkInstant(f, c)
	case "id", "reference":
		id, ok := ID18(c.Text)
		if !ok {
			return c, malformedID(f, c.Text)
		}
		return Text(id), nil
	case "picklist":
		return checkPicklist(f, c)
	case "multipicklist":
		return checkMultiPicklist(f, c)
	case "email":
		if !plausibleEmail(c.Text) {
			return c, &RowError{"INVALID_EMAIL_ADDRESS", fmt.Sprintf("%s: invalid email address: %s", f.Label, c.Text), []string{f.Name}}
		}
	}
	return c, checkLength(f, c)
}

func malformedID(f Field, id string) *RowError {
	return &RowError{"MALFORMED_ID", fmt.Sprintf("%s: id value of incorrect type: %s", f.Label, id), []string{f.Name}}
}

func wrongType(f Field, text string) *RowError {
	return &RowError{"INVALID_TYPE_ON_FIELD_IN_RECORD", fmt.Sprintf("%s: value not of required type: %s", f.Label, text), []string{f.Name}}
}

func outOfRange(f Field, text string) *RowError {
	return &RowError{"NUMBER_OUTSIDE_VALID_RANGE", fmt.Sprintf("%s: value outside of valid range on numeric field: %s", f.Label, text), []string{f.Name}}
}

func checkLength(f Field, c Cell) *RowError {
	if len(c.Text) <= f.Length || utf8.RuneCountInString(c.Text) <= f.Length {
		return nil
	}
	return &RowError{"STRING_TOO_LONG", fmt.Sprintf("%s: data value too large: %s (max length=%d)", f.Label, c.Text, f.Length), []string{f.Name}}
}

func checkBoolean(f Field, c Cell) (Cell, *RowError) {
	switch strings.ToLower(c.Text) {
	case "true", "1":
		return Text("true"), nil
	case "false", "0":
		return Text("false"), nil
	}
	return c, wrongType(f, c.Text)
}

// checkNumber rounds to the scale of the field, as the platform does.
func checkNumber(f Field, c Cell) (Cell, *RowError) {
	d, ok := parseDecimal(c.Text)
	if !ok || f.Type == "int" && d.fraction != "" {
		return c, wrongType(f, c.Text)
	}
	d = d.round(f.Scale)
	if len(d.whole) > f.Precision-f.Scale {
		return c, outOfRange(f, c.Text)
	}
	return Text(d.String()), nil
}

func checkDate(f Field, c Cell) (Cell, *RowError) {
	t, err := time.Parse(time.DateOnly, c.Text)
	if err != nil {
		return c, wrongType(f, c.Text)
	}
	if !hasYear(t) {
		return c, outOfRange(f, c.Text)
	}
	return c, nil
}

// checkInstant cuts fractions of a second off, as the platform does.
func checkInstant(f Field, c Cell) (Cell, *RowError) {
	t, err := time.Parse(time.RFC3339, c.Text)
	if err != nil {
		if t, err = time.Parse("2006-01-02T15:04:05Z0700", c.Text); err != nil {
			return c, wrongType(f, c.Text)
		}
	}
	if t = t.UTC().Truncate(time.Second); !hasYear(t) {
		return c, outOfRange(f, c.Text)
	}
	return Text(t.Format(instant)), nil
}

// hasYear tells whether a time lies where the platform has dates.
func hasYear(t time.Time) bool { return 1700 <= t.Year() && t.Year() <= 4000 }

func checkPicklist(f Field, c Cell) (Cell, *RowError) {
	if v, ok := pick(f, c.Text); ok {
		return Text(v), nil
	}
	if f.RestrictedPicklist {
		return c, badPick(f, c.Text)
	}
	return c, checkLength(f, c)
}

func checkMultiPicklist(f Field, c Cell) (Cell, *RowError) {
	var picked []string
	for _, v := range strings.Split(c.Text, ";") {
		v = strings.TrimSpace(v)
		known, ok := pick(f, v)
		if !ok && f.RestrictedPicklist {
			return c, badPick(f, v)
		}
		if v = orElse(known, v); v != "" && !slices.Contains(picked, v) {
			picked = append(picked, v)
		}
	}
	return Text(strings.Join(picked, ";")), nil
}

// pick finds a value of a picklist in any case.
func pick(f Field, text string) (string, bool) {
	for _, v := range f.Picklist {
		if strings.EqualFold(v, text) {
			return v, true
		}
	}
	return "", false
}

func badPick(f Field, text string) *RowError {
	return &RowError{"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
		fmt.Sprintf("%s: bad value for restricted picklist field: %s", f.Label, text), []string{f.Name}}
}

func plausibleEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(s, " ,;<>()\t\n") && !strings.Contains(domain, "@")
}
