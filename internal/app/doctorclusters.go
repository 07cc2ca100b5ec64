package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/rbac"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// Clocks that differ by more than this are told: certificates, tokens and the age of what was seen are measured by them.
const (
	clocksDiffer = 5 * time.Second
	clocksHarm   = time.Minute
)

// patient is a cluster that the doctor looks at.
type patient struct {
	ask    string // what Clusters know it by
	name   string // as symptoms call it
	needed bool   // a step looks at it, or the configuration names it
	place  cluster.Place
	err    error
	health cluster.Health
	rights *wanted // nil where no step looks at it
}

// lookAtClusters looks at the clusters that steps and the configuration name; where there are none, at the one that the
// kubeconfig has as its current.
func (a *App) lookAtClusters(ctx context.Context, sources []source, prog *runner.Program) []Symptom {
	patients := a.patients(sources, prog)
	var g errgroup.Group
	g.SetLimit(8)
	for _, p := range patients {
		if p.err == nil {
			g.Go(func() error {
				p.health, p.err = a.Clusters.Health(ctx, p.ask, a.Now)
				return nil
			})
		}
	}
	_ = g.Wait() // each has its own error
	gathered := a.gather(ctx, sources, prog)
	var out []Symptom
	for _, p := range patients {
		p.rights = gathered.clusters[cmp.Or(p.place.Context, p.ask)]
		out = append(out, p.contact()...)
		if p.err == nil {
			out = append(out, p.clock()...)
			out = append(out, a.allowed(ctx, p, sources)...)
		}
	}
	if n := len(gathered.incomplete); n > 0 && len(sources) > 0 {
		out = append(out, Symptom{About: "rights", Condition: Note, Saw: fmt.Sprintf("of %s not all rights are known: %s", counted(n, "step"), gathered.incomplete[0]), Do: "wpctl plan --rbac PLAN... tells of each"})
	}
	return out
}

