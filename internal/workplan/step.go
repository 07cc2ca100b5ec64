package workplan

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Pos returns the place of a byte offset within the decoded text of a scalar of this step; offset 0 is its first character.
// It is exact for plain and quoted scalars on one line and for block scalars, and the right line for folded ones.
func (s *Step) Pos(n *yaml.Node, offset int) text.Pos {
	if n == nil {
		n, offset = s.node, 0
	}
	return s.block.pos(s.block.within(n, offset))
}

// NodePos returns the place of a node of this step.
func (s *Step) NodePos(n *yaml.Node) text.Pos {
	if n == nil {
		n = s.node
	}
	return s.block.pos(s.block.start(n))
}

// NodeLen returns the number of bytes that a scalar of this step takes in the file; of other nodes, the rest of their first line.
func (s *Step) NodeLen(n *yaml.Node) int {
	if n == nil {
		n = s.node
	}
	start, end := s.block.extent(n)
	return s.block.fileSpan(start, end).Len()
}

// Node returns the step's whole mapping.
func (s *Step) Node() *yaml.Node { return s.node }

// readSteps reads a list of steps.
func (p *planParser) readSteps(b *block, list *yaml.Node) []*Step {
	if list.Kind == yaml.MappingNode {
		p.at(b, list, diag.Error, "wrong-type", "put a dash and a blank in front of it", "steps are a list, and this is a mapping")
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		p.at(b, list, diag.Error, "wrong-type", "", "steps are a list, found %s", strict.Describe(list))
		return nil
	}
	out := make([]*Step, 0, len(list.Content))
	for i, n := range list.Content {
		if n.Kind != yaml.MappingNode {
			p.at(b, n, diag.Error, "wrong-type", "write a kind and its value, such as sh: make check", "a step is a mapping of keys to values, found %s", strict.Describe(n))
			continue
		}
		s := p.readStep(b, n)
		end := len(b.raw)
		if i+1 < len(list.Content) {
			end = b.start(list.Content[i+1])
		} else if list != b.root {
			end = b.endOf(n)
		}
		s.Span = b.fileSpan(b.start(n), b.trimEnd(b.start(n), end))
		out = append(out, s)
	}
	return out
}

// endOf returns the end of the line on which the last scalar below n ends.
func (b *block) endOf(n *yaml.Node) int {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	end := b.within(n, len(n.Value))
	return end + len(firstLine(b.raw[end:]))
}

// trimEnd takes blanks, the dash of the next item and whole comment lines from the end of a span of raw.
func (b *block) trimEnd(start, end int) int {
	for end > start {
		line := bytes.LastIndexByte(b.raw[start:end], '\n') + 1 + start
		rest := bytes.Trim(b.raw[line:end], " \t\r\n")
		if len(rest) > 0 && string(rest) != "-" && rest[0] != '#' {
			return line + len(bytes.TrimRight(b.raw[line:end], " \t\r\n"))
		}
		end = max(start, line-1)
		if line == start {
			break
		}
	}
	return end
}

// readStep reads one step: its common keys, and what is left is its kind.
func (p *planParser) readStep(b *block, n *yaml.Node) *Step {
	s := &Step{block: b, node: n}
	common := &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	var kinds []int
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind == yaml.ScalarNode && isCommonKey[key.Value]:
			if t := template(value); t != nil {
				p.at(b, t, diag.Error, "template-here", templateHint(key.Value), "${{ is not evaluated in %s", key.Value)
				continue
			}
			common.Content = append(common.Content, key, value)
		case key.Kind == yaml.ScalarNode && strings.HasPrefix(key.Value, "x-"):
		default:
			kinds = append(kinds, i)
		}
	}
	var keys StepKeys
	for _, problem := range strict.Decode(common, &keys, strict.Options{}) {
		p.problem(b, problem, diag.Error)
	}
	s.Name, s.Note, s.IfEmpty = keys.Name, keys.Note, keys.IfEmpty
	s.Effect, s.Advisory, s.Waive, s.From = keys.Effect, keys.Advisory, keys.Waive, keys.From
	s.Repo, s.Cluster, s.Namespace = keys.Repo, keys.Cluster, keys.Namespace
	s.Within, s.Every, s.Timeout = keys.Within, keys.Every, keys.Timeout
	p.readExprs(s, keys, find(common, "when"))
	p.readOnce(s, keys.Once.Node)
	p.readDefer(s, keys.Defer.Node)
	p.readGuards(s, keys.Guards.Node)
	p.checkTimes(s, common)
	p.checkWaive(s, find(common, "waive"))
	p.checkFrom(s, find(common, "from"))
	p.readKind(s, kinds)
	return s
}

// template returns the first scalar at or below n that holds ${{; nil where none does.
func template(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${{") {
		return n
	}
	for _, c := range n.Content {
		if t := template(c); t != nil {
			return t
		}
	}
	return nil
}

func templateHint(key string) string {
	switch key {
	case "assert", "record", "when":
		return "this is CEL already: write the expression without ${{ and }}"
	}
	return "it belongs into the value of the step's kind"
}

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

// checkTimes reports times of no length.
func (p *planParser) checkTimes(s *Step, common *yaml.Node) {
	for _, t := range []struct {
		key string
		is  *time.Duration
	}{{"within", s.Within}, {"every", s.Every}, {"timeout", s.Timeout}} {
		n := find(common, t.key)
		if n == nil || t.is == nil || *t.is > 0 {
			continue
		}
		p.atOnce(s.block, n, "bad-value", "leave it out for the default", "%s has to be more than nothing", t.key)
	}
}

func (p *planParser) checkFrom(s *Step, n *yaml.Node) {
	if n == nil || s.From == nil || n.Kind != yaml.MappingNode {
		return
	}
	pod, deployment := find(n, "pod") != nil, find(n, "deployment") != nil
	switch {
	case pod == deployment:
		p.at(s.block, n, diag.Error, "bad-value", "write pod: {namespace, image}, or deployment: and namespace:", "from names either a pod or a Deployment")
	case pod && find(n, "namespace") != nil:
		p.at(s.block, find(n, "namespace"), diag.Error, "bad-value", "move it into pod", "the namespace of a disposable pod stands within pod")
	}
}
