package cluster_test

import (
	"encoding/json"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// BenchmarkEncodings lists 500 Deployments in the three encodings that an API server has, down to what steps look at.
func BenchmarkEncodings(b *testing.B) {
	ns := clustertest.Namespace(b)
	var g errgroup.Group
	g.SetLimit(16)
	for i := range 500 {
		g.Go(func() error {
			clustertest.Apply(b, ns, fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: web-%d, labels: {app: web}}, spec: {replicas: 0, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: registry.example/web:1, ports: [{containerPort: 8080}], env: [{name: A, value: b}], resources: {limits: {memory: 64Mi}}, readinessProbe: {httpGet: {path: /, port: 8080}}}]}}}}`, i))
			return nil
		})
	}
	_ = g.Wait()
	c, err := kubernetes.NewForConfig(clustertest.Config(b))
	if err != nil {
		b.Fatal(err)
	}
	decodeJSON := func(data []byte) (int, error) {
		var list struct {
			Items []map[string]any `json:"items"`
		}
		err := json.Unmarshal(data, &list)
		return len(list.Items), err
	}
	for _, e := range []struct {
		name, accept string
		decode       func([]byte) (int, error)
	}{
		{"JSON", "application/json", decodeJSON},
		{"Metadata", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", decodeJSON},
		{"Protobuf", "application/vnd.kubernetes.protobuf", func(data []byte) (int, error) {
			o, _, err := scheme.Codecs.UniversalDeserializer().Decode(data, nil, nil)
			if err != nil {
				return 0, err
			}
			items := o.(*appsv1.DeploymentList).Items
			for i := range items {
				if _, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&items[i]); err != nil {
					return 0, err
				}
			}
			return len(items), nil
		}},
	} {
		b.Run(e.name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				data, err := c.AppsV1().RESTClient().Get().SetHeader("Accept", e.accept).Namespace(ns).Resource("deployments").DoRaw(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if n, err := e.decode(data); err != nil || n != 500 {
					b.Fatal(n, err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "body-bytes")
		})
	}
}
