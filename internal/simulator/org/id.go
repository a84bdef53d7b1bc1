package org

import "strings"

const (
	base62   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	suffixes = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
)

// ID18 is the id of 18 characters for one of 15 or 18. It is false if the id has
// another length or sign, or if its last three characters do not fit.
func ID18(id string) (string, bool) {
	if len(id) != 15 && len(id) != 18 {
		return "", false
	}
	for i := range len(id) {
		if !alphanumeric(id[i]) {
			return "", false
		}
	}
	full := id[:15] + checksum(id)
	return full, len(id) == 15 || strings.EqualFold(full, id)
}

// checksum are the three characters that tell which of the first fifteen are
// capitals, so that ids can be told apart where case is lost.
func checksum(id string) string {
	var sum [3]byte
	for group := range sum {
		bits := 0
		for i := range 5 {
			if c := id[group*5+i]; 'A' <= c && c <= 'Z' {
				bits |= 1 << i
			}
		}
		sum[group] = suffixes[bits]
	}
	return string(sum[:])
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// makeID is the id with a number: prefix, two characters of the org, a zero,
// and nine digits to the base 62.
func makeID(prefix, pod string, n uint64) string {
	b := [15]byte{prefix[0], prefix[1], prefix[2], pod[0], pod[1], '0'}
	for i := len(b) - 1; i >= 6; i-- {
		b[i] = base62[n%62]
		n /= 62
	}
	return string(b[:]) + checksum(string(b[:]))
}

// origin is where the ids of an org begin: its two characters, and a number. It
// is large enough for ids to hold letters of both cases.
func origin(seed uint64) (pod string, first uint64) {
	x := seed + 0x9e3779b97f4a7c15 // one step of splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	pod = string([]byte{base62[x%62], base62[x/62%62]})
	const sixDigits = 62 * 62 * 62 * 62 * 62 * 62
	return pod, x / 4096 % sixDigits
}
