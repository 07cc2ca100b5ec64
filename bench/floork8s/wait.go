package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// wait waits until n ConfigMaps are taken.
func (f floor) wait() {
	ctx := context.Background()
	maps := f.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(f.namespace)
	taken := map[string]bool{}
	see := func(o *unstructured.Unstructured) {
		if state, _, _ := unstructured.NestedString(o.Object, "data", "state"); state == "taken" {
			taken[o.GetName()] = true
		}
	}
	list, err := maps.List(ctx, metav1.ListOptions{})
	must(err)
	for i := range list.Items {
		see(&list.Items[i])
	}
	watch, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
	must(err)
	for e := range watch.ResultChan() {
		if o, ok := e.Object.(*unstructured.Unstructured); ok {
			see(o)
		}
		if len(taken) >= f.n {
			return
		}
	}
	panic("the watch ended")
}
