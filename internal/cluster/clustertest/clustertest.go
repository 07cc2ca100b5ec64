// Package clustertest gives tests a real API server to look at: the sandbox's, named by WPCTL_TEST_KUBECONFIG.
// Only tests import it.
package clustertest

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Kubeconfig returns the path of the test cluster's kubeconfig, and skips the test where there is none.
func Kubeconfig(t testing.TB) string {
	t.Helper()
	path := os.Getenv("WPCTL_TEST_KUBECONFIG")
	if path == "" {
		t.Skip("needs a cluster: run make test")
	}
	return path
}

// Config returns the test cluster's client configuration, for writing; without limits of its own.
func Config(t testing.TB) *rest.Config {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", Kubeconfig(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.QPS = -1
	return cfg
}

var writer = sync.OnceValues(func() (dynamic.Interface, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", os.Getenv("WPCTL_TEST_KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	cfg.QPS = -1
	return dynamic.NewForConfig(cfg)
})

// Writer returns a client that may do everything.
func Writer(t testing.TB) dynamic.Interface {
	t.Helper()
	Kubeconfig(t)
	c, err := writer()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Namespace makes a namespace for the test. It is deleted afterwards, which nobody waits for.
func Namespace(t testing.TB) string {
	t.Helper()
	namespaces := Writer(t).Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	ns, err := namespaces.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": "test-"},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = namespaces.Delete(context.Background(), ns.GetName(), metav1.DeleteOptions{}) })
	return ns.GetName()
}

// Apply applies YAML documents on the server's side. Those without a namespace go into ns, "" for kinds that have none.
// A status is written after the object.
func Apply(t testing.TB, ns, documents string) {
	t.Helper()
	d := yaml.NewYAMLOrJSONDecoder(strings.NewReader(documents), 4096)
	for {
		var o unstructured.Unstructured
		if err := d.Decode(&o.Object); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if o.Object == nil {
			continue
		}
		status := o.Object["status"]
		objects := resource(t, ns, &o)
		if _, err := objects.Apply(t.Context(), o.GetName(), &o, options); err != nil {
			t.Fatalf("apply %s %s: %v", o.GetKind(), o.GetName(), err)
		}
		if status != nil {
			o.Object["status"] = status
			if _, err := objects.ApplyStatus(t.Context(), o.GetName(), &o, options); err != nil {
				t.Fatalf("apply status of %s %s: %v", o.GetKind(), o.GetName(), err)
			}
		}
	}
}

var options = metav1.ApplyOptions{FieldManager: "test", Force: true}

// Delete deletes an object.
func Delete(t testing.TB, ns, apiVersion, kind, name string) {
	t.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind}}
	if err := resource(t, ns, o).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// resource is where o belongs, by the usual way to name resources after kinds.
func resource(t testing.TB, ns string, o *unstructured.Unstructured) dynamic.ResourceInterface {
	gvr, _ := meta.UnsafeGuessKindToResource(o.GroupVersionKind())
	r := Writer(t).Resource(gvr)
	if own := o.GetNamespace(); own != "" {
		ns = own
	}
	if ns == "" {
		return r
	}
	return r.Namespace(ns)
}

// CRD lets the cluster know a kind that takes any fields and has a status, unless it is known already.
func CRD(t testing.TB, group, kind string, namespaced bool) {
	t.Helper()
	gvr, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind})
	scope := "Cluster"
	if namespaced {
		scope = "Namespaced"
	}
	name := gvr.Resource + "." + group
	crds := Writer(t).Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	_, err := crds.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": name},
		"spec": map[string]any{
			"group": group, "scope": scope,
			"names": map[string]any{"kind": kind, "plural": gvr.Resource},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true, "subresources": map[string]any{"status": map[string]any{}},
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
		},
	}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	for range 200 {
		if _, err = Writer(t).Resource(gvr).List(t.Context(), metav1.ListOptions{Limit: 1}); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal(err)
}
