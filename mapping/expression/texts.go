package expression

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"crosswalk/record"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

var texts = group{"Texts", []function{
	{Function: Function{Signature: "trim(s text) text", Doc: "without the white space at both ends, also no-break and zero-width spaces",
		Example: `trim(' SKU-100\u00a0')`, Gives: "'SKU-100'"}, call: text1(trim)},
	{Function: Function{Signature: "squeeze(s text) text", Doc: "trimmed, and each run of white space inside as one blank",
		Example: `squeeze(' Acme\u00a0 Ltd ')`, Gives: "'Acme Ltd'"}, call: text1(squeeze)},
	{Function: Function{Signature: "printable(s text) text", Doc: "without control characters; line breaks and tabs become blanks",
		Example: `printable('Acme\r\nDept\x00')`, Gives: "'Acme  Dept'"}, call: text1(printable)},
	{Function: Function{Signature: "repair_encoding(s text) text", Doc: "with UTF-8 that was encoded twice, and Windows-1252 signs that became control characters, as they were meant; otherwise unchanged",
		Example: "repair_encoding('MÃ¼ller')", Gives: "'Müller'"}, call: text1(repairEncoding)},
	{Function: Function{Signature: "lower(s text) text", Doc: "in small letters", Example: "lower('ÄB')", Gives: "'äb'"}, call: text1(strings.ToLower)},
	{Function: Function{Signature: "upper(s text) text", Doc: "in capital letters", Example: "upper('äb')", Gives: "'ÄB'"}, call: text1(strings.ToUpper)},
	{Function: Function{Signature: "fold(s text) text", Doc: "folded so that texts that differ only in case become equal",
		Example: "fold('STRASSE') == fold('Straße')", Gives: "true"}, call: text1(fold)},
	{Function: Function{Signature: "nfc(s text) text", Doc: "in Unicode normal form C: accents composed",
		Example: `nfc('e\u0301')`, Gives: "'é'"}, call: text1(norm.NFC.String)},
	{Function: Function{Signature: "nfkc(s text) text", Doc: "in normal form KC: full-width and other compatibility letters plain as well",
		Example: "nfkc('ＳＫＵ')", Gives: "'SKU'"}, call: text1(norm.NFKC.String)},
	{Function: Function{Signature: "left(s text, n int) text", Doc: "the first n characters", Example: "left('SKU-100', 3)", Gives: "'SKU'"},
		call: func(a []record.Value) (record.Value, error) { return cut(a[0], 0, a[1].AsInt()) }},
	{Function: Function{Signature: "right(s text, n int) text", Doc: "the last n characters", Example: "right('SKU-100', 3)", Gives: "'100'"}, call: right},
	{Function: Function{Signature: "substr(s text, start int, n int) text", Doc: "n characters from the start, which counts from 1",
		Example: "substr('SKU-100', 5, 2)", Gives: "'10'"}, call: substr},
	{Function: Function{Signature: "pad_left(s text, n int, fill text) text", Doc: "filled up on the left to n characters",
		Example: "pad_left('123', 5, '0')", Gives: "'00123'"}, call: padLeft},
	{Function: Function{Signature: "replace(s text, old text, new text) text", Doc: "with each old as new",
		Example: "replace('CD PRO 5', ' ', '-')", Gives: "'CD-PRO-5'"}, call: replace},
	{Function: Function{Signature: "matches(s text, pattern const text) bool", Doc: "whether the regular expression (RE2) is found in s; also s matches 'pattern'",
		Example: "matches('SKU-100', '^[A-Z]+-[0-9]+$')", Gives: "true"}, prepare: matches},
	{Function: Function{Signature: "extract(s text, pattern const text) text", Doc: "what the pattern, or its first group, finds in s; null if nothing",
		Example: "extract('10 users', '([0-9]+) *users?')", Gives: "'10'"}, prepare: extract},
	{Function: Function{Signature: "split_part(s text, separator text, n int) text", Doc: "the n-th part, counted from 1; null if there are fewer",
		Example: "split_part('12345 / 12346', ' / ', 2)", Gives: "'12346'"}, call: splitPart},
	{Function: Function{Signature: "starts_with(s text, prefix text) bool", Doc: "whether s begins so", Example: "starts_with('zzz Acme', 'zzz')", Gives: "true"}, call: test2(strings.HasPrefix)},
	{Function: Function{Signature: "ends_with(s text, suffix text) bool", Doc: "whether s ends so", Example: "ends_with('Acme GmbH', 'GmbH')", Gives: "true"}, call: test2(strings.HasSuffix)},
	{Function: Function{Signature: "contains(s text, part text) bool", Doc: "whether part stands in s; also s contains 'part'", Example: "contains('TEST TEST', 'EST')", Gives: "true"}, call: test2(strings.Contains)},
	{Function: Function{Signature: "concat(v... any) text", Doc: "all of them one after the other, null as nothing",
		Example: "concat('PL', 1, null, '-', true)", Gives: "'PL1-true'"}, nulls: true, call: concat},
	{Function: Function{Signature: "len(s text|bytes) int", Doc: "the number of characters, or of bytes", Example: "len('Müller')", Gives: "6"}, call: length},
	{Function: Function{Signature: "bytes(s text|bytes) bytes", Doc: "the bytes of a text in UTF-8, unchanged", Example: "bytes('AB-1')", Gives: "b'AB-1'"},
		call: func(a []record.Value) (record.Value, error) { return record.Bytes([]byte(a[0].AsText())), nil }},
	{Function: Function{Signature: "sha256(s text|bytes) text", Doc: "the SHA-256 as 64 hexadecimal digits",
		Example: "left(sha256('abc'), 8)", Gives: "'ba7816bf'"}, call: hash},
	{Function: Function{Signature: "email_norm(s text) text", Doc: "an e-mail address in one spelling: trimmed, small letters, normal form KC, without display name and mailto:, domain in ASCII",
		Example: "email_norm('Jo Doe <mailto:J.Doe@Müller.example> ')", Gives: "'j.doe@xn--mller-kva.example'"}, call: text1(emailNorm)},
	{Function: Function{Signature: "email_ok(s text) bool", Doc: "whether s is one plain address that can receive mail; placeholders such as noemail@noemail.com are not",
		Example: "email_ok('n/a')", Gives: "false"}, call: func(a []record.Value) (record.Value, error) { return record.Bool(emailOK(a[0].AsText())), nil }},
}}

