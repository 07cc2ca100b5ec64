package cluster_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

func TestUnknownKinds(t *testing.T) {
	cs := real(t)
	for _, tt := range []struct{ apiVersion, kind, want string }{
		{"apps/v1", "Deploymnet", `the server has no kind Deploymnet in apps/v1; did you mean "Deployment"?`},
		{"app/v1", "Deployment", `the server has no kind Deployment in app/v1; did you mean apiVersion "apps/v1"?`},
		{"extensions/v1beta1", "Ingress", `the server has no kind Ingress in extensions/v1beta1; Ingress is in networking.k8s.io/v1`},
		{"v1", "secret", `the server has no kind secret in v1; did you mean "Secret"?`},
		{"nowhere.example/v1", "Widget", "the server has no kind Widget in nowhere.example/v1; is the CRD installed?"},
	} {
		_, err := read(t, cs, steps.Query{APIVersion: tt.apiVersion, Kind: tt.kind, Name: "x"})
		var none *steps.NoKind
		if !errors.As(err, &none) || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

// TestUnknownKindsAreAskedForTogether asks for kinds that the server does not have, as many steps do: what is missing
// is discovered once, and then costs one small request for all who ask.
func TestUnknownKindsAreAskedForTogether(t *testing.T) {
	p := clustertest.NewProxy(t)
	cs := open(t, p.Kubeconfig)
	for round, want := range []int{6, 4} { // three and one, and some more on a busy machine
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				var none *steps.NoKind
				if _, err := read(t, cs, steps.Query{APIVersion: "nowhere.example/v1", Kind: fmt.Sprintf("Widget%d", i), Name: "x"}); !errors.As(err, &none) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if rs := p.Requests(); len(rs) > want {
			t.Errorf("round %d: %d requests, want %d:\n%s", round, len(rs), want, strings.Join(rs, "\n"))
		}
	}
}

func TestKindsWithoutNamespacesRefuseOne(t *testing.T) {
	cs := real(t)
	_, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "Node", Name: "x", Namespace: "web"})
	if err == nil || err.Error() != "kind Node of v1 has no namespaces: leave out namespace: web" {
		t.Error(err)
	}
	seen, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "Namespace", Name: "default", Default: "web"})
	if err != nil || len(seen.Objects) != 1 || seen.Namespaced {
		t.Error(seen, err)
	}
}

// widgets returns a CRD of a group of its own, and the group.
func widgets() (crd, group string) {
	group = fmt.Sprintf("g%d.example", rand.Uint32())
	return fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.%[1]s}
spec:
  group: %[1]s
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`, group), group
}

func TestKindsThatComeAndGoAreSeen(t *testing.T) {
	cs, ns := real(t), clustertest.Namespace(t)
	crd, group := widgets()
	q := steps.Query{APIVersion: group + "/v1", Kind: "Widget", Namespace: ns, Name: "w"}
	var none *steps.NoKind
	if _, err := read(t, cs, q); !errors.As(err, &none) {
		t.Fatal("before:", err)
	}
	wake, err := cs.Watch(t.Context(), "", q)
	if err != nil || wake == nil {
		t.Fatal("watch:", wake, err)
	}
	clustertest.Apply(t, "", crd)
	select {
	case <-wake:
	case <-time.After(10 * time.Second):
		t.Fatal("the kind is there, and nobody was woken")
	}
	if seen, err := read(t, cs, q); err != nil || len(seen.Objects) != 0 {
		t.Fatal("installed:", seen, err)
	}
	clustertest.Apply(t, ns, fmt.Sprintf("{apiVersion: %s/v1, kind: Widget, metadata: {name: w}}", group))
	select {
	case <-wake:
	case <-time.After(5 * time.Second):
		t.Error("the object is there, and nobody was woken")
	}
	if seen, err := read(t, cs, q); err != nil || len(seen.Objects) != 1 {
		t.Fatal("made:", seen, err)
	}
	clustertest.Delete(t, "", "apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets."+group)
	for range 100 {
		if _, err = read(t, cs, q); errors.As(err, &none) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("removed:", err)
}

func TestDiscoveryIsKeptForTheNextRun(t *testing.T) {
	p, dir := clustertest.NewProxy(t), t.TempDir()
	cache := func(o *cluster.Options) { o.CacheDir = dir }
	for run, want := range []int{3, 1} { // two for discovery
		cs := open(t, p.Kubeconfig, cache)
		if _, err := read(t, cs, configMap("default", "x")); err != nil {
			t.Fatal(err)
		}
		cs.Close()
		if rs := p.Requests(); len(rs) != want {
			t.Errorf("run %d: wanted %d requests, saw\n%s", run, want, strings.Join(rs, "\n"))
		}
	}
}
