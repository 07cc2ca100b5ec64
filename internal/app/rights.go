package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/rbac"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// Rights are the least roles with which the steps of plans can look.
type Rights struct {
	Clusters   []ClusterRights
	Incomplete []string // steps whose rights are not all known, and why
}

// ClusterRights are the roles in one cluster.
type ClusterRights struct {
	Name  string // as plans or the configuration call it, else its context
	Roles []rbac.Role
	Notes []string // names that are by convention, for want of the cluster's word
}

// Rights tells which rights in clusters a run of plans needs. It asks the clusters how they call their resources, and
// nothing else.
func (a *App) Rights(ctx context.Context, args []string) (Rights, error) {
	sources, prog, err := a.valid(ctx, args)
	if err != nil {
		return Rights{}, err
	}
	g := a.gather(ctx, sources, prog)
	out := Rights{Incomplete: g.incomplete}
	for _, key := range slices.Sorted(maps.Keys(g.clusters)) {
		w := g.clusters[key]
		out.Clusters = append(out.Clusters, ClusterRights{Name: w.name, Roles: rbac.Roles(w.rights), Notes: w.notes})
	}
	return out, nil
}

// gather brings the rights together that the steps of plans need, and those of other plans whose values they read.
func (a *App) gather(ctx context.Context, sources []source, prog *runner.Program) *gathering {
	g := &gathering{job: &job{App: a, sources: sources}, clusters: map[string]*wanted{}}
	for _, s := range sources {
		for _, step := range stepsOf(s, prog) {
			g.step(ctx, step)
		}
	}
	own := sectionsOf(sources)
	reached := prog.Reached(func(id string) bool { return own[id] })
	lent, _ := a.lent(ctx, sources)
	for _, s := range lent {
		for _, step := range stepsOf(s, prog) {
			if reached[step] {
				g.step(ctx, step)
			}
		}
	}
	return g
}

// stepsOf returns all steps of a plan: its own, and those of its tasks.
func stepsOf(s source, prog *runner.Program) []*runner.Step {
	out := slices.Clone(prog.Steps(s.plan.ID.Text))
	for _, t := range s.plan.Tasks {
		out = append(out, prog.Steps(t.ID.Text)...)
	}
	return out
}

// gathering brings the rights of steps together, by cluster.
type gathering struct {
	*job
	clusters   map[string]*wanted // by context
	incomplete []string
}

// wanted are the rights in one cluster.
type wanted struct {
	name      string
	ask       string // what Clusters know it by
	namespace string // of objects that say none
	rights    []rbac.Right
	notes     []string
	silent    error // why it does not say how it calls its resources
}

func (g *gathering) step(ctx context.Context, s *runner.Step) {
	site, err := g.site(s)
	site.Namespace = s.Namespace
	var rules []check.Rule
	if err == nil {
		rules, err = s.Rules(ctx, site)
		if s.From != nil {
			rules = append(rules, vantage(s).Rules()...)
		}
	}
	if err != nil {
		g.lacking(s, err.Error())
		return
	}
	for _, r := range rules {
		w := g.cluster(s)
		right, err := w.right(ctx, g.Clusters, r, s.Namespace)
		if err != nil {
			g.lacking(s, err.Error())
			continue
		}
		w.rights = append(w.rights, right)
	}
}

func (g *gathering) lacking(s *runner.Step, why string) {
	line := fmt.Sprintf("%s: %s: %s", s.Plan.File.Pos(s.Span.Start), s.Title, why)
	if !slices.Contains(g.incomplete, line) {
		g.incomplete = append(g.incomplete, line)
	}
}

// cluster returns the rights in the cluster that a step looks at.
func (g *gathering) cluster(s *runner.Step) *wanted {
	name, _ := g.job.cluster(s)
	p, err := g.Clusters.Resolve(s.Cluster)
	key := cmp.Or(p.Context, s.Cluster)
	if g.clusters[key] == nil {
		g.clusters[key] = &wanted{name: name, ask: s.Cluster, namespace: p.Namespace, silent: err}
	}
	return g.clusters[key]
}

// right says a rule in the words of the cluster.
func (w *wanted) right(ctx context.Context, clusters *cluster.Clusters, r check.Rule, namespace string) (rbac.Right, error) {
	if r.Kind == runner.Later || r.APIVersion == runner.Later || r.Kind == "" {
		return rbac.Right{}, errors.New("which kind it looks at is known only when it runs")
	}
	resource, err := w.resource(ctx, clusters, r.APIVersion, r.Kind)
	if err != nil {
		return rbac.Right{}, err
	}
	out := rbac.Right{Group: resource.Group, Resource: resource.Plural, Verbs: r.Verbs, Names: r.Names}
	if r.Subresource != "" {
		out.Resource += "/" + r.Subresource
	}
	if slices.Contains(r.Names, runner.Later) {
		out.Names = nil
	}
	if resource.Namespaced && !r.AllNamespaces {
		out.Namespace = cmp.Or(r.Namespace, namespace, w.namespace, "default")
	}
	if strings.Contains(out.Namespace, runner.Later) {
		return out, errors.New("which namespace it looks in is known only when it runs")
	}
	return out, nil
}

// resource returns how the cluster serves a kind, or how it would be by convention.
func (w *wanted) resource(ctx context.Context, clusters *cluster.Clusters, apiVersion, kind string) (*cluster.Resource, error) {
	if w.silent == nil {
		r, err := clusters.Served(ctx, w.ask, apiVersion, kind)
		var none *steps.NoKind
		switch {
		case err == nil:
			return r, nil
		case errors.As(err, &none):
			w.note(fmt.Sprintf("the server has no kind %s in %s: its resource is named by convention", kind, apiVersion))
			return conventional(apiVersion, kind), nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		}
		w.silent = err
	}
	if !wellKnown(apiVersion) {
		return nil, fmt.Errorf("how the cluster calls its %s of %s is not known: %w", kind, apiVersion, w.silent)
	}
	w.note("resources are named by convention: " + w.silent.Error())
	return conventional(apiVersion, kind), nil
}

func (w *wanted) note(text string) {
	if !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}

// wellKnown tells whether an API is one of Kubernetes itself, which names its resources by convention.
func wellKnown(apiVersion string) bool {
	group, _, ok := strings.Cut(apiVersion, "/")
	return !ok || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// conventional is the plural that Kubernetes and its tools make of a kind.
func conventional(apiVersion, kind string) *cluster.Resource {
	gv, _ := schema.ParseGroupVersion(apiVersion)
	plural, _ := meta.UnsafeGuessKindToResource(gv.WithKind(kind))
	return &cluster.Resource{Group: gv.Group, Version: gv.Version, Kind: kind, Plural: plural.Resource, Namespaced: !steps.WithoutNamespace(apiVersion, kind)}
}
