// Package policy says what a step may do and who granted it, what a command may see of the environment, which
// credential may go to which host, and it takes secrets out of texts.
// It decides and never acts: it reads no configuration and asks nobody.
//
// A plan is code, and so is the configuration beside it. So whatever widens comes from the user's own file or from
// flags, and what comes from a repository can only narrow; the caller keeps the two apart.
package policy

import (
	"fmt"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Verb is what the user asked for.
type Verb string

// The verbs.
const (
	Run    Verb = "run"     // looks, executes effects, writes
	Verify Verb = "verify"  // looks, and changes nothing
	DryRun Verb = "dry-run" // says what run would do
)

// Policy decides which capabilities a step may use. The zero value grants what needs no granting.
//
// By itself run allows everything to trusted plans, and verify and dry-run whatever only looks.
type Policy struct {
	// Named: the plan, the configuration or a flag says which cluster is looked at, and not just the kubeconfig's
	// current context. Then a dry run on it, which stores nothing, needs no trust.
	Named   bool
	Granted []check.Capability // from the user: verify may do this as well, in trusted plans
	Denied  []check.Capability // from anywhere: no step may do this
}

// Allow returns nil where a step with these capabilities may run, and a *check.Denied that says why not and what to do.
// Effect: the step says that it changes something. Trusted: the user has trusted the plan's steps as they are.
func (p Policy) Allow(verb Verb, caps []check.Capability, effect, trusted bool) error {
	deny := func(format string, args ...any) error { return &check.Denied{Reason: fmt.Sprintf(format, args...)} }
	for _, c := range caps {
		if slices.Contains(p.Denied, c) {
			return deny("it %s, which the configuration denies", does(c))
		}
	}
	if verb != Run {
		if effect {
			return deny("it changes something, and %s never does: use run", verb)
		}
		for _, c := range caps {
			switch {
			case c == check.ClusterWrite:
				return deny("it writes to the cluster, and %s never does: use run", verb)
			case p.needsTrust(c) && verb == DryRun && !slices.Contains(p.Granted, c):
				return deny("it %s, and %s never does: use run", does(c), verb)
			case p.needsTrust(c) && !slices.Contains(p.Granted, c):
				return deny("it %s: use run, or grant %q to %s in your own configuration", does(c), c, verb)
			}
		}
	}
	if p.NeedsTrust(caps, effect) && !trusted {
		return deny("%s, and this plan's steps are not trusted, or have changed: read them, then use wpctl trust", p.why(caps, effect))
	}
	return nil
}

// NeedsTrust tells whether a step runs code or changes something, so that the user has to trust it first.
func (p Policy) NeedsTrust(caps []check.Capability, effect bool) bool {
	return effect || slices.ContainsFunc(caps, p.needsTrust)
}

func (p Policy) needsTrust(c check.Capability) bool {
	return c == check.RunsCode || c == check.ClusterWrite || c == check.NetworkWrite || c == check.ClusterDryRun && !p.Named
}

func (p Policy) why(caps []check.Capability, effect bool) string {
	for _, c := range caps {
		if p.needsTrust(c) {
			return "it " + does(c)
		}
	}
	return "it changes something"
}

// does says a capability as a verb.
func does(c check.Capability) string {
	switch c {
	case check.Network:
		return "uses the network"
	case check.NetworkWrite:
		return "sends a request that may change something"
	case check.ClusterRead:
		return "reads from the cluster"
	case check.ClusterWrite:
		return "writes to the cluster"
	case check.ClusterDryRun:
		return "sends objects for a dry run to a cluster that only the kubeconfig's current context names"
	}
	return string(c)
}
