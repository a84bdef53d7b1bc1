package yamlfile

import "go.yaml.in/yaml/v4"

// Cut returns the value of a key of a mapping and the mapping without it, for
// settings in which one key says how to read the others. The value is zero if
// the key is not there. The file itself does not change.
func (n Node) Cut(key string) (value, rest Node) {
	from := n.resolved()
	if from.Kind != yaml.MappingNode {
		return Node{}, n
	}
	less := *from
	less.Content = nil
	for i := 0; i+1 < len(from.Content); i += 2 {
		if from.Content[i].Value == key {
			value = Node{n.file, from.Content[i+1]}
			continue
		}
		less.Content = append(less.Content, from.Content[i], from.Content[i+1])
	}
	return value, Node{n.file, &less}
}
