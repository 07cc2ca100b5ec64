package cluster_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	authv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// token returns a token of the default service account of ns, which may do nothing.
func token(t *testing.T, ns string) string {
	t.Helper()
	c, err := kubernetes.NewForConfig(clustertest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, ns, "{apiVersion: v1, kind: ServiceAccount, metadata: {name: nobody}}")
	r, err := c.CoreV1().ServiceAccounts(ns).CreateToken(context.Background(), "nobody", &authv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Status.Token
}

func TestForbiddenIsNotAbsent(t *testing.T) {
	ns := clustertest.Namespace(t)
	cs := open(t, clustertest.WriteKubeconfig(t, "nobody", clustertest.Config(t).Host, "{token: "+token(t, ns)+"}"))
	_, err := read(t, cs, configMap(ns, "none"))
	want := `not allowed to get configmaps "none" in namespace "` + ns + `" as system:serviceaccount:` + ns + ":nobody"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("wanted %q, got %v", want, err)
	}
	_, err = read(t, cs, steps.Query{APIVersion: "v1", Kind: "Pod", AllNamespaces: true})
	if err == nil || !strings.Contains(err.Error(), "not allowed to list pods in all namespaces as ") {
		t.Error(err)
	}
	if ch, err := cs.Watch(t.Context(), "", configMap(ns, "none")); ch != nil || err != nil {
		t.Errorf("a forbidden watch: wanted none and no error, got %v, %v", ch, err)
	}
	seen, err := read(t, real(t), configMap(ns, "none"))
	if err != nil || len(seen.Objects) != 0 {
		t.Error("absent:", seen, err)
	}
}

func TestWrongTokenIsUnauthenticated(t *testing.T) {
	cs := open(t, clustertest.WriteKubeconfig(t, "stale", clustertest.Config(t).Host, "{token: wrong}"))
	for range 2 {
		_, err := read(t, cs, configMap("default", "x"))
		var u *check.Unauthenticated
		if !errors.As(err, &u) || !strings.Contains(err.Error(), `(context "stale") does not accept the credentials`) {
			t.Error(err)
		}
	}
}

func TestFailingCredentialPluginIsUnauthenticated(t *testing.T) {
	user := "{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, interactiveMode: Never}}"
	cs := open(t, clustertest.WriteKubeconfig(t, "plugin", clustertest.Config(t).Host, user))
	_, err := read(t, cs, configMap("default", "x"))
	var u *check.Unauthenticated
	if !errors.As(err, &u) || !strings.Contains(err.Error(), "no-such-plugin") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func TestServerErrorsMayPass(t *testing.T) {
	p := clustertest.NewProxy(t)
	cs := open(t, p.Kubeconfig)
	if _, err := read(t, cs, configMap("default", "x")); err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{429, 500, 503} {
		p.Refuse(func(*http.Request) int { return code })
		_, err := read(t, cs, configMap("default", "x"))
		var passing *check.Transient
		if !errors.As(err, &passing) || !strings.Contains(err.Error(), http.StatusText(code)) {
			t.Errorf("%d: %v", code, err)
		}
	}
	p.Server.CloseClientConnections()
	p.Server.Listener.Close()
	_, err := read(t, cs, configMap("default", "x"))
	var passing *check.Transient
	if !errors.As(err, &passing) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("a server that went away: %v", err)
	}
}

// TestCredentialsThatRunOutAreMadeAnew lets a credential plugin give a stale token first.
func TestCredentialsThatRunOutAreMadeAnew(t *testing.T) {
	p, dir := clustertest.NewProxy(t), t.TempDir()
	p.Refuse(func(r *http.Request) int {
		if r.Header.Get("Authorization") != "Bearer fresh" {
			return http.StatusUnauthorized
		}
		r.Header.Del("Authorization") // the proxy has credentials of its own
		return 0
	})
	plugin := filepath.Join(dir, "plugin")
	script := `#!/bin/sh
test -e ` + dir + `/called && token=fresh || token=stale
touch ` + dir + `/called
echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'$token'"}}'
`
	if err := os.WriteFile(plugin, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	user := "{exec: {apiVersion: client.authentication.k8s.io/v1, command: " + plugin + ", interactiveMode: Never}}"
	secure := httptest.NewTLSServer(p.Server.Config.Handler) // credentials go nowhere else
	defer secure.Close()
	cs := open(t, clustertest.WriteKubeconfig(t, "plugin", secure.URL, user))
	defer cs.Close()
	if _, err := read(t, cs, configMap("default", "x")); err != nil {
		t.Error(err)
	}
}