func text1(f func(string) string) call {
	return func(args []record.Value) (record.Value, error) { return record.Text(f(args[0].AsText())), nil }
}

func test2(f func(s, t string) bool) call {
	return func(args []record.Value) (record.Value, error) {
		return record.Bool(f(args[0].AsText(), args[1].AsText())), nil
	}
}

// isBlank also knows the characters that look like nothing but are no white
// space to Unicode: zero-width spaces, joiners and byte order marks.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || isInvisible(r)
}

func isInvisible(r rune) bool { return r >= 0x200b && r <= 0x200d || r == 0x2060 || r == 0xfeff }

func trim(s string) string { return strings.TrimFunc(s, isBlank) }

func squeeze(s string) string {
	s = trim(s)
	if !strings.ContainsFunc(s, func(r rune) bool { return isBlank(r) && r != ' ' }) && !strings.Contains(s, "  ") {
		return s
	}
	var out strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case isInvisible(r):
			continue
		case unicode.IsSpace(r):
			gap = true
			continue
		case gap:
			out.WriteByte(' ')
			gap = false
		}
		out.WriteRune(r)
	}
	return out.String()
}

func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Fold().String(s)
}

// cut returns n characters of s from the given one, counted from 0.
func cut(s record.Value, from, n int64) (record.Value, error) {
	if n < 0 {
		return record.Value{}, fmt.Errorf("cannot take %d characters", n)
	}
	text := s.AsText()
	start, at := len(text), int64(0)
	for i := range text {
		if at == from {
			start = i
		}
		if at == from+n {
			return record.Text(text[start:i]), nil
		}
		at++
	}
	return record.Text(text[start:]), nil
}

func right(args []record.Value) (record.Value, error) {
	n := args[1].AsInt()
	if n < 0 {
		return record.Value{}, fmt.Errorf("cannot take %d characters", n)
	}
	return cut(args[0], max(int64(utf8.RuneCountInString(args[0].AsText()))-n, 0), n)
}

func substr(args []record.Value) (record.Value, error) {
	if args[1].AsInt() < 1 {
		return record.Value{}, fmt.Errorf("substr counts from 1, not from %s", args[1])
	}
	return cut(args[0], args[1].AsInt()-1, args[2].AsInt())
}

func padLeft(args []record.Value) (record.Value, error) {
	s, n, fill := args[0].AsText(), args[1].AsInt(), args[2].AsText()
	missing := n - int64(utf8.RuneCountInString(s))
	if utf8.RuneCountInString(fill) != 1 || n > 1000 {
		return record.Value{}, fmt.Errorf("pad_left fills with one character up to 1000")
	}
	return record.Text(strings.Repeat(fill, int(max(missing, 0))) + s), nil
}

func replace(args []record.Value) (record.Value, error) {
	if args[1].AsText() == "" {
		return args[0], nil
	}
	return record.Text(strings.ReplaceAll(args[0].AsText(), args[1].AsText(), args[2].AsText())), nil
}

func pattern(n *node) (*regexp.Regexp, error) {
	re, err := regexp.Compile(n.value.AsText())
	if err != nil {
		return nil, fmt.Errorf("%q is no regular expression: %w", n.value, err)
	}
	return re, nil
}

func matches(args []*node) (call, error) {
	re, err := pattern(args[1])
	return func(a []record.Value) (record.Value, error) { return record.Bool(re.MatchString(a[0].AsText())), nil }, err
}

func extract(args []*node) (call, error) {
	re, err := pattern(args[1])
	return func(a []record.Value) (record.Value, error) {
		s := a[0].AsText()
		at := re.FindStringSubmatchIndex(s)
		if len(at) > 2 {
			at = at[2:]
		}
		if len(at) < 2 || at[0] < 0 {
			return record.Null(), nil
		}
		return record.Text(s[at[0]:at[1]]), nil
	}, err
}

func splitPart(args []record.Value) (record.Value, error) {
	s, separator, n := args[0].AsText(), args[1].AsText(), args[2].AsInt()
	if separator == "" || n < 1 {
		return record.Value{}, fmt.Errorf("split_part wants a separator and counts from 1, not from %d", n)
	}
	for ; n > 1; n-- {
		_, rest, found := strings.Cut(s, separator)
		if !found {
			return record.Null(), nil
		}
		s = rest
	}
	part, _, _ := strings.Cut(s, separator)
	return record.Text(part), nil
}

func concat(args []record.Value) (record.Value, error) {
	var buffer [128]byte
	out := buffer[:0]
	for _, v := range args {
		out = v.AppendString(out)
	}
	return record.Text(string(out)), nil
}

func length(args []record.Value) (record.Value, error) {
	if args[0].Kind() == record.KindBytes {
		return record.Int(int64(len(args[0].AsText()))), nil
	}
	return record.Int(int64(utf8.RuneCountInString(args[0].AsText()))), nil
}

func hash(args []record.Value) (record.Value, error) {
	sum := sha256.Sum256([]byte(args[0].AsText()))
	return record.Text(hex.EncodeToString(sum[:])), nil
}
