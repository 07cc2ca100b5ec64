package steps_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// k8sBench is the kind k8s before a cluster, with what a run would keep.
type k8sBench struct {
	cluster steps.Cluster
	kind    check.Kind
	at      check.Site
	secrets []string
	remarks []string
}

func newK8sBench(t testing.TB, kubeconfig string) *k8sBench {
	t.Helper()
	return newBenchOf(t, "k8s", kubeconfig)
}

// newBenchOf is the same for another kind.
func newBenchOf(t testing.TB, kind, kubeconfig string) *k8sBench {
	t.Helper()
	cluster.SetLogger(nil)
	cs := cluster.New(cluster.Options{Rules: &clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig}, CacheDir: t.TempDir()})
	t.Cleanup(cs.Close)
	b := &k8sBench{cluster: cs, kind: kindOf(t, kind, steps.Deps{Cluster: cs, Execer: cs, Changer: cs})}
	b.at.Secret = func(s string) { b.secrets = append(b.secrets, s) }
	b.at.Warn = func(format string, args ...any) { b.remarks = append(b.remarks, fmt.Sprintf(format, args...)) }
	return b
}

func k8sKindOf(t testing.TB, c steps.Cluster) check.Kind {
	t.Helper()
	return kindOf(t, "k8s", steps.Deps{Cluster: c})
}

func kindOf(t testing.TB, name string, d steps.Deps) check.Kind {
	t.Helper()
	all := steps.Kinds(d)
	i := slices.IndexFunc(all, func(k check.Kind) bool { return k.Name == name })
	return all[i]
}

// args decodes a step's value, strictly.
func (b *k8sBench) args(t testing.TB, value string) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil {
		t.Fatal(err)
	}
	args := b.kind.New()
	for _, p := range strict.Decode(doc.Content[0], args, strict.Options{}) {
		t.Fatal(p.Message, p.Hint)
	}
	return args
}

func (b *k8sBench) look(t testing.TB, value string) (check.Result, error) {
	t.Helper()
	args := b.args(t, value)
	for _, p := range b.kind.Check(args) {
		t.Fatalf("%v: %s", p.Path, p.Message)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return b.kind.Look(ctx, b.at, args)
}

// until looks again until the result is as wanted.
func (b *k8sBench) until(t testing.TB, value string, ok func(check.Result) bool) check.Result {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		r, err := b.look(t, value)
		if err != nil {
			t.Fatal(err)
		}
		if ok(r) {
			return r
		}
		if time.Now().After(deadline) {
			t.Fatalf("still: wanted %q, saw %q, why\n%s", r.Want, r.Saw, why(t, r))
		}
	}
}

func why(t testing.TB, r check.Result) string {
	t.Helper()
	if r.Explain == nil {
		return ""
	}
	return strings.Join(r.Explain(t.Context()), "\n")
}

