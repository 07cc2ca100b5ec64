package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// acceptDiscovery asks for all groups in one answer, https://kep.k8s.io/3352; servers before 1.26 ignore it.
const acceptDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

// discover asks the server for everything, once a run.
func (k *kinds) discover(ctx context.Context, apiVersion, kind string) error {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if _, ok := k.look(apiVersion, kind); ok || k.discovered {
		return nil
	}
	var all []*Resource
	for _, root := range []string{"/api", "/apis"} {
		rs, err := k.root(ctx, root)
		if err != nil {
			return err
		}
		all = append(all, rs...)
	}
	k.discovered = true
	k.add(all)
	k.client.run(func() { k.save(all) })
	return nil
}

// root asks for all groups below a path. A server that cannot say, or does not want to, is asked group by group later.
func (k *kinds) root(ctx context.Context, path string) ([]*Resource, error) {
	var list apidiscovery.APIGroupDiscoveryList
	err := k.client.get(ctx, request{path: path, accept: acceptDiscovery, what: what{verb: "discover", resource: path}}, &list)
	if errors.Is(err, errUnserved) || errors.Is(err, errDenied) {
		return nil, nil
	}
	var out []*Resource
	for _, g := range list.Items {
		for _, v := range g.Versions {
			for _, r := range v.Resources {
				if r.ResponseKind != nil && r.ResponseKind.Kind != "" {
					out = append(out, &Resource{
						Group: g.Name, Version: v.Version, Kind: r.ResponseKind.Kind, Plural: r.Resource,
						Namespaced: r.Scope == apidiscovery.ScopeNamespace, Verbs: r.Verbs,
					})
				}
			}
		}
	}
	return out, err
}

// group asks for the kinds of one group and version.
func (k *kinds) group(ctx context.Context, apiVersion string, _ []string) ([]*Resource, error) {
	var list metav1.APIResourceList
	err := k.client.get(ctx, request{path: groupPath(apiVersion), what: what{verb: "discover", resource: apiVersion}}, &list)
	if errors.Is(err, errUnserved) || errors.Is(err, errAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	group, version, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group, version = "", apiVersion
	}
	var out []*Resource
	for _, r := range list.APIResources {
		if !strings.Contains(r.Name, "/") {
			out = append(out, &Resource{Group: group, Version: version, Kind: r.Kind, Plural: r.Name, Namespaced: r.Namespaced, Verbs: r.Verbs})
		}
	}
	return out, nil
}

func served(rs []*Resource, kind string) bool {
	return slices.ContainsFunc(rs, func(r *Resource) bool { return r.Kind == kind })
}
