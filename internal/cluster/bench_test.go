package cluster_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// BenchmarkReads measures a whole run of 200 reads, from the kubeconfig to the last object, with discovery on disk,
// beside the least that can be done: one list.
func BenchmarkReads(b *testing.B) {
	ns := clustertest.Namespace(b)
	configMaps(b, ns, 200)
	dir := b.TempDir()
	b.Run("200Reads", func(b *testing.B) {
		for b.Loop() {
			cs := open(b, clustertest.Kubeconfig(b), func(o *cluster.Options) { o.CacheDir = dir })
			var g errgroup.Group
			for i := range 200 {
				g.Go(func() error { _, err := read(b, cs, configMap(ns, fmt.Sprintf("cm-%d", i))); return err })
			}
			if err := g.Wait(); err != nil {
				b.Fatal(err)
			}
			cs.Close()
		}
	})
	b.Run("FloorOneList", func(b *testing.B) {
		for b.Loop() {
			r := clustertest.Writer(b).Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(ns)
			if _, err := r.List(b.Context(), metav1.ListOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
