package steps_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// newBench is a kind before a cluster; without a kubeconfig, for what needs no look.
func newBench(t testing.TB, kind, kubeconfig string) *k8sBench {
	t.Helper()
	cluster.SetLogger(nil)
	d := steps.Deps{}
	if kubeconfig != "" {
		cs := cluster.New(cluster.Options{Rules: &clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig}, CacheDir: t.TempDir()})
		t.Cleanup(cs.Close)
		d = steps.Deps{Cluster: cs, Rights: cs, Trials: cs}
	}
	all := steps.Kinds(d)
	b := &k8sBench{kind: all[slices.IndexFunc(all, func(k check.Kind) bool { return k.Name == kind })]}
	b.at.Secret = func(s string) { b.secrets = append(b.secrets, s) }
	b.at.Warn = func(format string, args ...any) { b.remarks = append(b.remarks, format) }
	return b
}

// problems are the mistakes that need no look, in one line.
func (b *k8sBench) problems(t testing.TB, value string) string {
	t.Helper()
	var out []string
	for _, p := range b.kind.Check(b.args(t, value)) {
		out = append(out, strings.TrimSpace(strings.Join(strings.Fields(formatProblem(p)), " ")))
	}
	return strings.Join(out, "; ")
}

func TestAccessArguments(t *testing.T) {
	b := newBench(t, "access", "")
	for _, tt := range []struct{ name, args, want string }{
		{"Good", "{verb: get, resource: secrets}", ""},
		{"CustomVerb", "{verb: request-certificates, resource: secrets}", ""},
		{"Path", "{verb: get, nonResourceURL: /metrics}", ""},
		{"MisspeltVerb", "{verb: lsit, resource: secrets}", `[verb 0]: "lsit" is no verb`},
		{"UpperVerb", "{verb: GET, resource: secrets}", `[verb 0]: "GET" is no verb`},
		{"PathVerb", "{verb: list, nonResourceURL: /metrics}", `[verb 0]: "list" is no verb`},
		{"NoResource", "{verb: get}", "[]: resource is missing"},
		{"EmptyResource", `{verb: get, resource: ""}`, `[resource 0]: "" is no resource`},
		{"Both", "{verb: get, resource: pods, nonResourceURL: /metrics}", "[nonResourceURL]: a nonResourceURL has no resource, name or namespace"},
		{"RelativePath", "{verb: get, nonResourceURL: metrics}", "[nonResourceURL]: a nonResourceURL begins with /"},
		{"HalfServiceAccount", `{as: "system:serviceaccount:web", verb: get, resource: pods}`, `[as]: "system:serviceaccount:web" is no service account`},
		{"OddServiceAccount", `{as: "serviceaccount:web:default", verb: get, resource: pods}`, `[as]: "serviceaccount:web:default" is no user`},
		{"NamespaceAndAll", "{verb: get, resource: pods, namespace: a, allNamespaces: true}", "[allNamespaces]: namespace and allNamespaces exclude each other"},
		{"EmptyGroup", `{groups: [""], verb: get, resource: pods}`, "[groups 0]: the group is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := b.problems(t, tt.args); got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAccess(t *testing.T) {
	b, ns := newBench(t, "access", clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.Apply(t, ns, `
{apiVersion: v1, kind: ServiceAccount, metadata: {name: app}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: logs}, rules: [{apiGroups: [""], resources: [pods/log], verbs: [get]}, {apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: [get]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: logs}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}, subjects: [{kind: ServiceAccount, name: app, namespace: `+ns+`}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: all}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}, subjects: [{kind: Group, name: "system:serviceaccounts:other", apiGroup: rbac.authorization.k8s.io}]}
`)
	app := `as: "system:serviceaccount:` + ns + `:app", `
	for _, tt := range []struct {
		name, args string
		ok         bool
		saw        string
	}{
		{"Self", "verb: [get, list], resource: [secrets, deployments.apps]", true, "this user may get secrets in NS; list secrets in NS; get deployments.apps in NS; list deployments.apps in NS"},
		{"SelfNot", "verb: get, resource: secrets, allowed: false", false, "this user may get secrets in NS"},
		{"Everything", `verb: "*", resource: "*", allNamespaces: true`, true, "this user may * *"},
		{"Path", "verb: get, nonResourceURL: /metrics", true, "this user may get /metrics"},
		{"PathNot", app + "verb: get, nonResourceURL: /metrics, allowed: false", true, "system:serviceaccount:NS:app may not get /metrics"},
		{"VersionIsForAll", app + "verb: get, nonResourceURL: /version", true, "system:serviceaccount:NS:app may get /version"}, // by a group that comes by itself
		{"SecretsNot", app + "verb: [get, list], resource: secrets, allowed: false", true, "system:serviceaccount:NS:app may not get secrets in NS; list secrets in NS"},
		{"Secrets", app + "verb: get, resource: secrets", false, "system:serviceaccount:NS:app may not get secrets in NS"},
		{"Subresource", app + "verb: get, resource: pods/log", true, "system:serviceaccount:NS:app may get pods/log in NS"},
		{"NotTheWhole", app + "verb: get, resource: pods, allowed: false", true, "system:serviceaccount:NS:app may not get pods in NS"},
		{"OneOfThem", app + "verb: get, resource: deployments.apps, name: web", true, "system:serviceaccount:NS:app may get deployments.apps web in NS"},
		{"AnotherOne", app + "verb: get, resource: deployments, name: db, allowed: false", true, "system:serviceaccount:NS:app may not get deployments.apps db in NS"},
		{"Elsewhere", app + "verb: get, resource: pods/log, namespace: kube-system, allowed: false", true, "system:serviceaccount:NS:app may not get pods/log in kube-system"},
		{"ByGroup", `as: "system:serviceaccount:other:x", verb: get, resource: pods/log`, true, "system:serviceaccount:other:x may get pods/log in NS"},
		{"GroupOnly", `groups: ["system:masters"], verb: delete, resource: nodes`, true, "a member of system:masters may delete nodes"},
		{"NoSuchAccount", `as: "system:serviceaccount:` + ns + `:ap", verb: get, resource: secrets, allowed: false`, false, "there is no `ServiceAccount/ap` in NS"},
		{"NoSuchNamespace", app + "verb: get, resource: secrets, namespace: nowhere, allowed: false", false, "there is no namespace nowhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := b.look(t, "{"+tt.args+"}")
			if err != nil {
				t.Fatal(err)
			}
			if saw := strings.ReplaceAll(r.Saw, ns, "NS"); r.OK != tt.ok || saw != tt.saw {
				t.Errorf("got %v %s\nwant %v %s", r.OK, saw, tt.ok, tt.saw)
			}
		})
	}
	for _, tt := range []struct{ name, args, want string }{
		{"Misspelt", "verb: get, resource: secret, allowed: false", `the server has no resource secret; did you mean "secrets"?`},
		{"WrongGroup", "verb: get, resource: deployments.app, allowed: false", `the server has no resource deployments.app; did you mean "deployments.apps"?`},
		{"NoSuchSubresource", "verb: get, resource: pods/logs, allowed: false", `the server has no resource pods/logs; did you mean "pods/log"?`},
		{"ImpossibleVerb", "verb: list, resource: pods/log, allowed: false", "nobody can list pods/log: the server knows of it only get"},
		{"NodesInNamespace", "verb: list, resource: nodes, namespace: web, allowed: false", "nodes live in no namespace: leave out namespace: web"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.look(t, "{"+tt.args+"}")
			var lasting *check.Lasting
			if !errors.As(err, &lasting) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// A no that the server could not evaluate is no answer, and a yes is one all the same.
func TestAccessNotEvaluated(t *testing.T) {
	for _, tt := range []struct {
		name, status string
		want         string
	}{
		{"No", `{"allowed": false, "evaluationError": "webhook is down"}`, "could not evaluate whether this user may get pods in default: webhook is down"},
		{"Yes", `{"allowed": true, "evaluationError": "webhook is down"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := clustertest.NewProxy(t)
			p.Answer(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews") {
					return false
				}
				_, _ = w.Write([]byte(`{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "status": ` + tt.status + `}`))
				return true
			})
			r, err := newBench(t, "access", p.Kubeconfig).look(t, "{verb: get, resource: pods}")
			if tt.want == "" && (err != nil || !r.OK) || tt.want != "" && (err == nil || !strings.HasSuffix(err.Error(), tt.want)) {
				t.Error(r, err)
			}
		})
	}
}
