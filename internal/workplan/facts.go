package workplan

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// facts are what a plan says. They do not hold the plan, so that it can go before another one is compared with it.
type facts struct {
	blocks   []blockFacts // by their numbers; the first is the front matter, or nothing
	headings []string
	breaks   int
	tasks    []string // ids and titles, and where their steps stand
	steps    string   // where the plan's own steps stand
	findings map[string]string
}

// blockFacts are what a block says.
type blockFacts struct {
	kind string            // "" where there is none
	raw  []byte            // the YAML as it stands
	keys map[string]string // the values of its keys, which count then instead of the text
}

// facts returns what the plan says. Of the blocks that are chosen by their numbers the values of the keys count, however
// they are written, and of all others each byte.
func (p *Plan) facts(byKeys func(number int) bool) facts {
	f := facts{blocks: make([]blockFacts, len(p.blocks)+1), tasks: make([]string, len(p.Tasks)), findings: make(map[string]string, len(p.AllFindings))}
	for i, b := range append([]*block{p.front}, p.blocks...) {
		if b == nil {
			continue
		}
		f.blocks[i] = blockFacts{kind: b.kind, raw: b.raw}
		if byKeys(i) {
			f.blocks[i].keys = keyFacts(b)
		}
	}
	for _, m := range p.outline.marks {
		switch m.kind {
		case headingMark:
			f.headings = append(f.headings, strconv.Itoa(m.level)+" "+m.title)
		case breakMark:
			f.breaks++
		}
	}
	for i, t := range p.Tasks {
		f.tasks[i] = t.ID.Text + " " + t.Title + stepPlaces(t.Steps)
	}
	f.steps = stepPlaces(p.Steps)
	for _, fb := range p.AllFindings {
		key := fb.ID
		for f.findings[key] != "" {
			key += "'"
		}
		f.findings[key] = findingsFact(openingMarker(fb.ID, fb.Steps), fb.lines)
	}
	return f
}

// stepPlaces says in which blocks steps stand, and how many in each.
func stepPlaces(steps []*Step) string {
	var s strings.Builder
	for i := 0; i < len(steps); {
		b, first := steps[i].block, i
		for i < len(steps) && steps[i].block == b {
			i++
		}
		s.WriteString(" " + strconv.Itoa(b.number) + "×" + strconv.Itoa(i-first))
	}
	return s.String()
}

// keyFacts returns the values of a block's keys; where it is no mapping, the whole of it.
func keyFacts(b *block) map[string]string {
	write := func(n *yaml.Node) string {
		var s strings.Builder
		canonical(&s, n, false)
		return s.String()
	}
	switch {
	case b.root() == nil:
		return map[string]string{"": string(b.raw)}
	case b.root().Kind != yaml.MappingNode:
		return map[string]string{"": write(b.root())}
	}
	keys := make(map[string]string, len(b.root().Content)/2)
	for i := 0; i+1 < len(b.root().Content); i += 2 {
		key := b.root().Content[i].Value
		for keys[key] != "" {
			key += "'"
		}
		keys[key] = write(b.root().Content[i+1])
	}
	return keys
}

func findingsFact(marker string, lines []string) string {
	return marker + "\n" + strings.Join(lines, "\n")
}
