package cluster_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// refusing returns the address of a port that nobody listens on.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// silent returns the address of a server that accepts and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestDeadServersAreToldOnceAndSoon(t *testing.T) {
	for _, tt := range []struct{ name, server, want string }{
		{"Refused", "https://" + refusing(t), "connection refused"},
		{"Silent", "https://" + silent(t), "no answer within 300ms"},
		{"NoSuchName", "https://nope.invalid:6443", "no such host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cs := open(t, clustertest.WriteKubeconfig(t, "dead", tt.server, "{}"), timeout("300ms"))
			began := time.Now()
			var wg sync.WaitGroup
			for range 200 {
				wg.Go(func() {
					_, err := read(t, cs, configMap("default", "x"))
					if err == nil || err.Error() != tt.server+` (context "dead"): `+tt.want {
						t.Errorf("%v", err)
					}
					var passing *check.Transient
					if errors.As(err, &passing) {
						t.Error("it is said to pass")
					}
				})
			}
			wg.Wait()
			if d := time.Since(began); d > 10*time.Second { // each for itself would take a minute
				t.Errorf("200 reads took %s", d)
			}
		})
	}
}

func TestClustersThatCannotBeFound(t *testing.T) {
	dir := t.TempDir()
	two := filepath.Join(dir, "two")
	if err := os.WriteFile(two, []byte(`{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}],
contexts: [{name: railiance01, context: {cluster: c, namespace: web}}, {name: staging, context: {cluster: c}}, {name: broken, context: {cluster: gone}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, kubeconfig, flag, cluster, want string }{
		{"NoKubeconfig", filepath.Join(dir, "none"), "", "", "load kubeconfig: stat " + filepath.Join(dir, "none") + ": no such file or directory"},
		{"NoCurrentContext", two, "", "", "the kubeconfig has no current context; give --context"},
		{"MisspeltFlag", two, "railiance1", "", `no context "railiance1" in the kubeconfig; did you mean "railiance01"?`},
		{"MisspeltCluster", two, "", "producton", `no cluster "producton" in the configuration, and no such context in the kubeconfig; did you mean "production"?`},
		{"MissingContext", two, "", "production", `no context "raliance01" in the kubeconfig; did you mean "railiance01"?`},
		{"BrokenContext", two, "broken", "", `context "broken" of the kubeconfig: cluster "gone" does not exist`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cs := open(t, tt.kubeconfig, func(o *cluster.Options) {
				o.Overrides.CurrentContext = tt.flag
				o.Contexts = map[string]string{"production": "raliance01"}
			})
			if _, err := cs.Resolve(tt.cluster); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestNoKubeconfigAtAll(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	none := filepath.Join(t.TempDir(), "none")
	cs := cluster.New(cluster.Options{Rules: &clientcmd.ClientConfigLoadingRules{Precedence: []string{none}}})
	defer cs.Close()
	_, err := cs.Resolve("")
	if err == nil || !strings.HasPrefix(err.Error(), "no kubeconfig: "+none+" does not exist; give --kubeconfig") {
		t.Error(err)
	}
}

func TestMissingFilesOfKubeconfigAreNamed(t *testing.T) {
	dir := t.TempDir()
	one, none, more := filepath.Join(dir, "one"), filepath.Join(dir, "none"), filepath.Join(dir, "more")
	if err := os.WriteFile(one, []byte(`{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], contexts: [{name: a, context: {cluster: c}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, cluster, want string
		files               []string
	}{
		{"Alone", "", "no kubeconfig: " + none + ", which KUBECONFIG names, does not exist; give --kubeconfig or set KUBECONFIG", []string{none}},
		{"AloneAndAnother", "", "none of " + none + ", " + more + " names a cluster; give --kubeconfig or set KUBECONFIG; " + none + ", " + more + ", which KUBECONFIG names, do not exist", []string{none, more}},
		{"BesideAnother", "b", `no such context in the kubeconfig; there is only a; ` + none + ", which KUBECONFIG names, does not exist", []string{one, none}},
		{"Two", "b", "there is only a; " + none + ", " + more + ", which KUBECONFIG names, do not exist", []string{none, one, more}},
		{"Needless", "a", "", []string{one, none}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("KUBERNETES_SERVICE_HOST", "")
			t.Setenv("KUBECONFIG", strings.Join(tt.files, string(filepath.ListSeparator)))
			cs := cluster.New(cluster.Options{})
			defer cs.Close()
			_, err := cs.Resolve(tt.cluster)
			if err == nil && tt.want != "" || err != nil && !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "two")
	if err := os.WriteFile(path, []byte(`{apiVersion: v1, kind: Config, current-context: b, clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}],
contexts: [{name: a, context: {cluster: c, namespace: web}}, {name: b, context: {cluster: c}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, flag, std, cluster string
		want                     cluster.Place
	}{
		{"CurrentContext", "", "", "", cluster.Place{Context: "b", Namespace: "default"}},
		{"Flag", "a", "other", "", cluster.Place{Context: "a", Namespace: "web", Named: true}},
		{"Default", "", "prod", "", cluster.Place{Context: "a", Namespace: "web", Named: true}},
		{"Configured", "b", "", "prod", cluster.Place{Context: "a", Namespace: "web", Named: true}},
		{"ContextsName", "", "", "b", cluster.Place{Context: "b", Namespace: "default", Named: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cs := open(t, path, func(o *cluster.Options) {
				o.Overrides.CurrentContext, o.Default, o.Contexts = tt.flag, tt.std, map[string]string{"prod": "a"}
			})
			tt.want.Server = "https://127.0.0.1:1"
			if got, err := cs.Resolve(tt.cluster); err != nil || got != tt.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestUnknownAuthority(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = hclog.NewNullLogger().StandardLogger(nil)
	s.StartTLS()
	defer s.Close()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: "` + s.URL + `"}}], contexts: [{name: c, context: {cluster: c}}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := read(t, open(t, path), configMap("default", "x"))
	if err == nil || err.Error() != s.URL+` (context "c"): the server's certificate is signed by an unknown authority` {
		t.Error(err)
	}
}
