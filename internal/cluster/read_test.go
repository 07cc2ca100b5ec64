package cluster_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// configMaps makes n ConfigMaps: cm-0, cm-1 …
func configMaps(t testing.TB, ns string, n int) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(32)
	for i := range n {
		g.Go(func() error {
			clustertest.Apply(t, ns, fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: cm-%d}, data: {value: %q}}", i, fmt.Sprint(i)))
			return nil
		})
	}
	_ = g.Wait()
}

func TestManyReadsAreFewRequests(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 200)
	cs := open(t, p.Kubeconfig)
	var g errgroup.Group
	for i := range 200 {
		g.Go(func() error {
			seen, err := read(t, cs, configMap(ns, fmt.Sprintf("cm-%d", i)))
			if err == nil && (len(seen.Objects) != 1 || seen.Objects[0]["data"].(map[string]any)["value"] != fmt.Sprint(i)) {
				err = fmt.Errorf("cm-%d: saw %v", i, seen.Objects)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if rs := p.Requests(); len(rs) > 10 {
		t.Errorf("%d requests: %s", len(rs), strings.Join(rs, "\n"))
	} else {
		t.Logf("%d requests", len(rs))
	}
}

// TestReadsOneAfterTheOtherAreLists reads as tasks do: ten at a time, each with one name after the other.
func TestReadsOneAfterTheOtherAreLists(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 200)
	cs := open(t, p.Kubeconfig)
	var g errgroup.Group
	g.SetLimit(10)
	for i := range 200 {
		g.Go(func() error {
			seen, err := read(t, cs, configMap(ns, fmt.Sprintf("cm-%d", i)))
			if err == nil && (len(seen.Objects) != 1 || seen.Objects[0]["data"].(map[string]any)["value"] != fmt.Sprint(i)) {
				err = fmt.Errorf("cm-%d: saw %v", i, seen.Objects)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if rs := p.Requests(); len(rs) > 100 { // a machine that is slow finds fewer of them at the same time
		t.Errorf("%d requests: %s", len(rs), strings.Join(rs, "\n"))
	} else {
		t.Logf("%d requests", len(rs))
	}
}

func TestFewNamesOfManyAreAskedForOneByOne(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 300)
	cs := open(t, p.Kubeconfig)
	_, _ = read(t, cs, configMap(ns, "cm-0"))
	p.Requests()
	var wg sync.WaitGroup
	for _, name := range []string{"cm-1", "cm-150", "cm-299", "none"} {
		wg.Go(func() {
			seen, err := read(t, cs, configMap(ns, name))
			if err != nil || (len(seen.Objects) == 1) != (name != "none") {
				t.Errorf("%s: %v, %v", name, seen.Objects, err)
			}
		})
	}
	wg.Wait()
	if rs := p.Requests(); len(rs) > 5 {
		t.Errorf("%d requests: %s", len(rs), strings.Join(rs, "\n"))
	}
}

// TestManyObjectsAreNotListedAgainForFewNames reads a few of many objects again and again, as steps do that wait for them.
func TestManyObjectsAreNotListedAgainForFewNames(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 600)
	cs := open(t, p.Kubeconfig)
	for round := range 2 {
		p.Requests()
		var wg sync.WaitGroup
		for i := 590; i < 598; i++ {
			wg.Go(func() {
				if seen, err := read(t, cs, configMap(ns, fmt.Sprintf("cm-%d", i))); err != nil || len(seen.Objects) != 1 {
					t.Errorf("cm-%d: %v, %v", i, seen.Objects, err)
				}
			})
		}
		wg.Wait()
		rs := p.Requests()
		lists := slices.ContainsFunc(rs, func(r string) bool { return strings.Contains(r, "/configmaps?") })
		if round == 1 && (lists || len(rs) != 8) {
			t.Errorf("their number was known, and there were %d requests: %s", len(rs), strings.Join(rs, "\n"))
		}
	}
}

func TestReadsNeverSeeWhatWasBeforeThem(t *testing.T) {
	cs, ns := real(t), clustertest.Namespace(t)
	var g errgroup.Group
	g.SetLimit(50)
	for i := range 500 {
		g.Go(func() error {
			name := fmt.Sprintf("cm-%d", i%50)
			clustertest.Apply(t, ns, fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: own-%d}, data: {n: x}}", i))
			seen, err := read(t, cs, configMap(ns, fmt.Sprintf("own-%d", i)))
			if err == nil && len(seen.Objects) != 1 {
				err = fmt.Errorf("%s was written and is not seen", name)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestSetsAreWhole(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 520)
	cs := open(t, p.Kubeconfig)
	seen, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "ConfigMap", Namespace: ns, Fields: "metadata.name!=kube-root-ca.crt"})
	if err != nil || len(seen.Objects) != 520 {
		t.Fatalf("%d objects, %v", len(seen.Objects), err)
	}
	o := seen.Objects[0]
	meta := o["metadata"].(map[string]any)
	if o["kind"] != "ConfigMap" || o["apiVersion"] != "v1" || meta["name"] != "cm-0" || meta["managedFields"] != nil {
		t.Errorf("first object: %v", o)
	}
	lists := slices.DeleteFunc(p.Requests(), func(r string) bool { return !strings.Contains(r, "/configmaps") })
	if len(lists) != 2 {
		t.Errorf("wanted two pages, saw %q", lists)
	}
}

func TestSetsBeginAnewWhereTheServerForgotThePlace(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 520)
	p.Refuse(func(r *http.Request) int {
		if r.URL.Query().Get("continue") != "" {
			return http.StatusGone
		}
		return 0
	})
	seen, err := read(t, open(t, p.Kubeconfig), steps.Query{APIVersion: "v1", Kind: "ConfigMap", Namespace: ns, Fields: "metadata.name!=kube-root-ca.crt"})
	if err != nil || len(seen.Objects) != 520 {
		t.Fatalf("%d objects, %v", len(seen.Objects), err)
	}
}

func TestSecretsAreNotListedForNames(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	for i := range 6 {
		clustertest.Apply(t, ns, fmt.Sprintf("{apiVersion: v1, kind: Secret, metadata: {name: s-%d}, stringData: {a: b}}", i))
	}
	cs := open(t, p.Kubeconfig)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			seen, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "Secret", Namespace: ns, Name: fmt.Sprintf("s-%d", i)})
			if err != nil || len(seen.Objects) != 1 {
				t.Error(seen, err)
			}
		})
	}
	wg.Wait()
	ctx := t.Context()
	if _, err := cs.Watch(ctx, "", steps.Query{APIVersion: "v1", Kind: "Secret", Namespace: ns, Name: "s-0"}); err != nil {
		t.Error(err)
	}
	for _, r := range p.Requests() {
		if strings.Contains(r, "/secrets") && !strings.Contains(r, "/secrets/s-") && !strings.Contains(r, "fieldSelector=metadata.name") {
			t.Error("a list:", r)
		}
	}
}

