package expression

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"crosswalk/record"

	"github.com/expr-lang/expr/ast"
)

// arithmetic is + - * / % of numbers, and + of texts.
func (c *compiler) arithmetic(t ast.Node, operator string, left, right *node) *node {
	kind, ok := resultKind(operator, left, right)
	if !ok {
		return c.fail(t, "`%s`: %s %s %s%s", t, left.kind, operator, right.kind, dateHint(left, right))
	}
	compute := calculations[operator]
	return c.fold(&node{kind: kind, column: -1, tree: t, eval: func(f *Frame) (record.Value, error) {
		a, err := left.eval(f)
		if err != nil {
			return a, err
		}
		b, err := right.eval(f)
		if err != nil || a.IsNull() || b.IsNull() {
			return record.Null(), err
		}
		return compute(a, b)
	}}, left, right)
}

var calculations = map[string]func(a, b record.Value) (record.Value, error){
	"+": add, "-": subtract, "*": multiply, "/": divide, "%": remainder,
}

func resultKind(operator string, left, right *node) (record.Kind, bool) {
	a, b := left.kind, right.kind
	switch {
	case operator == "+" && (a == record.KindText || a == record.KindNull) && (b == record.KindText || b == record.KindNull):
		return max(a, b), true
	case a != record.KindNull && !isNumber(a) || b != record.KindNull && !isNumber(b):
		return record.KindNull, false
	case operator == "%":
		whole := func(k record.Kind) bool { return k == record.KindInt || k == record.KindNull }
		return record.KindInt, whole(a) && whole(b)
	case a == record.KindNull || b == record.KindNull:
		return record.KindNull, true
	case operator != "/" && a == record.KindInt && b == record.KindInt:
		return record.KindInt, true
	}
	return record.KindDecimal, true
}

func dateHint(left, right *node) string {
	switch {
	case left.kind == record.KindDate && right.kind == record.KindDate:
		return "; write days_between(from, to)"
	case left.kind == record.KindDate:
		return "; write add_days(date, n)"
	}
	return ""
}

func add(a, b record.Value) (record.Value, error) {
	if a.Kind() == record.KindText && b.Kind() == record.KindText {
		return record.Text(a.AsText() + b.AsText()), nil
	}
	return calculate("+", a, b, func(x, y int64) (int64, bool) {
		sum := x + y
		return sum, (sum > x) == (y > 0)
	}, (*big.Rat).Add)
}

func subtract(a, b record.Value) (record.Value, error) {
	return calculate("-", a, b, func(x, y int64) (int64, bool) {
		difference := x - y
		return difference, (difference < x) == (y > 0)
	}, (*big.Rat).Sub)
}

func multiply(a, b record.Value) (record.Value, error) {
	return calculate("*", a, b, func(x, y int64) (int64, bool) {
		high, low := bits.Mul64(magnitude(x), magnitude(y))
		return x * y, high == 0 && low <= math.MaxInt64
	}, (*big.Rat).Mul)
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return uint64(-x)
	}
	return uint64(x)
}

// calculate does whole numbers in 64 bits, where too large a result is an
// error, and everything else in rationals, which are exact.
func calculate(operator string, a, b record.Value, small func(x, y int64) (int64, bool), exact func(z, x, y *big.Rat) *big.Rat) (record.Value, error) {
	if a.Kind() == record.KindInt && b.Kind() == record.KindInt {
		n, ok := small(a.AsInt(), b.AsInt())
		if !ok {
			return record.Value{}, fmt.Errorf("%s %s %s is beyond 64 bits; write decimal(%s) to compute it", a, operator, b, a)
		}
		return record.Int(n), nil
	}
	if v, ok := scaled(operator, a, b, small); ok {
		return v, nil
	}
	x, y, err := rationals(operator, a, b)
	if err != nil {
		return record.Value{}, err
	}
	return fromRational(exact(new(big.Rat), x, y))
}

// scaled does decimals of one scale, or products, in 64 bits if they fit.
func scaled(operator string, a, b record.Value, small func(x, y int64) (int64, bool)) (record.Value, bool) {
	x, xs, okx := a.DecimalParts()
	y, ys, oky := b.DecimalParts()
	if !okx || !oky || operator != "*" && xs != ys || xs+ys > 18 {
		return record.Value{}, false
	}
	i, err := strconv.ParseInt(x, 10, 64)
	j, err2 := strconv.ParseInt(y, 10, 64)
	if err != nil || err2 != nil {
		return record.Value{}, false
	}
	n, ok := small(i, j)
	if operator == "*" {
		xs += ys
	}
	return record.Decimal(n, xs), ok
}

// divide refuses a quotient that no decimal can hold, rather than round it.
func divide(a, b record.Value) (record.Value, error) {
	x, y, err := rationals("/", a, b)
	if err != nil {
		return record.Value{}, err
	}
	if y.Sign() == 0 {
		return record.Value{}, errDivision
	}
	quotient := x.Quo(x, y)
	if _, exact := quotient.FloatPrec(); !exact {
		return record.Value{}, fmt.Errorf("%s / %s has no exact decimal; write divide(a, b, digits)", a, b)
	}
	return fromRational(quotient)
}

var errDivision = errors.New("division by zero")

func remainder(a, b record.Value) (record.Value, error) {
	switch {
	case a.Kind() != record.KindInt || b.Kind() != record.KindInt:
		return record.Value{}, fmt.Errorf("%s %% %s; both must be int", a.Kind(), b.Kind())
	case b.AsInt() == 0:
		return record.Value{}, errDivision
	}
	return record.Int(a.AsInt() % b.AsInt()), nil
}

// toDecimal makes the equal decimal of any number, or 0 and 1 of a bool.
func toDecimal(v record.Value) (record.Value, error) {
	if v.Kind() == record.KindBool {
		v, _ = record.Convert(v, record.Type{Kind: record.KindInt})
	}
	return record.Convert(v, record.Type{Kind: record.KindDecimal, Scale: -1})
}

func rationals(operator string, a, b record.Value) (x, y *big.Rat, err error) {
	if !isNumber(a.Kind()) || !isNumber(b.Kind()) {
		return nil, nil, fmt.Errorf("%s %s %s", a.Kind(), operator, b.Kind())
	}
	if x, err = rational(a); err == nil {
		y, err = rational(b)
	}
	return x, y, err
}

func rational(v record.Value) (*big.Rat, error) {
	d, err := toDecimal(v)
	if err != nil {
		return nil, err
	}
	r, _ := new(big.Rat).SetString(d.String())
	return r, nil
}

// fromRational is exact: every rational that comes here is a finite decimal.
func fromRational(r *big.Rat) (record.Value, error) {
	digits, _ := r.FloatPrec()
	return record.ParseDecimal(r.FloatString(digits))
}
