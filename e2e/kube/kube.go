// Package kube is what an operator does with kubectl, for the demo and the end-to-end test: apply manifests, change
// and delete objects. A status that stands in a manifest is written as well, as the controllers of the real world would.
package kube

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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// Client changes the cluster that KUBECONFIG names.
type Client struct {
	Config *rest.Config

	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

// Connect makes a client; nothing is asked yet.
func Connect() (*Client, error) {
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
	return &Client{Config: cfg, client: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))}, nil
}

// ApplyFile applies all manifests of a file.
func (c *Client) ApplyFile(ctx context.Context, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return c.Apply(ctx, string(src))
}

// Try has the server try one manifest, strictly, and store nothing.
func (c *Client) Try(ctx context.Context, manifest string) error {
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(manifest), &doc); err != nil {
		return err
	}
	u := &unstructured.Unstructured{Object: doc}
	m, err := c.mapping(u.GroupVersionKind())
	if err != nil {
		return err
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = c.resource(m, u.GetNamespace()).Patch(ctx, u.GetName(), types.ApplyPatchType, b, metav1.PatchOptions{
		FieldManager: "try", Force: new(true), FieldValidation: metav1.FieldValidationStrict, DryRun: []string{metav1.DryRunAll},
	})
	return err
}

// Apply applies manifests, parted by ---.
func (c *Client) Apply(ctx context.Context, manifests string) error {
	dec := yaml.NewDecoder(strings.NewReader(manifests))
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
		if err := c.applyOne(ctx, u); err != nil {
			return err
		}
	}
}

// applyOne applies one object, and its status where it has one. A kind that was only just defined takes a moment.
func (c *Client) applyOne(ctx context.Context, u *unstructured.Unstructured) error {
	gvk := u.GroupVersionKind()
	for try := 0; ; try++ {
		mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
		if err == nil {
			err = c.write(ctx, mapping, u)
		}
		if err == nil || try == 100 || ctx.Err() != nil {
			if err != nil {
				return fmt.Errorf("apply %s %s: %w", gvk.Kind, u.GetName(), err)
			}
			return nil
		}
		c.mapper.Reset()
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Client) write(ctx context.Context, m *meta.RESTMapping, u *unstructured.Unstructured) error {
	r := c.resource(m, u.GetNamespace())
	opts := metav1.ApplyOptions{FieldManager: "operator", Force: true}
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

func (c *Client) resource(m *meta.RESTMapping, namespace string) dynamic.ResourceInterface {
	if m.Scope.Name() == meta.RESTScopeNameNamespace {
		return c.client.Resource(m.Resource).Namespace(namespace)
	}
	return c.client.Resource(m.Resource)
}

// Object names an object: "apps/v1 Deployment NAMESPACE/NAME", with NAME alone where it lies in no namespace, and with
// NAMESPACE/ for a set.
type Object string

// at returns where an object is kept, and its name.
func (c *Client) at(o Object) (dynamic.ResourceInterface, string, error) {
	var version, kind, place string
	if _, err := fmt.Sscan(string(o), &version, &kind, &place); err != nil {
		return nil, "", fmt.Errorf("object %q: %w", o, err)
	}
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		return nil, "", err
	}
	m, err := c.mapping(gv.WithKind(kind))
	if err != nil {
		return nil, "", err
	}
	namespace, name, found := strings.Cut(place, "/")
	if !found {
		namespace, name = "", place
	}
	return c.resource(m, namespace), name, nil
}

// mapping says where objects of a kind are kept. One that is not known may have been defined just now.
func (c *Client) mapping(gvk schema.GroupVersionKind) (*meta.RESTMapping, error) {
	m, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		c.mapper.Reset()
		m, err = c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	return m, err
}

// Get returns an object.
func (c *Client) Get(ctx context.Context, o Object) (map[string]any, error) {
	r, name, err := c.at(o)
	if err != nil {
		return nil, err
	}
	u, err := r.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return u.Object, nil
}

// List returns a set of objects.
func (c *Client) List(ctx context.Context, o Object, selector string) ([]map[string]any, error) {
	r, _, err := c.at(o)
	if err != nil {
		return nil, err
	}
	list, err := r.List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	out := []map[string]any{}
	for _, u := range list.Items {
		out = append(out, u.Object)
	}
	return out, nil
}

// Merge changes an object by a merge patch in YAML or JSON; where names a subresource such as status.
func (c *Client) Merge(ctx context.Context, o Object, patch string, where ...string) error {
	var v map[string]any
	if err := yaml.Unmarshal([]byte(patch), &v); err != nil {
		return fmt.Errorf("change %s: %w", o, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("change %s: %w", o, err)
	}
	return c.patch(ctx, o, types.MergePatchType, b, where...)
}

// Edit changes an object by a JSON patch.
func (c *Client) Edit(ctx context.Context, o Object, patch string) error {
	return c.patch(ctx, o, types.JSONPatchType, []byte(patch))
}

func (c *Client) patch(ctx context.Context, o Object, how types.PatchType, patch []byte, where ...string) error {
	r, name, err := c.at(o)
	if err == nil {
		_, err = r.Patch(ctx, name, how, patch, metav1.PatchOptions{FieldManager: "operator"}, where...)
	}
	if err != nil {
		return fmt.Errorf("change %s: %w", o, err)
	}
	return nil
}

// Delete deletes an object, and does not wait for its end. One that is not there is deleted already.
func (c *Client) Delete(ctx context.Context, o Object) error {
	r, name, err := c.at(o)
	if err == nil {
		err = r.Delete(ctx, name, metav1.DeleteOptions{})
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s: %w", o, err)
	}
	return nil
}

// Field returns what lies at a path in an object, or nil.
func Field(object map[string]any, path ...string) any {
	v, _, _ := unstructured.NestedFieldNoCopy(object, path...)
	return v
}
