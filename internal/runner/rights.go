package runner

import (
	"context"
	"slices"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// Later stands in rules for what is known only when the step runs.
const Later = "…"

// NeverLooks tells whether the step is never looked at as it is written: it is put off, or said to have held.
func (s *Step) NeverLooks() bool { return s.Defer != nil || s.OnceDate != "" }

// Rules returns the rights in a cluster that looks at the step use. None, where it is never looked at.
// It may read files, and looks at nothing else.
func (s *Step) Rules(ctx context.Context, at check.Site) ([]check.Rule, error) {
	if s.NeverLooks() {
		return nil, nil
	}
	args := s.args
	if args == nil {
		args = s.draft()
	}
	rules := s.Kind.Rules(args)
	if s.Kind.RulesAt != nil {
		more, err := s.Kind.RulesAt(ctx, at, args)
		if err != nil {
			return nil, err
		}
		rules = append(rules, more...)
	}
	if s.Within > 0 && s.Kind.Wake != nil {
		for i, r := range rules {
			if reads(r) && !slices.Contains(r.Verbs, "watch") {
				rules[i].Verbs = append(slices.Clone(r.Verbs), "watch")
			}
		}
	}
	return rules, nil
}

// reads tells whether a rule is about objects that a step reads and waits for.
func reads(r check.Rule) bool {
	return r.Subresource == "" && !r.Unwatched && (slices.Contains(r.Verbs, "get") || slices.Contains(r.Verbs, "list"))
}

// Programs returns the programs of this machine that looks at the step call.
func (s *Step) Programs() []string {
	if s.NeverLooks() {
		return nil
	}
	args := s.args
	if args == nil {
		args = s.draft()
	}
	return s.Kind.Programs(args)
}

// draft decodes the arguments as far as they are known before the run.
func (s *Step) draft() any {
	args := s.Kind.New()
	strict.Decode(bare(s.Kind, s.drafted(s.Args)), args, strict.Options{})
	return args
}

func (s *Step) drafted(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	out := *n
	if _, ok := s.templates[n]; ok {
		out.Tag, out.Value = "!!str", Later
		return &out
	}
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out.Content[i] = s.drafted(c)
	}
	return &out
}
