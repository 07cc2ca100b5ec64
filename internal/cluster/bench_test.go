package cluster_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// BenchmarkWaking measures how long after the server's event a waiting step has read what it waits for. The event is
// the one that a plain watch in the same process gets.
func BenchmarkWaking(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%dWaiters", n), func(b *testing.B) {
			ns := clustertest.Namespace(b)
			configMaps(b, ns, n)
			w := &waking{B: b, ns: ns, n: n, told: map[string]time.Time{}}
			go w.listen()
			for round := 0; b.Loop(); round++ {
				w.round(round)
			}
			slices.Sort(w.took)
			b.ReportMetric(float64(w.took[len(w.took)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(w.took[len(w.took)*99/100].Microseconds())/1000, "99%-ms")
		})
	}
}

// waking is a benchmark of waiters.
type waking struct {
	*testing.B
	ns string
	n  int

	mu   sync.Mutex
	told map[string]time.Time // name and value → when the plain watch told of it
	took []time.Duration
}

// listen is the plain watch.
func (w *waking) listen() {
	r := clustertest.Writer(w).Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(w.ns)
	events, err := r.Watch(w.Context(), metav1.ListOptions{})
	if err != nil {
		return
	}
	for e := range events.ResultChan() {
		if o, ok := e.Object.(*unstructured.Unstructured); ok {
			value, _, _ := unstructured.NestedString(o.Object, "data", "value")
			w.mu.Lock()
			w.told[o.GetName()+"="+value] = time.Now()
			w.mu.Unlock()
		}
	}
}

// round lets all wait, changes all objects, and notes how long each waiter took.
func (w *waking) round(round int) {
	cs := open(w, clustertest.Kubeconfig(w))
	defer cs.Close()
	value := fmt.Sprintf("%d", round+1000)
	var ready, done sync.WaitGroup
	ready.Add(w.n)
	for i := range w.n {
		done.Go(func() {
			name := fmt.Sprintf("cm-%d", i)
			wake, err := cs.Watch(w.Context(), "", configMap(w.ns, name))
			if err != nil {
				w.Error(err)
			}
			_, _ = read(w, cs, configMap(w.ns, name))
			ready.Done()
			for range wake {
				seen, err := read(w, cs, configMap(w.ns, name))
				if err != nil {
					w.Error(err)
				}
				if seen.Objects[0]["data"].(map[string]any)["value"] == value {
					w.saw(name + "=" + value)
					return
				}
			}
		})
	}
	ready.Wait()
	var g errgroup.Group
	g.SetLimit(16)
	for i := range w.n {
		g.Go(func() error { w.change(fmt.Sprintf("cm-%d", i), value); return nil })
	}
	_ = g.Wait()
	done.Wait()
}

func (w *waking) change(name, value string) {
	clustertest.Apply(w, w.ns, fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}, data: {value: %q}}", name, value))
}

// saw notes how long after the event a waiter has read; before it, where the read was quicker.
func (w *waking) saw(what string) {
	now := time.Now()
	for range 1000 {
		w.mu.Lock()
		at, ok := w.told[what]
		w.mu.Unlock()
		if ok {
			w.mu.Lock()
			w.took = append(w.took, max(now.Sub(at), 0))
			w.mu.Unlock()
			return
		}
		time.Sleep(time.Millisecond)
	}
}
