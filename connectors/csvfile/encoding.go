package csvfile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoderOf returns the encoding of that name, nil for UTF-8.
func decoderOf(name string) (encoding.Encoding, error) {
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8":
		return nil, nil
	case "utf-16", "utf-16le", "utf16", "utf16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case "utf-16be", "utf16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	case "cp1252":
		return charmap.Windows1252, nil
	case "latin-1":
		return charmap.ISO8859_1, nil
	}
	found, err := ianaindex.IANA.Encoding(name)
	if err != nil || found == nil {
		return nil, fmt.Errorf("%q is not known; give an IANA name such as utf-8, utf-16le, windows-1252 or iso-8859-15", name)
	}
	return found, nil
}

const byteOrderMark = "\ufeff"

// text turns a file into UTF-8 without a byte order mark. Where the file is
// UTF-8 already, its bytes pass as they are, sound or not; in a decoded text
// each unsound byte has become U+FFFD. A UTF-16 byte order mark is unmistakable
// and therefore overrules UTF-8.
func text(r io.Reader, declared encoding.Encoding) (_ io.Reader, decoded bool, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	start, err := in.Peek(len(byteOrderMark))
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	if declared == nil && (bytes.HasPrefix(start, []byte{0xff, 0xfe}) || bytes.HasPrefix(start, []byte{0xfe, 0xff})) {
		declared = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	if declared != nil {
		in, decoded = bufio.NewReaderSize(transform.NewReader(in, declared.NewDecoder()), 64<<10), true
		if start, err = in.Peek(len(byteOrderMark)); err != nil && err != io.EOF {
			return nil, false, err
		}
	}
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return nil, false, err
		}
	}
	return in, decoded, nil
}
