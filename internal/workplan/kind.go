package workplan

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// readKind finds the one key that is the step's kind.
func (p *planParser) readKind(s *Step, kinds []int) {
	content := s.node.Content
	var meant []int
	for _, i := range kinds {
		if content[i].Kind != yaml.ScalarNode || len(kinds) > 1 && almostCommon(content[i].Value) != "" {
			continue
		}
		meant = append(meant, i)
	}
	if len(meant) != 1 {
		meant = kinds
	}
	for _, i := range kinds {
		if len(meant) == 1 && i != meant[0] {
			hint := ""
			if word := almostCommon(content[i].Value); word != "" {
				hint = fmt.Sprintf("did you mean %q?", word)
			}
			p.at(s.block, content[i], diag.Error, "unknown-key", hint, "no key %q here", content[i].Value)
		}
	}
	if len(meant) == 0 {
		p.at(s.block, s.node, diag.Error, "no-kind", "add what is to be looked at, such as http: https://host/health/", "the step has no kind")
		return
	}
	key, value := content[meant[0]], content[meant[0]+1]
	s.KindPos = s.NodePos(key)
	if key.Kind != yaml.ScalarNode {
		p.at(s.block, key, diag.Error, "wrong-type", "put the key in quotes", "wanted a key, found %s", strict.Describe(key))
		return
	}
	if len(meant) > 1 {
		p.twoKinds(s, meant)
		return
	}
	s.Kind, s.Args = key.Value, value
}

func (p *planParser) twoKinds(s *Step, kinds []int) {
	var names []string
	hint := "make a step of each"
	for _, i := range kinds {
		key := s.node.Content[i]
		names = append(names, strict.Describe(key))
		if h := diag.DidYouMean(key.Value, commonKeys); h != "" && hint == "make a step of each" {
			hint += fmt.Sprintf("; or, for %q, %s", key.Value, h)
		}
	}
	last := s.node.Content[kinds[1]]
	d := p.at(s.block, last, diag.Error, "two-kinds", hint, "a step has one kind, and this has %d: %s", len(names), strings.Join(names, ", "))
	for _, i := range kinds {
		d.Related = append(d.Related, diag.Related{Pos: s.NodePos(s.node.Content[i]), Message: strict.Describe(s.node.Content[i])})
	}
}

// almostCommon returns the common key that differs from word by one letter added, left out, replaced or swapped,
// or by upper and lower case; "" where there is none.
func almostCommon(word string) string {
	word = strings.ToLower(word)
	for _, key := range commonKeys {
		if oneEdit(word, strings.ToLower(key)) {
			return key
		}
	}
	return ""
}

// oneEdit tells whether a and b are the same but for one edit at most.
func oneEdit(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(a) == 0 || len(b) == 0:
		return len(a)+len(b) <= 1
	case a[1:] == b[1:], a[1:] == b, a == b[1:]:
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
