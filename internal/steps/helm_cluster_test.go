package steps_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// install lets the real helm install or upgrade a small chart.
func install(t testing.TB, kubeconfig, ns, version string, values ...string) error {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "web")
	for name, text := range map[string]string{
		"Chart.yaml":         "apiVersion: v2\nname: web\nversion: " + version + "\nappVersion: \"1.2.3\"\n",
		"values.yaml":        "replicas: 1\nhost: web.example\n",
		"templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {host: {{ .Values.host | quote }}, password: {{ .Values.password | default \"\" | quote }}}\n{{ if .Values.broken }}nonsense: {{ end }}\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := []string{"upgrade", "--install", "web", dir, "--namespace", ns, "--history-max", "2"}
	for _, v := range values {
		args = append(args, "--set", v)
	}
	cmd := exec.CommandContext(ctx, testtools.Helm(t), args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "HELM_CONFIG_HOME="+home, "HELM_CACHE_HOME="+home, "HELM_DATA_HOME="+home)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("helm: %s", out)
	}
	return err
}

func TestHelmRelease(t *testing.T) {
	kubeconfig, ns := clustertest.Kubeconfig(t), clustertest.Namespace(t)
	b := newKindBench(t, kubeconfig, "helm")
	b.at.Namespace = ns
	expect := func(name, args, want string) {
		t.Helper()
		r, err := b.look(t, args)
		got := "ok: " + r.Saw
		switch {
		case err != nil:
			got = "error: " + err.Error()
		case !r.OK:
			got = "failed: want " + r.Want + ", saw " + r.Saw
		}
		if got = strings.ReplaceAll(got, ns, "NS"); got != want {
			t.Errorf("%s: got  %s\nwant %s", name, got, want)
		}
	}
	expect("None", "{release: web}", "failed: want release web, deployed, saw no release web in NS")
	expect("Absent", "{release: web, absent: true}", "ok: no release web in NS")
	for _, version := range []string{"0.3.0", "0.3.1", "0.3.2"} {
		if err := install(t, kubeconfig, ns, version, "host=new.example", "password=swordfish-4711"); err != nil {
			t.Fatal(err)
		}
	}
	expect("Deployed", "{release: web}", "ok: deployed, revision 3, web-0.3.2")
	expect("Chart", `{release: web, chart: "web-0.3.*", appVersion: 1.2.3, match: {host: new.example, replicas: 1}}`, "ok: deployed, revision 3, web-0.3.2")
	expect("OtherChart", `{release: web, chart: "web-0.4.*"}`, "failed: want chart web-0.4.*, saw deployed, revision 3, web-0.3.2")
	expect("OtherValues", `{release: web, match: {replicas: 2}}`, "failed: want values replicas: 2, saw deployed, revision 3, web-0.3.2; replicas: 1")
	expect("Revision", `{release: web, revision: 3}`, "ok: deployed, revision 3, web-0.3.2")
	expect("OldRevision", `{release: web, revision: 2}`, "failed: want release deployed, saw superseded, revision 2, web-0.3.1")
	expect("PurgedRevision", `{release: web, revision: 1}`, "failed: want release web, deployed, revision 1, saw no revision 1 of release web in NS")
	expect("NotAbsent", "{release: web, absent: true}", "failed: want no release web, saw release web, revision 3")
	if !slices.Contains(b.secrets, "swordfish-4711") {
		t.Error("a password among the values was not named to the redactor")
	}
	if err := install(t, kubeconfig, ns, "0.4.0", "broken=true"); err == nil {
		t.Fatal("helm installed what is broken")
	}
	expect("Broken", "{release: web}", "failed: want release deployed, saw failed, revision 4, web-0.4.0")
	expect("BrokenAsPlanned", "{release: web, status: failed}", "ok: failed, revision 4, web-0.4.0")
	expect("NeverInstalled", "{release: other}", "failed: want release other, deployed, saw no release other in NS")
}

// TestHelmListsNoSecrets reads a release through a proxy that notes what is asked for.
func TestHelmListsNoSecrets(t *testing.T) {
	kubeconfig, ns := clustertest.Kubeconfig(t), clustertest.Namespace(t)
	if err := install(t, kubeconfig, ns, "0.3.0"); err != nil {
		t.Fatal(err)
	}
	p := clustertest.NewProxy(t)
	b := newKindBench(t, p.Kubeconfig, "helm")
	b.at.Namespace = ns
	if r, err := b.look(t, "{release: web, revision: 1}"); err != nil || !r.OK {
		t.Fatal(r.Saw, err)
	}
	for _, r := range p.Requests() {
		if strings.Contains(r, "/secrets") && !strings.Contains(r, "/secrets/sh.helm.release.v1.web.v1") {
			t.Errorf("with a revision it asked for %s", r)
		}
	}
	if r, err := b.look(t, "{release: web}"); err != nil || !r.OK {
		t.Fatal(r.Saw, err)
	}
}

func newKindBench(t testing.TB, kubeconfig, kind string) *k8sBench {
	t.Helper()
	b := newK8sBench(t, kubeconfig)
	all := steps.Kinds(steps.Deps{Cluster: b.cluster})
	b.kind = all[slices.IndexFunc(all, func(k check.Kind) bool { return k.Name == kind })]
	return b
}
