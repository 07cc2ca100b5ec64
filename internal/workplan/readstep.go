package workplan

import (
	"bytes"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

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
		} else if list != b.root() {
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
	p.checkWritten(s, common)
	return s
}

// checkWritten tells of a step that was begun and never written.
func (p *planParser) checkWritten(s *Step, common *yaml.Node) {
	n := find(common, "name")
	if s.Defer != nil && strings.HasPrefix(s.Defer.Reason, "TODO") {
		n = find(common, "defer")
	} else if !strings.HasPrefix(s.Name, "TODO") {
		return
	}
	p.at(s.block, n, diag.Warning, "placeholder", "give the step its own name and values, and take the defer away", "this step is still to be written")
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
	case deployment && s.From.Deployment == "":
		p.at(s.block, find(n, "deployment"), diag.Error, "bad-value", "write the name of the Deployment", "deployment is empty")
	case pod && find(n, "namespace") != nil:
		p.at(s.block, find(n, "namespace"), diag.Error, "bad-value", "move it into pod", "the namespace of a disposable pod stands within pod")
	}
}
