package expression

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// emailNorm writes an address the one way. What is no address is cleaned too,
// so that email_ok can be asked of the result.
func emailNorm(s string) string {
	s = trim(norm.NFKC.String(s))
	if open := strings.LastIndexByte(s, '<'); open >= 0 && strings.HasSuffix(s, ">") {
		s = s[open+1 : len(s)-1]
	}
	s = strings.ToLower(trim(s))
	s = strings.TrimPrefix(s, "mailto:")
	local, domain, found := strings.Cut(s, "@")
	if !found {
		return s
	}
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	return local + "@" + domain
}

// emailOK reports whether s is one address without decoration, at a domain
// with a dot, that nobody typed just to fill the field.
func emailOK(s string) bool {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s {
		return false
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := strings.ToLower(s[:at]), strings.ToLower(s[at+1:])
	name, _, dotted := strings.Cut(domain, ".")
	return dotted && !isPlaceholder(local, name)
}

func isPlaceholder(local, domain string) bool {
	switch local {
	case "noemail", "no-email", "nomail", "none", "na", "n/a", "unknown", "x":
		return local == domain || domain == "example" || domain == "none" || domain == "invalid"
	}
	return false
}
