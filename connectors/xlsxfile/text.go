package xlsxfile

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"crosswalk/record"
)

// readTexts reads the part that holds the shared strings, if there is one.
func (b *book) readTexts(part string) ([]string, error) {
	if part == "" {
		return nil, nil
	}
	r, err := b.open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []string
	var arena record.Arena
	var item textBuilder
	inside := false
	t := newTokenizer(r)
	for {
		if err := t.next(); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, damaged(part, err)
		}
		switch {
		case t.kind == textToken || string(t.name) != "si":
			if inside {
				item.see(t)
			}
		case t.kind == startTag:
			inside = true
			item.reset()
		default:
			inside = false
			all = append(all, arena.String(unescape(item.text)))
		}
	}
}

// A textBuilder collects the text of a shared or inline string: that of all
// its <t>, but not the reading aids (<rPh>) of East Asian texts.
type textBuilder struct {
	text     []byte
	inText   bool
	phonetic bool
}

func (b *textBuilder) reset() { b.text, b.inText, b.phonetic = b.text[:0], false, false }

// see takes the next token inside the string.
func (b *textBuilder) see(t *tokenizer) {
	switch t.kind {
	case startTag:
		b.inText = string(t.name) == "t"
		b.phonetic = b.phonetic || string(t.name) == "rPh"
	case endTag:
		b.inText = false
		b.phonetic = b.phonetic && string(t.name) != "rPh"
	case textToken:
		if b.inText && !b.phonetic {
			b.text = append(b.text, t.text...)
		}
	}
}

// unescape resolves _xHHHH_, with which spreadsheet programs write the
// characters that XML cannot hold.
func unescape(text []byte) []byte {
	i := bytes.Index(text, []byte("_x"))
	if i < 0 {
		return text
	}
	out := append(make([]byte, 0, len(text)), text[:i]...)
	for i < len(text) {
		code, ok := escape(text[i:])
		if !ok {
			out = append(out, text[i])
			i++
			continue
		}
		i += escapeLen
		if utf16.IsSurrogate(code) { // half a character: the other half follows
			low, _ := escape(text[i:])
			if code = utf16.DecodeRune(code, low); code != utf8.RuneError {
				i += escapeLen
			}
		}
		out = utf8.AppendRune(out, code)
	}
	return out
}

const escapeLen = len("_x000D_")

func escape(text []byte) (rune, bool) {
	if len(text) < escapeLen || text[0] != '_' || text[1] != 'x' || text[6] != '_' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(code), err == nil
}
