package strict

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// IsNull tells whether n is YAML's null.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// Describe says in a few words what a node holds.
func Describe(n *yaml.Node) string {
	switch n = resolve(n); {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case IsNull(n):
		return "nothing"
	case n.Kind != yaml.ScalarNode:
		return "no value"
	}
	return quote(n.Value)
}

// quote puts s in quotes, or its beginning where it is long.
func quote(s string) string {
	if len(s) <= 40 {
		return strconv.Quote(s)
	}
	end := 40
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "…"
}

// resolve returns what an alias stands for, and any other node as it is.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

const quotes = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// isText tells whether the author marked the scalar n as text, by quotes or a tag.
// A node without a place in a file, as made of a flag, is not marked.
func isText(n *yaml.Node) bool {
	if n.Style&yaml.TaggedStyle != 0 {
		return n.ShortTag() == "!!str"
	}
	return n.Style&quotes != 0
}

// quoted is the hint for a mapping where text was wanted: mostly text with a colon in it, or braces.
func quoted(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	if len(n.Content) == 2 && n.Style&yaml.FlowStyle == 0 && n.Content[0].Kind == yaml.ScalarNode && n.Content[1].Kind == yaml.ScalarNode {
		if s := n.Content[0].Value + ": " + n.Content[1].Value; len(s) <= 80 && !strings.Contains(s, "\n") {
			return "if it is one text, write " + strconv.Quote(s)
		}
	}
	return "if it is one text, put it in quotes"
}
