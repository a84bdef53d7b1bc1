package expression

import (
	"errors"
	"strings"
	"testing"
	"time"

	"crosswalk/record"
)

// Whatever parse_date accepts, the same text in Go's own layout says the same.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"31.12.2029", "4.3.21", "29.2.2023", "00.1.2020", "1.1.00", "Mar 4, 2021", "", "9.9.99999"} {
		f.Add(s)
	}
	plain, _ := layoutOf(record.Text("d.m.yyyy"), -1)
	short, _ := layoutOf(record.Text("d.m.yy"), 1970)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := readDate(s, []layout{plain, short}, 1970)
		want, wantErr := time.Parse("2.1.2006", s)
		if wantErr != nil {
			want, wantErr = time.Parse("2.1.06", s)
			if wantErr == nil && want.Year() < 1970 {
				want = want.AddDate(100, 0, 0)
			}
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, Go says %v", s, err, wantErr)
		}
		if err == nil && got != record.DateOf(want) {
			t.Fatalf("%q: got %s, want %s", s, got, want)
		}
	})
}

// Whatever decimal_in accepts in one format, it accepts in another after the
// marks are exchanged, with the same value.
func FuzzDecimalIn(f *testing.F) {
	for _, s := range []string{"1.234,56", "1234", "-0,5", "1.23", ".5", "1..234", "--1", "1.234.567"} {
		f.Add(s)
	}
	de, _ := marksOf("de")
	en, _ := marksOf("en")
	swap := strings.NewReplacer(".", ",", ",", ".")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := de.parse(s)
		b, err2 := en.parse(swap.Replace(s))
		if (err == nil) != (err2 == nil) || a != b {
			t.Fatalf("%q: %s %v, %s %v", s, a, err, b, err2)
		}
		if err != nil {
			return
		}
		want, err := record.ParseDecimal(strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", "."))
		if err != nil || a != want {
			t.Fatalf("%q: got %s, want %s %v", s, a, want, err)
		}
	})
}

// No text makes the compiler fail in any other way than with an error.
func FuzzCompile(f *testing.F) {
	for _, fn := range Functions() {
		f.Add(fn.Example)
	}
	f.Add("name in ['a', 1] and not contains(name, 'x') ? qty ?? 1 : -price")
	f.Fuzz(func(t *testing.T, text string) {
		s := scope()
		e, err := s.Compile(text)
		if err != nil {
			errs, _ := errors.AsType[Errors](err)
			if len(errs) == 0 {
				t.Errorf("%q: %v", text, err)
			}
			for _, p := range errs {
				if p.Offset < 0 || p.Offset > len([]rune(text)) {
					t.Errorf("offset %d is outside %q", p.Offset, text)
				}
			}
			return
		}
		in := make(record.Row, len(s.Needs()))
		for i, name := range s.Needs() {
			in[i] = row()[name]
		}
		frame := s.NewFrame()
		frame.Use(in)
		a, errA := e.Eval(frame)
		b, errB := e.Eval(frame)
		if a != b || (errA == nil) != (errB == nil) {
			t.Errorf("%q gives %s, then %s", text, a, b)
		}
	})
}
