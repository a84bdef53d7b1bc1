package xlsxfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A tokenizer reads the little of XML that workbooks are made of: elements,
// attributes and text, without namespaces. Comments and processing
// instructions are passed over, entities beyond the five of XML and document
// types are refused, and attribute values are left as written. It allocates
// nothing per token, which makes reading a sheet several times as fast as
// encoding/xml does; a fuzz test compares the two.
type tokenizer struct {
	in      *bufio.Reader
	kind    tokenKind
	name    []byte // local name of the element that starts or ends
	text    []byte // text between two tags
	attrs   []attr
	inTag   bool   // the next byte follows a "<"
	closing bool   // the element that just started was <empty/>
	long    []byte // room for what does not lie in the buffer in one piece
	plain   []byte // room for text whose entities are resolved
}

// tokenLimit bounds one text or tag. A cell holds 32,767 characters at most.
const tokenLimit = 16 << 20

type attr struct{ name, value []byte }

type tokenKind uint8

const (
	startTag tokenKind = iota + 1
	endTag
	textToken
)

func newTokenizer(r io.Reader) *tokenizer {
	return &tokenizer{in: bufio.NewReaderSize(r, 64<<10)}
}

// next moves to the next token, whose parts are valid until the call after.
// At the end of the input the error is io.EOF.
func (t *tokenizer) next() error {
	if t.closing {
		t.closing, t.kind, t.attrs = false, endTag, t.attrs[:0]
		return nil
	}
	for {
		var done bool
		var err error
		if t.inTag {
			done, err = t.tag()
		} else {
			done, err = t.characters()
		}
		if done || err != nil {
			return err
		}
	}
}

// attr returns the value of an attribute, nil if there is none.
func (t *tokenizer) attr(name string) []byte {
	for _, a := range t.attrs {
		if string(a.name) == name {
			return a.value
		}
	}
	return nil
}

// characters reads up to the next tag. done is false if there is nothing.
func (t *tokenizer) characters() (done bool, err error) {
	raw, err := t.upTo('<')
	if err != nil && (err != io.EOF || len(raw) == 0) {
		return false, err
	}
	raw, t.inTag = bytes.CutSuffix(raw, []byte("<"))
	if len(raw) == 0 {
		return false, nil
	}
	t.kind = textToken
	t.text, err = t.resolve(raw)
	return true, err
}

// tag reads what follows a "<". done is false for what is passed over.
func (t *tokenizer) tag() (done bool, err error) {
	t.inTag = false
	raw, err := t.upTo('>')
	if err != nil {
		return false, unexpectedEnd(err)
	}
	switch raw[0] {
	case '!':
		return t.declaration(raw)
	case '?':
		return false, t.instruction(raw)
	case '/':
		t.kind, t.name, t.attrs = endTag, local(bytes.TrimRight(raw[1:len(raw)-1], " \t\r\n")), t.attrs[:0]
		return true, nil
	}
	if quote := openQuote(0, raw); quote != 0 { // a ">" inside an attribute
		for raw = t.keep(raw); quote != 0; {
			seen := len(raw)
			if raw, err = t.further('>'); err != nil {
				return false, unexpectedEnd(err)
			}
			quote = openQuote(quote, raw[seen:])
		}
	}
	return true, t.element(raw[:len(raw)-1])
}

// element reads the name and the attributes of a start tag.
func (t *tokenizer) element(raw []byte) error {
	raw, t.closing = bytes.CutSuffix(raw, []byte("/"))
	end := bytes.IndexAny(raw, " \t\r\n")
	if end < 0 {
		end = len(raw)
	}
	if end == 0 {
		return errors.New("a tag without a name")
	}
	t.kind, t.name, t.attrs = startTag, local(raw[:end]), t.attrs[:0]
	for rest := bytes.TrimLeft(raw[end:], " \t\r\n"); len(rest) > 0; {
		name, after, ok := bytes.Cut(rest, []byte("="))
		after = bytes.TrimLeft(after, " \t\r\n")
		if !ok || len(after) < 2 || after[0] != '"' && after[0] != '\'' {
			return fmt.Errorf("bad attribute in <%s>", t.name)
		}
		value, next, ok := bytes.Cut(after[1:], after[:1])
		if !ok {
			return fmt.Errorf("bad attribute in <%s>", t.name)
		}
		t.attrs = append(t.attrs, attr{local(bytes.TrimRight(name, " \t\r\n")), value})
		rest = bytes.TrimLeft(next, " \t\r\n")
	}
	return nil
}

