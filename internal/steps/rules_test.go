package steps_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	authv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// grant makes a service account with these rights and no others, and returns a kubeconfig of it.
func grant(t *testing.T, ns, name string, rules []check.Rule) string {
	t.Helper()
	var out []map[string]any
	for _, r := range rules {
		gv, err := schema.ParseGroupVersion(r.APIVersion)
		if err != nil {
			t.Fatal(err)
		}
		plural, _ := meta.UnsafeGuessKindToResource(gv.WithKind(r.Kind))
		resource := plural.Resource
		if r.Subresource != "" {
			resource += "/" + r.Subresource
		}
		rule := map[string]any{"apiGroups": []string{gv.Group}, "resources": []string{resource}, "verbs": r.Verbs}
		if len(r.Names) > 0 {
			rule["resourceNames"] = r.Names
		}
		out = append(out, rule)
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, ns, strings.ReplaceAll(`{apiVersion: v1, kind: ServiceAccount, metadata: {name: NAME}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: NAME}, rules: `+string(text)+`}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: NAME}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: NAME}, subjects: [{kind: ServiceAccount, name: NAME, namespace: `+ns+`}]}`, "NAME", name))
	c, err := kubernetes.NewForConfig(clustertest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.CoreV1().ServiceAccounts(ns).CreateToken(context.Background(), name, &authv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return clustertest.WriteKubeconfig(t, name, clustertest.Config(t).Host, "{token: "+token.Status.Token+"}")
}

// With the rights that a kind asks for its looks work.
func TestRulesSuffice(t *testing.T) {
	ns := clustertest.Namespace(t)
	web(t, ns, `[sh, -c, "echo ready; exec sleep 3600"]`)
	for i, tt := range []struct{ kind, args, want string }{
		{"logs", `{selector: app=web, contains: [ready]}`, "ok: the log of `Pod app=web` contains \"ready\""},
		{"logs", `{kind: Deployment, name: web, contains: [ready]}`, "ok: the log of `Deployment/web` contains \"ready\""},
		{"events", `{kind: Deployment, name: web, lacks: [Nothing]}`, "ok: no event like \"Nothing\" about `Deployment/web`"},
		{"exec", `{kind: Deployment, name: web, command: ["true"]}`, "ok: exit 0"},
		{"exec", `{selector: app=web, command: ["true"]}`, "ok: exit 0"},
		{"pod", `{image: local/none, run: [["true"]]}`, "ok: pulled local/none, runs, the command succeeds"},
		{"pod", `{image: local/none, run: [[sh, -c, "exit 3"]]}`, "failed: want sh -c exit 3 exits with 0, saw exit 3"},
		{"job", `{from: deployment/web, command: [sh, -c, "echo x; exit 3"]}`, "failed: want sh -c echo x; exit 3 of deployment/web to complete, saw exit 3"},
		{"job", `{image: local/none, command: [echo, x], log: {equals: x}}`, "ok: exit 0"},
	} {
		t.Run(fmt.Sprintf("%s%d", tt.kind, i), func(t *testing.T) {
			all := newBenchOf(t, tt.kind, clustertest.Kubeconfig(t))
			args := all.args(t, tt.args)
			b := newBenchOf(t, tt.kind, grant(t, ns, fmt.Sprintf("looker-%d", i), all.kind.Rules(args)))
			b.at.Namespace = ns
			if got := said(b.look(t, tt.args)); got != tt.want || len(b.remarks) > 0 {
				t.Errorf("got  %s\nwant %s\nremarks %q", got, tt.want, b.remarks)
			}
			if b.kind.Wake != nil {
				if ch, err := b.kind.Wake(t.Context(), b.at, args); err != nil || ch == nil {
					t.Error("it cannot watch:", err)
				}
			}
		})
	}
}
