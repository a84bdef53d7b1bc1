package record_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"crosswalk/record"
)

func TestDecimalsAreExactAndSpelledOneWay(t *testing.T) {
	for in, want := range map[string]string{
		"1.10": "1.1", "1.1": "1.1", "+5": "5", ".5": "0.5", "5.": "5", "-.50": "-0.5", "1e2": "100", "1E+05": "100000", "12.5e-3": "0.0125",
		"-0": "0", "-0.00": "0", "0e5": "0", "000": "0", "007": "7", "0.1e1": "1", "120e-1": "12", "1.0e-0": "1",
		"9223372036854775807": "9223372036854775807", "9223372036854775808": "9223372036854775808", "-9223372036854775808": "-9223372036854775808",
		"92233720368547758.08":                      "92233720368547758.08",
		"922337203685477580.8":                      "922337203685477580.8",
		"9223372036854775808.000":                   "9223372036854775808",
		"1234567890123456789012345678901234567890":  "1234567890123456789012345678901234567890",
		"-0.0000000000000000000000000000000000001":  "-0.0000000000000000000000000000000000001",
		"0.00001234567890123456789012345678900":     "0.000012345678901234567890123456789",
		"1" + strings.Repeat("0", 999):              "1" + strings.Repeat("0", 999),
		"1e999":                                     "1" + strings.Repeat("0", 999),
		"1e-1000":                                   "0." + strings.Repeat("0", 999) + "1",
		strings.Repeat("0", 5000) + "1":             "1",
		"0.123456789012345678" + "1234567890123456": "0.1234567890123456781234567890123456",
	} {
		v, err := record.ParseDecimal(in)
		if err != nil || v.String() != want {
			t.Errorf("%s is spelled %s, %v; want %s", in, v, err, want)
		}
		if again, err := record.ParseDecimal(v.String()); err != nil || again != v {
			t.Errorf("%s reads back as another value", in)
		}
	}
}

func TestWholeNumbersAreIntegersAsFarAsTheyGo(t *testing.T) {
	for in, want := range map[string]record.Value{
		"5": record.Int(5), "-5.0": record.Int(-5), "1e3": record.Int(1000), "-9223372036854775808": record.Int(math.MinInt64),
		"9223372036854775808": record.Uint(math.MaxInt64 + 1), "-5.5": record.Decimal(-55, 1),
	} {
		if v, err := record.ParseNumber([]byte(in)); err != nil || v != want {
			t.Errorf("%s is the %s %s, %v; want the %s %s", in, v.Kind(), v, err, want.Kind(), want)
		}
	}
	if v, err := record.ParseNumber("1,5"); err == nil {
		t.Errorf("1,5 was read as %s", v)
	}
}

func TestWhatIsNoDecimalIsRefused(t *testing.T) {
	for _, s := range []string{
		"", "-", "+", ".", "-.", "e5", "1e", "1e+", "1e5.5", "1.2.3", "--1", "+-1", "1,5", "1_000", "0x10", "NaN", "Inf", " 1", "1 ", "1e99999999999", "1e1001", "1e-1001", "1e1000",
		strings.Repeat("1", 1001), "0." + strings.Repeat("0", 1000) + "1", "٣",
	} {
		if v, err := record.ParseDecimal(s); err == nil {
			t.Errorf("%q was read as %s", s, v)
		}
		if v, err := record.ParseDecimal([]byte(s)); err == nil {
			t.Errorf("the bytes %q were read as %s", s, v)
		}
	}
}

func TestDecimalPartsAreTheDigitsAndTheirPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(anyDecimal(), valueOf(record.KindInt)).Draw(t, "value")
		digits, scale, ok := v.DecimalParts()
		unscaled, isNumber := new(big.Int).SetString(digits, 10)
		if !ok || !isNumber {
			t.Fatalf("%s has the digits %q", v, digits)
		}
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
		if new(big.Rat).SetFrac(unscaled, power).Cmp(rational(t, v)) != 0 {
			t.Fatalf("%s has the digits %s and the scale %d", v, digits, scale)
		}
		if strings.TrimLeft(strings.TrimPrefix(digits, "-"), "0") != strings.TrimPrefix(digits, "-") && digits != "0" {
			t.Fatalf("%s has digits with leading zeros: %s", v, digits)
		}
	})
	if _, _, ok := record.Float(1).DecimalParts(); ok {
		t.Error("a float has no exact digits")
	}
}

// However a number comes in, it is one value: == is equality.
func TestEveryNumberHasOneRepresentation(t *testing.T) {
	if record.Uint(math.MaxInt64) != record.Int(math.MaxInt64) || record.Uint(math.MaxInt64+1) != decimal(t, "9223372036854775808") {
		t.Error("unsigned integers have a representation of their own")
	}
	rapid.Check(t, func(t *rapid.T) {
		unscaled, scale := anyInt().Draw(t, "unscaled"), rapid.IntRange(0, 30).Draw(t, "scale")
		v := record.Decimal(unscaled, scale)
		spelled, err := record.ParseDecimal(v.String())
		if err != nil || spelled != v {
			t.Fatalf("%d at scale %d is another value than its spelling %s", unscaled, scale, v)
		}
		if longer, err := record.ParseDecimal("000" + strings.TrimPrefix(v.String(), "-") + "e0"); err != nil || unscaled >= 0 && longer != v {
			t.Fatalf("zeros in front make another value of %s: %v", v, err)
		}
	})
}
