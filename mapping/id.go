package mapping

import (
	"crypto/sha1"
	"encoding/hex"

	"crosswalk/record"
)

// namespace is uuid5(NameSpaceURL, "https://crosswalk.invalid/id"), under
// which all ids are made.
const namespace = "\x3f\x4f\x68\xf4\x2e\x07\x5a\x55\x99\xec\x4b\xf6\x74\x6c\x2c\xdf"

// ID returns the id that a row has in the target: the UUID, version 5, of
// system|entity|sourceKey, in lower case. The same row has the same id
// everywhere and always.
func ID(system, entity, sourceKey string) string {
	name := append(idPrefix(system, entity), sourceKey...)
	var text [36]byte
	return string(appendID(text[:0], name))
}

// SourceKey joins the values of a key into the text that identifies a row in
// its source: separated by |, with \ before a | or \ inside a value.
func SourceKey(values ...record.Value) string {
	var key []byte
	for i, v := range values {
		if i > 0 {
			key = append(key, '|')
		}
		key = appendKeyPart(key, v)
	}
	return string(key)
}

func appendKeyPart(dst []byte, v record.Value) []byte {
	start := len(dst)
	dst = v.AppendString(dst)
	for i := start; i < len(dst); i++ {
		if dst[i] == '|' || dst[i] == '\\' {
			dst = append(dst[:i+1], dst[i:]...)
			dst[i] = '\\'
			i++
		}
	}
	return dst
}

// idPrefix is what is hashed before the source key.
func idPrefix(system, entity string) []byte {
	return append([]byte(namespace), SourceKey(record.Text(system), record.Text(entity))+"|"...)
}

// appendID appends the UUID of a name that begins with the namespace.
func appendID(dst, name []byte) []byte {
	sum := sha1.Sum(name)
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	at := 0
	for i, size := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, sum[at:at+size])
		at += size
	}
	return dst
}
