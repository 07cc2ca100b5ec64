package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// k8sWorld is a real API server with objects in it, and a proxy before it.
type k8sWorld struct {
	client dynamic.Interface
	proxy  *proxy
	env    []string // for programs that talk to it through the proxy
}

// errNoCluster tells that there is no API server to measure with.
var errNoCluster = errors.New("there is no KUBECONFIG; `sandbox run --` gives one")

// world returns the API server that KUBECONFIG names.
func (b *bench) world() (*k8sWorld, error) {
	path := os.Getenv("KUBECONFIG")
	if path == "" {
		return nil, errNoCluster
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	proxy, err := newProxy(config)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := b.file("k8s", "kubeconfig", proxy.kubeconfig())
	if err != nil {
		proxy.close()
		return nil, err
	}
	return &k8sWorld{client, proxy, []string{"KUBECONFIG=" + kubeconfig}}, nil
}

var (
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
)

// namespace makes a namespace, which remove deletes.
func (w *k8sWorld) namespace() (name string, remove func(), err error) {
	ctx := context.Background()
	ns, err := w.client.Resource(namespaces).Create(ctx, object("v1", "Namespace", map[string]any{"generateName": "bench-"}, nil), metav1.CreateOptions{})
	if err != nil {
		return "", nil, err
	}
	return ns.GetName(), func() { _ = w.client.Resource(namespaces).Delete(ctx, ns.GetName(), metav1.DeleteOptions{}) }, nil
}

func object(apiVersion, kind string, metadata map[string]any, fields map[string]any) *unstructured.Unstructured {
	o := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	for k, v := range fields {
		o[k] = v
	}
	return &unstructured.Unstructured{Object: o}
}

// berth is the object of that number, of any kind.
func berth(apiVersion, kind string, i int, state string) *unstructured.Unstructured {
	return object(apiVersion, kind, map[string]any{"name": fmt.Sprintf("berth-%d", i), "labels": map[string]any{"quay": "north"}}, map[string]any{
		"data": map[string]any{"number": fmt.Sprint(i), "state": state, "text": strings.Repeat("a boat lies here\n", 10)},
	})
}

// berths makes n objects of a kind.
func (w *k8sWorld) berths(namespace, apiVersion, kind string, r schema.GroupVersionResource, n int) error {
	objects := w.client.Resource(r).Namespace(namespace)
	return each(n, func(i int) error {
		_, err := objects.Create(context.Background(), berth(apiVersion, kind, i, "free"), metav1.CreateOptions{})
		return err
	})
}

// each calls f for 0 to n-1, some at a time.
func each(n int, f func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(16)
	for i := range n {
		g.Go(func() error { return f(i) })
	}
	return g.Wait()
}

// quayKind is the kind of that number.
func quayKind(i int) (kind string, r schema.GroupVersionResource) {
	kind = fmt.Sprintf("Quay%d", i)
	return kind, schema.GroupVersionResource{Group: "bench.example", Version: "v1", Resource: strings.ToLower(kind) + "s"}
}

// quayKinds lets the server know n kinds.
func (w *k8sWorld) quayKinds(n int) error {
	ctx := context.Background()
	return each(n, func(i int) error {
		kind, r := quayKind(i)
		_, err := w.client.Resource(definitions).Create(ctx, object("apiextensions.k8s.io/v1", "CustomResourceDefinition", map[string]any{"name": r.Resource + "." + r.Group}, map[string]any{
			"spec": map[string]any{
				"group": r.Group, "scope": "Namespaced", "names": map[string]any{"kind": kind, "plural": r.Resource},
				"versions": []any{map[string]any{
					"name": "v1", "served": true, "storage": true,
					"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
				}},
			},
		}), metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		for range 500 {
			if _, err = w.client.Resource(r).List(ctx, metav1.ListOptions{Limit: 1}); err == nil {
				return nil
			}
			time.Sleep(20 * time.Millisecond)
		}
		return err
	})
}
