package cluster

import (
	"context"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

var _ steps.Namer = (*Clusters)(nil)

// Named returns the resource that people call so. See steps.Namer.
func (cs *Clusters) Named(ctx context.Context, cluster, name string) (steps.APIResource, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return steps.APIResource{}, err
	}
	rs := c.resources
	if r, ok := rs.spoken(name); ok {
		return r, nil
	}
	if err := rs.ask(ctx); err != nil {
		return steps.APIResource{}, err
	}
	if r, ok := rs.spoken(name); ok {
		return r, nil
	}
	return steps.APIResource{}, &check.Lasting{Err: &steps.NoResource{Resource: name, Hint: rs.hint(name)}}
}

// spoken finds a resource by its plural, its kind, its singular or a short name, in this order; of several groups that
// which the server names first, as kubectl does.
func (rs *resources) spoken(name string) (steps.APIResource, bool) {
	word, group, grouped := strings.Cut(name, ".")
	for _, is := range []func(steps.APIResource) bool{
		func(r steps.APIResource) bool { return strings.EqualFold(r.Plural, word) },
		func(r steps.APIResource) bool { return strings.EqualFold(r.Kind, word) },
		func(r steps.APIResource) bool { return slices.Contains(r.Names, strings.ToLower(word)) },
	} {
		for _, r := range rs.known() {
			if r.Subresource == "" && r.Kind != "" && (!grouped || r.Group == group) && is(r) {
				return r, true
			}
		}
	}
	return steps.APIResource{}, false
}
