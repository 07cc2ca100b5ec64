package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// objects applies manifests, as an operator with kubectl does; a status that stands in a manifest is written as well,
// as the controllers of the real world would.
type objects struct {
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

func connect() (*objects, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	cfg.QPS = -1
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, err
	}
	disco, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		return nil, err
	}
	return &objects{client: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))}, nil
}

func (o *objects) applyFile(ctx context.Context, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return o.apply(ctx, src)
}

func (o *objects) apply(ctx context.Context, manifests []byte) error {
	dec := yaml.NewDecoder(strings.NewReader(string(manifests)))
	for {
		var doc map[string]any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a manifest: %w", err)
		}
		if doc == nil {
			continue
		}
		text, err := json.Marshal(doc)
		if err != nil {
			return fmt.Errorf("read a manifest: %w", err)
		}
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(text); err != nil {
			return fmt.Errorf("read a manifest: %w", err)
		}
		if err := o.applyOne(ctx, u); err != nil {
			return err
		}
	}
}

// applyOne applies one object, and its status where it has one. A kind that was only just defined takes a moment.
func (o *objects) applyOne(ctx context.Context, u *unstructured.Unstructured) error {
	gvk := u.GroupVersionKind()
	for try := 0; ; try++ {
		mapping, err := o.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
		if err == nil {
			err = o.write(ctx, mapping, u)
		}
		if err == nil || try == 100 || ctx.Err() != nil {
			if err != nil {
				return fmt.Errorf("apply %s %s: %w", gvk.Kind, u.GetName(), err)
			}
			return nil
		}
		o.mapper.Reset()
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (o *objects) write(ctx context.Context, m *meta.RESTMapping, u *unstructured.Unstructured) error {
	var r dynamic.ResourceInterface = o.client.Resource(m.Resource)
	if m.Scope.Name() == meta.RESTScopeNameNamespace {
		r = o.client.Resource(m.Resource).Namespace(u.GetNamespace())
	}
	opts := metav1.ApplyOptions{FieldManager: "demo", Force: true}
	spec := u.DeepCopy()
	delete(spec.Object, "status")
	if _, err := r.Apply(ctx, u.GetName(), spec, opts); err != nil {
		return err
	}
	if _, ok := u.Object["status"]; !ok {
		return nil
	}
	status := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(),
		"metadata": map[string]any{"name": u.GetName(), "namespace": u.GetNamespace()}, "status": u.Object["status"],
	}}
	_, err := r.ApplyStatus(ctx, u.GetName(), status, opts)
	return err
}