// TestReadsAreBoundedAndNotHeldBack reads 60 Secrets at once, which cannot be one list: 16 requests go out together,
// and none of them waits for a rate limit of its own.
func TestReadsAreBoundedAndNotHeldBack(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	cs := open(t, p.Kubeconfig)
	var now, most atomic.Int32
	full := make(chan struct{})
	release := sync.OnceFunc(func() { close(full) })
	p.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/secrets/") {
			return false
		}
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n >= 16 {
			time.AfterFunc(100*time.Millisecond, release) // more would come now
		}
		select {
		case <-full:
		case <-r.Context().Done():
		}
		http.NotFound(w, r)
		return true
	})
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			_, _ = read(t, cs, steps.Query{APIVersion: "v1", Kind: "Secret", Namespace: ns, Name: fmt.Sprintf("s-%d", i)})
		})
	}
	wg.Wait()
	if most.Load() != 16 {
		t.Errorf("%d requests at once, want 16", most.Load())
	}
}

func TestReadsGoOnWhereListsAreForbidden(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	configMaps(t, ns, 8)
	p.Refuse(func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/configmaps") {
			return http.StatusForbidden
		}
		return 0
	})
	cs := open(t, p.Kubeconfig)
	for round := range 2 {
		p.Requests()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if seen, err := read(t, cs, configMap(ns, fmt.Sprintf("cm-%d", i))); err != nil || len(seen.Objects) != 1 {
					t.Error(seen, err)
				}
			})
		}
		wg.Wait()
		lists := slices.DeleteFunc(p.Requests(), func(r string) bool { return !strings.Contains(r, "/configmaps?") })
		if len(lists) != 1-round {
			t.Errorf("round %d: lists %q", round, lists)
		}
	}
}

func TestWholeNumbersAreInt64(t *testing.T) {
	cs := real(t)
	for _, name := range []string{"", "kubernetes"} {
		seen, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "Service", Namespace: "default", Name: name})
		if err != nil || len(seen.Objects) == 0 {
			t.Fatal(seen, err)
		}
		ports := seen.Objects[0]["spec"].(map[string]any)["ports"].([]any)
		if p := ports[0].(map[string]any)["port"]; p != int64(443) {
			t.Errorf("port %v is a %T", p, p)
		}
	}
}

func TestNamesLeadNowhereElse(t *testing.T) {
	p := clustertest.NewProxy(t)
	cs := open(t, p.Kubeconfig)
	for _, q := range []steps.Query{
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: "default", Name: "../secrets/s"},
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: "default", Name: ".."},
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: "default/secrets/s?x=", Name: "a"},
		{APIVersion: "v1", Kind: "Pod", Namespace: "default", Name: "web/log"},
		{APIVersion: "apps/v1/namespaces/default", Kind: "Pod", Name: "a"},
		{APIVersion: "../api", Kind: "Pod", Name: "a"},
	} {
		if seen, err := read(t, cs, q); err == nil {
			t.Errorf("%+v: %+v", q, seen)
		}
	}
	for _, r := range p.Requests() {
		if r != "GET /api" && r != "GET /apis" {
			t.Error(r)
		}
	}
}

func TestDeprecatedAPIsAreTold(t *testing.T) {
	cs := real(t)
	for range 2 {
		seen, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "Endpoints", Namespace: "default", Name: "kubernetes"})
		if err != nil || len(seen.Warnings) != 1 || !strings.Contains(seen.Warnings[0], "deprecated") {
			t.Errorf("warnings %q, %v", seen.Warnings, err)
		}
	}
}
