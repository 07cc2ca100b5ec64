package app

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// FromGrant is what grants.run calls looking from inside a cluster.
const FromGrant = "from"

// vantage is where a step with from looks from.
func vantage(s *runner.Step) steps.Vantage {
	if pod := s.From.Pod; pod != nil {
		return steps.Vantage{Namespace: pod.Namespace, Image: pod.Image, Labels: pod.Labels}
	}
	return steps.Vantage{Deployment: s.From.Deployment, Namespace: s.From.Namespace}
}

// vantageFacts is what the runner has to know of it.
func vantageFacts(s *runner.Step) runner.Vantage {
	v := vantage(s)
	if s.From.Pod != nil && v.Image == "" {
		return runner.Vantage{Name: v.String(), Problems: []check.Problem{{Message: "the pod needs an image", Hint: "write pod: {namespace, image}"}}}
	}
	if s.From.Pod == nil && v.Deployment == "" {
		return runner.Vantage{Name: v.String(), Caps: v.Caps()} // the parser has told
	}
	return runner.Vantage{Name: v.String(), Caps: v.Caps(), Problems: v.Check()}
}

// runs tells whether grants let a step run: its kind, where that runs code or writes, and looking from inside.
func runs(g config.Grants, s *runner.Step) bool {
	inside := s.From != nil
	return (!inside || g.Runs(FromGrant)) && (inside && !s.Barrier() || g.Runs(s.Kind.Of()))
}
