package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Digest is the first 128 bits of the SHA-256 of a canonical encoding.
type Digest struct{ Hi, Lo uint64 }

// DigestOf returns the digest of encoded bytes.
func DigestOf(encoded []byte) Digest {
	h := sha256.Sum256(encoded)
	return Digest{binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])}
}

// String returns 32 hexadecimal digits.
func (d Digest) String() string {
	return fmt.Sprintf("%016x%016x", d.Hi, d.Lo)
}

// ParseDigest is the inverse of Digest.String.
func ParseDigest(s string) (Digest, error) {
	p, err := hex.DecodeString(s)
	if err != nil || len(p) != 16 {
		return Digest{}, fmt.Errorf("not a digest: %q", shorten(s))
	}
	return Digest{binary.BigEndian.Uint64(p[:8]), binary.BigEndian.Uint64(p[8:])}, nil
}

// IsZero reports whether d is the zero Digest, which stands for "no row".
func (d Digest) IsZero() bool { return d == Digest{} }

// Sum is the fingerprint of a set of rows. It does not depend on their order,
// the Sums of disjoint sets add up, and a row that appears twice counts twice
// (unlike an XOR, in which a pair cancels).
type Sum struct{ Rows, Hi, Lo uint64 }

// Add adds one row.
func (s *Sum) Add(d Digest) {
	s.Rows++
	s.Hi += d.Hi
	s.Lo += d.Lo
}

// Merge adds all rows of t.
func (s *Sum) Merge(t Sum) {
	s.Rows += t.Rows
	s.Hi += t.Hi
	s.Lo += t.Lo
}

// Keyed returns the digest of v under a secret key, as reports and the ledger
// show a masked value: equal values look equal, and nothing else can be told
// from it. Null stays visible, since it says nothing of a person.
func Keyed(key []byte, v Value) string {
	if v.IsNull() {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write(Append(nil, v))
	return "masked:" + hex.EncodeToString(h.Sum(nil)[:8])
}
