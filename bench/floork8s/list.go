package main

import (
	"context"
	"strconv"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"
)

// list lists kinds at the same time, and expects n objects of each.
func (f floor) list(kinds []string) {
	disco, err := discovery.NewDiscoveryClientForConfig(f.config)
	must(err)
	groups, err := restmapper.GetAPIGroupResources(disco)
	must(err)
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	var g errgroup.Group
	for _, kind := range kinds {
		mapping, err := mapper.RESTMapping(schema.ParseGroupKind(kind), "v1")
		must(err)
		g.Go(func() error {
			list, err := f.client.Resource(mapping.Resource).Namespace(f.namespace).List(context.Background(), metav1.ListOptions{})
			if err == nil && len(list.Items) < f.n {
				panic("too few: " + strconv.Itoa(len(list.Items)))
			}
			return err
		})
	}
	must(g.Wait())
}
