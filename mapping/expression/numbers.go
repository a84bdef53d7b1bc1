package expression

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"crosswalk/record"
)

var numbers = group{"Numbers", []function{
	{Function: Function{Signature: "int(v text|number|bool) int", Doc: "as a whole number; an error if it is none",
		Example: "int('42')", Gives: "42"}, call: converted(record.Type{Kind: record.KindInt})},
	{Function: Function{Signature: "decimal(v text|number) decimal", Doc: "as an exact decimal, written with a point; an error if it is none",
		Example: "decimal('12.50')", Gives: "12.5"}, call: converted(record.Type{Kind: record.KindDecimal, Scale: -1})},
	{Function: Function{Signature: "decimal_in(s text, format const text) decimal", Doc: "reads a number with the marks of a format: 'de' 1.234,56 · 'en' 1,234.56 · 'ch' 1'234.56 · 'fr' 1 234,56",
		Example: "decimal_in('1.234,56', 'de')", Gives: "1234.56"}, prepare: decimalIn},
	{Function: Function{Signature: "bool(v text|int|bool) bool", Doc: "true, t, yes, y, 1 and false, f, no, n, 0 in any case; an error otherwise",
		Example: "bool('Y')", Gives: "true"}, call: converted(record.Type{Kind: record.KindBool})},
	{Function: Function{Signature: "abs(x number) decimal", Doc: "without its sign", Example: "abs(-2.5)", Gives: "2.5"}, call: abs},
	{Function: Function{Signature: "round(x number, digits int) decimal", Doc: "rounded to so many digits after the point, halves away from zero",
		Example: "round(2.345, 2)", Gives: "2.35"}, call: round},
	{Function: Function{Signature: "divide(a number, b number, digits int) decimal", Doc: "a / b rounded to so many digits, halves away from zero",
		Example: "divide(10, 3, 2)", Gives: "3.33"}, call: divideRounded},
	{Function: Function{Signature: "minor(amount number, digits int) int", Doc: "money in its smallest unit; an error if the amount has more digits",
		Example: "minor(19.90, 2)", Gives: "1990"}, call: minor},
}}

// converted is a lossless conversion.
func converted(t record.Type) call {
	return func(args []record.Value) (record.Value, error) { return record.Convert(args[0], t) }
}

// marks are the thousands marks and the decimal mark of a number format.
type marks struct{ thousands, decimal, example string }

func marksOf(format string) (marks, error) {
	switch format {
	case "de":
		return marks{".", ",", "1.234,56"}, nil
	case "en":
		return marks{",", ".", "1,234.56"}, nil
	case "ch":
		return marks{"'’", ".", "1'234.56"}, nil
	case "fr":
		return marks{" \u00a0\u202f", ",", "1 234,56"}, nil
	}
	return marks{}, fmt.Errorf("there is no number format %q; there are de, en, ch, fr", format)
}

func decimalIn(args []*node) (call, error) {
	m, err := marksOf(args[1].value.AsText())
	return func(a []record.Value) (record.Value, error) { return m.parse(a[0].AsText()) }, err
}

// parse reads a number whose thousands marks, if it has any, stand before
// every third digit: 1.234,5 but not 12.34,5, which was meant differently.
func (m marks) parse(s string) (record.Value, error) {
	whole, fraction, pointed := strings.Cut(s, m.decimal)
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(m.thousands, r) })
	marked := len(groups) > 1
	digits := strings.Join(groups, "")
	expected := len([]rune(whole)) - len([]rune(digits))
	bad := pointed && !isDigits(fraction) || marked && expected != len(groups)-1 || !marked && expected > 0
	for i, g := range groups {
		if i == 0 {
			g = strings.TrimLeft(g, "+-")
			bad = bad || marked && len(g) > 3
		} else if len(g) != 3 {
			bad = true
		}
		bad = bad || !isDigits(g)
	}
	if bad || len(groups) == 0 {
		return record.Value{}, fmt.Errorf("not a number such as %s: %q", m.example, s)
	}
	if pointed {
		digits += "." + fraction
	}
	return record.ParseDecimal(digits)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func abs(args []record.Value) (record.Value, error) {
	v, err := toDecimal(args[0])
	if err != nil {
		return v, err
	}
	return record.ParseDecimal(strings.TrimPrefix(v.String(), "-"))
}

const mostDigits = 100

func checkDigits(digits int64) error {
	if digits < 0 || digits > mostDigits {
		return fmt.Errorf("cannot round to %d digits; 0 to %d are possible", digits, mostDigits)
	}
	return nil
}

func round(args []record.Value) (record.Value, error) {
	return divideRounded([]record.Value{args[0], record.Int(1), args[1]})
}

func divideRounded(args []record.Value) (record.Value, error) {
	x, y, err := rationals("/", args[0], args[1])
	if err == nil {
		err = checkDigits(args[2].AsInt())
	}
	if err == nil && y.Sign() == 0 {
		err = errDivision
	}
	if err != nil {
		return record.Value{}, err
	}
	return record.ParseDecimal(x.Quo(x, y).FloatString(int(args[2].AsInt())))
}

func minor(args []record.Value) (record.Value, error) {
	if units, ok := smallMinor(args[0], args[1].AsInt()); ok {
		return record.Int(units), nil
	}
	amount, err := rational(args[0])
	if err == nil {
		err = checkDigits(args[1].AsInt())
	}
	if err != nil {
		return record.Value{}, err
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(args[1].AsInt()), nil)
	units := amount.Mul(amount, new(big.Rat).SetInt(power))
	if !units.IsInt() || !units.Num().IsInt64() {
		return record.Value{}, fmt.Errorf("%s has more than %s digits after the point", args[0], args[1])
	}
	return record.Int(units.Num().Int64()), nil
}

// smallMinor does the usual amounts, without the memory that rationals take.
func smallMinor(amount record.Value, digits int64) (int64, bool) {
	unscaled, scale, ok := amount.DecimalParts()
	shift := digits - int64(scale)
	if !ok || shift < 0 || int64(len(unscaled))+shift > 18 {
		return 0, false
	}
	units, err := strconv.ParseInt(unscaled, 10, 64)
	for range shift {
		units *= 10
	}
	return units, err == nil
}
