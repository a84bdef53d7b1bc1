package workspace

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"crosswalk/internal/yamlfile"
)

// discreet keeps secrets out of what err says. It may still be asked with
// errors.As what it is.
func discreet(err error, secrets []string) error {
	if err == nil || hide(err.Error(), secrets) == err.Error() {
		return err
	}
	problems, ok := errors.AsType[yamlfile.Problems](err)
	if !ok {
		return &hidden{err, secrets}
	}
	clean := make(yamlfile.Problems, len(problems))
	for i, p := range problems {
		clean[i] = p
		clean[i].Message = hide(p.Message, secrets)
	}
	return clean
}

type hidden struct {
	err     error
	secrets []string
}

func (h *hidden) Error() string { return hide(h.err.Error(), h.secrets) }
func (h *hidden) Unwrap() error { return h.err }

// hide replaces secrets by stars, the longest first, for one may be a part of
// another. A very short one is hidden only where a message cites it in quotes,
// or no message could be read any more.
func hide(text string, secrets []string) string {
	const short = 4
	longestFirst := slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return len(b) - len(a) })
	for _, secret := range longestFirst {
		quoted := strconv.Quote(secret)
		text = strings.ReplaceAll(text, quoted, `"***"`)
		if len(secret) >= short {
			text = strings.ReplaceAll(text, secret, "***")
			text = strings.ReplaceAll(text, quoted[1:len(quoted)-1], "***")
		}
	}
	return text
}