func TestK8sArguments(t *testing.T) {
	b := &k8sBench{kind: k8sKindOf(t, nil)}
	for _, tt := range []struct{ name, args, want string }{
		{"Good", "{apiVersion: v1, kind: Pod, name: a}", ""},
		{"NoKind", "{apiVersion: v1}", "[]: kind is missing"},
		{"NoAPIVersion", "{kind: Pod}", "[]: apiVersion is missing"},
		{"TwoSlashes", "{apiVersion: a/b/c, kind: Pod}", `[apiVersion]: "a/b/c" is no apiVersion`},
		{"NameAndSelector", "{apiVersion: v1, kind: Pod, name: a, selector: a=b}", "[name]: name is one object, selector and fieldSelector are a set"},
		{"NameEverywhere", "{apiVersion: v1, kind: Pod, name: a, allNamespaces: true}", "[allNamespaces]: name is one object: say its namespace"},
		{"NamespaceAndAll", "{apiVersion: v1, kind: Pod, namespace: a, allNamespaces: true}", "[allNamespaces]: namespace and allNamespaces exclude each other"},
		{"ClusterScoped", "{apiVersion: v1, kind: Node, namespace: a, name: n}", "[namespace]: a Node lives in no namespace"},
		{"BadSelector", "{apiVersion: v1, kind: Pod, selector: 'a=='}", ""},
		{"WorseSelector", "{apiVersion: v1, kind: Pod, selector: '=b'}", "[selector]: no selector: "},
		{"AbsentAndReady", "{apiVersion: v1, kind: Pod, name: a, absent: true, ready: true}", "[absent]: what is absent can be nothing else"},
		{"CountOfOne", "{apiVersion: v1, kind: Pod, name: a, count: 1}", "[count]: count is for sets, name is one object"},
		{"BadCondition", "{apiVersion: v1, kind: Pod, name: a, condition: Ready=Yes}", `[condition 0]: "Ready=Yes" is no condition`},
		{"ObjectsWithMore", "{objects: {a: {apiVersion: v1, kind: Pod, name: a}}, ready: true}", "[objects]: say what is expected of objects in assert"},
		{"ObjectsBad", "{objects: {a: {apiVersion: v1, name: a}}}", "[objects a]: kind is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, p := range b.kind.Check(b.args(t, tt.args)) {
				got += strings.TrimSuffix(strings.Join(strings.Fields(formatProblem(p)), " "), " ")
			}
			if got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestK8sCapabilities(t *testing.T) {
	b := &k8sBench{kind: k8sKindOf(t, nil)}
	needs := b.kind.Needs(b.args(t, "{objects: {a: {apiVersion: v1, kind: Secret, name: a}}}"))
	if !slices.Contains(needs, check.ReadsSecrets) || !slices.Contains(needs, check.ClusterRead) {
		t.Error(needs)
	}
}

func TestK8sObjects(t *testing.T) {
	b, ns := newK8sBench(t, clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.CRD(t, "postgresql.cnpg.io", "Cluster", true)
	clustertest.CRD(t, "cert-manager.io", "ClusterIssuer", false)
	clustertest.CRD(t, "cert-manager.io", "Certificate", true)
	clustertest.Apply(t, ns, `
apiVersion: v1
kind: Service
metadata: {name: traefik, labels: {app: web}}
spec: {type: LoadBalancer, ports: [{name: web, port: 80}, {name: websecure, port: 443, targetPort: 8443}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.7}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, labels: {app: web}}, data: {a: b}}
---
{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: apps-pg}, spec: {instances: 1}, status: {phase: Cluster in healthy state}}
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: web-tls}, spec: {},
 status: {notAfter: "2026-08-17T10:00:00Z", conditions: [{type: Ready, status: "True", observedGeneration: 1}]}}
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: new-tls}, spec: {},
 status: {conditions: [{type: Ready, status: "False", reason: Issuing, message: Order is pending}]}}
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: old-tls}, spec: {},
 status: {conditions: [{type: Ready, status: "True", observedGeneration: 0}], observedGeneration: 0}}
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: bare-tls}, spec: {}}
`)
	clustertest.Apply(t, "", `{apiVersion: cert-manager.io/v1, kind: ClusterIssuer, metadata: {name: letsencrypt-prod}, spec: {}, status: {conditions: [{type: Ready, status: "True"}]}}`)
	for _, tt := range []struct {
		name, args string
		ok         bool
		saw        string
	}{
		{"Exists", "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: apps-pg}", true, "`Cluster/apps-pg` Cluster in healthy state"},
		{"ClusterScoped", "{apiVersion: cert-manager.io/v1, kind: ClusterIssuer, name: letsencrypt-prod, condition: Ready}", true, "`ClusterIssuer/letsencrypt-prod` Ready=True"},
		{"Missing", "{apiVersion: v1, kind: ConfigMap, name: setings}", false, "no `ConfigMap/setings` in NS"},
		{"Absent", "{apiVersion: v1, kind: ConfigMap, name: none, absent: true}", true, "no `ConfigMap/none` in NS"},
		{"NotAbsent", "{apiVersion: v1, kind: ConfigMap, name: settings, absent: true}", false, "`ConfigMap/settings` is there"},
		{"Certificate", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: web-tls, condition: Ready}", true, "`Certificate/web-tls` Ready=True, until 2026-08-17"},
		{"ConditionFalse", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: new-tls, condition: Ready}", false, "`Certificate/new-tls` Ready=False: Issuing: Order is pending"},
		{"ConditionWantedFalse", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: new-tls, condition: ready=false}", true, "`Certificate/new-tls` Ready=False: Issuing: Order is pending"},
		{"ConditionOld", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: old-tls, condition: Ready}", false, "`Certificate/old-tls` Ready=True, but about generation 0, and the object is at 1"},
		{"ConditionNotYet", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: bare-tls, condition: [Ready, Issuing]}", false, "`Certificate/bare-tls` Ready is not set yet; Issuing is not set yet"},
		{"ReadyWithoutStatus", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: bare-tls, ready: true}", false, "`Certificate/bare-tls` has no status: nothing says that it is ready"},
		{"ReadyByCondition", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: web-tls, ready: true}", true, "`Certificate/web-tls` ready, until 2026-08-17"},
		{"ReadyNot", "{apiVersion: cert-manager.io/v1, kind: Certificate, name: new-tls, ready: true}", false, "`Certificate/new-tls` InProgress: Order is pending"},
		{"ReadyConfigMap", "{apiVersion: v1, kind: ConfigMap, name: settings, ready: true}", true, "`ConfigMap/settings` ready"},
		{"Match", "{apiVersion: v1, kind: Service, name: traefik, match: {spec: {type: LoadBalancer, ports: [{port: 80}, {port: 443}]}}}", true, "`Service/traefik` spec.ports[port=80], spec.ports[port=443], spec.type: \"LoadBalancer\""},
		{
			"Mismatch", "{apiVersion: v1, kind: Service, name: traefik, match: {spec: {type: ClusterIP, ports: [{port: 80, protocol: UDP}, {port: 8080}], externalIPs: [a]}}}", false,
			"`Service/traefik` spec.externalIPs[]: wanted \"a\", saw none such; spec.ports[port=80].protocol: wanted \"UDP\", saw \"TCP\"; spec.ports[port=8080]: wanted {\"port\":8080}, saw none such; spec.type: wanted \"ClusterIP\", saw \"LoadBalancer\"",
		},
		{"Headline", "{apiVersion: v1, kind: Service, name: traefik}", true, "`Service/traefik` LoadBalancer 192.0.2.7"},
		{"Set", "{apiVersion: cert-manager.io/v1, kind: Certificate}", true, "4 `Certificate` in NS: bare-tls, new-tls, old-tls, web-tls"},
		{"Count", "{apiVersion: v1, kind: ConfigMap, selector: app=web, count: 1}", true, "1 `ConfigMap app=web` in NS: settings"},
		{"CountWrong", "{apiVersion: v1, kind: ConfigMap, selector: app=web, count: 2}", false, "1 `ConfigMap app=web` in NS: settings"},
		{"CountNone", "{apiVersion: v1, kind: ConfigMap, selector: app=db, count: 0}", true, "no `ConfigMap app=db` in NS"},
		{"SetAbsent", "{apiVersion: v1, kind: Pod, absent: true}", true, "no `Pod` in NS"},
		{"SetNotAbsent", "{apiVersion: v1, kind: ConfigMap, selector: app=web, absent: true}", false, "1 `ConfigMap app=web` in NS: settings"},
		{
			"SetConditions", "{apiVersion: cert-manager.io/v1, kind: Certificate, condition: Ready}", false,
			"3 of 4 not so: `Certificate/bare-tls` Ready is not set yet; `Certificate/new-tls` Ready=False: Issuing: Order is pending; `Certificate/old-tls` Ready=True, but about generation 0, and the object is at 1",
		},
		{"FieldSelector", "{apiVersion: v1, kind: ConfigMap, fieldSelector: 'metadata.namespace=NS,metadata.name=settings', allNamespaces: true}", true, "1 `ConfigMap metadata.namespace=NS,metadata.name=settings` in all namespaces: NS/settings"},
		{"NoSuchKind", "{apiVersion: nowhere.example/v1, kind: Gizmo, name: w}", false, "the server has no kind Gizmo in nowhere.example/v1; is the CRD installed?"},
		{"NoSuchKindAbsent", "{apiVersion: nowhere.example/v1, kind: Gizmo, absent: true}", true, "the server has no kind Gizmo in nowhere.example/v1; is the CRD installed?"},
		{"AbsentInNoNamespace", "{apiVersion: v1, kind: Pod, namespace: no-such-namespace, absent: true}", true, "no `Pod` in no-such-namespace: there is no namespace no-such-namespace"},
		{"OneAbsentInNoNamespace", "{apiVersion: v1, kind: ConfigMap, name: x, namespace: no-such-namespace, absent: true}", true, "no `ConfigMap/x` in no-such-namespace: there is no namespace no-such-namespace"},
		{"MisspeltKindAbsent", "{apiVersion: v1, kind: ConfigMaps, absent: true}", false, `the server has no kind ConfigMaps in v1; did you mean "ConfigMap"?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := b.look(t, strings.ReplaceAll(tt.args, "NS", ns))
			saw := strings.ReplaceAll(r.Saw, ns, "NS")
			if err != nil || r.OK != tt.ok || saw != tt.saw || r.Empty {
				t.Errorf("%v, %v\ngot  %s\nwant %s", r.OK, err, saw, tt.saw)
			}
			if r.Want == "" {
				t.Error("it does not say what was wanted")
			}
		})
	}
	t.Run("Empty", func(t *testing.T) {
		r, err := b.look(t, "{apiVersion: v1, kind: Pod, selector: app=web}")
		if err != nil || !r.Empty || r.OK {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("Several", func(t *testing.T) {
		r, err := b.look(t, "{objects: {ingress: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: web}, cert: {apiVersion: cert-manager.io/v1, kind: Certificate, name: web-tls}}}")
		self, _ := r.Self.(map[string]any)
		if err != nil || !r.OK || len(self["ingress"].(map[string]any)) != 0 || self["cert"].(map[string]any)["kind"] != "Certificate" {
			t.Errorf("%+v, %v", r, err)
		}
		if want := "cert: `Certificate/web-tls` Ready=True, until 2026-08-17; ingress: no `Ingress/web` in NS"; strings.ReplaceAll(r.Saw, ns, "NS") != want {
			t.Errorf("got  %s\nwant %s", r.Saw, want)
		}
	})
	t.Run("WhyOneOfSeveralIsMissing", func(t *testing.T) {
		r, _ := b.look(t, "{objects: {ingress: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: web}, cert: {apiVersion: cert-manager.io/v1, kind: Certificate, name: web-tls}}}")
		if w := strings.ReplaceAll(why(t, r), ns, "NS"); !strings.HasPrefix(w, "ingress: no `Ingress/web` in NS") {
			t.Error(w)
		}
	})
	t.Run("WhyMissing", func(t *testing.T) {
		r, _ := b.look(t, "{apiVersion: v1, kind: ConfigMap, name: setings}")
		if w := why(t, r); w != `did you mean "settings"?` {
			t.Error(w)
		}
		r, _ = b.look(t, "{apiVersion: v1, kind: ConfigMap, name: x, namespace: no-such-namespace}")
		if w := why(t, r); w != `there is no namespace "no-such-namespace"` {
			t.Error(w)
		}
	})
	t.Run("LikelyNamespace", func(t *testing.T) {
		b.remarks = nil
		r, err := b.look(t, "{apiVersion: v1, kind: Pod, namespace: kube-sytem, count: 0}")
		if err != nil || !r.OK || fmt.Sprint(b.remarks) != `[there is no namespace kube-sytem: did you mean "kube-system"?]` {
			t.Error(r.OK, b.remarks, err)
		}
		b.remarks = nil
	})
	t.Run("Deprecated", func(t *testing.T) {
		if _, err := b.look(t, "{apiVersion: v1, kind: Endpoints, absent: true, selector: a=b}"); err != nil || len(b.remarks) != 1 {
			t.Error(b.remarks, err)
		}
	})
}

func formatProblem(p check.Problem) string {
	return fmt.Sprint(p.Path) + ": " + p.Message
}