// declaration passes over a comment and turns a CDATA section into text.
func (t *tokenizer) declaration(raw []byte) (done bool, err error) {
	var end string
	switch {
	case bytes.HasPrefix(raw, []byte("!--")):
		end = "-->"
	case bytes.HasPrefix(raw, []byte("![CDATA[")):
		end = "]]>"
	default:
		return false, errors.New("a document type, which workbooks do not have")
	}
	start := len("!--")
	if end == "]]>" {
		start = len("![CDATA[")
	}
	for raw = t.keep(raw); len(raw) < start+len(end) || !bytes.HasSuffix(raw, []byte(end)); {
		if raw, err = t.further('>'); err != nil {
			return false, unexpectedEnd(err)
		}
	}
	if end == "-->" {
		return false, nil
	}
	text := bytes.ReplaceAll(raw[start:len(raw)-len(end)], []byte("\r\n"), []byte("\n"))
	t.kind, t.text = textToken, bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	if !utf8.Valid(text) {
		return false, errors.New("text that is not UTF-8")
	}
	return true, nil
}

// instruction passes over <?...?>, but not over a foreign encoding.
func (t *tokenizer) instruction(raw []byte) (err error) {
	for raw = t.keep(raw); len(raw) < 3 || !bytes.HasSuffix(raw, []byte("?>")); {
		if raw, err = t.further('>'); err != nil {
			return unexpectedEnd(err)
		}
	}
	head := strings.ToLower(string(raw))
	if strings.HasPrefix(head, "?xml ") && strings.Contains(head, "encoding") && !strings.Contains(head, "utf-8") {
		return errors.New("XML in another encoding than UTF-8")
	}
	return nil
}

// upTo reads everything up to and including delim.
func (t *tokenizer) upTo(delim byte) ([]byte, error) {
	raw, err := t.in.ReadSlice(delim)
	if errors.Is(err, bufio.ErrBufferFull) {
		t.keep(raw)
		return t.further(delim)
	}
	return raw, err // in one piece, in the buffer
}

// keep moves what was read to t.long, for the buffer moves on.
func (t *tokenizer) keep(raw []byte) []byte {
	t.long = append(t.long[:0], raw...)
	return t.long
}

// further reads on, up to and including delim, and returns it behind all that
// was kept.
func (t *tokenizer) further(delim byte) ([]byte, error) {
	for {
		raw, err := t.in.ReadSlice(delim)
		t.long = append(t.long, raw...)
		switch {
		case len(t.long) > tokenLimit:
			return nil, fmt.Errorf("a text or tag of more than %d bytes", tokenLimit)
		case !errors.Is(err, bufio.ErrBufferFull):
			return t.long, err
		}
	}
}

// resolve turns the source of a text into the text: entities into what they
// stand for, and every line break into a newline, as XML asks of its readers.
func (t *tokenizer) resolve(raw []byte) ([]byte, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("text that is not UTF-8")
	}
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return raw, nil
	}
	t.plain = t.plain[:0]
	for len(raw) > 0 {
		i := bytes.IndexAny(raw, "&\r")
		if i < 0 {
			break
		}
		t.plain = append(t.plain, raw[:i]...)
		if raw[i] == '\r' {
			t.plain = append(t.plain, '\n')
			raw = bytes.TrimPrefix(raw[i+1:], []byte("\n"))
			continue
		}
		name, rest, _ := bytes.Cut(raw[i+1:], []byte(";"))
		r, err := entity(string(name))
		if err != nil {
			return nil, err
		}
		t.plain, raw = utf8.AppendRune(t.plain, r), rest
	}
	t.plain = append(t.plain, raw...)
	return t.plain, nil
}

func entity(name string) (rune, error) {
	switch name {
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "amp":
		return '&', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	digits, isCode := strings.CutPrefix(name, "#")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if !isCode || err != nil || code == 0 || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
		return 0, fmt.Errorf("unknown entity &%.20s;", name)
	}
	return rune(code), nil
}

// openQuote returns the quote in which an attribute is open behind a piece of
// a tag, before which it was before; 0 for none.
func openQuote(before byte, piece []byte) byte {
	for _, c := range piece {
		switch {
		case before == 0 && (c == '"' || c == '\''):
			before = c
		case c == before:
			before = 0
		}
	}
	return before
}

// local is a name without its prefix.
func local(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i > 0 && i < len(name)-1 {
		return name[i+1:]
	}
	return name
}

func unexpectedEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
