package yamlfile

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// Node is a part of a File. As the type of a field it defers decoding, for
// settings whose form depends on another key.
type Node struct {
	file *File
	node *yaml.Node
}

// Decoder is a type that reads itself, because it may be written in more than
// one way. An error that is no Problem is reported at the node.
type Decoder interface {
	DecodeYAML(n Node) error
}

// Map is a YAML mapping in the order of the file. A key stands in it once.
type Map[T any] []Entry[T]

// Entry is one key of a Map with its value.
type Entry[T any] struct {
	Key   Text
	Value T
}

// DecodeYAML implements Decoder.
func (m *Map[T]) DecodeYAML(n Node) error {
	var problems Problems
	for key, value := range n.Entries(&problems) {
		e := Entry[T]{Key: key}
		if err := value.Decode(&e.Value); err != nil {
			problems = append(problems, n.file.In(value.Text(), err)...)
		}
		*m = append(*m, e)
	}
	return problems.Err()
}

// IsZero reports whether n stands for nothing: the key was not given.
func (n Node) IsZero() bool { return n.node == nil }

// IsScalar reports whether n is a single value, not a list or mapping.
func (n Node) IsScalar() bool { return n.resolved().Kind == yaml.ScalarNode }

// IsList reports whether n is a list.
func (n Node) IsList() bool { return n.resolved().Kind == yaml.SequenceNode }

// IsMap reports whether n is a mapping.
func (n Node) IsMap() bool { return n.resolved().Kind == yaml.MappingNode }

// IsNull reports whether n is written null, ~ or not at all.
func (n Node) IsNull() bool {
	value, plain := n.plain()
	return plain && (value == "" || value == "~" || value == "null")
}

// plain returns the value of a scalar that is written without quotes.
// Types are told by it rather than by YAML's tags, so that ${PORT} is a number
// once it is replaced.
func (n Node) plain() (string, bool) {
	node := n.resolved()
	quoted := yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return node.Value, node.Kind == yaml.ScalarNode && node.Style&quoted == 0
}

// Text returns the value of a scalar, "" for lists and mappings, with the
// position of n.
func (n Node) Text() Text {
	return Text{Value: n.resolved().Value, Line: n.node.Line, Column: n.node.Column}
}

// Problem makes a Problem at n.
func (n Node) Problem(format string, args ...any) Problem {
	return n.file.Problem(n.Text(), format, args...)
}

// Entries yields the keys of a mapping in the order of the file. What is no
// mapping, a key that is no text and a repeated key go to problems.
func (n Node) Entries(problems *Problems) iter.Seq2[Text, Node] {
	return func(yield func(Text, Node) bool) {
		node := n.resolved()
		if node.Kind != yaml.MappingNode {
			*problems = append(*problems, n.expected("a mapping (key: value)"))
			return
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := Node{n.file, node.Content[i]}
			if !key.IsScalar() {
				*problems = append(*problems, key.expected("a key"))
				continue
			}
			name := key.Text()
			if line, taken := seen[name.Value]; taken {
				*problems = append(*problems, key.Problem("key `%s` stands here twice; first on line %d", name, line))
				continue
			}
			seen[name.Value] = name.Line
			if !yield(name, Node{n.file, node.Content[i+1]}) {
				return
			}
		}
	}
}

// Items yields the elements of a list. What is no list goes to problems.
func (n Node) Items(problems *Problems) iter.Seq2[int, Node] {
	return func(yield func(int, Node) bool) {
		node := n.resolved()
		if node.Kind != yaml.SequenceNode {
			*problems = append(*problems, n.expected("a list ([a, b])"))
			return
		}
		for i, item := range node.Content {
			if !yield(i, Node{n.file, item}) {
				return
			}
		}
	}
}

// resolved follows an alias to what it stands for.
func (n Node) resolved() *yaml.Node {
	if n.node.Kind == yaml.AliasNode {
		return n.node.Alias
	}
	return n.node
}

func (n Node) expected(what string) Problem {
	return n.Problem("expected %s, found %s", what, n.describe())
}

// describe names what stands at n, for messages.
func (n Node) describe() string {
	switch {
	case n.IsMap():
		return "a mapping"
	case n.IsList():
		return "a list"
	case n.IsNull():
		return "nothing"
	case n.file.hidden[n.resolved()]:
		return "a secret"
	}
	return fmt.Sprintf("%q", n.resolved().Value)
}

// Canonical writes n so that two nodes with the same content give the same
// bytes, whatever their layout, comments and order of keys.
func (n Node) Canonical() []byte { return canonical(nil, n.resolved()) }

func canonical(dst []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.AliasNode:
		return canonical(dst, n.Alias)
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for _, item := range n.Content {
			dst = append(canonical(dst, item), ',')
		}
		return append(dst, ']')
	case yaml.MappingNode:
		var entries []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			entry := append(canonical(nil, n.Content[i]), ':')
			entries = append(entries, string(canonical(entry, n.Content[i+1])))
		}
		slices.Sort(entries)
		dst = append(dst, '{')
		for _, entry := range entries {
			dst = append(append(dst, entry...), ',')
		}
		return append(dst, '}')
	}
	return strconv.AppendQuote(dst, n.Value)
}
