package workplan

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// facts are all values of the plan by name: each key of each block, titles, steps, headings and findings.
func (p *Plan) facts() map[string]string {
	facts := map[string]string{}
	if p.front != nil {
		facts[frontBlock] = "there"
		addFacts(facts, frontBlock, p.front)
	}
	for _, b := range p.blocks {
		name := blockName(b)
		facts[name] = "there"
		addFacts(facts, name, b)
	}
	for i, t := range p.Tasks {
		facts["task "+strconv.Itoa(i)] = t.ID.Text + " " + t.Title + " " + p.Digest(t.Steps)
	}
	facts["steps"] = p.Digest(p.Steps)
	headings, breaks := 0, 0
	for _, m := range p.outline.marks {
		switch m.kind {
		case headingMark:
			headings++
			facts["heading "+strconv.Itoa(headings)] = strconv.Itoa(m.level) + " " + m.title
		case breakMark:
			breaks++
		}
	}
	facts["breaks"] = strconv.Itoa(breaks)
	for _, f := range p.AllFindings {
		key := findingsKey(f.ID)
		for facts[key] != "" {
			key += "'"
		}
		facts[key] = findingsFact(openingMarker(f.ID, f.Steps), f.lines)
	}
	return facts
}

func blockName(b *block) string { return "block " + strconv.Itoa(b.number) + " (" + b.kind + ")" }

func findingsKey(id string) string { return "findings of " + id }

func findingsFact(marker string, lines []string) string {
	return marker + "\n" + strings.Join(lines, "\n")
}

// addFacts adds the keys of a block; where it is no mapping, the whole of it.
func addFacts(facts map[string]string, name string, b *block) {
	if b.root == nil {
		facts[name+"/"] = string(b.raw)
		return
	}
	write := func(n *yaml.Node) string {
		var s strings.Builder
		canonical(&s, n, false)
		return s.String()
	}
	if b.root.Kind != yaml.MappingNode {
		facts[name+"/"] = write(b.root)
		return
	}
	for i := 0; i+1 < len(b.root.Content); i += 2 {
		key := name + "/" + b.root.Content[i].Value
		for facts[key] != "" {
			key += "'"
		}
		facts[key] = write(b.root.Content[i+1])
	}
}