// patients are the clusters to look at, each once, by name.
func (a *App) patients(sources []source, prog *runner.Program) []*patient {
	byContext := map[string]*patient{}
	add := func(ask, name string, needed bool) {
		place, err := a.Clusters.Resolve(ask)
		key := cmp.Or(place.Context, ask, a.Config.Defaults.Cluster)
		if p := byContext[key]; p != nil {
			p.needed = p.needed || needed
			return
		}
		byContext[key] = &patient{ask: ask, name: cmp.Or(name, key), needed: needed, place: place, err: err}
	}
	j := &job{App: a, sources: sources}
	for _, s := range sources {
		for _, step := range stepsOf(s, prog) {
			if looksAtCluster(step) && !step.NeverLooks() {
				name, _ := j.cluster(step)
				add(step.Cluster, cmp.Or(name, step.Cluster), true)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Config.Clusters)) {
		add(name, name, true)
	}
	if name := a.Config.Defaults.Cluster; name != "" {
		add(name, name, true)
	}
	if len(byContext) == 0 {
		place, _ := a.Clusters.Resolve("")
		add("", place.Context, false)
	}
	return slices.SortedFunc(maps.Values(byContext), func(x, y *patient) int { return cmp.Compare(x.name, y.name) })
}

func (p *patient) about() string { return strings.TrimSpace("cluster " + p.name) }

// contact tells whether the cluster is known, answers, and knows us.
func (p *patient) contact() []Symptom {
	s := Symptom{About: p.about(), Condition: Problem}
	var auth *check.Unauthenticated
	switch {
	case p.err == nil:
		saw := fmt.Sprintf("%s answers, Kubernetes %s", p.place, p.health.Version)
		if p.health.User != "" {
			saw += ", as " + p.health.User
		}
		return []Symptom{fine(s.About, "%s", saw)}
	case p.place == (cluster.Place{}):
		s.Saw, s.Do = p.err.Error(), "name a context that there is under clusters in .wpctl.yaml, or give --kubeconfig or --context"
	case errors.As(p.err, &auth):
		s.Saw, s.Do, s.exit = p.err.Error(), "log in to the cluster again, or mend the user of the context: kubectl config view --minify", ExitAuth
	case errors.Is(p.err, steps.ErrForbidden):
		s.Saw, s.Do = p.err.Error(), "let the account read /version: the ClusterRole system:public-info-viewer does"
	default:
		s.Condition, s.Saw, s.Do = Obscure, p.err.Error(), "look at the server's address, the network between, and a VPN or proxy that it may need"
	}
	if !p.needed {
		s.Condition, s.Do = Note, s.Do+"; no plan looks at a cluster yet"
	}
	return []Symptom{s}
}

// clock compares the clock of the API server with ours.
func (p *patient) clock() []Symptom {
	about := strings.TrimSpace("clock of " + cmp.Or(p.name, "the cluster"))
	ahead := p.health.Ahead
	switch {
	case !p.health.Timed:
		return []Symptom{{About: about, Condition: Note, Saw: "the server does not tell the time", Do: "compare the clocks by hand where certificates are looked at"}}
	case ahead.Abs() <= clocksDiffer:
		return []Symptom{fine(about, "as here")}
	}
	s := Symptom{About: about, Condition: Note, Do: "let both machines follow a time server: timedatectl set-ntp true, or chrony"}
	if ahead.Abs() > clocksHarm {
		s.Condition = Problem
	}
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	s.Saw = fmt.Sprintf("%s %s the clock here", ahead.Abs().Round(time.Second), way)
	return []Symptom{s}
}

// allowed asks the cluster for each right that the steps need.
func (a *App) allowed(ctx context.Context, p *patient, sources []source) []Symptom {
	if p.rights == nil {
		return nil
	}
	about := strings.TrimSpace("rights in " + cmp.Or(p.name, "the cluster"))
	questions := questions(rbac.Roles(p.rights.rights))
	if len(questions) == 0 {
		return []Symptom{fine(about, "its steps need none")}
	}
	denied, silent := a.ask(ctx, p.ask, questions)
	forUser := ""
	if p.health.User != "" {
		forUser = " --for " + p.health.User
	}
	plans := "PLAN..."
	if len(sources) == 1 {
		plans = sources[0].name
	}
	switch {
	case silent != nil:
		return []Symptom{{About: about, Condition: Obscure, Saw: "the server does not say what is allowed: " + silent.Error(), Do: "kubectl auth can-i --list"}}
	case len(denied) > 0:
		saw := fmt.Sprintf("%d of %d are missing: %s", len(denied), len(questions), strings.Join(denied[:min(len(denied), 3)], "; "))
		if more := len(denied) - 3; more > 0 {
			saw += fmt.Sprintf("; and %d more", more)
		}
		return []Symptom{{About: about, Condition: Problem, Saw: saw, Do: "let somebody apply what this prints: wpctl plan --rbac" + forUser + " " + plans}}
	}
	return []Symptom{fine(about, "all %d that the steps need", len(questions))}
}

// questions are the single rights that roles give, in their order.
func questions(roles []rbac.Role) (out []steps.Review) {
	for _, role := range roles {
		for _, rule := range role.Rules {
			names := rule.ResourceNames
			if len(names) == 0 {
				names = []string{""}
			}
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					resource, sub, _ := strings.Cut(resource, "/")
					for _, verb := range rule.Verbs {
						for _, name := range names {
							out = append(out, steps.Review{Verb: verb, Group: group, Resource: resource, Subresource: sub, Namespace: role.Namespace, Name: name})
						}
					}
				}
			}
		}
	}
	return out
}

// ask returns the questions that the cluster answers with no, in their order, or why it does not answer one.
func (a *App) ask(ctx context.Context, cluster string, questions []steps.Review) (denied []string, silent error) {
	no := make([]bool, len(questions))
	var g errgroup.Group
	g.SetLimit(8)
	var mu sync.Mutex
	for i, q := range questions {
		g.Go(func() error {
			ruling, err := a.Clusters.Review(ctx, cluster, q)
			if err == nil && !ruling.Allowed && ruling.Error != "" {
				err = errors.New(ruling.Error)
			}
			mu.Lock()
			defer mu.Unlock()
			no[i] = err == nil && !ruling.Allowed
			if silent == nil {
				silent = err
			}
			return nil
		})
	}
	_ = g.Wait()
	for i, q := range questions {
		if no[i] {
			denied = append(denied, asked(q))
		}
	}
	return denied, silent
}

// asked words a question.
func asked(q steps.Review) string {
	s := q.Verb + " " + q.Resource
	if q.Subresource != "" {
		s += "/" + q.Subresource
	}
	if q.Group != "" {
		s += "." + q.Group
	}
	if q.Name != "" {
		s += " " + q.Name
	}
	if q.Namespace != "" {
		s += " in " + q.Namespace
	}
	return s
}
