package org

import (
	"math/big"
	"strconv"
	"strings"
)

// A decimal is a number as its digits, so that no digit is lost: whole has no
// zeros in front, fraction none at the end. Zero has neither digits nor sign.
type decimal struct {
	negative        bool
	whole, fraction string
}

// maxDigits bounds what an exponent can make of a number.
const maxDigits = 400

// parseDecimal reads -12.50, .5, 1e3.
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative, s = s[0] == '-', s[1:]
	}
	exponent := 0
	if mantissa, e, ok := cutExponent(s); ok {
		n, err := strconv.Atoi(e)
		if err != nil || n > maxDigits || n < -maxDigits {
			return d, false
		}
		s, exponent = mantissa, n
	}
	whole, fraction, point := strings.Cut(s, ".")
	if strings.Trim(whole+fraction, "0123456789") != "" || whole+fraction == "" || point && fraction == "" {
		return d, false
	}
	for ; exponent > 0; exponent-- {
		if fraction == "" {
			fraction = "0"
		}
		whole, fraction = whole+fraction[:1], fraction[1:]
	}
	for ; exponent < 0; exponent++ {
		if whole == "" {
			whole = "0"
		}
		whole, fraction = whole[:len(whole)-1], whole[len(whole)-1:]+fraction
	}
	d.whole, d.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

func cutExponent(s string) (mantissa, exponent string, ok bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// String is the shortest way to write d.
func (d decimal) String() string {
	s := d.whole
	if s == "" {
		s = "0"
	}
	if d.fraction != "" {
		s += "." + d.fraction
	}
	if d.negative {
		s = "-" + s
	}
	return s
}

// round keeps some digits behind the point; a half is rounded away from zero.
func (d decimal) round(scale int) decimal {
	if len(d.fraction) <= scale {
		return d
	}
	up := d.fraction[scale] >= '5'
	n := d.scaled(scale)
	if up {
		n.Add(n, big.NewInt(1))
	}
	return unscaled(d.negative, n, scale)
}

// scaled is the number without its sign, in units of the last digit of scale;
// what is behind it is cut off.
func (d decimal) scaled(scale int) *big.Int {
	fraction := d.fraction
	if len(fraction) > scale {
		fraction = fraction[:scale]
	}
	n, _ := new(big.Int).SetString("0"+d.whole+fraction+strings.Repeat("0", scale-len(fraction)), 10)
	return n
}

func unscaled(negative bool, n *big.Int, scale int) decimal {
	s := n.String()
	if len(s) <= scale {
		s = strings.Repeat("0", scale-len(s)+1) + s
	}
	sign := ""
	if negative {
		sign = "-"
	}
	d, _ := parseDecimal(sign + s[:len(s)-scale] + "." + s[len(s)-scale:] + "0")
	return d
}

func (d decimal) signed(scale int) *big.Int {
	n := d.scaled(scale)
	if d.negative {
		n.Neg(n)
	}
	return n
}

// times is the product with all its digits.
func (d decimal) times(e decimal) decimal {
	a, b := len(d.fraction), len(e.fraction)
	return unscaled(d.negative != e.negative, new(big.Int).Mul(d.scaled(a), e.scaled(b)), a+b)
}

func (d decimal) plus(e decimal) decimal {
	scale := max(len(d.fraction), len(e.fraction))
	n := new(big.Int).Add(d.signed(scale), e.signed(scale))
	return unscaled(n.Sign() < 0, n.Abs(n), scale)
}

// order is a text that sorts as the numbers do: the count of whole digits, then
// the digits. Of negative numbers every digit is turned round.
func (d decimal) order() string {
	count := strconv.Itoa(len(d.whole))
	s := "000"[:3-min(3, len(count))] + count + d.whole + d.fraction
	if !d.negative {
		return "1" + s
	}
	b := []byte("0" + s + "~") // so that -1.5 stands before -1
	for i := 1; i < len(b)-1; i++ {
		b[i] = '0' + '9' - b[i]
	}
	return string(b)
}
