package cluster_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

func woken(t *testing.T, wake <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-wake:
	case <-time.After(20 * time.Second):
		t.Fatal("not woken by", what)
	}
}

func asleep(t *testing.T, wake <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-wake:
		t.Error("woken by", what)
	case <-time.After(50 * time.Millisecond):
	}
}

// watches waits until n watches were asked for, and returns all that was asked meanwhile.
func watches(t *testing.T, p *clustertest.Proxy, n int) (asked []string) {
	t.Helper()
	for range 2000 {
		for _, r := range p.Requests() {
			if asked = append(asked, r); strings.Contains(r, "watch=true") {
				n--
			}
		}
		if n <= 0 {
			return asked
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d watches more were wanted: %q", n, asked)
	return nil
}

// quiet takes what woke, until nothing has for a while: the watch stands.
func quiet(wake <-chan struct{}) {
	for {
		select {
		case <-wake:
		case <-time.After(300 * time.Millisecond):
			return
		}
	}
}

func set(t *testing.T, ns, name, label string, value int) {
	t.Helper()
	clustertest.Apply(t, ns, fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, labels: {app: %s}}, data: {value: %q}}", name, label, fmt.Sprint(value)))
}

func TestWatchWakesWhomAChangeConcerns(t *testing.T) {
	leaks(t)
	cs, ns := real(t), clustertest.Namespace(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	byName, err := cs.Watch(ctx, "", configMap(ns, "a"))
	if err != nil {
		t.Fatal(err)
	}
	byLabel, err := cs.Watch(ctx, "", steps.Query{APIVersion: "v1", Kind: "ConfigMap", Namespace: ns, Selector: "app=web"})
	if err != nil {
		t.Fatal(err)
	}
	set(t, ns, "a", "web", 1)
	woken(t, byName, "its object")
	woken(t, byLabel, "an object of its selector")
	set(t, ns, "a", "db", 1)
	woken(t, byName, "its object")
	woken(t, byLabel, "an object that left its selector")
	set(t, ns, "a", "db", 2)
	woken(t, byName, "its object")
	asleep(t, byLabel, "an object outside of its selector")
	set(t, ns, "b", "db", 1)
	asleep(t, byName, "another object")
	asleep(t, byLabel, "a new object outside of its selector")
	clustertest.Delete(t, ns, "v1", "ConfigMap", "a")
	woken(t, byName, "the end of its object")
	cs.Close()
}

func TestManyWaitersShareAWatch(t *testing.T) {
	leaks(t)
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	cs := open(t, p.Kubeconfig)
	ctx, cancel := context.WithCancel(t.Context())
	var joined, wakened sync.WaitGroup
	joined.Add(1000)
	for i := range 1000 {
		wakened.Go(func() {
			wake, err := cs.Watch(ctx, "", configMap(ns, fmt.Sprintf("cm-%d", i%10)))
			joined.Done()
			if err != nil || wake == nil {
				t.Error(wake, err)
				return
			}
			select {
			case <-wake:
			case <-time.After(20 * time.Second):
				t.Error("not woken")
			}
		})
	}
	joined.Wait()
	configMaps(t, ns, 10)
	wakened.Wait()
	rs := slices.DeleteFunc(p.Requests(), func(r string) bool { return !strings.Contains(r, "watch=true") })
	if len(rs) != 1 {
		t.Errorf("watches: %q", rs)
	}
	cancel()
	cs.Close()
}

// TestWatchesFetchMetadataOnly watches objects with much in them.
func TestWatchesFetchMetadataOnly(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	accept := make(chan string, 10)
	p.Break(func(r *http.Request) clustertest.Fault {
		if strings.HasSuffix(r.URL.Path, "/configmaps") {
			accept <- r.Header.Get("Accept")
		}
		return nil
	})
	cs := open(t, p.Kubeconfig)
	if _, err := cs.Watch(t.Context(), "", configMap(ns, "a")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // where to begin, and the watch
		if a := <-accept; !strings.HasPrefix(a, "application/json;as=PartialObjectMetadata") {
			t.Error("it asked for", a)
		}
	}
}

func TestWatchOutlivesItsConnection(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	cs := open(t, p.Kubeconfig)
	wake, err := cs.Watch(t.Context(), "", configMap(ns, "a"))
	if err != nil {
		t.Fatal(err)
	}
	p.Requests()
	p.Server.CloseClientConnections()
	woken(t, wake, "the loss of the watch")
	watches(t, p, 1)
	quiet(wake)
	set(t, ns, "a", "web", 1)
	woken(t, wake, "its object, after the watch was opened again")
}

func TestWatchBeginsAnewWhenItsVersionIsGone(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	cs := open(t, p.Kubeconfig)
	wake, err := cs.Watch(t.Context(), "", configMap(ns, "a"))
	if err != nil {
		t.Fatal(err)
	}
	gone := true
	p.Refuse(func(r *http.Request) int {
		if gone && r.URL.Query().Get("watch") != "" {
			gone = false
			return http.StatusGone
		}
		return 0
	})
	p.Requests()
	p.Server.CloseClientConnections()
	woken(t, wake, "the loss of the watch")
	asked := watches(t, p, 2)
	quiet(wake)
	set(t, ns, "a", "web", 1)
	woken(t, wake, "its object")
	var kinds []string
	for _, r := range asked {
		switch {
		case strings.Contains(r, "watch="):
			kinds = append(kinds, "watch")
		case strings.Contains(r, "limit=1"):
			kinds = append(kinds, "list")
		}
	}
	if got := strings.Join(kinds, " "); got != "watch list watch" {
		t.Errorf("requests: %s", got)
	}
}

// TestTheWatchWakes changes an object and expects to be woken long before anybody would look at intervals, by one
// watch and without a read in between. How quick it is is measured by BenchmarkWaking.
func TestTheWatchWakes(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	cs := open(t, p.Kubeconfig)
	wake, err := cs.Watch(t.Context(), "", configMap(ns, "a"))
	if err != nil {
		t.Fatal(err)
	}
	p.Requests()
	for i := range 20 {
		set(t, ns, "a", "web", i)
		woken(t, wake, "its object")
	}
	if rs := p.Requests(); len(rs) > 0 {
		t.Errorf("it was not the watch that woke: %q", rs)
	}
	seen, err := read(t, cs, configMap(ns, "a"))
	if err != nil || len(seen.Objects) != 1 || seen.Objects[0]["data"].(map[string]any)["value"] != "19" {
		t.Errorf("saw %v, %v", seen.Objects, err)
	}
}
