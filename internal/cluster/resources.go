package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	apidiscovery "k8s.io/api/apidiscovery/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// resources knows what a server serves by the names that rights are given for: plurals and subresources.
// It asks for all of it when one is first wanted, and again for what is not in the answer.
type resources struct {
	client *client
	turn   chan struct{} // of capacity 1: who asks

	mu  sync.Mutex
	all []steps.APIResource
}

// unlisted are resources that rights are given for, and that no server lists.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/
var unlisted = []steps.APIResource{
	{Plural: "users", Verbs: []string{"impersonate"}},
	{Plural: "groups", Verbs: []string{"impersonate"}},
	{Group: "authentication.k8s.io", Plural: "uids", Verbs: []string{"impersonate"}},
	{Group: "authentication.k8s.io", Plural: "userextras", Verbs: []string{"impersonate"}},
	{Group: "certificates.k8s.io", Plural: "signers", Verbs: []string{"approve", "sign", "attest"}},
	{Plural: "nodes", Subresource: "metrics"},
	{Plural: "nodes", Subresource: "stats"},
	{Plural: "nodes", Subresource: "log"},
	{Plural: "nodes", Subresource: "spec"},
	{Plural: "nodes", Subresource: "healthz"},
	{Plural: "nodes", Subresource: "configz"},
	{Plural: "nodes", Subresource: "pods"},
}

// Resource returns the resource that a plan names. See steps.Reviewer.
func (cs *Clusters) Resource(ctx context.Context, cluster, name string) (steps.APIResource, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return steps.APIResource{}, err
	}
	return c.resources.find(ctx, name)
}

func (rs *resources) find(ctx context.Context, name string) (steps.APIResource, error) {
	if r, ok, err := rs.look(name); ok || err != nil {
		return r, err
	}
	if err := rs.ask(ctx); err != nil {
		return steps.APIResource{}, err
	}
	r, ok, err := rs.look(name)
	if !ok && err == nil {
		err = &check.Lasting{Err: &steps.NoResource{Resource: name, Hint: rs.hint(name)}}
	}
	return r, err
}

// look finds a name among what is known. Without a group the core one has the first word, and one of several others none.
func (rs *resources) look(name string) (steps.APIResource, bool, error) {
	plural, sub, group, grouped := splitResource(name)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var found []steps.APIResource
	for _, r := range slices.Concat(rs.all, unlisted) {
		if r.Plural == plural && r.Subresource == sub && (!grouped || r.Group == group) {
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 0 || len(rs.all) == 0:
		return steps.APIResource{}, false, nil
	case len(found) == 1 || found[0].Group == "":
		return found[0], true, nil
	}
	var names []string
	for _, r := range found {
		names = append(names, resourceName(r))
	}
	return steps.APIResource{}, false, &check.Lasting{Err: fmt.Errorf("the resource %s is in several groups: say which of %s", name, strings.Join(names, ", "))}
}

// splitResource reads PLURAL[/SUBRESOURCE][.GROUP] and PLURAL[.GROUP][/SUBRESOURCE].
func splitResource(name string) (plural, sub, group string, grouped bool) {
	plural, sub, _ = strings.Cut(name, "/")
	if p, g, ok := strings.Cut(plural, "."); ok {
		return p, sub, g, true
	}
	if s, g, ok := strings.Cut(sub, "."); ok {
		return plural, s, g, true
	}
	return plural, sub, "", false
}

func resourceName(r steps.APIResource) string {
	name := r.Plural
	if r.Group != "" {
		name += "." + r.Group
	}
	if r.Subresource != "" {
		name += "/" + r.Subresource
	}
	return name
}

// ask asks the server for all that it serves; those who want it at the same moment share the answer.
func (rs *resources) ask(ctx context.Context) error {
	before := rs.known()
	select {
	case rs.turn <- struct{}{}:
		defer func() { <-rs.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if len(before) == 0 && len(rs.known()) > 0 {
		return nil
	}
	var all []steps.APIResource
	for _, root := range []string{"/api", "/apis"} {
		var list apidiscovery.APIGroupDiscoveryList
		err := rs.client.get(ctx, request{path: root, accept: acceptDiscovery, what: what{verb: "discover", resource: root}}, &list)
		if err != nil && !errors.Is(err, errUnserved) {
			return err
		}
		all = append(all, flatten(list)...)
	}
	if len(all) == 0 {
		return &check.Lasting{Err: fmt.Errorf("%s does not say in one answer what resources it has: it is older than Kubernetes 1.26", rs.client.place)}
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.all = all
	return nil
}

func (rs *resources) known() []steps.APIResource {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.all
}

// flatten flattens discovery; a resource that several versions of a group have counts once, with the verbs of all.
func flatten(list apidiscovery.APIGroupDiscoveryList) (out []steps.APIResource) {
	at := map[string]int{}
	add := func(r steps.APIResource) {
		key := resourceName(r)
		if i, ok := at[key]; ok {
			out[i].Verbs = append(out[i].Verbs, r.Verbs...)
			return
		}
		at[key], out = len(out), append(out, r)
	}
	for _, g := range list.Items {
		for _, v := range g.Versions {
			for _, r := range v.Resources {
				one := steps.APIResource{Group: g.Name, Plural: r.Resource, Namespaced: r.Scope == apidiscovery.ScopeNamespace, Verbs: r.Verbs}
				whole := one
				if whole.Version = v.Version; r.ResponseKind != nil {
					whole.Kind = r.ResponseKind.Kind
				}
				whole.Names = append([]string{r.SingularResource}, r.ShortNames...)
				add(whole)
				for _, s := range r.Subresources {
					one.Subresource, one.Verbs = s.Subresource, s.Verbs
					add(one)
				}
			}
		}
	}
	return out
}

// hint guesses which resource was meant: a like name, the same one of another group, or the plural of a kind.
func (rs *resources) hint(name string) string {
	plural, sub, _, _ := splitResource(name)
	var same, names []string
	for _, r := range slices.Concat(rs.known(), unlisted) {
		switch {
		case r.Plural == plural && (sub == "" || r.Subresource != ""):
			same = append(same, resourceName(r))
		case strings.EqualFold(r.Plural, plural+"s") || strings.EqualFold(r.Plural, plural) && r.Plural != plural:
			return fmt.Sprintf("did you mean %q?", resourceName(r))
		}
		names = append(names, resourceName(r), r.Plural)
	}
	slices.Sort(names)
	if len(same) > 0 {
		slices.Sort(same)
		return cmp.Or(diag.DidYouMean(name, same), "there are "+strings.Join(slices.Compact(same), ", "))
	}
	return diag.DidYouMean(name, slices.Compact(names))
}
