package xlsxfile

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// theirTokens reads a document with encoding/xml, ok only if it is sound and
// within what the tokenizer means to read.
func theirTokens(doc []byte) (tokens []string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return tokens, true
		}
		if err != nil {
			return nil, false
		}
		switch t := token.(type) {
		case xml.StartElement:
			text := "<" + t.Name.Local
			for _, a := range t.Attr {
				text += " " + a.Name.Local + "=" + a.Value
			}
			tokens = append(tokens, text)
		case xml.EndElement:
			tokens = append(tokens, "/"+t.Name.Local)
		case xml.CharData:
			tokens = append(tokens, string(t))
		case xml.Directive:
			return nil, false
		case xml.ProcInst:
			if t.Target == "xml" && bytes.Contains(bytes.ToLower(t.Inst), []byte("encoding")) {
				return nil, false
			}
		}
	}
}

func ourTokens(doc []byte) (tokens []string, err error) {
	t := newTokenizer(iotest.HalfReader(bytes.NewReader(doc)))
	for {
		if err := t.next(); err == io.EOF {
			return tokens, nil
		} else if err != nil {
			return tokens, err
		}
		switch t.kind {
		case startTag:
			text := "<" + string(t.name)
			for _, a := range t.attrs {
				text += fmt.Sprintf(" %s=%s", a.name, a.value)
			}
			tokens = append(tokens, text)
		case endTag:
			tokens = append(tokens, "/"+string(t.name))
		case textToken:
			tokens = append(tokens, string(t.text))
		}
	}
}

// joined runs texts next to each other together, and drops blanks outside
// elements, where they have no meaning.
func joined(tokens []string) []string {
	var out []string
	for _, token := range tokens {
		isText := token == "" || token[0] != '<' && token[0] != '/'
		if isText && len(bytes.TrimSpace([]byte(token))) == 0 {
			continue
		}
		out = append(out, token)
	}
	return out
}

func FuzzTokenizer(f *testing.F) {
	for _, doc := range []string{
		`<?xml version="1.0"?><a x="1" y='2>3'><b/>text &lt;&#65;&#x42;</a>`, `<a><![CDATA[x]]y]]></a>`, `<!-- a > b --><a>` + "\r\n\r" + `</a >`,
		`<x:c x:r="A1"/>`, `<x:></x:>`, `<:x></:x>`, `<a b="`, `<a>&nope;</a>`, `<!DOCTYPE a><a/>`, "<a>\xff</a>",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		want, ok := theirTokens(doc)
		got, err := ourTokens(doc)
		if !ok || bytes.ContainsAny(doc, "&\r") && bytes.ContainsAny(doc, `"'`) {
			return // attributes are left as written
		}
		if err != nil {
			t.Fatalf("error %v, encoding/xml has none", err)
		}
		if d := cmp.Diff(joined(want), joined(got)); d != "" {
			t.Error(d)
		}
	})
}

func TestTokenLongerThanTheBuffer(t *testing.T) {
	long := bytes.Repeat([]byte("long "), 50_000)
	doc := []byte(`<a x="` + string(long) + `">` + string(long) + `<!--` + string(long) + `--></a>`)
	want, _ := theirTokens(doc)
	got, err := ourTokens(doc)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	endless := io.MultiReader(bytes.NewReader([]byte("<a>")), endlessText{})
	s := newTokenizer(endless)
	for err = nil; err == nil; err = s.next() {
	}
	if err.Error() != "a text or tag of more than 16777216 bytes" {
		t.Error(err)
	}
}

// Marks that may end a tag or a comment, but do not, cost no more than other
// text, and count for the limit.
func TestEndsThatAreNone(t *testing.T) {
	many := strings.Repeat(">", 1<<20)
	doc := []byte(`<a x="` + many + `"><!--` + many + `--><![CDATA[` + many + `]]><?` + many + `?></a>`)
	got, err := ourTokens(doc)
	if d := cmp.Diff([]string{`<a x=` + many, many, "/a"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	_, err = ourTokens([]byte(`<a x="` + strings.Repeat(strings.Repeat("x", 999)+">", tokenLimit/1000+1)))
	if err == nil || err.Error() != "a text or tag of more than 16777216 bytes" {
		t.Errorf("a tag without its end: %v", err)
	}
}

type endlessText struct{}

func (endlessText) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
