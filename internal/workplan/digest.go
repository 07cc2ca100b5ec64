package workplan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Digest returns the hex SHA-256 over what steps say, with the task's and the plan's defaults for what they do not say.
// Comments, layout, the order of keys, quotes that do not change a value, and keys that begin with x- do not count.
// extra is what else is part of the steps' meaning, such as the definitions of a team's own kinds.
func (p *Plan) Digest(steps []*Step, extra ...string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range steps {
		if i > 0 {
			b.WriteByte(',')
		}
		p.canonicalStep(&b, s)
	}
	b.WriteByte(']')
	for _, e := range extra {
		b.WriteString(strconv.Quote(e))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// StepDigest is the Digest of one step.
func (p *Plan) StepDigest(s *Step, extra ...string) string { return p.Digest([]*Step{s}, extra...) }

// besides are the keys of a step that do not change what one look at it sees; where and for how long it looks is the
// runner's.
var besides = []string{
	"name", "note", "advisory", "waive", "once", "defer", "guards", "when", "effect",
	"within", "every", "timeout", "repo", "cluster", "namespace",
}

// LookDigest returns the hex SHA-256 over what one look at the step asks for. Steps that have it in common look at the
// same, if they look at the same place.
func (s *Step) LookDigest() string {
	look := yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		if !slices.Contains(besides, s.node.Content[i].Value) {
			look.Content = append(look.Content, s.node.Content[i], s.node.Content[i+1])
		}
	}
	var b strings.Builder
	canonical(&b, &look, true)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// canonicalStep writes a step and the defaults that apply to it.
func (p *Plan) canonicalStep(b *strings.Builder, s *Step) {
	cluster := p.Defaults.Cluster
	if s.task != nil && s.task.Cluster.Text != "" {
		cluster = s.task.Cluster.Text
	}
	b.WriteString(`{"step":`)
	canonical(b, s.node, true)
	for _, d := range []struct {
		key, value string
		own        bool
	}{
		{"cluster", cluster, s.Cluster != ""},
		{"namespace", p.Defaults.Namespace, s.Namespace != ""},
		{"timeout", length(p.Defaults.Timeout), s.Timeout != nil},
		{"within", length(p.Defaults.Within), s.Within != nil},
		{"every", length(p.Defaults.Every), s.Every != nil},
	} {
		if d.value != "" && !d.own {
			b.WriteString(`,"` + d.key + `":` + strconv.Quote(d.value))
		}
	}
	b.WriteByte('}')
}

func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// canonical writes a node as JSON with sorted keys, scalars with their types.
// Where free says so, keys of its own mapping that begin with x- are left out.
func canonical(b *strings.Builder, n *yaml.Node, free bool) {
	switch n.Kind {
	case yaml.MappingNode:
		keys := make([]int, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !free || !strings.HasPrefix(n.Content[i].Value, "x-") {
				keys = append(keys, i)
			}
		}
		slices.SortStableFunc(keys, func(i, j int) int { return strings.Compare(n.Content[i].Value, n.Content[j].Value) })
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			canonical(b, n.Content[k], false)
			b.WriteByte(':')
			canonical(b, n.Content[k+1], false)
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			canonical(b, c, false)
		}
		b.WriteByte(']')
	default:
		b.WriteString(n.ShortTag() + " ")
		b.WriteString(strconv.Quote(n.Value))
	}
}
