package yamlfile

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Interpolate replaces, in the values of f but not in its keys:
//
//	${VAR}            the environment variable VAR, which must be set
//	${VAR:-default}   VAR, or the default if VAR is unset or empty
//	${file:PATH}      what the file holds, without the line break at its end
//	$${               ${ itself
//
// What comes from the environment or a file counts as secret: Problems do not
// show it, and Secrets lists it.
// Replaced text is not looked at again. The error is of type Problems.
func (f *File) Interpolate(env func(name string) (string, bool), readFile func(path string) ([]byte, error)) error {
	var problems Problems
	source := source{env, readFile}
	f.interpolate(f.root, source, &problems)
	return problems.Err()
}

// Secrets returns the values that Interpolate brought in, so that they can be
// kept out of messages.
func (f *File) Secrets() []string { return f.secrets }

type source struct {
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)
}

func (f *File) interpolate(n *yaml.Node, from source, problems *Problems) {
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			f.interpolate(child, from, problems)
		}
	}
	if n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, "${") {
		return
	}
	known := len(f.secrets)
	expanded, err := f.expand(n.Value, from)
	if err != nil {
		*problems = append(*problems, Node{f, n}.Problem("%v", err))
		return
	}
	n.Value = expanded
	f.hidden[n] = len(f.secrets) > known
}

func (f *File) expand(text string, from source) (string, error) {
	var out strings.Builder
	for {
		at := strings.Index(text, "${")
		if at < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		if at > 0 && text[at-1] == '$' {
			out.WriteString(text[:at-1] + "${")
			text = text[at+2:]
			continue
		}
		name, rest, closed := strings.Cut(text[at+2:], "}")
		if !closed {
			return "", fmt.Errorf("`${` without `}`; write `$${` for the characters themselves")
		}
		value, secret, err := from.lookup(name)
		if err != nil {
			return "", err
		}
		if secret && value != "" {
			f.secrets = append(f.secrets, value)
		}
		out.WriteString(text[:at] + value)
		text = rest
	}
}

// lookup finds the value of what stands between ${ and }.
func (s source) lookup(name string) (value string, secret bool, err error) {
	if path, ok := strings.CutPrefix(name, "file:"); ok {
		content, err := s.readFile(path)
		if err != nil {
			return "", false, fmt.Errorf("${file:%s}: %w", path, err)
		}
		return strings.TrimRight(string(content), "\r\n"), true, nil
	}
	name, otherwise, optional := strings.Cut(name, ":-")
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" || name == "" {
		return "", false, fmt.Errorf("${%s} names no variable; write ${NAME}, ${NAME:-default} or ${file:PATH}", name)
	}
	value, set := s.env(name)
	switch {
	case value != "" || set && !optional:
		return value, true, nil
	case optional:
		return otherwise, false, nil
	}
	return "", false, fmt.Errorf("the environment variable %s is not set; set it, or write ${%s:-default}", name, name)
}
