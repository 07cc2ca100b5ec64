package strict

import "go.yaml.in/yaml/v4"

// Find returns the node at a path of keys and indices, or the nearest one above it.
func Find(n *yaml.Node, path []any) *yaml.Node {
	for _, p := range path {
		next := child(resolve(n), p)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, p any) *yaml.Node {
	switch p := p.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && p < len(n.Content) {
			return n.Content[p]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == p {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
